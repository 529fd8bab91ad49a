#include "identity/pace.h"

#include <gtest/gtest.h>

namespace omni::identity {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;

struct PaceTest : testing::Test {
  Clock::Steady now{std::chrono::hours{5}};
  Allowance allowance;

  std::uint64_t take_all(Pace pace) {
    std::uint64_t taken = 0;
    for (; allowance.wait(pace, now) == nanoseconds{0} && taken < 10'000; ++taken) {
      allowance.take(pace, now, 1);
    }
    return taken;
  }
};

TEST_F(PaceTest, GivesAPeriodsUnitsAtOnceAndNotOneMore) {
  for (const std::uint64_t limit : {1, 2, 3, 7, 60, 999, 1000}) {
    allowance = {};
    EXPECT_EQ(take_all({.limit = limit}), limit);
    EXPECT_EQ(allowance.left({.limit = limit}, now), 0U) << limit;
  }
}

TEST_F(PaceTest, GrowsBackEvenlyAndNotAtTheEdgeOfAMinute) {
  const Pace pace{.limit = 6};
  EXPECT_EQ(take_all(pace), 6U);
  EXPECT_EQ(allowance.wait(pace, now), seconds{10});
  now += seconds{10} - nanoseconds{1};
  EXPECT_EQ(allowance.wait(pace, now), nanoseconds{1});
  now += nanoseconds{1};
  EXPECT_EQ(take_all(pace), 1U);
  now += seconds{35};
  EXPECT_EQ(take_all(pace), 3U);
  now += minutes{10};
  EXPECT_EQ(take_all(pace), 6U) << "no more is saved up than a period's";
}

TEST_F(PaceTest, TellsHowManyAreLeftAndWhenAllAre) {
  const Pace pace{.limit = 7};
  EXPECT_EQ(allowance.left(pace, now), 7U);
  EXPECT_EQ(allowance.until_full(now), nanoseconds{0});
  for (std::uint64_t left = 7; left-- > 0;) {
    allowance.take(pace, now, 1);
    EXPECT_EQ(allowance.left(pace, now), left);
  }
  EXPECT_LE(allowance.until_full(now), minutes{1});
  EXPECT_GT(allowance.until_full(now), minutes{1} - milliseconds{1});
}

TEST_F(PaceTest, HasADebtGrowBackFirst) {
  const Pace pace{.limit = 1000};
  allowance.take(pace, now, 1500);
  EXPECT_EQ(allowance.left(pace, now), 0U);
  EXPECT_EQ(allowance.wait(pace, now), seconds{30} + milliseconds{60});
  now += seconds{60};
  EXPECT_EQ(allowance.left(pace, now), 500U);
}

TEST_F(PaceTest, OwesNoMoreThanAPeriodWhateverIsTaken) {
  for (const std::uint64_t taken : {std::uint64_t{100'000}, UINT64_MAX}) {
    const Pace pace{.limit = 1000};
    for (int i = 0; i < 3; ++i) allowance.take(pace, now, taken);
    EXPECT_EQ(allowance.until_full(now), minutes{2});
    EXPECT_EQ(allowance.wait(pace, now), minutes{1} + milliseconds{60});
  }
}

TEST_F(PaceTest, WithoutALimitNeverHasToWait) {
  EXPECT_EQ(take_all({}), 10'000U);
  EXPECT_EQ(allowance.until_full(now), nanoseconds{0});
}

}  // namespace
}  // namespace omni::identity
