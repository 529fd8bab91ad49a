#include "store/budgets.h"

#include <algorithm>

#include "store/columns.h"

namespace omni::store {
namespace {

Budget budget_in(const sql::Row& row) {
  Budget budget;
  budget.scope = row.text(0);
  for (std::size_t i = 0; i < budget.limits_nano.size(); ++i) {
    budget.limits_nano.at(i) = optional_integer_in(row, 1 + i);
  }
  budget.warning_threshold = row.number(4);
  budget.interval = Budget::interval_named(row.text(5));
  budget.reset_minutes = row.integer(6);
  budget.warned_at = optional_time_in(row, 7);
  budget.warned_period = optional_time_in(row, 8);
  return budget;
}

}  // namespace

Budget::Interval Budget::interval_named(std::string_view name) {
  const auto found = std::ranges::find(intervals, name);
  return found == intervals.end() ? Interval::daily
                                  : static_cast<Interval>(found - intervals.begin());
}

Budget::Interval Budget::active() const {
  if (limits_nano.at(index_of(interval))) return interval;
  const auto set = std::ranges::find_if(limits_nano, [](const auto& limit) { return !!limit; });
  return set == limits_nano.end() ? interval : static_cast<Interval>(set - limits_nano.begin());
}

std::string_view name_of(Budget::Interval interval) {
  return Budget::intervals.at(Budget::index_of(interval));
}

Result<std::vector<Budget>> load_budgets(sql::Session& session) {
  std::vector<Budget> budgets;
  const Status read = session.run(
      "SELECT scope, daily_nano, weekly_nano, monthly_nano, warning_threshold, reset_interval, "
      "reset_minutes, warned_at, warned_period FROM budgets ORDER BY scope",
      {}, [&](const sql::Row& row) { budgets.push_back(budget_in(row)); });
  if (!read) return read.error();
  return budgets;
}

Status put_budget(sql::Session& session, const Budget& budget) {
  const auto& limits = budget.limits_nano;
  return session.run(
      "INSERT INTO budgets (scope, daily_nano, weekly_nano, monthly_nano, warning_threshold, "
      "reset_interval, reset_minutes) VALUES ($1, $2, $3, $4, $5, $6, $7) "
      "ON CONFLICT (scope) DO UPDATE SET daily_nano = excluded.daily_nano, "
      "weekly_nano = excluded.weekly_nano, monthly_nano = excluded.monthly_nano, "
      "warning_threshold = excluded.warning_threshold, reset_interval = excluded.reset_interval, "
      "reset_minutes = excluded.reset_minutes",
      {to_value(budget.scope), to_value(limits[0]), to_value(limits[1]), to_value(limits[2]),
       budget.warning_threshold, to_value(name_of(budget.interval)),
       to_value(budget.reset_minutes)});
}

Status delete_budget(sql::Session& session, std::string_view scope) {
  return expect_one_row(session,
                        session.run("DELETE FROM budgets WHERE scope = $1", {to_value(scope)}),
                        "Budget not found");
}

Result<bool> note_budget_warning(sql::Session& session, std::string_view scope, Clock::Wall when,
                                 Clock::Wall period) {
  const Status noted = session.run(
      "UPDATE budgets SET warned_at = $1, warned_period = $2 WHERE scope = $3 AND "
      "(warned_period IS NULL OR warned_period < $2)",
      {to_value(when), to_value(period), to_value(scope)});
  if (!noted) return noted.error();
  return session.rows_changed() == 1;
}

}  // namespace omni::store
