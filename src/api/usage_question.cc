#include "api/usage_question.h"

#include <chrono>

#include "base/strings.h"

namespace omni::api {
namespace {

using std::chrono::days;

std::optional<Clock::Wall> day_of(std::string_view text) {
  return text.size() == 10 ? parse_iso8601(std::string(text) + "T00:00:00Z") : std::nullopt;
}

bool is_day_or_time(std::string_view text) { return day_of(text) || parse_iso8601(text); }

std::int64_t begin_of_range(std::string_view range, Clock::Wall now) {
  if (range == "all") return 0;
  if (range == "ytd") {
    const std::chrono::year_month_day today{std::chrono::floor<days>(now)};
    return to_millis(std::chrono::sys_days{today.year() / 1 / 1});
  }
  const auto count =
      static_cast<std::int64_t>(parse_unsigned(range.substr(0, range.size() - 1)).value_or(0));
  const Millis unit = range.ends_with('h') ? Millis(std::chrono::hours(1)) : Millis(days(1));
  return to_millis(now) - count * unit.count();
}

std::string_view first_of(json::Value query, std::string_view name, std::string_view other) {
  const json::Value value = query.find(name);
  return (value ? value : query.find(other)).text();
}

}  // namespace

const json::Format day_or_time{
    .name = "day-or-time",
    .words = "must be a day like 2026-02-03 or a time like 2026-02-03T04:05:06Z",
    .fits = is_day_or_time};

std::int64_t begin_of(std::string_view text) {
  const auto day = day_of(text);
  return to_millis(day ? *day : parse_iso8601(text).value_or(Clock::Wall{}));
}

std::int64_t end_of(std::string_view text) {
  return begin_of(text) + (day_of(text) ? Millis(days(1)).count() : 0);
}

UsageQuestion read_usage_question(json::Value query, std::string_view range, Clock::Wall now) {
  UsageQuestion question{.now = now};
  const std::string_view from = first_of(query, "from", "startDate");
  const std::string_view to = first_of(query, "to", "endDate");
  if (const json::Value wanted = query.find("range")) {
    range = wanted.text();
  } else if (!from.empty() || !to.empty()) {
    range = "all";
  }
  if (from.empty() && to.empty()) question.range = range;
  question.begin_ms = from.empty() ? begin_of_range(range, now) : begin_of(from);
  if (!to.empty()) question.end_ms = end_of(to);
  for (const char* name : {"apiKeyIds", "apiKeyId"}) {
    std::string_view keys = query.find(name).text();
    while (!keys.empty()) {
      if (const std::string_view key = trim(cut(keys, ',')); !key.empty()) {
        question.filter.api_keys.emplace_back(key);
      }
    }
  }
  question.filter.provider = query.find("provider").text();
  question.filter.model = query.find("model").text();
  question.filter.connection_id = query.find("account").text();
  return question;
}

std::string UsageQuestion::account_name(std::string_view id) const {
  const auto& all = configuration->connections;
  const auto found = std::ranges::find(all, id, &store::Connection::id);
  if (found == all.end() || found->name.empty()) return std::string(id);
  const auto is_called_so = [&](const store::Connection& other) {
    return other.provider == found->provider && other.name == found->name;
  };
  if (std::ranges::count_if(all, is_called_so) == 1) return found->name;
  return found->name + " " + found->id;
}

std::string UsageQuestion::key_name(std::string_view id) const {
  const auto& all = configuration->api_keys;
  const auto found = std::ranges::find(all, id, &store::ApiKey::id);
  return found == all.end() ? std::string(id) : found->name;
}

void add_to(UsageGroup& group, const store::Series& series, const store::UsageSums& sums) {
  if (group.sums.requests == 0) group.series = series;
  group.sums += sums;
  if (series.status_class == 2) group.succeeded += sums.requests;
}

UsageGroup whole(const SumsBySeries& all) {
  UsageGroup whole;
  for (const auto& [series, sums] : all) add_to(whole, series, sums);
  return whole;
}

void write_sums(json::Writer& writer, const store::UsageSums& sums) {
  writer.key("requests").integer(sums.requests);
  writer.key("promptTokens").integer(sums.input);
  writer.key("completionTokens").integer(sums.output);
  writer.key("cost").number(dollars(sums.cost_nano));
}

void write_time_of(json::Writer& writer, const store::UsageSums& sums, std::int64_t time_ms) {
  if (sums.requests == 0) {
    writer.null();
  } else {
    writer.text(iso8601(from_millis(time_ms)));
  }
}

}  // namespace omni::api
