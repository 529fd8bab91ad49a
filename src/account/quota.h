#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "catalog/provider.h"

namespace omni::account {

/// How much of something an account may still use.
struct Quota {
  std::string name;  // what it counts, and for how long: "session (5h)"
  double used = 0;   // of total
  double total = 100;
  std::optional<Clock::Wall> reset;
  bool unlimited = false;
  bool binding = false;  // without it the account cannot be asked for anything

  double remaining() const { return unlimited ? total : total - used; }
  bool is_spent() const { return !unlimited && used >= total; }
};

/// What a provider says of an account's plan.
struct QuotaReport {
  std::string plan;  // empty: it does not say
  std::vector<Quota> quotas;
  std::string message;  // for people, where there are no numbers
};

/// Reads what a provider answers who is asked in that form.
Result<QuotaReport> read_quotas(catalog::QuotaForm form, std::string_view body);

}  // namespace omni::account
