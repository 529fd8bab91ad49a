#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "store/connections.h"

namespace omni::store {

/// How a request that an account was used for has found it: all is well, or what went wrong.
struct Condition {
  std::string connection;
  Clock::Wall found_at{};
  std::string test_status = "active";
  std::string error_code, error, error_type, error_source;
  std::optional<Clock::Wall> rate_limited_until;
  std::int64_t backoff_level = 0;

  bool is_good() const { return test_status == "active"; }
  /// Whether nobody has changed or tested the account since; never where that has to be logged in
  /// again, which no request can find or mend.
  bool is_news_of(const Connection& account) const;
  void apply_to(Connection& account) const;
};

/// Nothing where it is no news, or the account is gone.
Status store_condition(sql::Session& session, const Condition& condition);

}  // namespace omni::store
