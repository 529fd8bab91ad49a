// Accounts and breakers in virtual time: a hundred thousand requests of each strategy against
// faults that a seed decides, many of them on their way at once.

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <queue>
#include <set>
#include <string>

#include "account/accounts.h"
#include "account/breakers.h"

namespace omni::account {
namespace {

constexpr int requests_max = 100'000;
constexpr std::size_t accounts_max = 4;
constexpr Millis second{1000};
constexpr std::array all_strategies{Strategy::fill_first, Strategy::round_robin,
                                    Strategy::p2c,        Strategy::random,
                                    Strategy::least_used, Strategy::strict_random};

enum class Weather : bool { fair, stormy };

struct Tally {
  std::array<int, accounts_max> uses{};
  std::map<int, int> ends;  // statuses that clients got
  int rests_broken = 0;
  int delivered_twice = 0;
  std::uint64_t digest = 0;
};

class World {
 public:
  World(Strategy strategy, Weather weather, std::uint64_t seed, std::size_t requests = requests_max)
      : weather_(weather), random_(seed), accounts_(clock_, random_), requests_(requests) {
    provider_.id = "acme";
    rules_.picking.strategy = strategy;
    rules_.api_key.failures_max = 5;
    for (std::size_t i = 0; i < accounts_max; ++i) {
      connections_.push_back({.id = std::to_string(i)});
    }
    for (const store::Connection& each : connections_) candidates_.push_back(&each);
  }

  Tally run() {
    const int count = static_cast<int>(requests_.size());
    for (int i = 0; i < count; ++i) at(Millis{i * 10}, i);
    while (!agenda_.empty()) {
      const auto [when, order, request] = agenda_.top();
      agenda_.pop();
      clock_.advance(when - now_);
      now_ = when;
      step(requests_[request]);
    }
    return tally_;
  }
  std::int64_t running() const {
    std::int64_t sum = 0;
    for (const store::Connection& each : connections_) sum += accounts_.counts_of(each.id).running;
    return sum;
  }
  /// Whether somebody may call it again, however long it takes.
  bool recovers() {
    clock_.advance(std::chrono::hours(1));
    return std::holds_alternative<Breakers::Pass>(
        breakers_.enter(provider_.id, "good", rules_.api_key));
  }

 private:
  struct Request {
    bool begun = false, fails = true, was_asked = false;
    int status = 0;
    std::string model = "good";
    std::set<std::string> tried;
    std::optional<Breakers::Pass> pass;
    Lease lease;
  };
  using Event = std::tuple<Millis, int, int>;  // when, order, request

  std::size_t place_of(const Request& request) const {
    return static_cast<std::size_t>(request.lease.connection() - connections_.data());
  }
  Millis& rested_until(const Request& request) {
    return rested_until_[place_of(request)][request.model == "bad" ? 1 : 0];
  }
  void at(Millis when, int request) { agenda_.emplace(when, ++order_, request); }

  void step(Request& request) {
    if (!request.begun) {
      request.begun = true;
      if (random_.below(10) == 0) request.model = "bad";
      auto entered = breakers_.enter(provider_.id, request.model, rules_.api_key);
      if (std::holds_alternative<Breakers::Refusal>(entered)) return end(request, 503);
      request.pass = std::move(std::get<Breakers::Pass>(entered));
    } else if (const Verdict verdict = fate(request); settle(request, verdict)) {
      return;
    }
    ask(request);
  }

  void ask(Request& request) {
    if (!breakers_.stands(*request.pass)) return leave(request);
    auto lent = accounts_.borrow({.provider = &provider_,
                                  .candidates = candidates_,
                                  .model = request.model,
                                  .rules = &rules_,
                                  .tried = &request.tried});
    if (!std::holds_alternative<Lease>(lent)) return leave(request);
    request.lease = std::move(std::get<Lease>(lent));
    if (request.lease.connection() == nullptr) return leave(request);
    const std::size_t place = place_of(request);
    ++tally_.uses[place];
    if (rested_until(request) > now_) ++tally_.rests_broken;
    tally_.digest = (tally_.digest ^ place) * 0x9e3779b97f4a7c15;
    const int number = static_cast<int>(&request - requests_.data());
    at(now_ + Millis{1 + static_cast<int>(random_.below(300))}, number);
  }

  /// True: the request is over.
  bool settle(Request& request, const Verdict& verdict) {
    const std::string& account = request.lease.connection()->id;
    if (verdict.binding) {
      Millis& until = rested_until(request);
      until = std::max(until, now_ + verdict.rest_for);
    }
    accounts_.settle(std::move(request.lease), verdict);
    if (verdict.next == Verdict::Next::done) {
      breakers_.settle(*std::exchange(request.pass, std::nullopt), Breakers::Outcome::answered);
      end(request, 200);
      return true;
    }
    request.fails = request.fails && speaks_of_provider(verdict);
    request.was_asked = true;
    request.tried.insert(account);
    if (verdict.blame != Verdict::Blame::client) return false;
    leave(request);
    return true;
  }

  Verdict fate(const Request& request) {
    if (weather_ == Weather::fair) return {};
    Verdict failed{.blame = Verdict::Blame::provider,
                   .next = Verdict::Next::next_account,
                   .rest = Verdict::Rest::model,
                   .rest_for = 30 * second,
                   .status = 500};
    const bool outage = now_ % (300 * second) > 240 * second;
    if (outage || (request.model == "bad" && random_.below(2) == 0)) return failed;
    const std::uint64_t luck = random_.below(1000);
    if (luck < 50) {
      return {.blame = Verdict::Blame::client, .next = Verdict::Next::next_target, .status = 400};
    }
    if (luck == 50) {
      failed.blame = Verdict::Blame::account;
      failed.rest_for = 7 * second;
      failed.stated = failed.binding = true;
      failed.status = 429;
      return failed;
    }
    return luck < 100 ? failed : Verdict();
  }

  void leave(Request& request) {
    Breakers::Pass pass = *std::exchange(request.pass, std::nullopt);
    if (request.was_asked && request.fails) {
      breakers_.settle(std::move(pass), Breakers::Outcome::failed);
    }
    end(request, 500);
  }

  void end(Request& request, int status) {
    if (request.status != 0) ++tally_.delivered_twice;
    request.status = status;
    ++tally_.ends[status];
  }

  const Weather weather_;
  ManualClock clock_;
  SeededRandom random_;
  Accounts accounts_;
  Breakers breakers_{clock_};
  Rules rules_;
  catalog::Provider provider_;
  std::vector<store::Connection> connections_;
  std::vector<const store::Connection*> candidates_;
  std::vector<Request> requests_;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> agenda_;
  Millis now_{0};
  int order_ = 0;
  std::array<std::array<Millis, 2>, accounts_max> rested_until_{};
  Tally tally_;
};

TEST(Simulation, WhateverFailsEveryRequestEndsOnceAndNothingIsLeftBehind) {
  for (const Strategy strategy : all_strategies) {
    SCOPED_TRACE("strategy " + std::to_string(static_cast<int>(strategy)));
    World world(strategy, Weather::stormy, 11);
    const Tally tally = world.run();
    int ended = 0;
    for (const auto& [status, count] : tally.ends) ended += count;
    EXPECT_EQ(ended, requests_max);
    EXPECT_EQ(tally.delivered_twice, 0);
    EXPECT_EQ(tally.rests_broken, 0) << "nobody is asked during a rest that binds";
    EXPECT_EQ(world.running(), 0) << "no lease is left";
    EXPECT_GT(tally.ends.at(200), requests_max / 2) << "faults of some stop no others";
    EXPECT_GT(tally.ends.at(503), requests_max / 10) << "outages cost few calls";
    EXPECT_TRUE(world.recovers());
  }
}

TEST(Simulation, ASeedReproducesARun) {
  const auto digest = [](std::uint64_t seed) {
    return World(Strategy::p2c, Weather::stormy, seed, 10'000).run().digest;
  };
  EXPECT_EQ(digest(5), digest(5));
  EXPECT_NE(digest(5), digest(6));
}

TEST(Simulation, EachStrategySpreadsRequestsAsItsNameSays) {
  for (const Strategy strategy : all_strategies) {
    SCOPED_TRACE("strategy " + std::to_string(static_cast<int>(strategy)));
    const auto uses = World(strategy, Weather::fair, 3).run().uses;
    if (strategy == Strategy::fill_first) {
      EXPECT_EQ(uses[0], requests_max);
      continue;
    }
    const bool by_chance = strategy == Strategy::random || strategy == Strategy::p2c;
    for (const int count : uses) EXPECT_NEAR(count, requests_max / 4, by_chance ? 700 : 3);
  }
}

/// Of a provider whose calls all fail, the breaker and the accounts behind it: how many calls a
/// thousand requests cost that come one behind the other or all at once.
int calls_to_a_dead_provider(int at_once) {
  ManualClock clock;
  Breakers breakers(clock);
  const Profile profile{.failures_max = 5};
  int calls = 0;
  for (int left = 1000; left > 0; left -= at_once) {
    std::vector<Breakers::Pass> passes;
    for (int i = 0; i < at_once; ++i) {
      auto entered = breakers.enter("acme", "m", profile);
      if (auto* pass = std::get_if<Breakers::Pass>(&entered)) passes.push_back(std::move(*pass));
    }
    for (Breakers::Pass& pass : passes) {
      ++calls;
      breakers.settle(std::move(pass), Breakers::Outcome::failed);
    }
  }
  return calls;
}

TEST(Simulation, ADeadProviderIsCalledUntilItsBreakerOpensAndNotAgain) {
  EXPECT_EQ(calls_to_a_dead_provider(1), 5);
  EXPECT_EQ(calls_to_a_dead_provider(5), 5);
  EXPECT_EQ(calls_to_a_dead_provider(100), 100) << "those that were on their way together";
}

}  // namespace
}  // namespace omni::account
