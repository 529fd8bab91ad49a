#include "base/clock.h"

#include <ctime>

#include "base/strings.h"

namespace omni {
namespace {

/// Takes a number of exactly that many digits and the separator after it, which may be none; -1 if
/// something else stands there.
int take(std::string_view& text, std::size_t digits, std::string_view separator) {
  const auto number = parse_unsigned(text.substr(0, digits));
  if (!number || text.size() < digits || !text.substr(digits).starts_with(separator)) return -1;
  text.remove_prefix(digits + separator.size());
  return static_cast<int>(*number);
}

/// Takes "Z" or "+01:30"; nothing if something else stands there.
std::optional<std::chrono::minutes> take_zone(std::string_view& text) {
  using std::chrono::minutes;
  if (text == "Z" || text == "z") return text = {}, minutes{0};
  if (!text.starts_with('+') && !text.starts_with('-')) return std::nullopt;
  const int sign = text.front() == '-' ? -1 : 1;
  text.remove_prefix(1);
  const int hour = take(text, 2, ":");
  const int minute = take(text, 2, "");
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return std::nullopt;
  return sign * minutes{60 * hour + minute};
}

}  // namespace

std::int64_t to_millis(Clock::Wall time) {
  return std::chrono::duration_cast<Millis>(time.time_since_epoch()).count();
}

Clock::Wall from_millis(std::int64_t millis) { return Clock::Wall(Millis(millis)); }

std::string iso8601(Clock::Wall time) {
  const auto since_epoch = std::chrono::floor<Millis>(time.time_since_epoch());
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since_epoch);
  const std::time_t whole = seconds.count();
  std::tm parts{};
  gmtime_r(&whole, &parts);
  std::string text = "0000-00-00T00:00:00.000Z";
  const auto put = [&text](std::size_t last, std::int64_t number) {
    for (; number > 0; number /= 10) text[last--] = static_cast<char>('0' + number % 10);
  };
  put(3, parts.tm_year + 1900);
  put(6, parts.tm_mon + 1);
  put(9, parts.tm_mday);
  put(12, parts.tm_hour);
  put(15, parts.tm_min);
  put(18, parts.tm_sec);
  put(22, (since_epoch - seconds).count());
  return text;
}

std::optional<Clock::Wall> parse_iso8601(std::string_view text) {
  namespace chrono = std::chrono;
  const int year = take(text, 4, "-");
  const int month = take(text, 2, "-");
  const int day = take(text, 2, "");
  if (year < 1970 || year > 2261 || month < 0 || day < 0) return std::nullopt;
  const chrono::year_month_day date{chrono::year{year}, chrono::month{static_cast<unsigned>(month)},
                                    chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok() || text.empty() || std::string_view("Tt ").find(text.front()) == text.npos)
    return std::nullopt;
  text.remove_prefix(1);
  const int hour = take(text, 2, ":");
  const int minute = take(text, 2, ":");
  const int second = take(text, 2, "");
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
    return std::nullopt;
  if (text.starts_with('.')) {
    const std::size_t end = text.find_first_not_of("0123456789", 1);
    if (end == 1 || end == text.npos) return std::nullopt;
    text.remove_prefix(end);
  }
  const auto zone = take_zone(text);
  if (!zone || !text.empty()) return std::nullopt;
  return Clock::Wall{chrono::sys_days{date}} + chrono::hours{hour} + chrono::minutes{minute} +
         chrono::seconds{second} - *zone;
}

}  // namespace omni
