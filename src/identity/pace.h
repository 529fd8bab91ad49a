#pragma once

#include <chrono>
#include <cstdint>

#include "base/clock.h"

namespace omni::identity {

/// So many units in each period.
struct Pace {
  std::uint64_t limit = 0;  // 0: any number
  std::chrono::nanoseconds period{std::chrono::minutes{1}};
};

/// What is used up of a pace, as the generic cell rate algorithm counts it: all units of a period
/// may come at once, the next as they grow back, evenly.  No period begins anywhere, so none has an
/// edge at which twice as many would pass.  All that is kept is one time.
class Allowance {
 public:
  /// How many may come now.
  std::uint64_t left(Pace pace, Clock::Steady now) const;
  /// Until one more may; zero: now.
  std::chrono::nanoseconds wait(Pace pace, Clock::Steady now) const;
  /// Until all may.
  std::chrono::nanoseconds until_full(Clock::Steady now) const;
  /// More than are left become a debt, which grows back first.  It is never longer than a period:
  /// nobody knows before what a request will use, and one that uses much must not shut out its
  /// sender for hours.  Who does that again and again gets more than the pace, but waits each time.
  void take(Pace pace, Clock::Steady now, std::uint64_t units);

 private:
  Clock::Steady full_at_{};
};

}  // namespace omni::identity
