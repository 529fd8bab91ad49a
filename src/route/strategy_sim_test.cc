// A hundred thousand requests by every strategy, with a clock of their own and failures that a seed
// draws: what each strategy promises of its distribution, and that nothing is left behind.

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <queue>

#include "route/combo.h"
#include "route/draw.h"

namespace omni::route {
namespace {

constexpr std::uint64_t request_count = 100'000;
constexpr std::size_t step_count = 4;

/// What a run came to.
struct Outcome {
  std::array<std::uint64_t, step_count> first{}, attempts{}, delivered{};
  std::uint64_t refused = 0, fingerprint = 14'695'981'039'346'656'037U;
};

/// Requests that overlap: each begins a millisecond after the last and ends when its attempts do.
class Simulator {
 public:
  Simulator(std::string_view strategy, std::uint64_t seed) : random_(seed) {
    combo_.name = strategy;
    combo_.strategy = &strategy_named(strategy);
    combo_.state = &state_;
    std::vector<std::pair<std::string, std::string>> steps;
    for (std::size_t i = 0; i < step_count; ++i) {
      Step step{.id = std::to_string(i), .name = std::to_string(i)};
      step.target = catalog::Target{};
      step.target->model_id = step.name;
      combo_.steps.push_back(std::move(step));
      combo_.standings.push_back({.weight = static_cast<double>(1 + i),
                                  .price = static_cast<catalog::Rate>(10 + i),
                                  .context_tokens = static_cast<std::int64_t>(1000 * (4 - i))});
      steps.emplace_back(std::to_string(i), std::to_string(i));
    }
    combo_.tallies = combo_.state->follow(steps);
  }

  void fail(std::size_t step, std::uint64_t per_mille) { per_mille_[step] = per_mille; }
  void set_latency(std::size_t step, std::int64_t ms) { latency_ms_[step] = ms; }

  Outcome run(std::uint64_t requests = request_count) {
    for (std::uint64_t i = 0; i < requests; ++i) {
      now_ms_ += 1;
      settle_until(now_ms_);
      begin();
    }
    settle_until(std::numeric_limits<std::int64_t>::max());
    return run_;
  }

  std::uint64_t in_flight() const {
    std::uint64_t sum = 0;
    for (const Tally& tally : combo_.state->metrics().steps) sum += tally.in_flight;
    return sum;
  }

 private:
  struct Request {
    Plan plan;
    std::size_t at = 0;
    std::unique_ptr<Visit> visit;
  };
  struct Event {
    std::int64_t at_ms;
    std::uint64_t number;
    std::uint64_t request;
    bool operator<(const Event& other) const {
      return std::pair(at_ms, number) > std::pair(other.at_ms, other.number);
    }
  };

  void begin() {
    const std::uint64_t number = ++requests_made_;
    Request& request = requests_[number];
    request.plan.combo = &combo_;
    draw(request.plan, random_, Turn::taken);
    ASSERT_EQ(request.plan.targets.size(), step_count);
    ++run_.first[step_of(request)];
    attempt(number, now_ms_);
  }

  static std::size_t step_of(const Request& request) {
    return request.plan.targets[request.at].places[0].step;
  }

  void attempt(std::uint64_t number, std::int64_t from_ms) {
    Request& request = requests_[number];
    const std::size_t step = step_of(request);
    ++run_.attempts[step];
    run_.fingerprint = (run_.fingerprint ^ (step + 1)) * 1'099'511'628'211U;
    request.visit = std::make_unique<Visit>(request.plan.targets[request.at]);
    events_.push({from_ms + latency_ms_[step], ++events_made_, number});
  }

  void settle_until(std::int64_t until_ms) {
    while (!events_.empty() && events_.top().at_ms <= until_ms) {
      const Event event = events_.top();
      events_.pop();
      Request& request = requests_[event.request];
      const std::size_t step = step_of(request);
      const bool good = random_.below(1000) >= per_mille_[step];
      request.visit->end(good ? Ending::good : Ending::bad, Millis{latency_ms_[step]});
      request.visit.reset();
      if (good) {
        ++run_.delivered[step];
      } else if (++request.at < request.plan.targets.size()) {
        attempt(event.request, event.at_ms);
        continue;
      } else {
        ++run_.refused;
      }
      requests_.erase(event.request);
    }
  }

  SeededRandom random_;
  ComboState state_;
  Combo combo_;
  std::map<std::uint64_t, Request> requests_;  // that are under way
  std::uint64_t requests_made_ = 0;
  std::array<std::uint64_t, step_count> per_mille_{};
  std::array<std::int64_t, step_count> latency_ms_{2, 2, 2, 2};
  std::priority_queue<Event> events_;
  std::uint64_t events_made_ = 0;
  std::int64_t now_ms_ = 0;
  Outcome run_;
};

std::uint64_t sum(const std::array<std::uint64_t, step_count>& counts) {
  return counts[0] + counts[1] + counts[2] + counts[3];
}

/// Four standard deviations of a count that is drawn with that chance.
double bound(double chance) {
  return 4 * std::sqrt(static_cast<double>(request_count) * chance * (1 - chance));
}

void expect_shares(const Outcome& run, const std::array<double, step_count>& shares) {
  for (std::size_t i = 0; i < step_count; ++i) {
    EXPECT_NEAR(static_cast<double>(run.first[i]), shares[i] * request_count, bound(shares[i]))
        << i;
  }
}

TEST(StrategySim, DeliversEveryRequestOnceOrRefusesItAndLeavesNothingInFlight) {
  for (const Strategy& strategy : strategies()) {
    SCOPED_TRACE(strategy.name);
    Simulator simulator(strategy.name, 11);
    for (std::size_t i = 0; i < step_count; ++i) simulator.fail(i, 100 * (i + 1));
    const Outcome run = simulator.run();
    EXPECT_EQ(sum(run.delivered) + run.refused, request_count);
    EXPECT_EQ(sum(run.first), request_count);
    EXPECT_LT(run.refused, request_count / 100) << "one in 417 fails everywhere";
    EXPECT_EQ(simulator.in_flight(), 0U);
  }
}

TEST(StrategySim, IsTheSameRunForTheSameSeed) {
  const auto fingerprint = [](std::string_view strategy, std::uint64_t seed) {
    Simulator simulator(strategy, seed);
    simulator.fail(1, 300);
    return simulator.run(request_count / 10).fingerprint;
  };
  for (const Strategy& strategy : strategies()) {
    EXPECT_EQ(fingerprint(strategy.name, 5), fingerprint(strategy.name, 5)) << strategy.name;
  }
  EXPECT_NE(fingerprint("random", 5), fingerprint("random", 6));
}

TEST(StrategySim, OfChanceIsWithinItsBounds) {
  expect_shares(Simulator("random", 1).run(), {0.25, 0.25, 0.25, 0.25});
  expect_shares(Simulator("weighted", 2).run(), {0.1, 0.2, 0.3, 0.4});
}

TEST(StrategySim, OfTurnsIsExact) {
  for (const std::string_view strategy : {"round-robin", "strict-random"}) {
    const Outcome run = Simulator(strategy, 3).run();
    for (const std::uint64_t count : run.first) EXPECT_EQ(count, request_count / 4) << strategy;
  }
}

TEST(StrategySim, OfUseEvensOutWhatFailuresHaveMoved) {
  Simulator simulator("least-used", 4);
  simulator.fail(2, 500);
  const Outcome run = simulator.run();
  for (const std::uint64_t count : run.attempts) {
    EXPECT_NEAR(static_cast<double>(count), static_cast<double>(sum(run.attempts)) / 4, 2);
  }
}

TEST(StrategySim, OfARankAsksNobodyElseWhileTheFirstAnswers) {
  for (const std::string_view strategy :
       {"priority", "fill-first", "cost-optimized", "context-optimized", "lkgp"}) {
    EXPECT_EQ(Simulator(strategy, 5).run().attempts[0], request_count) << strategy;
  }
}

TEST(StrategySim, OfTheLastKnownGoodLeavesADeadOneAtOnce) {
  Simulator simulator("lkgp", 6);
  simulator.fail(0, 1000);
  const Outcome run = simulator.run();
  EXPECT_LT(run.attempts[0], 20U) << "only those that began before the first answer";
  EXPECT_EQ(sum(run.delivered), request_count);
}

TEST(StrategySim, OfTwoAsksADeadOneFirstOnlyAgainstItself) {
  Simulator simulator("p2c", 7);
  simulator.fail(3, 1000);
  const Outcome run = simulator.run();
  EXPECT_LT(run.first[3], request_count / 100);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(static_cast<double>(run.first[i]), request_count / 3.0, request_count / 10.0);
  }
}

TEST(StrategySim, OfAllQualitiesLeavesTheDeadAndPrefersTheFast) {
  Simulator simulator("auto", 8);
  simulator.fail(0, 1000);
  simulator.set_latency(1, 40);
  simulator.set_latency(2, 40);
  const Outcome run = simulator.run();
  EXPECT_LT(run.first[0], request_count / 100);
  EXPECT_GT(run.first[3], request_count / 2);
}

}  // namespace
}  // namespace omni::route
