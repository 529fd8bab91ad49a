#include "meter/period.h"

#include <gtest/gtest.h>

namespace omni::meter {
namespace {

using enum store::Budget::Interval;
using std::chrono::minutes;

std::string period(store::Budget::Interval interval, minutes reset, std::string_view now) {
  const Period found = period_at(interval, reset, *parse_iso8601(now));
  return iso8601(found.begin).substr(0, 16) + " " + iso8601(found.end).substr(0, 16);
}

TEST(Period, BeginsAtTheTimeOfTheReset) {
  EXPECT_EQ(period(daily, minutes{0}, "2026-03-01T10:00:00Z"), "2026-03-01T00:00 2026-03-02T00:00");
  EXPECT_EQ(period(daily, minutes{601}, "2026-03-01T10:00:59Z"),
            "2026-02-28T10:01 2026-03-01T10:01");
  EXPECT_EQ(period(daily, minutes{601}, "2026-03-01T10:01:00Z"),
            "2026-03-01T10:01 2026-03-02T10:01");
}

TEST(Period, OfAWeekBeginsOnMonday) {
  EXPECT_EQ(period(weekly, minutes{0}, "2026-03-01T23:59:59Z"),
            "2026-02-23T00:00 2026-03-02T00:00");
  EXPECT_EQ(period(weekly, minutes{0}, "2026-03-02T00:00:00Z"),
            "2026-03-02T00:00 2026-03-09T00:00");
  EXPECT_EQ(period(weekly, minutes{60}, "2026-03-02T00:30:00Z"),
            "2026-02-23T01:00 2026-03-02T01:00");
}

TEST(Period, OfAMonthBeginsOnTheFirst) {
  EXPECT_EQ(period(monthly, minutes{0}, "2026-11-30T11:00:00Z"),
            "2026-11-01T00:00 2026-12-01T00:00");
  EXPECT_EQ(period(monthly, minutes{0}, "2026-12-31T23:59:59Z"),
            "2026-12-01T00:00 2027-01-01T00:00");
  EXPECT_EQ(period(monthly, minutes{1439}, "2028-03-01T12:00:00Z"),
            "2028-02-01T23:59 2028-03-01T23:59");
}

TEST(Period, IsThatOfTheLimitThatHolds) {
  store::Budget budget{.limits_nano = {std::nullopt, 1, std::nullopt}, .interval = monthly};
  const Period found = period_at(budget, *parse_iso8601("2026-03-04T00:00:00Z"));
  EXPECT_EQ(found.end - found.begin, std::chrono::days{7});
}

}  // namespace
}  // namespace omni::meter
