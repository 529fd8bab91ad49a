#include "identity/rate.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace omni::identity {
namespace {

using std::chrono::seconds;

struct RatesTest : testing::Test {
  ManualClock clock{parse_iso8601("2026-03-02T23:57:30Z").value()};
  Rates rates{clock};

  void take(std::string_view key, RateLimit limit, int times) {
    for (int i = 0; i < times; ++i) ASSERT_EQ(rates.take(key, limit), seconds{0}) << i;
  }
};

TEST_F(RatesTest, AllowSoManyInAMinuteAndTellWhenTheNextBegins) {
  const RateLimit limit{.per_minute = 3};
  take("a", limit, 3);
  EXPECT_EQ(rates.take("a", limit), seconds{30});
  clock.advance(seconds{29} + Millis{1});
  EXPECT_EQ(rates.take("a", limit), seconds{1});
  clock.advance(Millis{999});
  take("a", limit, 3);
}

TEST_F(RatesTest, AllowSoManyOnADayAndTellWhenTheNextBegins) {
  const RateLimit limit{.per_minute = 2, .per_day = 3};
  take("a", limit, 2);
  clock.advance(seconds{60});
  take("a", limit, 1);
  EXPECT_EQ(rates.take("a", limit), seconds{90});
  clock.advance(seconds{90});
  take("a", limit, 2);
}

TEST_F(RatesTest, DoNotCountWhatTheyRefuse) {
  const RateLimit limit{.per_minute = 1, .per_day = 2};
  take("a", limit, 1);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(rates.take("a", limit), seconds{30});
  clock.advance(seconds{60});
  take("a", limit, 1);
}

TEST_F(RatesTest, OfOneKeyAreNotThoseOfAnother) {
  const RateLimit limit{.per_minute = 1};
  take("a", limit, 1);
  take("b", limit, 1);
}

TEST_F(RatesTest, WithoutALimitAreNotCounted) { take("a", {}, 1000); }

TEST_F(RatesTest, AreRightForSeveralThreadsAtOnce) {
  std::atomic<int> allowed = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 100; ++j) {
        if (rates.take("a", {.per_minute = 50}) == seconds{0}) ++allowed;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(allowed, 50);
}

}  // namespace
}  // namespace omni::identity
