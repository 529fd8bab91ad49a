// Several who want different things of one provider, while its accounts are busy.

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <functional>
#include <thread>

#include "account/accounts.h"
#include "net/task_group.h"
#include "net/test_net.h"

namespace omni::account {
namespace {

using Candidates = std::vector<const store::Connection*>;
using net::TaskGroup;

constexpr Millis patience{3'600'000};
constexpr Millis at_most{10'000};  // whoever is served is so much earlier

Error over() { return {Error::Kind::cancelled, "over"}; }

class WaitingTest : public ::testing::Test {
 protected:
  WaitingTest() {
    provider_.id = "acme";
    one_.concurrent_max = two_.concurrent_max = 1;
    one_.rate_limit_protection = true;
  }

  Wish wish(const Candidates& candidates, std::string_view model) const {
    return {.provider = &provider_, .candidates = candidates, .model = model, .rules = &rules_};
  }
  /// The account, "busy" or "resting"; what was lent is kept.
  std::string keep(Accounts::Lent lent) {
    if (std::holds_alternative<AllBusy>(lent)) return "busy";
    if (std::holds_alternative<AllResting>(lent)) return "resting";
    auto& lease = std::get<Lease>(lent);
    const std::string account = lease.connection()->id;
    held_[account] = std::move(lease);
    return account;
  }
  std::string come(const Candidates& candidates, std::string_view model = "m") {
    return keep(accounts_.borrow(wish(candidates, model)));
  }
  /// Notes who got what, in this order.
  net::Task<> wait(std::string name, const Candidates& candidates, std::string_view model = "m") {
    const Wish mine = wish(candidates, model);
    Accounts::Waiting waiting(accounts_, mine);
    const std::string got = keep(co_await waiting.borrow(patience));
    got_ += (got_.empty() ? "" : " ") + name + ":" + got;
  }
  void give_back(const std::string& account, const Verdict& verdict = {}) {
    accounts_.settle(std::move(held_.at(account)), verdict);
  }
  /// What happens on the loop, to those who will be served and to those who will not.
  void play(const std::function<void(TaskGroup& served, TaskGroup& left)>& script) {
    world_.run([&]() -> net::Task<> {
      TaskGroup served(world_.loops[0]), left(world_.loops[0]);
      script(served, left);
      EXPECT_TRUE(co_await served.drained(at_most)) << "somebody was forgotten: " << got_;
      const std::string got = got_;
      served.cancel(over());
      left.cancel(over());
      co_await served.drained();
      co_await left.drained();
      got_ = got;
      held_.clear();
    });
  }

  net::testing::World world_{2};
  ManualClock clock_;
  SeededRandom random_{1};
  Accounts accounts_{clock_, random_};
  Rules rules_;
  catalog::Provider provider_;
  store::Connection one_{.id = "one"}, two_{.id = "two"};
  const Candidates only_one_{&one_}, only_two_{&two_}, both_{&one_, &two_};
  std::map<std::string, Lease> held_;
  std::string got_;
};

TEST_F(WaitingTest, WhoCannotUseTheFreePlaceKeepsNobodyBehindHimFromIt) {
  play([&](TaskGroup& served, TaskGroup& left) {
    EXPECT_EQ(come(both_) + come(both_), "onetwo");
    left.spawn(wait("first", only_two_));
    left.spawn(wait("second", only_two_));
    served.spawn(wait("third", both_));
    left.spawn(wait("fourth", both_));
    give_back("one");
  });
  EXPECT_EQ(got_, "third:one");
}

TEST_F(WaitingTest, WhoseModelRestsThereKeepsNobodyBehindHimFromIt) {
  play([&](TaskGroup& served, TaskGroup& left) {
    EXPECT_EQ(come(both_, "limited") + come(both_), "onetwo");
    left.spawn(wait("first", both_, "limited"));
    served.spawn(wait("second", both_));
    give_back("one", {.next = Verdict::Next::next_account,
                      .rest = Verdict::Rest::model,
                      .binding = true,
                      .status = 429});
  });
  EXPECT_EQ(got_, "second:one");
}

TEST_F(WaitingTest, AllWhoHaveNobodyLeftAreToldAtOnce) {
  play([&](TaskGroup& served, TaskGroup& /*left*/) {
    EXPECT_EQ(come(only_one_), "one");
    served.spawn(wait("first", only_one_));
    served.spawn(wait("second", only_one_));
    give_back("one", {.next = Verdict::Next::next_account,
                      .rest = Verdict::Rest::account,
                      .binding = true,
                      .status = 401});
  });
  EXPECT_EQ(got_, "first:resting second:resting");
}

TEST_F(WaitingTest, TwoPlacesThatAreFreedAtOnceGoToTwo) {
  play([&](TaskGroup& served, TaskGroup& left) {
    EXPECT_EQ(come(both_) + come(both_), "onetwo");
    served.spawn(wait("first", both_));
    served.spawn(wait("second", both_));
    left.spawn(wait("third", both_));
    give_back("one");
    give_back("two");
  });
  EXPECT_EQ(got_, "first:one second:two");
}

TEST_F(WaitingTest, WhoComesDoesNotOvertakeOneWhoWaits) {
  play([&](TaskGroup& served, TaskGroup& /*left*/) {
    EXPECT_EQ(come(both_) + come(both_), "onetwo");
    served.spawn(wait("first", both_));
    give_back("one");
    EXPECT_EQ(come(both_), "busy") << "though nobody has woken yet";
  });
  EXPECT_EQ(got_, "first:one");
}

TEST_F(WaitingTest, WhoComesTakesWhatNobodyInTheLineCanUse) {
  play([&](TaskGroup& /*served*/, TaskGroup& left) {
    EXPECT_EQ(come(only_one_), "one");
    left.spawn(wait("first", only_one_));
    EXPECT_EQ(come(both_), "two");
  });
  EXPECT_EQ(got_, "");
}

TEST_F(WaitingTest, WhatTimeHasFreedBelongsToHimWhoWaitsForIt) {
  rules_.limits.gap = patience / 2;
  play([&](TaskGroup& served, TaskGroup& /*left*/) {
    EXPECT_EQ(come(only_one_), "one");
    give_back("one");
    served.spawn(wait("first", only_one_));
    clock_.advance(rules_.limits.gap);
    EXPECT_EQ(come(only_one_), "busy");
  });
  EXPECT_EQ(got_, "first:one");
}

TEST_F(WaitingTest, AllLearnWhenThereWillBeAPlace) {
  rules_.limits.gap = Millis{1};
  play([&](TaskGroup& served, TaskGroup& left) {
    EXPECT_EQ(come(only_one_) + come(only_two_), "onetwo");
    left.spawn(wait("first", only_two_));
    served.spawn(wait("second", only_one_));
    give_back("one");
    clock_.advance(rules_.limits.gap);
  });
  EXPECT_EQ(got_, "second:one");
}

TEST_F(WaitingTest, APlaceThatCameTooLateGoesToWhoeverStandsBehind) {
  play([&](TaskGroup& served, TaskGroup& left) {
    EXPECT_EQ(come(only_one_), "one");
    left.spawn(wait("first", both_));
    EXPECT_EQ(got_, "first:two");
    got_.clear();
    left.spawn(wait("second", both_));
    served.spawn(wait("third", both_));
    give_back("one");
    left.cancel(over());  // before it could wake
  });
  EXPECT_EQ(got_, "second:busy third:one");
}

TEST_F(WaitingTest, NobodyIsForgottenWhereTwoLoopsWantDifferentThings) {
  constexpr int tasks = 50, rounds = 20;
  const std::array wanted{&only_one_, &both_, &only_two_};
  std::array<std::atomic<int>, 2> holders{};
  std::atomic<int> served = 0, crowded = 0;
  const auto guest = [&](const Candidates& candidates) -> net::Task<> {
    for (int round = 0; round < rounds; ++round) {
      const Wish mine = wish(candidates, "m");
      Accounts::Lent lent = accounts_.borrow(mine);
      if (std::holds_alternative<AllBusy>(lent)) {
        Accounts::Waiting waiting(accounts_, mine);
        lent = co_await waiting.borrow(patience);
      }
      const auto* lease = std::get_if<Lease>(&lent);
      if (lease == nullptr) co_return;
      auto& here = holders.at(lease->connection() == &one_ ? 0 : 1);
      if (++here > 1) ++crowded;
      co_await net::yield();
      --here;
      ++served;
    }
  };
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < 2; ++i) {
    threads.emplace_back([&, i] {
      net::LoopPool::run_on(world_.loops[i], [&, i]() -> net::Task<> {
        TaskGroup group(world_.loops[i]);
        for (std::size_t n = 0; n < tasks; ++n) group.spawn(guest(*wanted.at(n % wanted.size())));
        EXPECT_TRUE(co_await group.drained(at_most)) << "somebody was forgotten";
        group.cancel(over());
        co_await group.drained();
      });
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(served, 2 * tasks * rounds);
  EXPECT_EQ(crowded, 0);
  EXPECT_EQ(accounts_.waiting_for("acme"), 0);
}

}  // namespace
}  // namespace omni::account
