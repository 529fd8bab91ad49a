#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace omni::account {

/// How much may be asked of one account; 0: as much as one likes.
struct Limits {
  std::int64_t per_minute = 0;
  Millis gap{0};  // between two starts
  std::int64_t at_once = 0;
};

/// What a provider says about its own limit in the head of an answer.
struct Allowance {
  std::int64_t limit = 0;  // 0: not told
  std::int64_t left = 0;
  Millis reset_in{0};
};

/// Counts the starts of requests on one account.  Without limits, and while the provider has not
/// said that little is left, nobody waits.  A rule and no clock: who asks says what time it is.
class Limiter {
 public:
  /// No time is known: until one of those that run ends.
  static constexpr Millis until_one_ends = Millis::max();

  /// How long before one more may start while `running` are on their way; 0: now.
  Millis wait(const Limits& limits, std::int64_t running, Clock::Steady now) const;
  void start(Clock::Steady now);
  /// The last tenth of an allowance is counted down, so that none is sent to be refused.
  void learn(const Allowance& allowance, Clock::Steady now);
  bool has_learned(Clock::Steady now) const { return told_until_ > now; }

 private:
  Clock::Steady minute_began_{};
  std::int64_t in_minute_ = 0;
  std::optional<Clock::Steady> last_start_;
  Clock::Steady told_until_{};
  std::int64_t told_left_ = 0;
};

}  // namespace omni::account
