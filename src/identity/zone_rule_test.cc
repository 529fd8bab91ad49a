#include "identity/zone_rule.h"

#include <gtest/gtest.h>

#include <string>

#include "base/clock.h"

namespace omni::identity {
namespace {

int minutes_at(std::string_view rule, std::string_view time) {
  const std::optional<ZoneRule> parsed = ZoneRule::parse(rule);
  if (!parsed) return -9999;
  const auto when = std::chrono::floor<std::chrono::seconds>(parse_iso8601(time).value());
  return static_cast<int>(parsed->offset_at(when).count() / 60);
}

TEST(ZoneRule, WithoutSummerIsAlwaysTheSame) {
  EXPECT_EQ(minutes_at("UTC0", "2026-07-01T00:00:00Z"), 0);
  EXPECT_EQ(minutes_at("IST-5:30", "2026-07-01T00:00:00Z"), 330);
  EXPECT_EQ(minutes_at("<-03>3", "2026-07-01T00:00:00Z"), -180);
}

TEST(ZoneRule, ChangesAtTheSecondInTheNorth) {
  constexpr std::string_view berlin = "CET-1CEST,M3.5.0,M10.5.0/3";
  EXPECT_EQ(minutes_at(berlin, "2026-03-29T00:59:59Z"), 60);
  EXPECT_EQ(minutes_at(berlin, "2026-03-29T01:00:00Z"), 120);
  EXPECT_EQ(minutes_at(berlin, "2026-10-25T00:59:59Z"), 120);
  EXPECT_EQ(minutes_at(berlin, "2026-10-25T01:00:00Z"), 60);
}

TEST(ZoneRule, HasItsSummerOverNewYearInTheSouth) {
  constexpr std::string_view sydney = "AEST-10AEDT,M10.1.0,M4.1.0/3";
  EXPECT_EQ(minutes_at(sydney, "2026-01-01T00:00:00Z"), 660);
  EXPECT_EQ(minutes_at(sydney, "2026-04-04T15:59:59Z"), 660);
  EXPECT_EQ(minutes_at(sydney, "2026-04-04T16:00:00Z"), 600);
  EXPECT_EQ(minutes_at(sydney, "2026-10-03T16:00:00Z"), 660);
  EXPECT_EQ(minutes_at(sydney, "2026-12-31T23:59:59Z"), 660);
}

TEST(ZoneRule, CountsDaysWithAndWithoutTheLeapDay) {
  EXPECT_EQ(minutes_at("XST0XDT,J60/0,J365", "2028-02-29T12:00:00Z"), 0);
  EXPECT_EQ(minutes_at("XST0XDT,J60/0,J365", "2028-03-01T00:00:00Z"), 60);
  EXPECT_EQ(minutes_at("XST0XDT,J60/0,J365", "2026-03-01T00:00:00Z"), 60);
  EXPECT_EQ(minutes_at("XST0XDT,59/0,364", "2028-02-29T00:00:00Z"), 60);
}

TEST(ZoneRule, MayGiveSummerAnOffsetAndChangesAnOddTime) {
  EXPECT_EQ(minutes_at("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "2026-01-01T00:00:00Z"), 660);
  EXPECT_EQ(minutes_at("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T01:00:00Z"), -60);
  EXPECT_EQ(minutes_at("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T00:59:59Z"), -120);
}

TEST(ZoneRule, MayBeSummerAllTheYear) {
  constexpr std::string_view always = "XXX3EDT4,0/0,J365/23";
  for (const std::string_view time : {"2026-01-01T03:00:00Z", "2026-06-01T00:00:00Z",
                                      "2026-12-31T23:00:00Z", "2027-01-01T02:59:59Z"}) {
    EXPECT_EQ(minutes_at(always, time), -240) << time;
  }
}

TEST(ZoneRule, IsRefusedWhereItIsMalformed) {
  for (const std::string_view text :
       {"", "UT0", "UTC", "<UTC0", "UTC0x", "CET-1CEST", "CET-1CEST,", "CET-1CEST,M3.5.0",
        "CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0",
        "CET-1CEST,J0,J10", "CET-1CEST,366,1", "CET-168", "CET-1:60", "CET-1CEST,M3.5.0,M10.5.0/",
        "CET-99999999999999999999"}) {
    EXPECT_FALSE(ZoneRule::parse(text)) << text;
  }
}

}  // namespace
}  // namespace omni::identity
