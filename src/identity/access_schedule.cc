#include "identity/access_schedule.h"

#include "base/strings.h"

namespace omni::identity {
namespace {

Error refused(std::string message) { return {Error::Kind::bad_request, std::move(message)}; }

}  // namespace

std::optional<std::chrono::minutes> parse_time_of_day(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const std::optional<std::uint64_t> hour = parse_unsigned(text.substr(0, 2));
  const std::optional<std::uint64_t> minute = parse_unsigned(text.substr(3));
  if (!hour || !minute || *hour > 23 || *minute > 59) return std::nullopt;
  return std::chrono::hours{*hour} + std::chrono::minutes{*minute};
}

Result<AccessSchedule> make_schedule(const ScheduleText& text, Zones& zones) {
  const auto from = parse_time_of_day(text.from);
  const auto until = parse_time_of_day(text.until);
  if (!from) return refused("from: must be a time of day like 08:30");
  if (!until) return refused("until: must be a time of day like 17:00");
  AccessSchedule schedule{.enabled = text.enabled, .from = *from, .until = *until};
  for (const int day : text.days) {
    if (day < 0 || day > 6) return refused("days: must be numbers from 0, Sunday, to 6");
    schedule.days.set(static_cast<std::size_t>(day));
  }
  if (schedule.days.none()) return refused("days: must name at least one day");
  Result<std::shared_ptr<const TimeZone>> zone = zones.find(text.zone);
  if (!zone) return refused("tz: " + zone.error().message());
  schedule.zone = *std::move(zone);
  return schedule;
}

bool is_open(const AccessSchedule& schedule, Clock::Wall now) {
  if (!schedule.enabled) return true;
  const auto utc = std::chrono::floor<std::chrono::seconds>(now);
  const auto local = utc + schedule.zone->offset_at(utc);
  const auto today = std::chrono::floor<std::chrono::days>(local);
  const auto time = local - today;
  const std::size_t weekday = std::chrono::weekday(today).c_encoding();
  const bool opens_today = schedule.days[weekday] && time >= schedule.from;
  if (schedule.from < schedule.until) return opens_today && time < schedule.until;
  const bool opened_yesterday = schedule.days[(weekday + 6) % 7] && time < schedule.until;
  return opens_today || opened_yesterday;
}

}  // namespace omni::identity
