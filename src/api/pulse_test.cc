#include "api/pulse.h"

#include "api/test_traffic.h"
#include "meter/feed.h"

namespace omni::api {
namespace {

using meter::Topic;

class PulseTest : public testing::TrafficTest {
 protected:
  PulseTest() { clock_.advance(std::chrono::hours(1)); }

  std::unique_ptr<meter::Feed::Subscriber> listen(Topic topic) {
    meter::Topics topics;
    topics.set(static_cast<std::size_t>(topic));
    return watch_.feed.subscribe(topics, "");
  }
  /// What is told after that time.
  std::string beat(meter::Feed::Subscriber& subscriber, Millis after = Millis{1000}) {
    clock_.advance(after);
    pulse_.beat();
    return subscriber.take([] { return nullptr; });
  }
  static bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
  }

  Pulse pulse_{*with_};
};

TEST_F(PulseTest, TellsTheNumbersOfASecond) {
  const auto one = listen(Topic::stats);
  EXPECT_EQ(beat(*one), "") << "a rate takes two looks";
  for (int i = 0; i < 3; ++i) {
    watch_.traffic.note(meter::Traffic::Request{.status = i == 0 ? 500 : 200, .took = Millis{40}});
  }
  watch_.traffic.note(meter::Traffic::Attempt{
      .status = 200, .tokens = {.input = 30, .output = 20}, .cost_nano = 250'000'000});
  const std::string heard = beat(*one);
  for (const char* const part :
       {"event: stats\n", R"("requestsPerSecond":3,)", R"("tokensPerSecond":50,)",
        R"("errorsPerSecond":1,)", R"("inFlight":0)", R"("p50":4)", R"("requestsPerMinute":3,)",
        R"("costTodayUsd":0.25})"}) {
    EXPECT_TRUE(has(heard, part)) << part << heard;
  }
  EXPECT_TRUE(has(beat(*one), R"("requestsPerSecond":0,)"));
}

TEST_F(PulseTest, TellsBothWhoListenTheSame) {
  const auto one = listen(Topic::stats), other = listen(Topic::stats);
  beat(*one);
  const std::string heard = beat(*one);
  EXPECT_EQ(other->take([] { return nullptr; }), heard);
}

TEST_F(PulseTest, TellsOfBreakersThatOpenAndClose) {
  const auto one = listen(Topic::breaker);
  EXPECT_EQ(beat(*one), "");
  open_breaker("acme");
  EXPECT_TRUE(has(beat(*one), R"("provider":"acme","state":"OPEN")"));
  EXPECT_EQ(beat(*one), "") << "nothing has changed";
  breakers_.reset();
  EXPECT_TRUE(has(beat(*one), R"({"id":"acme","removed":true})"));
}

TEST_F(PulseTest, TellsOfAccountsThatRestAndOfTheirQuotas) {
  const store::Connection& connection = account("one");
  const auto one = listen(Topic::provider), other = listen(Topic::quota);
  beat(*one);
  rest(connection, 429);
  const std::string heard = beat(*one, Millis{1});  // short rests are over soon
  EXPECT_TRUE(has(heard, "event: provider.changed\n") && has(heard, R"("rests":[{)")) << heard;
  const std::string quota = other->take([] { return nullptr; });
  EXPECT_TRUE(has(quota, "event: quota.changed\n") && has(quota, R"("exhausted":true)")) << quota;
}

TEST_F(PulseTest, TellsOfBudgetsThatAreSpent) {
  write([](sql::Session& session) {
    store::Budget budget;
    budget.limits_nano[0] = 2'000'000'000;
    return store::put_budget(session, budget);
  });
  const auto one = listen(Topic::budget);
  EXPECT_EQ(beat(*one), "");
  budgets_.spend({}, {500'000'000}, nullptr);
  EXPECT_TRUE(has(beat(*one), R"({"id":"all","spentUsd":0.5,"reservedUsd":0,"limitUsd":2})"));
}

TEST_F(PulseTest, WhatWasThereBeforeAnybodyListenedIsNoNews) {
  auto one = listen(Topic::breaker);
  beat(*one);
  one.reset();
  clock_.advance(std::chrono::minutes(1));
  pulse_.beat();
  open_breaker("acme");
  one = listen(Topic::breaker);
  EXPECT_EQ(beat(*one), "");
}

}  // namespace
}  // namespace omni::api
