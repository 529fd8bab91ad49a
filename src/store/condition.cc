#include "store/condition.h"

#include "store/columns.h"

namespace omni::store {

bool Condition::is_news_of(const Connection& account) const {
  return !account.must_log_in() && found_at >= account.updated_at &&
         (!account.last_tested_at || found_at >= *account.last_tested_at);
}

void Condition::apply_to(Connection& account) const {
  account.test_status = test_status;
  account.error_code = error_code;
  account.last_error = error;
  account.last_error_type = error_type;
  account.last_error_source = error_source;
  account.last_error_at = is_good() ? std::nullopt : std::optional(found_at);
  account.rate_limited_until = rate_limited_until;
  account.backoff_level = backoff_level;
}

Status store_condition(sql::Session& session, const Condition& condition) {
  Connection as_found;
  condition.apply_to(as_found);
  return session.run(
      "UPDATE provider_connections SET test_status = $1, error_code = $2, last_error = $3, "
      "last_error_type = $4, last_error_source = $5, last_error_at = $6, rate_limited_until = $7, "
      "backoff_level = $8 WHERE id = $9 AND updated_at <= $10 AND "
      "(last_tested_at IS NULL OR last_tested_at <= $10) AND "
      "(last_error_type IS NULL OR last_error_type <> $11 OR updated_at > last_error_at OR "
      "last_error_at IS NULL)",
      {to_value(as_found.test_status), to_value(as_found.error_code), to_value(as_found.last_error),
       to_value(as_found.last_error_type), to_value(as_found.last_error_source),
       to_value(as_found.last_error_at), to_value(as_found.rate_limited_until),
       to_value(as_found.backoff_level), to_value(condition.connection),
       to_value(condition.found_at), to_value(reauth_required)},
      {});
}

}  // namespace omni::store
