#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace omni::identity {

/// A time zone's rule for all years, as POSIX writes it and as a zoneinfo file ends:
/// `CET-1CEST,M3.5.0,M10.5.0/3`.
class ZoneRule {
 public:
  static std::optional<ZoneRule> parse(std::string_view text);

  /// What is added to UTC to get the local time.
  std::chrono::seconds offset_at(std::chrono::sys_seconds time) const;

 private:
  /// When in a year the clocks are changed, by the local time until then.
  struct Change {
    enum class Kind : std::uint8_t { month_week_day, day_of_365, day_of_year };
    Kind kind = Kind::day_of_year;
    unsigned month = 1, week = 1, day = 0;
    std::chrono::seconds time{std::chrono::hours{2}};

    std::chrono::sys_seconds of(std::chrono::year year) const;
  };
  struct Summer {
    std::chrono::seconds offset;
    Change begin, end;
  };
  class Reader;

  std::chrono::seconds standard_{};
  std::optional<Summer> summer_;
};

}  // namespace omni::identity
