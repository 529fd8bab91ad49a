#include "meter/period.h"

#include <chrono>
#include <utility>

namespace omni::meter {
namespace {

using std::chrono::days;
using std::chrono::sys_days;

/// First day of the period that has that day, and of the next one.
std::pair<sys_days, sys_days> days_around(store::Budget::Interval interval, sys_days day) {
  using enum store::Budget::Interval;
  switch (interval) {
    case daily:
      break;
    case weekly: {
      const sys_days monday = day - (std::chrono::weekday(day) - std::chrono::Monday);
      return {monday, monday + std::chrono::weeks{1}};
    }
    case monthly: {
      const std::chrono::year_month_day date(day);
      const auto first = date.year() / date.month() / 1;
      return {first, first + std::chrono::months{1}};
    }
  }
  return {day, day + days{1}};
}

}  // namespace

Period period_at(store::Budget::Interval interval, std::chrono::minutes reset, Clock::Wall now) {
  const auto [first, next] = days_around(interval, std::chrono::floor<days>(now - reset));
  return {.begin = first + reset, .end = next + reset};
}

Period period_at(const store::Budget& budget, Clock::Wall now) {
  return period_at(budget.active(), std::chrono::minutes{budget.reset_minutes}, now);
}

}  // namespace omni::meter
