#include "account/condition.h"

#include "base/strings.h"

namespace omni::account {
namespace {

using Blame = Verdict::Blame;

constexpr std::size_t words_bytes_max = 300;

/// It is not as a provider has found it: something is missing or forbidden here.
bool is_flaw(const Verdict& verdict) { return verdict.blame == Blame::account && !verdict.binding; }

std::string_view type_of(const Verdict& verdict) {
  if (is_flaw(verdict)) return "validation_error";
  if (verdict.blame == Blame::network) return "network_error";
  if (verdict.blame == Blame::provider) return "upstream_unavailable";
  if (verdict.rest == Verdict::Rest::model) return "upstream_rate_limited";
  return verdict.status == 402 ? "upstream_error" : "upstream_auth_error";
}

std::string_view status_of(const Verdict& verdict, const store::Connection& connection) {
  if (is_flaw(verdict)) return "error";
  if (verdict.rest == Verdict::Rest::model) return "unavailable";
  switch (verdict.status) {
    case 402:
      return "credits_exhausted";
    case 403:
      return "banned";
    default:
      return connection.auth_type == "oauth" ? "expired" : "error";
  }
}

}  // namespace

bool speaks_of_account(const Verdict& verdict) {
  return verdict.blame == Blame::account || verdict.blame == Blame::provider ||
         verdict.blame == Blame::network;
}

store::Condition condition_after(const Verdict& verdict, const store::Connection& connection) {
  store::Condition condition{.connection = connection.id,
                             .test_status = std::string(status_of(verdict, connection)),
                             .error = verdict.message,
                             .error_type = std::string(type_of(verdict))};
  shorten(condition.error, words_bytes_max);
  condition.error_source = is_flaw(verdict) ? "local" : "upstream";
  const bool answered = !is_flaw(verdict) && verdict.blame != Blame::network;
  if (answered) condition.error_code = std::to_string(verdict.status);
  return condition;
}

}  // namespace omni::account
