#pragma once

#include "account/accounts.h"
#include "account/breakers.h"
#include "json/writer.h"
#include "store/configuration.h"

namespace omni::api {

/// The members that tell of a breaker, in the words of whoever reads them.
void write_breaker(json::Writer& writer, const account::Breakers::Shown& shown,
                   std::string_view failures, std::string_view last_failure);

/// An object that tells of an account, or one of its models, that rests.
void write_rest(json::Writer& writer, const account::Accounts::RestShown& rest,
                const store::Configuration& now);

}  // namespace omni::api
