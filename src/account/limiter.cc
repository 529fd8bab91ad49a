#include "account/limiter.h"

#include <algorithm>

namespace omni::account {
namespace {

constexpr Millis minute{60'000};

/// Rounded up: who comes when it is over is not early.
Millis until(Clock::Steady when, Clock::Steady now) {
  return std::max(Millis{0}, std::chrono::ceil<Millis>(when - now));
}

}  // namespace

Millis Limiter::wait(const Limits& limits, std::int64_t running, Clock::Steady now) const {
  if (limits.at_once > 0 && running >= limits.at_once) return until_one_ends;
  Millis longest{0};
  if (limits.per_minute > 0 && in_minute_ >= limits.per_minute) {
    longest = until(minute_began_ + minute, now);
  }
  if (last_start_) longest = std::max(longest, until(*last_start_ + limits.gap, now));
  if (told_left_ <= 0) longest = std::max(longest, until(told_until_, now));
  return longest;
}

void Limiter::start(Clock::Steady now) {
  if (in_minute_ == 0 || now >= minute_began_ + minute) {
    minute_began_ = now;
    in_minute_ = 0;
  }
  ++in_minute_;
  last_start_ = now;
  --told_left_;
}

void Limiter::learn(const Allowance& allowance, Clock::Steady now) {
  if (allowance.limit <= 0) return;
  const bool scarce = allowance.left * 10 < allowance.limit;
  told_until_ = scarce ? now + allowance.reset_in : now;
  told_left_ = allowance.left;
}

}  // namespace omni::account
