#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace omni::identity {

/// How often a key may ask; zero: as often as it likes.
struct RateLimit {
  std::uint64_t per_minute = 0;
  std::uint64_t per_day = 0;
};

/// Counts the requests of each key in this minute and on this day, both of UTC.  Only for keys that
/// are stored, which bounds how many are counted; all are forgotten when a day ends.  From any
/// thread.
class Rates {
 public:
  explicit Rates(const Clock& clock) : clock_(clock) {}

  /// Zero: the request is counted.  Otherwise how long until one may be, and it is not.
  std::chrono::seconds take(std::string_view key_id, RateLimit limit);

 private:
  struct Count {
    std::chrono::sys_time<std::chrono::minutes> minute;
    std::uint64_t in_minute = 0;
    std::uint64_t on_day = 0;
  };

  const Clock& clock_;
  std::mutex mutex_;
  std::chrono::sys_days day_;
  std::map<std::string, Count, std::less<>> counts_;
};

}  // namespace omni::identity
