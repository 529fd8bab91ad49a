#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/sql/session.h"

namespace omni::store {

/// A provider that is left alone because it fails.
struct BreakerRow {
  enum class State : std::uint8_t { closed, open, half_open };

  std::string provider;
  State state = State::closed;
  std::int64_t failures = 0;  // in a row
  Clock::Wall last_failure{};
  Millis open_for{0};  // after that
};

/// "CLOSED", "OPEN", "HALF_OPEN"
std::string_view name_of(BreakerRow::State state);

Result<std::vector<BreakerRow>> load_breakers(sql::Session& session);
/// One that is closed needs no row.
Status store_breaker(sql::Session& session, const BreakerRow& breaker);

}  // namespace omni::store
