#include "account/accounts.h"

#include <gtest/gtest.h>

namespace omni::account {
namespace {

using Next = Verdict::Next;
using Rest = Verdict::Rest;

constexpr Millis second{1000};

/// One that is over by itself, and longer each time.
Verdict limited() {
  return {.blame = Verdict::Blame::account,
          .next = Next::next_account,
          .rest = Rest::model,
          .binding = true,
          .status = 429,
          .message = "slow down"};
}

Verdict stated(Millis rest_for) {
  Verdict verdict = limited();
  verdict.rest_for = rest_for;
  return verdict;
}

/// One that binds nobody.
Verdict broken() {
  return {.blame = Verdict::Blame::provider,
          .next = Next::next_account,
          .rest = Rest::model,
          .rest_for = 30 * second,
          .status = 500,
          .message = "broke"};
}

Verdict refused() {
  Verdict verdict = limited();
  verdict.rest = Rest::account;
  verdict.rest_for = 120 * second;
  verdict.status = 401;
  return verdict;
}

class AccountsTest : public ::testing::Test {
 protected:
  /// The id of who may be asked, "nobody", or "resting".
  std::string borrowed(std::string_view model = "m", const std::set<std::string>& tried = {}) {
    lent_ = accounts_.borrow({.candidates = candidates_, .model = model, .tried = &tried});
    if (std::holds_alternative<AllResting>(lent_)) return "resting";
    const store::Connection* connection = std::get<const store::Connection*>(lent_);
    return connection == nullptr ? "nobody" : connection->id;
  }
  const AllResting& resting() { return std::get<AllResting>(lent_); }
  /// How long `one` rests, alone.
  Millis rest_of_one() {
    return borrowed("m", {"two"}) == "resting" ? resting().over_in : Millis{0};
  }

  ManualClock clock_;
  Accounts accounts_{clock_};
  store::Connection one_{.id = "one"}, two_{.id = "two"};
  std::vector<const store::Connection*> candidates_{&one_, &two_};
  std::variant<const store::Connection*, AllResting> lent_;
};

TEST_F(AccountsTest, TheFirstIsAskedWhileItCanBe) {
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(borrowed(), "one");
    accounts_.settle("one", "m", {});
  }
}

TEST_F(AccountsTest, WhoHasFailedThisRequestIsNotAskedAgain) {
  EXPECT_EQ(borrowed("m", {"one"}), "two");
  EXPECT_EQ(borrowed("m", {"one", "two"}), "nobody");
  candidates_.clear();
  EXPECT_EQ(borrowed(), "nobody");
}

TEST_F(AccountsTest, WhoRestsIsPassedOverUntilItIsOver) {
  accounts_.settle("one", "m", limited());
  EXPECT_EQ(borrowed(), "two");
  clock_.advance(second - Millis{1});
  EXPECT_EQ(borrowed(), "two");
  clock_.advance(Millis{1});
  EXPECT_EQ(borrowed(), "one");
}

TEST_F(AccountsTest, ARestOfAModelLeavesTheOthersAlone) {
  accounts_.settle("one", "m", limited());
  EXPECT_EQ(borrowed("other"), "one");
  accounts_.settle("one", "m", refused());
  EXPECT_EQ(borrowed("other"), "two");
}

TEST_F(AccountsTest, AnAccountThatWasChangedSinceMayBeAskedAtOnce) {
  accounts_.settle("one", "m", refused());
  EXPECT_EQ(borrowed(), "two");
  one_.updated_at = clock_.wall() + Millis{1};  // a new key, say
  EXPECT_EQ(borrowed(), "one");
}

TEST_F(AccountsTest, HoweverManyNamesOfModelsThereAreTheMemoryIsBounded) {
  for (int i = 0; i < 11'000; ++i) accounts_.settle("one", std::to_string(i), stated(90 * second));
  EXPECT_EQ(borrowed("10999"), "two");
  EXPECT_EQ(borrowed("0"), "one") << "what ends first is forgotten first";
}

TEST_F(AccountsTest, WhenAllRestItIsSaidWhenTheFirstIsOver) {
  accounts_.settle("one", "m", stated(90 * second));
  accounts_.settle("two", "m", stated(40 * second));
  clock_.advance(10 * second);
  ASSERT_EQ(borrowed(), "resting");
  EXPECT_EQ(resting().over_in, 30 * second);
  EXPECT_EQ(resting().status, 429);
  EXPECT_EQ(resting().last_message, "slow down");
}

TEST_F(AccountsTest, OfTwoRestsThatOfTheAccountAndThatOfTheModelTheLongerCounts) {
  candidates_ = {&one_};
  accounts_.settle("one", "m", stated(300 * second));
  accounts_.settle("one", "m", refused());
  ASSERT_EQ(borrowed(), "resting");
  EXPECT_EQ(resting().over_in, 300 * second);
}

TEST_F(AccountsTest, ARestThatBindsNobodyOnlyPutsTheAccountLast) {
  accounts_.settle("one", "m", broken());
  EXPECT_EQ(borrowed(), "two");
  EXPECT_EQ(borrowed("m", {"two"}), "one") << "better a doubtful one than none";
  accounts_.settle("two", "m", limited());
  EXPECT_EQ(borrowed(), "one");
}

TEST_F(AccountsTest, EachFailureInARowRestsLongerUpToABound) {
  for (const int seconds : {1, 2, 4, 8, 16, 32, 64, 120, 120}) {
    accounts_.settle("one", "m", limited());
    EXPECT_EQ(rest_of_one(), seconds * second);
    clock_.advance(seconds * second);
  }
}

TEST_F(AccountsTest, ThatARestIsOverDoesNotMakeTheNextOneShorterASuccessDoes) {
  accounts_.settle("one", "m", limited());
  clock_.advance(std::chrono::hours(1));
  accounts_.settle("one", "m", limited());
  EXPECT_EQ(rest_of_one(), 2 * second);
  clock_.advance(2 * second);
  accounts_.settle("one", "m", {});
  accounts_.settle("one", "m", limited());
  EXPECT_EQ(rest_of_one(), second);
}

TEST_F(AccountsTest, ASuccessEndsTheRests) {
  accounts_.settle("one", "m", limited());
  accounts_.settle("one", "m", refused());
  accounts_.settle("one", "m", {});
  EXPECT_EQ(borrowed(), "one");
}

TEST_F(AccountsTest, RequestsThatFailedTogetherAreOneFailure) {
  for (int i = 0; i < 5; ++i) accounts_.settle("one", "m", limited());
  EXPECT_EQ(rest_of_one(), second);
  clock_.advance(second);
  accounts_.settle("one", "m", limited());
  EXPECT_EQ(rest_of_one(), 2 * second);
}

TEST_F(AccountsTest, AStatedRestDoesNotMakeLaterOnesLonger) {
  for (int i = 0; i < 5; ++i) accounts_.settle("one", "m", stated(10 * second));
  clock_.advance(10 * second);
  accounts_.settle("one", "m", limited());
  EXPECT_EQ(rest_of_one(), second);
}

TEST_F(AccountsTest, ALaterFailureDoesNotMakeARestShorterNorLooser) {
  accounts_.settle("one", "m", stated(100 * second));
  accounts_.settle("one", "m", stated(5 * second));
  accounts_.settle("one", "m", broken());
  EXPECT_EQ(rest_of_one(), 100 * second);
  accounts_.settle("one", "m", stated(200 * second));
  EXPECT_EQ(rest_of_one(), 200 * second) << "what the provider says later is longer";
}

TEST_F(AccountsTest, WhatIsNobodysFaultHereMakesNobodyRest) {
  accounts_.settle("one", "m",
                   {.blame = Verdict::Blame::client, .next = Next::give_up, .status = 499});
  EXPECT_EQ(borrowed(), "one");
}

}  // namespace
}  // namespace omni::account
