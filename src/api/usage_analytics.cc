#include "api/usage_analytics.h"

#include <chrono>

namespace omni::api {
namespace {

using std::chrono::days;
using store::Series;
using store::Step;
using store::UsageSums;

constexpr std::int64_t day_ms = Millis(days(1)).count();

struct Found {
  SumsBySeries all;
  std::map<std::int64_t, UsageSums> by_day;                              // by its begin
  std::map<std::int64_t, std::map<std::string, std::int64_t>> by_model;  // tokens
  std::map<std::int64_t, std::int64_t> year;  // tokens of the days of the last one
};

Result<Found> look(sql::Session& session, const UsageQuestion& question) {
  Found found;
  Status done =
      read_rollups(session, question.tiles(), question.filter, [&](const store::RollupRow& row) {
        const std::int64_t day = slot_of(Step::day, row.slot);
        found.all[row.series] += row.sums;
        found.by_day[day] += row.sums;
        found.by_model[day][row.series.model] += row.sums.tokens();
      });
  if (!done) return done.error();
  const std::int64_t today = slot_of(Step::day, to_millis(question.now));
  done =
      read_rollups(session, {{Step::day, today - 365 * day_ms}}, question.filter,
                   [&](const store::RollupRow& row) { found.year[row.slot] += row.sums.tokens(); },
                   {.names = false});
  if (!done) return done.error();
  return found;
}

std::string date_of(std::int64_t day) { return iso8601(from_millis(day)).substr(0, 10); }

/// From Sunday on.
std::size_t weekday_of(std::int64_t day) {
  return std::chrono::weekday{std::chrono::floor<days>(from_millis(day))}.c_encoding();
}

/// How many days in a row there was something, to today or yesterday.
std::int64_t streak(const std::map<std::int64_t, std::int64_t>& year, Clock::Wall now) {
  std::int64_t day = slot_of(Step::day, to_millis(now));
  if (!year.contains(day)) day -= day_ms;
  std::int64_t length = 0;
  for (; year.contains(day); day -= day_ms) ++length;
  return length;
}

void write_group(json::Writer& writer, const UsageGroup& group) {
  write_sums(writer, group.sums);
  writer.key("totalTokens").integer(group.sums.tokens());
  writer.key("avgLatencyMs").number(ratio(group.sums.latency_ms, group.sums.requests));
  writer.key("successRatePct").number(100 * ratio(group.succeeded, group.sums.requests));
  write_time_of(writer.key("lastUsed"), group.sums, group.sums.last_at_ms);
}

/// One list of rows, each begun by `introduce`.
void write_rows(json::Writer& writer, const std::vector<UsageGroup>& groups,
                const auto& introduce) {
  writer.begin_array();
  for (const UsageGroup& group : groups) {
    writer.begin_object();
    introduce(group.series);
    write_group(writer, group);
    writer.end_object();
  }
  writer.end_array();
}

struct Groups {
  std::vector<UsageGroup> models, providers, keys, accounts;
};

Groups groups_of(const SumsBySeries& all) {
  return {grouped(all, [](const Series& it) { return it.model + "\n" + it.provider; }),
          grouped(all, [](const Series& it) { return it.provider; }),
          grouped(all, [](const Series& it) { return it.api_key_id; }),
          grouped(all, [](const Series& it) { return it.connection_id; })};
}

std::int64_t count(const std::vector<UsageGroup>& groups) {
  return static_cast<std::int64_t>(groups.size());
}

/// Attempts are summed up, each as it came: which of them were second ones is not known here.
void write_summary(json::Writer& writer, const Found& found, const Groups& groups,
                   const UsageQuestion& question) {
  const UsageGroup all = whole(found.all);
  writer.key("summary").begin_object().key("totalRequests").integer(all.sums.requests);
  writer.key("promptTokens").integer(all.sums.input);
  writer.key("completionTokens").integer(all.sums.output);
  writer.key("totalTokens").integer(all.sums.tokens());
  writer.key("cacheReadTokens").integer(all.sums.cache_read);
  writer.key("cacheCreationTokens").integer(all.sums.cache_creation);
  writer.key("reasoningTokens").integer(all.sums.reasoning);
  writer.key("uniqueModels").integer(count(groups.models));
  writer.key("uniqueAccounts").integer(count(groups.accounts));
  writer.key("uniqueApiKeys").integer(count(groups.keys));
  writer.key("successfulRequests").integer(all.succeeded);
  writer.key("successRatePct").number(100 * ratio(all.succeeded, all.sums.requests));
  writer.key("avgLatencyMs").number(ratio(all.sums.latency_ms, all.sums.requests));
  writer.key("totalCost").number(dollars(all.sums.cost_nano));
  write_time_of(writer.key("firstRequest"), all.sums, all.sums.first_at_ms);
  write_time_of(writer.key("lastRequest"), all.sums, all.sums.last_at_ms);
  for (const char* unknown : {"fallbackCount", "fallbackRatePct", "requestedModelCoveragePct"}) {
    writer.key(unknown).null();
  }
  writer.key("streak").integer(streak(found.year, question.now)).end_object();
}

void write_days(json::Writer& writer, const Found& found) {
  writer.key("dailyTrend").begin_array();
  for (const auto& [day, sums] : found.by_day) {
    writer.begin_object().key("date").text(date_of(day));
    write_sums(writer, sums);
    writer.key("totalTokens").integer(sums.tokens()).end_object();
  }
  writer.end_array().key("activityMap").begin_object();
  for (const auto& [day, tokens] : found.year) writer.key(date_of(day)).integer(tokens);
  writer.end_object();
}

void write_lists(json::Writer& writer, const Groups& groups, const UsageQuestion& question) {
  write_rows(writer.key("byModel"), groups.models, [&](const Series& series) {
    writer.key("model").text(series.model).key("provider").text(series.provider);
  });
  write_rows(writer.key("byProvider"), groups.providers,
             [&](const Series& series) { writer.key("provider").text(series.provider); });
  write_rows(writer.key("byApiKey"), groups.keys, [&](const Series& series) {
    writer.key("apiKeyId").text(series.api_key_id);
    writer.key("apiKeyName").text(question.key_name(series.api_key_id));
  });
  write_rows(writer.key("byAccount"), groups.accounts, [&](const Series& series) {
    writer.key("connectionId").text(series.connection_id);
    writer.key("account").text(question.account_name(series.connection_id));
    writer.key("provider").text(series.provider);
  });
}

void write_week(json::Writer& writer, const Found& found) {
  static constexpr std::array names{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  std::array<UsageSums, 7> week;
  std::array<std::int64_t, 7> days_of_it{};
  for (const auto& [day, sums] : found.by_day) {
    week[weekday_of(day)] += sums;
    ++days_of_it[weekday_of(day)];
  }
  writer.key("weeklyPattern").begin_array();
  for (std::size_t i = 0; i < week.size(); ++i) {
    writer.begin_object().key("day").text(names[i]);
    writer.key("avgTokens").number(ratio(week[i].tokens(), days_of_it[i]));
    writer.key("totalTokens").integer(week[i].tokens()).end_object();
  }
  writer.end_array().key("weeklyTokens").begin_array();
  for (const UsageSums& sums : week) writer.integer(sums.tokens());
  writer.end_array().key("weeklyCounts").begin_array();
  for (const UsageSums& sums : week) writer.integer(sums.requests);
  writer.end_array();
}

void write_models(json::Writer& writer, const Found& found) {
  writer.key("dailyByModel").begin_array();
  for (const auto& [day, models] : found.by_model) {
    writer.begin_object().key("date").text(date_of(day));
    for (const auto& [model, tokens] : models) writer.key(model).integer(tokens);
    writer.end_object();
  }
  writer.end_array().key("modelNames").begin_array();
  for (const UsageGroup& group : grouped(found.all, [](const Series& it) { return it.model; })) {
    writer.text(group.name);
  }
  writer.end_array();
}

}  // namespace

Result<std::string> usage_analytics(sql::Session& session, const UsageQuestion& question) {
  const Result<Found> found = look(session, question);
  if (!found) return found.error();
  const Groups groups = groups_of(found->all);
  std::string body;
  json::Writer writer(body);
  writer.begin_object();
  write_summary(writer, *found, groups, question);
  write_days(writer, *found);
  write_lists(writer, groups, question);
  write_week(writer, *found);
  write_models(writer, *found);
  writer.key("range").text(question.range.empty() ? "custom" : question.range).end_object();
  return body;
}

}  // namespace omni::api
