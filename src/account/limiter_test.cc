#include "account/limiter.h"

#include <gtest/gtest.h>

namespace omni::account {
namespace {

constexpr Millis second{1000};

class LimiterTest : public ::testing::Test {
 protected:
  Millis wait(const Limits& limits, std::int64_t running = 0) {
    return limiter_.wait(limits, running, clock_.steady());
  }
  void start(int count = 1) {
    for (int i = 0; i < count; ++i) limiter_.start(clock_.steady());
  }
  void told(std::int64_t left, Millis reset_in) {
    limiter_.learn({.limit = 100, .left = left, .reset_in = reset_in}, clock_.steady());
  }

  ManualClock clock_;
  Limiter limiter_;
};

TEST_F(LimiterTest, NobodyWaitsWhereNoLimitIsSetOrLearned) {
  start(10'000);
  EXPECT_EQ(wait({}, 10'000), Millis{0});
}

TEST_F(LimiterTest, WhatIsTooMuchForAMinuteWaitsForTheNext) {
  const Limits limits{.per_minute = 3};
  start(2);
  EXPECT_EQ(wait(limits), Millis{0});
  start();
  clock_.advance(15 * second);
  EXPECT_EQ(wait(limits), 45 * second);
  clock_.advance(45 * second);
  EXPECT_EQ(wait(limits), Millis{0});
  start();
  EXPECT_EQ(wait(limits), Millis{0}) << "the next minute has its own three";
}

TEST_F(LimiterTest, TwoStartsHaveTheirGap) {
  const Limits limits{.gap = Millis{200}};
  EXPECT_EQ(wait(limits), Millis{0}) << "the first of all has nothing to wait for";
  start();
  EXPECT_EQ(wait(limits), Millis{200});
  clock_.advance(Millis{150});
  EXPECT_EQ(wait(limits), Millis{50});
}

TEST_F(LimiterTest, AsManyAsMayBeAtOnceMakeTheNextWaitUntilOneEnds) {
  EXPECT_EQ(wait({.at_once = 2}, 1), Millis{0});
  EXPECT_EQ(wait({.at_once = 2}, 2), Limiter::until_one_ends);
}

TEST_F(LimiterTest, TheLastTenthOfAnAllowanceIsCountedDownUntilItIsRenewed) {
  told(2, 30 * second);
  EXPECT_EQ(wait({}), Millis{0});
  start(2);
  EXPECT_EQ(wait({}), 30 * second);
  clock_.advance(30 * second);
  EXPECT_EQ(wait({}), Millis{0});
  start(1000);
  EXPECT_EQ(wait({}), Millis{0}) << "what was learned is over";
}

TEST_F(LimiterTest, WhileThereIsPlentyAnAllowanceLimitsNobody) {
  told(10, 30 * second);
  start(1000);
  EXPECT_EQ(wait({}), Millis{0});
}

TEST_F(LimiterTest, TheLastWordOfAProviderCounts) {
  told(0, 30 * second);
  EXPECT_EQ(wait({}), 30 * second);
  told(90, 30 * second);
  EXPECT_EQ(wait({}), Millis{0});
}

}  // namespace
}  // namespace omni::account
