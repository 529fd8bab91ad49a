// None of these answers is promised to anybody, so whatever is missing or of another kind is taken
// for not said; an answer that is no object at all is an error.

#include "account/quota.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "json/scratch_reader.h"

namespace omni::account {
namespace {

using json::Kind;
using json::Value;

constexpr double percent = 100;
constexpr double hour_s = 3600;
constexpr double day_s = 24 * hour_s;

Value member(Value object, std::string_view name) {
  return object.kind() == Kind::object ? object.find(name) : Value();
}

/// Some write numbers as texts.
std::optional<double> number_in(Value object, std::string_view name) {
  const Value value = member(object, name);
  if (value.kind() == Kind::number) return value.number();
  if (value.kind() != Kind::text) return std::nullopt;
  const std::string text(value.text());
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string text_in(Value object, std::string_view name) {
  const Value value = member(object, name);
  return value.kind() == Kind::text ? std::string(value.text()) : std::string();
}

bool flag_in(Value object, std::string_view name) {
  const Value value = member(object, name);
  return value.kind() == Kind::boolean && value.boolean();
}

/// A time in words, or in seconds or milliseconds since 1970; a day alone is its beginning.
std::optional<Clock::Wall> time_in(Value object, std::string_view name) {
  if (const std::string text = text_in(object, name); !text.empty()) {
    const auto time = parse_iso8601(text);
    return time ? time : parse_iso8601(text + "T00:00:00Z");
  }
  const std::optional<double> number = number_in(object, name);
  constexpr double milliseconds_from = 1e11;
  constexpr double year_9999_ms = 253'402'300'799'000;
  if (!number || *number <= 0) return std::nullopt;
  const double ms = *number < milliseconds_from ? *number * 1000 : *number;
  if (ms > year_9999_ms) return std::nullopt;
  return from_millis(static_cast<std::int64_t>(ms));
}

/// "5h", "7d", "30min".
std::string length_of(double seconds) {
  const auto whole = [](double number) { return std::to_string(std::llround(number)); };
  if (seconds >= 2 * day_s) return whole(seconds / day_s) + "d";
  if (seconds >= hour_s) return whole(seconds / hour_s) + "h";
  return whole(seconds / 60) + "min";
}

/// By how long it is: who counts what in which order is another thing each month.
std::string name_of_window(double seconds) {
  if (seconds <= 0) return "window";
  return (seconds <= day_s ? "session (" : "weekly (") + length_of(seconds) + ")";
}

/// {"five_hour":{"utilization":37.0,"resets_at":"…"},"seven_day":{…},"seven_day_opus":null}
QuotaReport read_claude(Value root) {
  QuotaReport report;
  for (const auto [key, window] : root.members()) {
    const std::optional<double> used = number_in(window, "utilization");
    if (!used || key == "extra_usage") continue;
    constexpr std::string_view week = "seven_day";
    std::string name(key);
    if (name == "five_hour") name = "session (5h)";
    if (name.starts_with(week)) {
      const std::string model = name.substr(std::min(name.size(), week.size() + 1));
      name = "weekly (7d)" + (model.empty() ? "" : " " + model);
    }
    const bool binding = key == "five_hour" || key == week;
    report.quotas.push_back(
        {.name = name, .used = *used, .reset = time_in(window, "resets_at"), .binding = binding});
  }
  return report;
}

/// {"plan_type":"plus","rate_limit":{"primary_window":{"used_percent":27,
/// "limit_window_seconds":18000,"reset_at":1782770922},"secondary_window":{…}}}
QuotaReport read_codex(Value root) {
  QuotaReport report{.plan = text_in(root, "plan_type")};
  const Value limit = member(root, "rate_limit");
  for (const std::string_view name : {"primary_window", "secondary_window"}) {
    const Value window = member(limit, name);
    const std::optional<double> used = number_in(window, "used_percent");
    if (!used) continue;
    report.quotas.push_back(
        {.name = name_of_window(number_in(window, "limit_window_seconds").value_or(0)),
         .used = *used,
         .reset = time_in(window, "reset_at"),
         .binding = true});
  }
  return report;
}

/// {"copilot_plan":"individual","quota_reset_date":"2026-01-01","quota_snapshots":{"chat":
/// {"entitlement":300,"remaining":135,"percent_remaining":45.0,"unlimited":false},…}}
QuotaReport read_copilot(Value root) {
  QuotaReport report{.plan = text_in(root, "copilot_plan")};
  const auto reset = time_in(root, "quota_reset_date_utc") ? time_in(root, "quota_reset_date_utc")
                                                           : time_in(root, "quota_reset_date");
  const Value snapshots = member(root, "quota_snapshots");
  if (snapshots.kind() != Kind::object) return report;
  for (const auto [key, shot] : snapshots.members()) {
    const std::optional<double> left = number_in(shot, "percent_remaining");
    if (!left) continue;
    Quota quota{.name = std::string(key), .used = percent - *left, .reset = reset};
    quota.unlimited = flag_in(shot, "unlimited");
    const double total = number_in(shot, "entitlement").value_or(0);
    if (total > 0) {
      quota.total = total;
      quota.used = total - number_in(shot, "remaining").value_or(total * *left / percent);
    }
    if (quota.unlimited) quota.reset.reset();
    report.quotas.push_back(std::move(quota));
  }
  return report;
}

/// {"data":{"limit":20,"usage":7.5,"limit_remaining":12.5,"is_free_tier":false}}
QuotaReport read_openrouter(Value root) {
  const Value data = member(root, "data");
  QuotaReport report{.plan = flag_in(data, "is_free_tier") ? "free" : ""};
  const std::optional<double> usage = number_in(data, "usage");
  if (!usage) return report;
  const std::optional<double> limit = number_in(data, "limit");
  report.quotas.push_back({.name = "credits (USD)",
                           .used = *usage,
                           .total = limit.value_or(*usage),
                           .unlimited = !limit});
  return report;
}

/// {"is_available":true,"balance_infos":[{"currency":"USD","total_balance":"110.00"}]}
QuotaReport read_deepseek(Value root) {
  QuotaReport report;
  for (const Value balance : member(root, "balance_infos").items()) {
    const std::optional<double> left = number_in(balance, "total_balance");
    if (!left) continue;
    Quota quota{.name = "balance (" + text_in(balance, "currency") + ")", .total = *left};
    report.quotas.push_back(std::move(quota));
  }
  if (member(root, "is_available") && !flag_in(root, "is_available")) {
    report.message = "The balance does not suffice for calls";
  }
  return report;
}

/// {"limit":"100","used":"37","resetTime":"…"}
std::optional<Quota> read_kimi_part(Value part, std::string name) {
  const std::optional<double> limit = number_in(part, "limit");
  if (!limit || *limit <= 0) return std::nullopt;
  const double remaining = number_in(part, "remaining").value_or(*limit);
  return Quota{.name = std::move(name),
               .used = number_in(part, "used").value_or(*limit - remaining),
               .total = *limit,
               .reset = time_in(part, "resetTime"),
               .binding = true};
}

/// {"usage":{…},"limits":[{"window":{"duration":300,"timeUnit":"TIME_UNIT_MINUTE"},"detail":{…}}]}
QuotaReport read_kimi(Value root) {
  QuotaReport report;
  const auto add = [&](std::optional<Quota> quota) {
    if (quota) report.quotas.push_back(*std::move(quota));
  };
  add(read_kimi_part(member(root, "usage"), "weekly (7d)"));
  for (const Value limit : member(root, "limits").items()) {
    const Value window = member(limit, "window");
    double seconds = number_in(window, "duration").value_or(0);
    const std::string unit = text_in(window, "timeUnit");
    seconds *= unit.ends_with("MINUTE") ? 60 : unit.ends_with("HOUR") ? hour_s : day_s;
    add(read_kimi_part(member(limit, "detail"), name_of_window(seconds)));
  }
  return report;
}

/// {"data":{"level":"pro","limits":[{"type":"TOKENS_LIMIT","percentage":37,
/// "nextResetTime":1782770922000}]}}
QuotaReport read_zai(Value root) {
  const Value data = member(root, "data");
  QuotaReport report{.plan = text_in(data, "level")};
  for (const Value limit : member(data, "limits").items()) {
    const std::optional<double> used = number_in(limit, "percentage");
    if (!used) continue;
    const std::string type = text_in(limit, "type");
    report.quotas.push_back({.name = type == "TOKENS_LIMIT" ? "tokens (5h)"
                                     : type == "TIME_LIMIT" ? "tools (month)"
                                                            : type,
                             .used = *used,
                             .reset = time_in(limit, "nextResetTime"),
                             .binding = type == "TOKENS_LIMIT"});
  }
  return report;
}

/// {"model_remains":[{"model_name":"general","current_interval_total_count":1500,
/// "current_interval_usage_count":1200,"end_time":…}]}: what is called usage is what is left.
QuotaReport read_minimax(Value root) {
  QuotaReport report;
  const Value status = member(root, "base_resp");
  if (number_in(status, "status_code").value_or(0) != 0) {
    report.message = text_in(status, "status_msg");
  }
  for (const Value model : member(root, "model_remains").items()) {
    const std::optional<double> total = number_in(model, "current_interval_total_count");
    const std::optional<double> left = number_in(model, "current_interval_usage_count");
    if (!total || !left || *total <= 0) continue;
    report.quotas.push_back({.name = "session (5h) " + text_in(model, "model_name"),
                             .used = *total - *left,
                             .total = *total,
                             .reset = time_in(model, "end_time")});
  }
  return report;
}

using Read = QuotaReport (*)(Value root);
/// In the order of the forms.
constexpr std::array<Read, catalog::quota_forms> readers{
    read_claude,   read_codex, read_copilot, read_openrouter,
    read_deepseek, read_kimi,  read_zai,     read_minimax};

}  // namespace

Result<QuotaReport> read_quotas(catalog::QuotaForm form, std::string_view body) {
  const json::ScratchReader reader;
  const Value root = reader->read(body, Error::Kind::upstream);
  if (root.kind() != Kind::object) {
    return Error(Error::Kind::upstream, "The provider's answer is not understood");
  }
  QuotaReport report = readers[static_cast<std::size_t>(form)](root);
  if (Status whole = reader->finish(); !whole) return whole.error();
  if (report.quotas.empty() && report.message.empty()) {
    report.message = "The provider says nothing of limits";
  }
  return report;
}

}  // namespace omni::account
