#pragma once

#include "base/clock.h"
#include "store/budgets.h"

namespace omni::meter {

/// From its beginning to just before its end.
struct Period {
  Clock::Wall begin{}, end{};

  bool operator==(const Period&) const = default;
};

/// The one that holds a moment.  Days begin at the time of a budget's reset, weeks at that of
/// Monday and months at that of the 1st; all in UTC.
Period period_at(store::Budget::Interval interval, std::chrono::minutes reset, Clock::Wall now);
/// Of a budget's limit.
Period period_at(const store::Budget& budget, Clock::Wall now);

}  // namespace omni::meter
