#pragma once

#include <bitset>
#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "identity/time_zone.h"

namespace omni::identity {

/// Minutes after midnight of "HH:MM", from 00:00 to 23:59.
std::optional<std::chrono::minutes> parse_time_of_day(std::string_view text);

/// When a key may be used: on some days of the week a window, by the clocks of one place.
struct AccessSchedule {
  bool enabled = false;
  std::chrono::minutes from{};
  /// Not included.  Before `from` it is of the next day; equal to it, the window is a whole day.
  std::chrono::minutes until{};
  std::bitset<7> days;  // on which a window begins; 0 is Sunday
  std::shared_ptr<const TimeZone> zone;
};

/// As the API and the store spell it.
struct ScheduleText {
  bool enabled = false;
  std::string_view from, until;
  std::span<const int> days;
  std::string_view zone;
};

/// The error says which member is wrong.
Result<AccessSchedule> make_schedule(const ScheduleText& text, Zones& zones);

/// Whether the key may be used now; always where the schedule is not enabled.
bool is_open(const AccessSchedule& schedule, Clock::Wall now);

}  // namespace omni::identity
