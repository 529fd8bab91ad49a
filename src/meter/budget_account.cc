#include "meter/budget_account.h"

#include <algorithm>

namespace omni::meter {

bool BudgetAccount::adopt(const store::Budget& budget, Clock::Wall now) {
  const Period period = period_at(budget, now);
  const bool goes_on =
      open_ && budget.active() == budget_.active() && budget.reset_minutes == budget_.reset_minutes;
  const auto warned =
      goes_on ? std::max(budget.warned_period, budget_.warned_period) : budget.warned_period;
  budget_ = budget;
  budget_.warned_period = warned;
  open_ = true;
  if (goes_on) return false;
  period_ = period;
  spent_ = 0;
  return true;
}

void BudgetAccount::turn(Clock::Wall now) {
  if (now < period_.end) return;
  period_ = period_at(budget_, now);
  spent_ = 0;
}

bool BudgetAccount::begins_to_warn() {
  if (!budget_.limit_nano() || budget_.warned_period >= period_.begin) return false;
  const double share = static_cast<double>(spent_) / static_cast<double>(limit());
  if (share < budget_.warning_threshold) return false;
  budget_.warned_period = period_.begin;
  return true;
}

}  // namespace omni::meter
