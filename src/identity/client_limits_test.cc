#include "identity/client_limits.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace omni::identity {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

store::ApiKey key_of(std::string id) {
  store::ApiKey key;
  key.id = std::move(id);
  return key;
}

struct ClientLimitsTest : testing::Test {
  ManualClock clock{parse_iso8601("2026-03-02T23:57:30Z").value()};
  ClientLimits limits{clock};
  store::ApiKey key = key_of("a");

  /// How many requests, each over before the next, are let in.
  int come(int times) {
    int admitted = 0;
    for (int i = 0; i < times; ++i) admitted += limits.enter(key).refusal ? 0 : 1;
    return admitted;
  }
  seconds wait() {
    const ClientLimits::Entry entry = limits.enter(key);
    return entry.refusal ? entry.refusal->wait : seconds{0};
  }
};

TEST_F(ClientLimitsTest, LetInSoManyInAMinuteAndSayWhenTheNextMayCome) {
  key.requests_per_minute_max = 3;
  EXPECT_EQ(come(5), 3);
  EXPECT_EQ(wait(), seconds{20});
  clock.advance(seconds{19} + Millis{1});
  EXPECT_EQ(wait(), seconds{1});
  clock.advance(Millis{999});
  EXPECT_EQ(come(5), 1);
}

TEST_F(ClientLimitsTest, LetInSoManyInADayWhateverTheMinuteWouldAllow) {
  key.requests_per_minute_max = 2;
  key.requests_per_day_max = 3;
  EXPECT_EQ(come(5), 2);
  clock.advance(seconds{60});
  EXPECT_EQ(come(5), 1);
  EXPECT_EQ(wait(), hours{8} - seconds{60}) << "the longer of the two waits";
  clock.advance(hours{24});
  EXPECT_EQ(come(5), 2);
}

TEST_F(ClientLimitsTest, DoNotCountWhatTheyRefuse) {
  key.requests_per_minute_max = 1;
  key.requests_per_day_max = 2;
  EXPECT_EQ(come(10), 1);
  clock.advance(seconds{60});
  EXPECT_EQ(come(10), 1);
}

TEST_F(ClientLimitsTest, LetInSoManyAtATime) {
  key.requests_at_once_max = 2;
  ClientLimits::Entry first = limits.enter(key);
  const ClientLimits::Entry second = limits.enter(key);
  EXPECT_FALSE(second.refusal);
  const ClientLimits::Entry third = limits.enter(key);
  ASSERT_TRUE(third.refusal);
  EXPECT_EQ(third.refusal->wait, seconds{1});
  first.stay = {};
  EXPECT_EQ(come(9), 9);
}

TEST_F(ClientLimitsTest, RefuseWhoHasUsedMoreTokensThanGrewBack) {
  key.tokens_per_minute_max = 600;
  const ClientLimits::Entry entry = limits.enter(key);
  entry.stay.use_tokens(599);
  EXPECT_EQ(come(3), 3) << "what a request will use is known after it alone";
  entry.stay.use_tokens(301);
  EXPECT_EQ(wait(), seconds{31}) << "300 that are owed and one more";
  clock.advance(seconds{31});
  EXPECT_EQ(come(1), 1);
}

TEST_F(ClientLimitsTest, LetNobodyWaitForHoursWhateverOneRequestHasUsed) {
  key.tokens_per_minute_max = 600;
  limits.enter(key).stay.use_tokens(1'000'000);
  EXPECT_EQ(wait(), seconds{61});
  clock.advance(seconds{61});
  EXPECT_EQ(come(1), 1);
}

TEST_F(ClientLimitsTest, TellHowTheyStand) {
  EXPECT_FALSE(limits.enter(key).requests);
  EXPECT_FALSE(limits.enter(key).tokens);
  key.requests_per_minute_max = 6;
  key.requests_per_day_max = 4;
  key.tokens_per_minute_max = 600;
  ClientLimits::Entry entry = limits.enter(key);
  ASSERT_TRUE(entry.requests && entry.tokens);
  EXPECT_EQ(entry.requests->limit, 4U) << "the one that is felt first";
  EXPECT_EQ(entry.requests->left, 3U);
  EXPECT_EQ(entry.requests->full_in, hours{6});
  entry.stay.use_tokens(60);
  entry = limits.enter(key);
  EXPECT_EQ(entry.tokens->limit, 600U);
  EXPECT_EQ(entry.tokens->left, 540U);
  EXPECT_EQ(entry.tokens->full_in, seconds{6});
}

TEST_F(ClientLimitsTest, OfOneKeyAreNotThoseOfAnother) {
  key.requests_per_minute_max = 1;
  EXPECT_EQ(come(2), 1);
  key.id = "b";
  EXPECT_EQ(come(2), 1);
}

TEST_F(ClientLimitsTest, ForgetKeysOfWhichNothingIsUsed) {
  key.requests_per_minute_max = 1;
  const ClientLimits::Entry stays = limits.enter(key);
  for (int i = 0; i < 1000; ++i) {
    clock.advance(seconds{61});
    key.id = "k" + std::to_string(i);
    EXPECT_EQ(come(2), 1);
  }
  stays.stay.use_tokens(1);  // would throw, were it forgotten while it runs
}

TEST_F(ClientLimitsTest, AreRightForSeveralThreadsAtOnce) {
  key.requests_per_minute_max = 50;
  std::atomic<int> allowed = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] { allowed += come(100); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(allowed, 50);
}

}  // namespace
}  // namespace omni::identity
