#include "meter/traffic.h"

#include <gtest/gtest.h>

#include <thread>

namespace omni::meter {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class TrafficTest : public ::testing::Test {
 protected:
  TrafficTest() { clock_.advance(hours(1)); }

  void request(int status, Millis took) {
    traffic_.note(Traffic::Request{
        .provider = "acme", .model = "large", .status = status, .took = took, .phases = phases_});
  }
  void attempt(std::string_view provider, std::string_view model, std::int64_t cost_nano = 0) {
    traffic_.note(Traffic::Attempt{.provider = provider,
                                   .model = model,
                                   .status = 200,
                                   .took = Millis{100},
                                   .first_word = Millis{10},
                                   .tokens = {.input = 5, .output = 7},
                                   .cost_nano = cost_nano});
  }

  ManualClock clock_{*parse_iso8601("2026-03-01T10:00:00Z")};
  Phases phases_;
  Traffic traffic_{clock_};
};

TEST_F(TrafficTest, ForgetsWhatIsOlderThanTheWindow) {
  request(200, Millis{100});
  clock_.advance(minutes(4));
  request(500, Millis{200});
  EXPECT_EQ(traffic_.recent(minutes(5)).durations.count(), 2);
  EXPECT_EQ(traffic_.recent(minutes(5)).failures, 1);
  EXPECT_EQ(traffic_.recent(minutes(1)).durations.count(), 1);
  clock_.advance(minutes(2));
  EXPECT_EQ(traffic_.recent(minutes(5)).durations.count(), 1);
  clock_.advance(minutes(5));
  EXPECT_EQ(traffic_.recent(minutes(5)).durations.count(), 0);
}

TEST_F(TrafficTest, KnowsTheSlotOfTheMomentHoweverShortTheWindow) {
  request(200, Millis{100});
  EXPECT_EQ(traffic_.recent(Millis{1}).durations.count(), 1);
}

TEST_F(TrafficTest, CountsRequestsByWhoWasAskedAndWhatCameOfIt) {
  request(200, Millis{1});
  request(404, Millis{1});
  request(404, Millis{1});
  request(503, Millis{1});
  request(499, Millis{1});
  const Traffic::Totals totals = traffic_.totals();
  EXPECT_EQ(totals.requests, 5U);
  EXPECT_EQ(totals.failures, 3U) << "who leaves has not failed";
  EXPECT_EQ(totals.providers.at("acme").models.at("large").requests[0],
            (Traffic::Outcomes{1, 2, 1, 1}));
}

TEST_F(TrafficTest, AddsUpWhatAttemptsUse) {
  attempt("acme", "large", 30);
  attempt("acme", "small", 12);
  const Traffic::Totals totals = traffic_.totals();
  EXPECT_EQ(totals.tokens, 24);
  EXPECT_EQ(totals.cost_nano, 42);
  const Traffic::ProviderTotals& acme = totals.providers.at("acme");
  EXPECT_EQ(acme.attempts, (Traffic::Outcomes{2, 0, 0, 0}));
  EXPECT_EQ(acme.models.at("small").tokens.output, 7);
  EXPECT_EQ(acme.models.at("small").cost_nano, 12);
}

TEST_F(TrafficTest, WhatTodayCostsBeginsAnewAtMidnightAndGoesOnAfterAStart) {
  traffic_.add_past(100);
  attempt("acme", "large", 30);
  EXPECT_EQ(traffic_.sums().cost_nano_today, 130);
  clock_.advance(hours(14));
  EXPECT_EQ(traffic_.sums().cost_nano_today, 0);
  attempt("acme", "large", 5);
  EXPECT_EQ(traffic_.sums().cost_nano_today, 5);
  EXPECT_EQ(traffic_.sums().cost_nano, 35);
}

TEST_F(TrafficTest, TellsPhasesAndProvidersOfTheWindowApart) {
  phases_.at(static_cast<std::size_t>(Phase::connect)) = Millis{40};
  request(200, Millis{100});
  attempt("acme", "large");
  attempt("bin", "large");
  const Traffic::Look look = traffic_.look(minutes(5));
  ASSERT_EQ(look.providers.size(), 2U);
  EXPECT_EQ(look.providers[0].first, "acme");
  EXPECT_NEAR(*look.providers[0].second.percentile_ms(0.5), 100, 2);
  EXPECT_NEAR(*look.phases.at(3).percentile_ms(0.5), 40, 1);
  EXPECT_EQ(look.phases.at(4).count(), 0);
}

TEST_F(TrafficTest, CountsNamesBeyondTheBoundTogether) {
  for (std::size_t i = 0; i < Traffic::models_max + 10; ++i) {
    attempt("acme", "m" + std::to_string(i));
  }
  const Traffic::Totals totals = traffic_.totals();
  const auto& models = totals.providers.at("acme").models;
  EXPECT_EQ(models.size(), Traffic::models_max + 1);
  EXPECT_EQ(models.at(std::string(Traffic::other)).tokens.output, 70);
}

TEST_F(TrafficTest, CountsProvidersBeyondTheBoundTogether) {
  for (std::size_t i = 0; i < Traffic::providers_max + 10; ++i) {
    attempt("p" + std::to_string(i), "m");
  }
  const Traffic::Totals totals = traffic_.totals();
  EXPECT_EQ(totals.providers.size(), Traffic::providers_max + 1);
  EXPECT_EQ(totals.providers.at(std::string(Traffic::other)).attempts[0], 10U);
}

TEST_F(TrafficTest, KnowsWhoIsOnHisWay) {
  EXPECT_EQ(traffic_.in_flight(), 0);
  {
    const Traffic::Flight one(traffic_), two(traffic_);
    EXPECT_EQ(traffic_.in_flight(), 2);
  }
  EXPECT_EQ(traffic_.in_flight(), 0);
}

TEST_F(TrafficTest, LosesNothingBetweenThreads) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([this] {
      for (int n = 0; n < 1000; ++n) request(200, Millis{1}), attempt("acme", "large", 1);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(traffic_.sums().requests, 4000U);
  EXPECT_EQ(traffic_.sums().cost_nano, 4000);
}

TEST_F(TrafficTest, LapsAddUpWhatAPhaseTakesEachTime) {
  Laps laps(clock_, phases_);
  clock_.advance(Millis{2});
  laps.end(Phase::parse);
  clock_.advance(Millis{3});
  laps.end(Phase::connect);
  clock_.advance(Millis{4});
  laps.end(Phase::parse);
  EXPECT_EQ(phases_.at(0), Micros{6000});
  EXPECT_EQ(phases_.at(3), Micros{3000});
  EXPECT_FALSE(phases_.at(1));
}

}  // namespace
}  // namespace omni::meter
