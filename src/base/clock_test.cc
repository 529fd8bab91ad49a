#include "base/clock.h"

#include <gtest/gtest.h>

namespace omni {
namespace {

using std::chrono::seconds;

TEST(Iso8601, ShowsTheEpochWithMilliseconds) {
  EXPECT_EQ(iso8601(Clock::Wall{}), "1970-01-01T00:00:00.000Z");
}

TEST(Iso8601, ShowsALeapDay) {
  EXPECT_EQ(iso8601(Clock::Wall{seconds{1709164799}} + Millis{7}), "2024-02-28T23:59:59.007Z");
  EXPECT_EQ(iso8601(Clock::Wall{seconds{1709164800}}), "2024-02-29T00:00:00.000Z");
}

TEST(Iso8601, CutsWhatIsFinerThanAMillisecond) {
  EXPECT_EQ(iso8601(Clock::Wall{std::chrono::microseconds{1999}}), "1970-01-01T00:00:00.001Z");
}

TEST(Iso8601, CountsForwardBefore1970) {
  EXPECT_EQ(iso8601(Clock::Wall{Millis{-1}}), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(iso8601(Clock::Wall{seconds{-1}}), "1969-12-31T23:59:59.000Z");
  EXPECT_EQ(iso8601(Clock::Wall{std::chrono::microseconds{-1}}), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(iso8601(Clock::Wall{seconds{-2208988800}}), "1900-01-01T00:00:00.000Z");
}

TEST(ParseIso8601, ReadsWhatIso8601Writes) {
  for (const std::int64_t time : {0LL, 951782399LL, 1709164800LL, 9000000000LL}) {
    EXPECT_EQ(parse_iso8601(iso8601(Clock::Wall{seconds{time}})), Clock::Wall{seconds{time}});
  }
}

TEST(ParseIso8601, TakesZonesAndAnyFractionOfASecond) {
  const Clock::Wall time{seconds{1691176965}};
  EXPECT_EQ(parse_iso8601("2023-08-04T19:22:45.499127Z"), time);
  EXPECT_EQ(parse_iso8601("2023-08-04T19:22:45Z"), time);
  EXPECT_EQ(parse_iso8601("2023-08-04 19:22:45.123456789z"), time);
  EXPECT_EQ(parse_iso8601("2023-08-04T12:22:45.5-07:00"), time);
  EXPECT_EQ(parse_iso8601("2023-08-05T00:52:45+05:30"), time);
}

TEST(ParseIso8601, RefusesWhatIsNoTime) {
  for (const std::string_view text :
       {"", "now", "2023-08-04", "2023-08-04T19:22:45", "2023-8-04T19:22:45Z",
        "2023-02-29T00:00:00Z", "2023-13-01T00:00:00Z", "2023-08-04T24:00:00Z",
        "2023-08-04T19:60:00Z", "2023-08-04T19:22:61Z", "2023-08-04T19:22:45.Z",
        "2023-08-04T19:22:45.5", "2023-08-04T19:22:45Z.", "2023-08-04T19:22:45+0100",
        "2023-08-04T19:22:45+24:00", "1969-12-31T23:59:59Z", "9999-12-31T23:59:59Z",
        "-023-08-04T19:22:45Z", "2023-08-04T19:22"}) {
    EXPECT_FALSE(parse_iso8601(text)) << text;
  }
}

TEST(ManualClock, StandsStillUntilToldToMove) {
  ManualClock clock(Clock::Wall{seconds{100}});
  const Clock::Steady before = clock.steady();
  EXPECT_EQ(clock.wall(), Clock::Wall{seconds{100}});
  EXPECT_EQ(clock.steady(), before);

  clock.advance(Millis{1500});
  EXPECT_EQ(clock.wall(), Clock::Wall{seconds{100}} + Millis{1500});
  EXPECT_EQ(clock.steady() - before, Millis{1500});
}

TEST(SystemClock, NeverGoesBack) {
  const SystemClock clock;
  const Clock::Steady before = clock.steady();
  EXPECT_GE(clock.steady(), before);
  EXPECT_GT(clock.wall(), Clock::Wall{seconds{1700000000}});
}

}  // namespace
}  // namespace omni
