#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "base/clock.h"
#include "store/sql/session.h"

namespace omni::store {

/// What was spent in a time, and by how many attempts.
struct Spending {
  std::int64_t cost_nano = 0;
  std::int64_t attempts = 0;

  Spending& operator+=(const Spending& other);
};
/// By the id of the API key; of requests without one the id is empty.
using SpendingByKey = std::map<std::string, Spending, std::less<>>;

/// From a whole minute to just before another, as the sums of usage say.
Result<SpendingByKey> spending_by_key(sql::Session& usage, Clock::Wall from, Clock::Wall to,
                                      Clock::Wall now);

}  // namespace omni::store
