#include "upstream/reset_time.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <ctime>

#include "base/strings.h"
#include "json/scratch_reader.h"

namespace omni::upstream {
namespace {

constexpr double hour_s = 3600;
constexpr double day_ms = 24 * hour_s * 1000;

Millis bounded(double milliseconds) {
  return Millis(static_cast<std::int64_t>(std::ceil(std::clamp(milliseconds, 0.0, day_ms))));
}

/// The number at the front of `text`, which is then cut off.
std::optional<double> take_number(std::string_view& text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || !std::isfinite(number) || number < 0) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

std::string_view take_word(std::string_view& text) {
  std::size_t length = 0;
  while (length < text.size() && ((text[length] | 0x20) >= 'a' && (text[length] | 0x20) <= 'z')) {
    ++length;
  }
  const std::string_view word = text.substr(0, length);
  text.remove_prefix(length);
  return word;
}

/// In milliseconds; 0 for what is no unit.
double unit(std::string_view word) {
  struct Unit {
    std::string_view name;
    double ms;
  };
  constexpr std::array units{
      Unit{"ms", 1},           Unit{"s", 1000},          Unit{"sec", 1000},
      Unit{"secs", 1000},      Unit{"second", 1000},     Unit{"seconds", 1000},
      Unit{"m", 60'000},       Unit{"min", 60'000},      Unit{"mins", 60'000},
      Unit{"minute", 60'000},  Unit{"minutes", 60'000},  Unit{"h", 3'600'000},
      Unit{"hour", 3'600'000}, Unit{"hours", 3'600'000}, Unit{"d", day_ms}};
  for (const Unit& each : units) {
    if (equals_ignoring_case(each.name, word)) return each.ms;
  }
  return 0;
}

/// A duration at the front of `text`, which may go on with anything.
std::optional<Millis> take_duration(std::string_view& text) {
  double total = 0;
  bool any = false;
  for (;;) {
    std::string_view rest = text.substr(std::min(text.find_first_not_of(' '), text.size()));
    const std::optional<double> number = take_number(rest);
    if (!number) break;
    rest = rest.substr(std::min(rest.find_first_not_of(' '), rest.size()));
    const double ms = unit(take_word(rest));
    if (ms == 0) break;
    total += *number * ms;
    any = true;
    text = rest;
  }
  if (!any) return std::nullopt;
  return bounded(total);
}

double wall_ms(Clock::Wall time) { return static_cast<double>(to_millis(time)); }

/// What stands in the fields of limits: a moment in seconds or milliseconds since 1970 or by ISO
/// 8601, or a duration.
std::optional<Millis> parse_reset(std::string_view value, Clock::Wall now) {
  constexpr double since_1970_s = 1e9, since_1970_ms = 1e12;
  if (const auto moment = parse_iso8601(value)) return bounded(wall_ms(*moment) - wall_ms(now));
  std::string_view rest = value;
  const std::optional<double> number = take_number(rest);
  if (number && rest.empty()) {
    if (*number >= since_1970_ms) return bounded(*number - wall_ms(now));
    if (*number >= since_1970_s) return bounded(*number * 1000 - wall_ms(now));
    return bounded(*number * 1000);
  }
  return parse_duration(value);
}

std::optional<Millis> by_fields(const Answer& answer, Clock::Wall now) {
  if (const auto after = parse_retry_after(answer.field("retry-after"), now)) return after;
  std::string_view ms = answer.field("retry-after-ms");
  if (const std::optional<double> number = take_number(ms)) return bounded(*number);
  // Only what is used up says when to come again.
  struct Limit {
    std::string_view remaining, reset;
  };
  constexpr std::array limits{
      Limit{"x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"},
      Limit{"x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"},
      Limit{"x-ratelimit-remaining", "x-ratelimit-reset"},
      Limit{"anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-reset"},
      Limit{"anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-reset"},
      Limit{"anthropic-ratelimit-input-tokens-remaining", "anthropic-ratelimit-input-tokens-reset"},
      Limit{"anthropic-ratelimit-output-tokens-remaining",
            "anthropic-ratelimit-output-tokens-reset"}};
  std::optional<Millis> last;  // before it is over, one of them is still used up
  for (const Limit& limit : limits) {
    const std::string_view reset = answer.field(limit.reset);
    const std::string_view remaining = trim(answer.field(limit.remaining));
    if (reset.empty() || (!remaining.empty() && remaining != "0")) continue;
    last = std::max(last, parse_reset(trim(reset), now));
  }
  return last;
}

/// Google's RetryInfo, and what others put beside the message.
std::optional<Millis> by_details(std::string_view body, Clock::Wall now) {
  json::ScratchReader reader;
  json::Value root = reader->read(body);
  if (root.kind() == json::Kind::array && root.items().begin() != nullptr) {
    root = *root.items().begin();
  }
  if (root.kind() != json::Kind::object) return std::nullopt;
  const json::Value error = root.find("error");
  if (error.kind() != json::Kind::object) return std::nullopt;
  const auto seconds = error.find("resets_in_seconds");
  if (seconds.kind() == json::Kind::number) return bounded(seconds.number() * 1000);
  const auto moment = error.find("resets_at");
  if (moment.kind() == json::Kind::number) return parse_reset(moment.slice(), now);
  const json::Value details = error.find("details");
  if (details.kind() != json::Kind::array) return std::nullopt;
  for (const json::Value detail : details.items()) {
    if (detail.kind() != json::Kind::object) continue;
    json::Value delay = detail.find("retryDelay");
    const json::Value metadata = detail.find("metadata");
    if (!delay && metadata.kind() == json::Kind::object) delay = metadata.find("quotaResetDelay");
    if (delay.kind() == json::Kind::text) return parse_duration(delay.text());
  }
  return std::nullopt;
}

std::optional<Millis> by_words(std::string_view body) {
  constexpr std::array<std::string_view, 6> phrases{"try again in ",       "retry after ",
                                                    "reset after ",        "please retry in ",
                                                    "available again in ", "resets in "};
  const std::string text = to_lower(body.substr(0, 4096));
  for (const std::string_view phrase : phrases) {
    const std::size_t found = text.find(phrase);
    if (found == std::string::npos) continue;
    std::string_view rest = std::string_view(text).substr(found + phrase.size());
    if (const auto after = take_duration(rest)) return after;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Millis> parse_duration(std::string_view text) {
  text = trim(text);
  if (text.empty()) return std::nullopt;
  std::string_view rest = text;
  const std::optional<double> seconds = take_number(rest);
  if (seconds && rest.empty()) return bounded(*seconds * 1000);
  const std::optional<Millis> whole = take_duration(text);
  return text.empty() ? whole : std::nullopt;
}

std::optional<Millis> parse_retry_after(std::string_view value, Clock::Wall now) {
  value = trim(value);
  if (value.empty()) return std::nullopt;
  std::string_view rest = value;
  const std::optional<double> seconds = take_number(rest);
  if (seconds && rest.empty()) return bounded(*seconds * 1000);
  std::tm parts{};
  const std::string copy(value);
  if (strptime(copy.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts) == nullptr) return std::nullopt;
  return bounded(static_cast<double>(timegm(&parts)) * 1000 - wall_ms(now));
}

std::optional<Millis> reset_after(const Answer& answer, std::string_view body, Clock::Wall now) {
  if (const auto after = by_fields(answer, now)) return after;
  if (const auto after = by_details(body, now)) return after;
  return by_words(body);
}

std::optional<account::Allowance> allowance_in(const Answer& answer, Clock::Wall now) {
  struct Fields {
    std::string_view limit, left, reset;
  };
  constexpr std::array dialects{
      Fields{"x-ratelimit-limit-requests", "x-ratelimit-remaining-requests",
             "x-ratelimit-reset-requests"},
      Fields{"anthropic-ratelimit-requests-limit", "anthropic-ratelimit-requests-remaining",
             "anthropic-ratelimit-requests-reset"}};
  const auto number = [&](std::string_view name) {
    std::string_view text = trim(answer.field(name));
    return take_number(text);
  };
  for (const Fields& fields : dialects) {
    const std::optional<double> limit = number(fields.limit);
    if (!limit) continue;
    const std::optional<double> left = number(fields.left);
    const std::optional<Millis> reset = parse_reset(trim(answer.field(fields.reset)), now);
    if (!left || !reset) continue;
    return account::Allowance{
        .limit = bounded(*limit).count(), .left = bounded(*left).count(), .reset_in = *reset};
  }
  return std::nullopt;
}

}  // namespace omni::upstream
