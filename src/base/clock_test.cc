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
