#include "meter/budget_account.h"

#include <algorithm>

namespace omni::meter {

void BudgetAccount::adopt(const store::Budget& budget, Clock::Wall now) {
  const Period period = period_at(budget, now);
  const bool goes_on =
      open_ && budget.active() == budget_.active() && budget.reset_minutes == budget_.reset_minutes;
  const auto warned =
      goes_on ? std::max(budget.warned_period, budget_.warned_period) : budget.warned_period;
  budget_ = budget;
  budget_.warned_period = warned;
  open_ = true;
  if (goes_on) return;
  begin(period);
  past_to_.reset();
}

void BudgetAccount::begin(const Period& period) {
  period_ = period;
  spent_ = 0;
  meanwhile_.clear();
}

void BudgetAccount::turn(Clock::Wall now) {
  if (now < period_.end) return;
  begin(period_at(budget_, now));
  past_to_ = past_to_.value_or(0);  // it has none
}

void BudgetAccount::add_spent(std::int64_t nano, std::int64_t row) {
  const bool is_past = past_to_ && row != 0 && row <= *past_to_;
  if (is_past) return;
  spent_ += nano;
  if (!past_to_) meanwhile_.push_back({.nano = nano, .row = row});
}

void BudgetAccount::add_past(std::int64_t nano, std::int64_t last_row) {
  spent_ += nano;
  for (const Spent& spent : meanwhile_) {
    if (spent.row != 0 && spent.row <= last_row) spent_ -= spent.nano;
  }
  meanwhile_.clear();
  past_to_ = last_row;
}

bool BudgetAccount::begins_to_warn() {
  if (!budget_.limit_nano() || budget_.warned_period >= period_.begin) return false;
  const double share = static_cast<double>(spent_) / static_cast<double>(limit());
  if (share < budget_.warning_threshold) return false;
  budget_.warned_period = period_.begin;
  return true;
}

}  // namespace omni::meter
