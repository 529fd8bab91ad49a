#include "api/budget_members.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/dollars.h"
#include "identity/access_schedule.h"

namespace omni::api {
namespace {

using json::MemberShape;
using json::Presence;
using store::Budget;
namespace shape = json::shape;

constexpr double limit_usd_max = 1e9;

constexpr json::Shape id = shape::text(1, 100);
constexpr json::Shape interval = shape::choice(Budget::intervals);
constexpr MemberShape key_member{"apiKeyId", id, Presence::optional, "Of a key, by id."};
constexpr MemberShape same_key_member{"keyId", id, Presence::optional, "The same."};
constexpr MemberShape group_member{"group", id, Presence::optional,
                                   "Of all keys of a group, together."};
constexpr MemberShape all_member{"all", shape::boolean(), Presence::optional,
                                 "true: of all requests, together."};

constexpr std::array subject_members{key_member, same_key_member, group_member, all_member};
constexpr std::array<std::string_view, 3> limit_names{"dailyLimitUsd", "weeklyLimitUsd",
                                                      "monthlyLimitUsd"};
constexpr std::string_view amount_help = "Dollars, more than 0; as a number or in a text.";
constexpr std::array members{
    key_member,
    same_key_member,
    group_member,
    all_member,
    MemberShape{limit_names[0], shape::any(), Presence::optional, amount_help},
    MemberShape{limit_names[1], shape::any(), Presence::optional, amount_help},
    MemberShape{limit_names[2], shape::any(), Presence::optional, amount_help},
    MemberShape{"limit", shape::any(), Presence::optional, "The limit of the period."},
    MemberShape{"period", interval, Presence::optional, "Of `limit`."},
    MemberShape{"warningThreshold", shape::number(0, 1), Presence::optional,
                "The part of the limit at which the audit is told; 0.8."},
    MemberShape{"resetInterval", interval, Presence::optional,
                "Whose limit holds; else the first that is set."},
    MemberShape{"resetTime", shape::text(5, 5).like(json::format::time_of_day), Presence::optional,
                "When a period begins, UTC; 00:00."}};

/// 0 where it is no amount.
double amount_in(json::Value value) {
  if (value.kind() == json::Kind::number) return value.number();
  double amount = 0;
  const std::string_view text = value.kind() == json::Kind::text ? value.text() : "";
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), amount);
  return error == std::errc() && end == text.data() + text.size() ? amount : 0;
}

/// What is null is not said.
std::optional<std::int64_t> read_limit(json::Value body, std::string_view member,
                                       std::vector<json::Finding>& findings) {
  const json::Value value = body.find(member);
  if (!value || value.is_null()) return std::nullopt;
  const double amount = amount_in(value);
  const std::int64_t limit = amount > 0 && amount <= limit_usd_max ? nano_of(amount) : 0;
  if (limit > 0) return limit;
  findings.push_back({std::string(member), "must be an amount of dollars, more than 0"});
  return std::nullopt;
}

std::string time_of(std::int64_t minutes) {
  const auto two = [](std::int64_t number) { return std::to_string(100 + number).substr(1); };
  return two(minutes / 60) + ":" + two(minutes % 60);
}

void write_limits(json::Writer& writer, const Budget& budget) {
  for (std::size_t i = 0; i < limit_names.size(); ++i) {
    writer.key(limit_names.at(i)).number(dollars(budget.limits_nano.at(i).value_or(0)));
  }
  writer.key("warningThreshold").number(budget.warning_threshold);
}

void write_resets(json::Writer& writer, const Budget& budget, const meter::Period& period) {
  writer.key("resetInterval").text(name_of(budget.active()));
  writer.key("resetTime").text(time_of(budget.reset_minutes));
  writer.key("budgetResetAt").integer(to_millis(period.end));
  writer.key("lastBudgetResetAt").integer(to_millis(period.begin));
}

void write_period(json::Writer& writer, const meter::Period& period) {
  writer.key("periodStartAt").integer(to_millis(period.begin));
  writer.key("nextResetAt").integer(to_millis(period.end));
}

void write_moment(json::Writer& writer, const std::optional<Clock::Wall>& when) {
  if (when) {
    writer.integer(to_millis(*when));
  } else {
    writer.null();
  }
}

void write_check(json::Writer& writer, const Budget& budget, const meter::Budgets::State& state) {
  const std::int64_t spent = state.spent_nano;
  const auto limit = budget.limit_nano();
  const double warn_at = budget.warning_threshold * static_cast<double>(limit.value_or(0));
  writer.begin_object().key("allowed").boolean(!limit || spent < *limit);
  writer.key("dailyUsed").number(dollars(spent));
  writer.key("dailyLimit").number(dollars(limit.value_or(0)));
  writer.key("warningReached").boolean(limit && static_cast<double>(spent) >= warn_at);
  writer.key("remaining").number(dollars(std::max<std::int64_t>(limit.value_or(0) - spent, 0)));
  writer.key("periodUsed").number(dollars(spent));
  writer.key("activeLimitUsd").number(dollars(limit.value_or(0)));
  write_resets(writer, budget, state.period);
  write_period(writer, state.period);
  writer.end_object();
}

}  // namespace

BudgetSubject BudgetSubject::in(json::Value object) {
  for (const std::string_view member : {"apiKeyId", "keyId"}) {
    if (const json::Value key = object.find(member)) return {Budget::of_key(key.text())};
  }
  if (const json::Value group = object.find("group")) return {Budget::of_group(group.text())};
  const json::Value all = object.find("all");
  return {all && all.boolean() ? std::string(Budget::of_all) : std::string()};
}

bool BudgetSubject::is_group() const { return scope.starts_with(Budget::of_group("")); }

std::string_view BudgetSubject::name() const {
  return std::string_view(scope).substr(scope.find(':') + 1);
}

void BudgetSubject::write(json::Writer& writer) const {
  if (scope == Budget::of_all) {
    writer.key("all").boolean(true);
  } else {
    writer.key(is_group() ? "group" : "apiKeyId").text(name());
  }
}

std::span<const MemberShape> budget_query() { return subject_members; }
std::span<const MemberShape> budget_members() { return members; }

store::Budget read_budget(json::Value body, std::vector<json::Finding>& findings) {
  Budget budget{.scope = BudgetSubject::in(body).scope};
  if (budget.scope.empty()) findings.push_back({"apiKeyId", "is missing"});
  for (std::size_t i = 0; i < limit_names.size(); ++i) {
    budget.limits_nano.at(i) = read_limit(body, limit_names.at(i), findings);
  }
  std::string_view named = body.find("resetInterval").text();
  if (const auto limit = read_limit(body, "limit", findings)) {
    if (const json::Value period = body.find("period")) {
      named = period.text();
      budget.limits_nano.at(Budget::index_of(Budget::interval_named(named))) = limit;
    } else {
      findings.push_back({"period", "is missing"});
    }
  }
  if (!named.empty()) budget.interval = Budget::interval_named(named);
  budget.interval = budget.active();
  if (findings.empty() && !budget.limit_nano()) {
    findings.push_back({std::string(limit_names[0]), "or another limit is missing"});
  }
  if (const json::Value threshold = body.find("warningThreshold")) {
    budget.warning_threshold = threshold.number();
  }
  const auto reset = identity::parse_time_of_day(body.find("resetTime").text());
  if (reset) budget.reset_minutes = reset->count();
  return budget;
}

void write_budget(json::Writer& writer, const Budget& budget, const meter::Period& period) {
  writer.begin_object();
  write_limits(writer, budget);
  write_resets(writer, budget, period);
  write_moment(writer.key("warningEmittedAt"), budget.warned_at);
  write_moment(writer.key("warningPeriodStart"), budget.warned_period);
  writer.end_object();
}

void write_standing(json::Writer& writer, const BudgetStanding& standing) {
  const Budget none;
  const Budget& budget = standing.budget == nullptr ? none : *standing.budget;
  const meter::Budgets::State& state = standing.state;
  const double today = dollars(standing.today.cost_nano);
  const double month = dollars(standing.month.cost_nano);
  writer.key("dailyTotal").number(today).key("monthlyTotal").number(month);
  writer.key("totalEntries").integer(standing.month.attempts).key("budget");
  if (standing.budget == nullptr) {
    writer.null();
  } else {
    write_budget(writer, budget, state.period);
  }
  writer.key("totalCostToday").number(today).key("totalCostMonth").number(month);
  writer.key("totalCostPeriod").number(dollars(state.spent_nano));
  writer.key("activeLimitUsd").number(dollars(budget.limit_nano().value_or(0)));
  write_resets(writer, budget, state.period);
  write_period(writer, state.period);
  write_limits(writer, budget);
  write_check(writer.key("budgetCheck"), budget, state);
}

}  // namespace omni::api
