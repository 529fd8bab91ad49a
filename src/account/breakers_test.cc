#include "account/breakers.h"

#include <gtest/gtest.h>

#include <string>

namespace omni::account {
namespace {

using Outcome = Breakers::Outcome;
using State = store::BreakerRow::State;

constexpr Millis second{1000};

class BreakersTest : public ::testing::Test {
 protected:
  std::variant<Breakers::Pass, Breakers::Refusal> enter(std::string_view provider = "acme") {
    return breakers_.enter(provider, model_, profile_);
  }
  Breakers::Pass pass(std::string_view provider = "acme") {
    auto entered = enter(provider);
    EXPECT_TRUE(std::holds_alternative<Breakers::Pass>(entered)) << "it is open";
    return std::move(std::get<Breakers::Pass>(entered));
  }
  bool is_refused(std::string_view provider = "acme") {
    const bool would = breakers_.obstacle(provider, model_).has_value();
    const bool is = std::holds_alternative<Breakers::Refusal>(enter(provider));
    EXPECT_EQ(would, is);
    return is;
  }
  Millis refused_for() { return std::get<Breakers::Refusal>(enter()).over_in; }
  void request(Outcome outcome, std::string_view provider = "acme") {
    breakers_.settle(pass(provider), outcome);
  }
  void fail(int count) {
    for (int i = 0; i < count; ++i) request(Outcome::failed);
  }

  ManualClock clock_{from_millis(1'770'000'000'000)};
  Breakers breakers_{clock_};
  std::string model_ = "m";
  Profile profile_{.failures_max = 3, .open_for = 30 * second};
};

TEST_F(BreakersTest, AProviderIsLeftAloneAfterSoManyFailuresInARow) {
  fail(2);
  EXPECT_FALSE(is_refused());
  request(Outcome::answered);
  fail(2);
  EXPECT_FALSE(is_refused()) << "that was no row";
  fail(1);
  EXPECT_TRUE(is_refused());
  EXPECT_FALSE(is_refused("other"));
  EXPECT_EQ(refused_for(), 30 * second);
  clock_.advance(10 * second);
  EXPECT_EQ(refused_for(), 20 * second);
}

TEST_F(BreakersTest, WhenTheTimeIsOverOneRequestTriesAlone) {
  fail(3);
  clock_.advance(30 * second);
  Breakers::Pass probe = pass();
  EXPECT_TRUE(is_refused());
  EXPECT_EQ(refused_for(), second);
  breakers_.settle(std::move(probe), Outcome::answered);
  EXPECT_FALSE(is_refused());
  fail(2);
  EXPECT_FALSE(is_refused()) << "it counts from nothing";
}

TEST_F(BreakersTest, ATrialThatFailsOpensItForAsLongAgain) {
  fail(3);
  clock_.advance(40 * second);
  request(Outcome::failed);
  EXPECT_EQ(refused_for(), 30 * second);
}

TEST_F(BreakersTest, ATrialThatSaysNothingLeavesTheTurnToTheNext) {
  fail(3);
  clock_.advance(30 * second);
  { const Breakers::Pass dropped = pass(); }
  Breakers::Pass next = pass();
  EXPECT_TRUE(is_refused());
  Breakers::Pass moved = std::move(next);
  EXPECT_TRUE(is_refused()) << "one trial, wherever its pass goes";
  breakers_.settle(std::move(moved), Outcome::answered);
  EXPECT_FALSE(is_refused());
}

TEST_F(BreakersTest, AThousandAtOnceAreOneDecision) {
  std::vector<Breakers::Pass> passes;
  for (int i = 0; i < 1000; ++i) passes.push_back(pass());
  for (Breakers::Pass& each : passes) breakers_.settle(std::move(each), Outcome::failed);
  EXPECT_EQ(breakers_.all().at(0).row.failures, 3);
  EXPECT_EQ(refused_for(), 30 * second);
  clock_.advance(30 * second);
  request(Outcome::answered);
  EXPECT_FALSE(is_refused());
}

TEST_F(BreakersTest, WhoWasOnHisWayWhenItOpenedNeitherClosesNorProlongsIt) {
  Breakers::Pass early = pass(), another = pass();
  fail(3);
  breakers_.settle(std::move(early), Outcome::answered);
  EXPECT_TRUE(is_refused());
  clock_.advance(30 * second);
  Breakers::Pass probe = pass();
  breakers_.settle(std::move(another), Outcome::failed);
  breakers_.settle(std::move(probe), Outcome::answered);
  EXPECT_FALSE(is_refused());
}

TEST_F(BreakersTest, WhoIsOnHisWayWhenItOpensAsksNobodyElse) {
  const Breakers::Pass early = pass();
  EXPECT_TRUE(breakers_.stands(early));
  fail(3);
  EXPECT_FALSE(breakers_.stands(early));
  clock_.advance(30 * second);
  const Breakers::Pass probe = pass();
  EXPECT_TRUE(breakers_.stands(probe));
  EXPECT_FALSE(breakers_.stands(early));
}

TEST_F(BreakersTest, WhereOneModelFailedTheOthersAreStillCalled) {
  fail(3);
  EXPECT_TRUE(is_refused());
  model_ = "sibling";
  request(Outcome::answered);
  EXPECT_FALSE(is_refused());
  model_ = "m";
  EXPECT_TRUE(is_refused()) << "what a sibling does says nothing of it";
  clock_.advance(30 * second);
  request(Outcome::answered);
  EXPECT_FALSE(is_refused());
}

TEST_F(BreakersTest, WhenASecondModelFailsAllAreLeftAlone) {
  fail(3);
  model_ = "sibling";
  fail(1);
  EXPECT_TRUE(is_refused());
  model_ = "third";
  EXPECT_TRUE(is_refused());
  EXPECT_EQ(refused_for(), 30 * second);
}

TEST_F(BreakersTest, EachChangeIsToldAndWhatIsToldComesBackAfterARestart) {
  std::vector<store::BreakerRow> told;
  breakers_.follow({}, [&](const store::BreakerRow& row) { told.push_back(row); });
  model_ = "sibling";
  fail(1);
  model_ = "m";
  fail(2);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].state, State::open);
  clock_.advance(10 * second);

  Breakers after(clock_);
  after.follow(told, {});
  ASSERT_TRUE(after.obstacle("acme", "m"));
  EXPECT_EQ(after.obstacle("acme", "m")->over_in, 20 * second);
  clock_.advance(20 * second);
  EXPECT_FALSE(after.obstacle("acme", "m"));

  request(Outcome::answered);
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[1].state, State::closed);
}

TEST_F(BreakersTest, WhatIsLeftAloneForOneModelIsToldWhenItIsForAll) {
  std::vector<store::BreakerRow> told;
  breakers_.follow({}, [&](const store::BreakerRow& row) { told.push_back(row); });
  fail(3);
  EXPECT_TRUE(told.empty()) << "after a restart it would stop the siblings";
  model_ = "sibling";
  fail(1);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].state, State::open);
}

TEST_F(BreakersTest, AJumpOfTheCalendarKeepsNobodyShutOutLongerThanUsual) {
  Breakers after(clock_);
  after.follow({{.provider = "acme",
                 .state = State::open,
                 .failures = 3,
                 .last_failure = clock_.wall() + std::chrono::hours(100),
                 .open_for = 30 * second}},
               {});
  EXPECT_EQ(after.obstacle("acme", "m")->over_in, 30 * second);
}

TEST_F(BreakersTest, AResetClosesAll) {
  std::vector<store::BreakerRow> told;
  breakers_.follow({}, [&](const store::BreakerRow& row) { told.push_back(row); });
  fail(3);
  request(Outcome::failed, "other");
  EXPECT_EQ(breakers_.reset(), 1U) << "the other was closed";
  EXPECT_FALSE(is_refused());
  EXPECT_EQ(told.back().state, State::closed);
  EXPECT_TRUE(breakers_.all().empty());
}

TEST(SpeaksOfProvider, OnlyErrorsThatAnotherAccountWouldNotMend) {
  using Blame = Verdict::Blame;
  const auto speaks = [](Blame blame, int status) {
    return speaks_of_provider({.blame = blame, .status = status});
  };
  for (const int status : {408, 500, 502, 503, 504}) EXPECT_TRUE(speaks(Blame::provider, status));
  EXPECT_TRUE(speaks(Blame::network, 502));
  EXPECT_FALSE(speaks(Blame::provider, 406));
  EXPECT_FALSE(speaks(Blame::account, 429));
  EXPECT_FALSE(speaks(Blame::account, 401));
  EXPECT_FALSE(speaks(Blame::client, 400));
  EXPECT_FALSE(speaks(Blame::client, 499));
  EXPECT_FALSE(speaks(Blame::model, 404));
}

}  // namespace
}  // namespace omni::account
