#include "identity/access_schedule.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace omni::identity {
namespace {

constexpr std::array<int, 5> workdays{1, 2, 3, 4, 5};
constexpr std::array<int, 1> fridays{5};

Result<AccessSchedule> schedule(std::string_view from, std::string_view until,
                                std::span<const int> days, std::string_view zone = "UTC") {
  Zones zones;
  return make_schedule({true, from, until, days, zone}, zones);
}

bool open(const AccessSchedule& schedule, std::string_view time) {
  return is_open(schedule, parse_iso8601(time).value());
}

std::string refusal(const Result<AccessSchedule>& result) {
  return result ? "accepted" : result.error().message();
}

TEST(AccessSchedule, IsOpenFromItsFirstMinuteUntilItsLast) {
  const AccessSchedule hours = *schedule("08:30", "17:00", workdays);
  EXPECT_FALSE(open(hours, "2026-03-02T08:29:59.999Z"));  // a Monday
  EXPECT_TRUE(open(hours, "2026-03-02T08:30:00Z"));
  EXPECT_TRUE(open(hours, "2026-03-02T16:59:59Z"));
  EXPECT_FALSE(open(hours, "2026-03-02T17:00:00Z"));
  EXPECT_FALSE(open(hours, "2026-03-01T12:00:00Z"));
  EXPECT_FALSE(open(hours, "2026-03-07T12:00:00Z"));
}

TEST(AccessSchedule, OverMidnightBelongsToTheDayOnWhichItBegins) {
  const AccessSchedule night = *schedule("22:00", "06:00", fridays);
  EXPECT_FALSE(open(night, "2026-03-06T05:00:00Z"));  // Friday morning
  EXPECT_FALSE(open(night, "2026-03-06T21:59:59Z"));
  EXPECT_TRUE(open(night, "2026-03-06T22:00:00Z"));
  EXPECT_TRUE(open(night, "2026-03-07T05:59:59Z"));
  EXPECT_FALSE(open(night, "2026-03-07T06:00:00Z"));
  EXPECT_FALSE(open(night, "2026-03-07T23:00:00Z"));
}

TEST(AccessSchedule, OverMidnightReachesFromSaturdayIntoSunday) {
  static constexpr std::array<int, 1> saturdays{6};
  const AccessSchedule night = *schedule("22:00", "06:00", saturdays);
  EXPECT_TRUE(open(night, "2026-03-08T05:00:00Z"));
}

TEST(AccessSchedule, WithEqualTimesIsAWholeDay) {
  const AccessSchedule day = *schedule("09:00", "09:00", fridays);
  EXPECT_TRUE(open(day, "2026-03-06T09:00:00Z"));
  EXPECT_TRUE(open(day, "2026-03-07T08:59:59Z"));
  EXPECT_FALSE(open(day, "2026-03-07T09:00:00Z"));
  EXPECT_FALSE(open(day, "2026-03-06T08:59:59Z"));
}

TEST(AccessSchedule, GoesByTheClocksOfItsZone) {
  const Result<AccessSchedule> berlin = schedule("08:00", "17:00", workdays, "Europe/Berlin");
  if (!berlin) GTEST_SKIP() << "needs the package tzdata";
  EXPECT_FALSE(open(*berlin, "2026-01-05T06:59:59Z"));
  EXPECT_TRUE(open(*berlin, "2026-01-05T07:00:00Z"));
  EXPECT_TRUE(open(*berlin, "2026-07-06T06:00:00Z"));  // summer
  EXPECT_FALSE(open(*berlin, "2026-07-06T15:00:00Z"));
}

TEST(AccessSchedule, ThatIsNotEnabledIsOpen) {
  AccessSchedule hours = *schedule("08:00", "17:00", fridays);
  hours.enabled = false;
  EXPECT_TRUE(open(hours, "2026-03-02T03:00:00Z"));
  EXPECT_TRUE(open({}, "2026-03-02T03:00:00Z"));
}

TEST(AccessSchedule, SaysWhichMemberIsWrong) {
  for (const std::string_view time : {"", "8:30", "24:00", "08:60", "08-30", "08:3", "-1:00"}) {
    EXPECT_EQ(refusal(schedule(time, "17:00", workdays)), "from: must be a time of day like 08:30");
    EXPECT_EQ(refusal(schedule("08:00", time, workdays)),
              "until: must be a time of day like 17:00");
  }
  static constexpr std::array<int, 2> odd{1, 7};
  EXPECT_EQ(refusal(schedule("08:00", "17:00", odd)), "days: must be numbers from 0, Sunday, to 6");
  EXPECT_EQ(refusal(schedule("08:00", "17:00", {})), "days: must name at least one day");
  EXPECT_EQ(refusal(schedule("08:00", "17:00", workdays, "../etc/passwd")),
            "tz: a time zone is named like Europe/Berlin");
}

}  // namespace
}  // namespace omni::identity
