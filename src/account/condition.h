#pragma once

#include "account/verdict.h"
#include "store/condition.h"

namespace omni::account {

/// Whether a failed attempt says anything of its account: what a request or a model is to blame for
/// does not.
bool speaks_of_account(const Verdict& verdict);

/// How an account is after such a failure, in the words that a test of it has as well.
store::Condition condition_after(const Verdict& verdict, const store::Connection& connection);

}  // namespace omni::account
