#include "identity/pace.h"

#include <algorithm>

namespace omni::identity {
namespace {

using std::chrono::nanoseconds;

/// Until all is there again at the most: one period for what may come at once, and one of debt.
nanoseconds owed_max(Pace pace) { return 2 * pace.period; }

/// How long so many take to grow back, rounded down, so that none of a period is missing.
nanoseconds time_for(Pace pace, std::uint64_t units) {
  const double share = static_cast<double>(units) / static_cast<double>(pace.limit);
  const double whole = static_cast<double>(pace.period.count()) * share;
  return nanoseconds(
      static_cast<std::int64_t>(std::min(whole, static_cast<double>(owed_max(pace).count()))));
}

}  // namespace

nanoseconds Allowance::until_full(Clock::Steady now) const {
  return std::max<nanoseconds>(full_at_ - now, nanoseconds{0});
}

std::uint64_t Allowance::left(Pace pace, Clock::Steady now) const {
  const nanoseconds room = pace.period - until_full(now);
  if (room <= nanoseconds{0}) return 0;
  const double share = static_cast<double>(room.count()) / static_cast<double>(pace.period.count());
  return static_cast<std::uint64_t>(static_cast<double>(pace.limit) * share);
}

nanoseconds Allowance::wait(Pace pace, Clock::Steady now) const {
  if (pace.limit == 0) return nanoseconds{0};
  return std::max(until_full(now) + time_for(pace, 1) - pace.period, nanoseconds{0});
}

void Allowance::take(Pace pace, Clock::Steady now, std::uint64_t units) {
  if (pace.limit == 0) return;
  const nanoseconds owed = until_full(now) + time_for(pace, units);
  full_at_ = now + std::min(owed, owed_max(pace));
}

}  // namespace omni::identity
