#include "account/accounts.h"

#include <gtest/gtest.h>

namespace omni::account {
namespace {

using Next = Verdict::Next;

constexpr Millis second{1000};

/// One that is over by itself, and longer each time.
Verdict limited() {
  return {.blame = Verdict::Blame::account,
          .next = Next::next_account,
          .rest = Verdict::Rest::model,
          .binding = true,
          .status = 429,
          .message = "slow down"};
}

Verdict stated(Millis rest_for) {
  Verdict verdict = limited();
  verdict.rest_for = rest_for;
  verdict.stated = true;
  return verdict;
}

/// One that binds nobody.
Verdict broken() {
  return {.blame = Verdict::Blame::provider,
          .next = Next::next_account,
          .rest = Verdict::Rest::model,
          .rest_for = 30 * second,
          .status = 500,
          .message = "broke"};
}

Verdict refused() {
  Verdict verdict = limited();
  verdict.rest = Verdict::Rest::account;
  verdict.rest_for = 120 * second;
  verdict.status = 401;
  return verdict;
}

class AccountsTest : public ::testing::Test {
 protected:
  AccountsTest() { provider_.id = "acme"; }

  Accounts::Lent borrow(std::string_view model = "m", const std::set<std::string>& tried = {}) {
    return accounts_.borrow({.provider = &provider_,
                             .candidates = candidates_,
                             .model = model,
                             .rules = &rules_,
                             .known_to = known_to_,
                             .tried = &tried});
  }
  /// The id of who may be asked, "nobody", "resting" or "busy"; it is given back at once.
  std::string borrowed(std::string_view model = "m", const std::set<std::string>& tried = {}) {
    const Accounts::Lent lent = borrow(model, tried);
    if (const auto* resting = std::get_if<AllResting>(&lent)) {
      resting_ = *resting;
      return "resting";
    }
    if (std::holds_alternative<AllBusy>(lent)) return "busy";
    const store::Connection* connection = std::get<Lease>(lent).connection();
    return connection == nullptr ? "nobody" : connection->id;
  }
  Lease lease(const store::Connection& connection, std::string_view model = "m") {
    const std::array alone{&connection};
    auto lent = accounts_.borrow(
        {.provider = &provider_, .candidates = alone, .model = model, .rules = &rules_});
    EXPECT_TRUE(std::holds_alternative<Lease>(lent)) << "it rests or is busy";
    if (auto* lease = std::get_if<Lease>(&lent)) return std::move(*lease);
    return {};
  }
  /// An attempt that ends so.
  void attempt(const store::Connection& connection, const Verdict& verdict,
               std::string_view model = "m") {
    accounts_.settle(lease(connection, model), verdict);
  }
  /// How long `one` rests, alone.
  Millis rest_of_one(std::string_view model = "m") {
    return borrowed(model, {"two"}) == "resting" ? resting_.over_in : Millis{0};
  }

  /// "unavailable 429 slow down", and whether it may be asked again later.
  std::string condition_of(store::Connection connection) {
    accounts_.bring_up_to_date(connection);
    std::string text = connection.test_status + " " + connection.error_code;
    text.append(" ").append(connection.last_error);
    return text + (connection.rate_limited_until ? " until" : "");
  }

  ManualClock clock_;
  SeededRandom random_{1};
  Accounts accounts_{clock_, random_};
  Rules rules_;
  catalog::Provider provider_;
  store::Connection one_{.id = "one"}, two_{.id = "two"};
  std::vector<const store::Connection*> candidates_{&one_, &two_};
  std::string known_to_;
  AllResting resting_;
};

TEST_F(AccountsTest, TheFirstIsAskedWhileItCanBe) {
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(borrowed(), "one");
    attempt(one_, {});
  }
}

TEST_F(AccountsTest, WhoHasFailedThisRequestIsNotAskedAgain) {
  EXPECT_EQ(borrowed("m", {"one"}), "two");
  EXPECT_EQ(borrowed("m", {"one", "two"}), "nobody");
  candidates_.clear();
  EXPECT_EQ(borrowed(), "nobody");
}

TEST_F(AccountsTest, WhoRestsIsPassedOverUntilItIsOver) {
  attempt(one_, limited());
  EXPECT_EQ(borrowed(), "two");
  clock_.advance(second - Millis{1});
  EXPECT_EQ(borrowed(), "two");
  clock_.advance(Millis{1});
  EXPECT_EQ(borrowed(), "one");
}

TEST_F(AccountsTest, ARestOfAModelLeavesTheOthersAlone) {
  attempt(one_, limited());
  EXPECT_EQ(borrowed("other"), "one");
  attempt(one_, refused(), "other");
  EXPECT_EQ(borrowed("a third"), "two");
}

TEST_F(AccountsTest, AnAccountIsShownAsTheLastRequestHasFoundIt) {
  EXPECT_EQ(condition_of(one_), "unknown  ");
  attempt(one_, {});
  EXPECT_EQ(condition_of(one_), "active  ");
  attempt(one_, limited());
  EXPECT_EQ(condition_of(one_), "unavailable 429 slow down until");
  attempt(one_, broken(), "other");
  EXPECT_EQ(condition_of(one_), "unavailable 500 broke") << "it is asked all the same";
  attempt(one_, {}, "other");
  EXPECT_EQ(condition_of(one_), "active  ");
  attempt(one_, refused(), "other");
  EXPECT_EQ(condition_of(one_), "error 401 slow down until");
  EXPECT_EQ(condition_of(two_), "unknown  ");
}

TEST_F(AccountsTest, ASuccessSaysNothingOfAFailureThatCameWhileItRan) {
  Lease slow = lease(one_);
  attempt(one_, limited());
  accounts_.settle(std::move(slow), {});
  EXPECT_EQ(condition_of(one_), "unavailable 429 slow down until");
}

TEST_F(AccountsTest, WhatAModelOrARequestIsToBlameForIsNotSaidOfTheAccount) {
  attempt(one_, {});
  Verdict verdict = broken();
  for (const auto blame : {Verdict::Blame::model, Verdict::Blame::client}) {
    verdict.blame = blame;
    attempt(one_, verdict);
    EXPECT_EQ(condition_of(one_), "active  ");
  }
}

TEST_F(AccountsTest, AChangeOrATestOfAnAccountIsNewerThanWhatRequestsFoundBefore) {
  attempt(one_, refused());
  clock_.advance(second);
  one_.updated_at = clock_.wall();
  EXPECT_EQ(condition_of(one_), "unknown  ");
  attempt(one_, {});
  EXPECT_EQ(condition_of(one_), "active  ");
  clock_.advance(second);
  one_.last_tested_at = clock_.wall();
  one_.test_status = "error";
  EXPECT_EQ(condition_of(one_), "error  ");
  attempt(one_, {});
  EXPECT_EQ(condition_of(one_), "active  ");
}

TEST_F(AccountsTest, WhoseRestsAreEndedMayBeAskedAndIsShownSo) {
  attempt(one_, refused());
  accounts_.wake("one", "");
  EXPECT_EQ(condition_of(one_), "error 401 slow down");
}

TEST_F(AccountsTest, AnAccountThatWasChangedSinceMayBeAskedAtOnce) {
  attempt(one_, refused());
  EXPECT_EQ(borrowed(), "two");
  one_.updated_at = clock_.wall() + Millis{1};  // a new key, say
  EXPECT_EQ(borrowed(), "one");
}

TEST_F(AccountsTest, HoweverManyNamesOfModelsThereAreTheMemoryIsBounded) {
  std::vector<std::string> names;
  for (int i = 0; i < 1100; ++i) names.push_back(std::to_string(i));
  for (const std::string& name : names) {
    attempt(one_, stated(90 * second), name);
    clock_.advance(Millis{1});
  }
  EXPECT_EQ(borrowed("1099"), "two");
  EXPECT_EQ(borrowed("0"), "one") << "what ends first is forgotten first";
}

TEST_F(AccountsTest, WhenAllRestItIsSaidWhenTheFirstIsOver) {
  attempt(one_, stated(90 * second));
  attempt(two_, stated(40 * second));
  clock_.advance(10 * second);
  ASSERT_EQ(borrowed(), "resting");
  EXPECT_EQ(resting_.over_in, 30 * second);
  EXPECT_EQ(resting_.status, 429);
  EXPECT_EQ(resting_.last_message, "slow down");
}

TEST_F(AccountsTest, OfTwoRestsThatOfTheAccountAndThatOfTheModelTheLongerCounts) {
  candidates_ = {&one_};
  Lease other = lease(one_, "other");
  attempt(one_, stated(300 * second));
  accounts_.settle(std::move(other), refused());
  ASSERT_EQ(borrowed(), "resting");
  EXPECT_EQ(resting_.over_in, 300 * second);
}

TEST_F(AccountsTest, ARestThatBindsNobodyOnlyPutsTheAccountLast) {
  attempt(one_, broken());
  EXPECT_EQ(borrowed(), "two");
  EXPECT_EQ(borrowed("m", {"two"}), "one") << "better a doubtful one than none";
  attempt(two_, limited());
  EXPECT_EQ(borrowed(), "one");
}

TEST_F(AccountsTest, EachFailureInARowRestsLongerUpToABound) {
  for (const int seconds : {1, 2, 4, 8, 16, 32, 64, 120, 120}) {
    attempt(one_, limited());
    EXPECT_EQ(rest_of_one(), seconds * second);
    clock_.advance(seconds * second);
  }
}

TEST_F(AccountsTest, ThatARestIsOverDoesNotMakeTheNextOneShorterASuccessDoes) {
  attempt(one_, limited());
  clock_.advance(std::chrono::hours(1));
  attempt(one_, limited());
  EXPECT_EQ(rest_of_one(), 2 * second);
  clock_.advance(2 * second);
  attempt(one_, {});
  attempt(one_, limited());
  EXPECT_EQ(rest_of_one(), second);
}

TEST_F(AccountsTest, ASuccessEndsTheRestsThatItCameAfterAndNoOthers) {
  attempt(one_, broken());
  attempt(one_, {});
  EXPECT_EQ(borrowed(), "one");
  Lease long_one = lease(one_);
  attempt(one_, limited());
  accounts_.settle(std::move(long_one), {});
  EXPECT_EQ(borrowed(), "two") << "it had begun before the limit was reached";
}

TEST_F(AccountsTest, RequestsThatFailedTogetherAreOneFailure) {
  std::vector<Lease> together;
  for (int i = 0; i < 5; ++i) together.push_back(lease(one_));
  for (Lease& each : together) accounts_.settle(std::move(each), limited());
  EXPECT_EQ(rest_of_one(), second);
  clock_.advance(second);
  attempt(one_, limited());
  EXPECT_EQ(rest_of_one(), 2 * second);
}

TEST_F(AccountsTest, AStatedRestDoesNotMakeLaterOnesLonger) {
  for (int i = 0; i < 5; ++i) {
    attempt(one_, stated(10 * second));
    EXPECT_EQ(rest_of_one(), 10 * second);
    clock_.advance(10 * second);
  }
  attempt(one_, limited());
  EXPECT_EQ(rest_of_one(), second);
}

TEST_F(AccountsTest, WhoDoesNotHeedHintsGoesByTheFailuresInARow) {
  rules_.api_key.heeds_hints = false;
  attempt(one_, stated(100 * second));
  EXPECT_EQ(rest_of_one(), second);
}

TEST_F(AccountsTest, ALaterFailureDoesNotMakeARestShorterNorLooser) {
  std::vector<Lease> together;
  for (int i = 0; i < 4; ++i) together.push_back(lease(one_));
  accounts_.settle(std::move(together[0]), stated(100 * second));
  accounts_.settle(std::move(together[1]), stated(5 * second));
  accounts_.settle(std::move(together[2]), broken());
  EXPECT_EQ(rest_of_one(), 100 * second);
  accounts_.settle(std::move(together[3]), stated(200 * second));
  EXPECT_EQ(rest_of_one(), 200 * second) << "what the provider says later is longer";
}

TEST_F(AccountsTest, ARestThatBindsDoesSoAlsoWithinOneThatDoesNot) {
  Lease together = lease(one_);
  attempt(one_, broken());
  accounts_.settle(std::move(together), stated(7 * second));
  EXPECT_EQ(rest_of_one(), 7 * second);
  clock_.advance(7 * second);
  EXPECT_EQ(borrowed(), "two");
  EXPECT_EQ(borrowed("m", {"two"}), "one");
}

TEST_F(AccountsTest, WhatIsNobodysFaultHereMakesNobodyRest) {
  attempt(one_, {.blame = Verdict::Blame::client, .next = Next::give_up, .status = 499});
  EXPECT_EQ(borrowed(), "one");
}

TEST_F(AccountsTest, OneModelsErrorsLeaveItsSiblingsAloneButThreeInARowAreTheAccounts) {
  attempt(one_, broken(), "a");
  attempt(one_, broken(), "b");
  EXPECT_EQ(borrowed("c"), "one");
  attempt(one_, broken(), "a");
  EXPECT_EQ(borrowed("c"), "two");
  EXPECT_EQ(borrowed("c", {"two"}), "one") << "also then it is only the last choice";
  clock_.advance(rules_.api_key.cooldown);
  EXPECT_EQ(borrowed("c"), "one");
}

TEST_F(AccountsTest, ATimeThatIsSaidOfOneModelBindsNobodyWhoAsksForAnother) {
  Verdict later = broken();
  later.rest_for = 7 * second;
  later.stated = later.binding = true;
  for (const char* const model : {"a", "b", "d"}) attempt(one_, later, model);
  EXPECT_EQ(borrowed("c"), "two");
  EXPECT_EQ(borrowed("c", {"two"}), "one");
  EXPECT_EQ(borrowed("a", {"two"}), borrowed("b", {"two"})) << "both rest";
}

TEST_F(AccountsTest, TheRestOfAnAccountThatErrsOnDoublesUpToABoundOfItsKind) {
  provider_.category = catalog::Provider::Category::oauth;
  rules_.oauth = {.cooldown = 5 * second, .doublings_max = 2};
  attempt(one_, broken(), "a");
  attempt(one_, broken(), "b");
  for (const int seconds : {5, 10, 20, 20}) {
    attempt(one_, broken(), "a");
    clock_.advance(seconds * second - Millis{1});
    EXPECT_EQ(borrowed("c"), "two") << seconds;
    clock_.advance(Millis{1});
    EXPECT_EQ(borrowed("c"), "one") << seconds;
  }
}

TEST_F(AccountsTest, ASuccessInBetweenIsNotARow) {
  for (int i = 0; i < 5; ++i) {
    attempt(one_, broken(), "a");
    attempt(one_, broken(), "b");
    attempt(one_, {}, "c");
  }
  EXPECT_EQ(borrowed("c"), "one");
}

TEST_F(AccountsTest, ErrorsOfRequestsThatRanTogetherAreOne) {
  std::vector<Lease> together;
  for (int i = 0; i < 5; ++i) together.push_back(lease(one_));
  for (Lease& each : together) accounts_.settle(std::move(each), broken());
  EXPECT_EQ(borrowed("c"), "one");
}

TEST_F(AccountsTest, AConversationStaysWithWhomItKnowsUnlessHeRests) {
  known_to_ = "two";
  EXPECT_EQ(borrowed(), "two");
  attempt(two_, limited());
  EXPECT_EQ(borrowed(), "one");
  known_to_ = "gone";
  EXPECT_EQ(borrowed(), "one");
}

TEST_F(AccountsTest, EachProviderMayPickInItsOwnWay) {
  rules_.picking_of["acme"] = {.strategy = Strategy::least_used};
  EXPECT_EQ(borrowed(), "one");
  EXPECT_EQ(borrowed(), "two");
  provider_.id = "other";
  EXPECT_EQ(borrowed(), "one");
  EXPECT_EQ(borrowed(), "one");
}

TEST_F(AccountsTest, ALeaseThatIsDroppedIsGivenBackWithoutAVerdict) {
  one_.concurrent_max = 1;
  {
    const Lease held = lease(one_);
    EXPECT_EQ(accounts_.counts_of("one").running, 1);
    EXPECT_EQ(borrowed(), "two") << "as many as may be are on their way";
  }
  EXPECT_EQ(accounts_.counts_of("one").running, 0);
  EXPECT_EQ(borrowed(), "one");
}

TEST_F(AccountsTest, ALeaseThatWasMovedIsGivenBackOnce) {
  Lease held = lease(one_);
  Lease moved = std::move(held);
  held = lease(two_);
  moved = std::move(held);  // which gives back what it had
  EXPECT_EQ(accounts_.counts_of("one").running, 0);
  EXPECT_EQ(accounts_.counts_of("two").running, 1);
  accounts_.settle(std::move(moved), {});
  EXPECT_EQ(accounts_.counts_of("two").running, 0);
  EXPECT_EQ(accounts_.counts_of("two").done, 1U);
}

TEST_F(AccountsTest, WhileAllAreAtTheirLimitsItIsSaidWhenThereIsAPlace) {
  rules_.limits = {.per_minute = 2};
  one_.rate_limit_protection = true;
  candidates_ = {&one_};
  EXPECT_EQ(borrowed(), "one");
  EXPECT_EQ(borrowed(), "one");
  clock_.advance(20 * second);
  const auto lent = borrow();
  ASSERT_TRUE(std::holds_alternative<AllBusy>(lent));
  EXPECT_EQ(std::get<AllBusy>(lent).over_in, 40 * second);
  candidates_ = {&one_, &two_};
  EXPECT_EQ(borrowed(), "two") << "rather another one than to wait";
}

TEST_F(AccountsTest, AnObstacleIsToldWithoutTakingAnybodysTurn) {
  rules_.picking = {.strategy = Strategy::least_used};
  const std::array alone{static_cast<const store::Connection*>(&one_)};
  const Wish wish{.provider = &provider_, .candidates = alone, .model = "m", .rules = &rules_};
  EXPECT_FALSE(accounts_.obstacle(wish));
  EXPECT_EQ(borrowed(), "one");
  attempt(one_, refused());
  ASSERT_TRUE(accounts_.obstacle(wish));
  EXPECT_EQ(accounts_.obstacle(wish)->status, 401);
}

TEST_F(AccountsTest, RestsAreShownUntilTheyAreOverOrSomebodyEndsThem) {
  attempt(one_, limited());
  attempt(two_, refused());
  auto rests = accounts_.rests();
  ASSERT_EQ(rests.size(), 2U);
  std::ranges::sort(rests, {}, &Accounts::RestShown::connection);
  EXPECT_EQ(rests[0].model, "m");
  EXPECT_EQ(rests[0].until, clock_.wall() + second);
  EXPECT_EQ(rests[0].message, "slow down");
  EXPECT_EQ(rests[1].model, "");
  EXPECT_EQ(rests[1].status, 401);
  clock_.advance(second);
  EXPECT_EQ(accounts_.rests().size(), 1U);
  EXPECT_EQ(accounts_.wake("two", ""), 1U);
  EXPECT_TRUE(accounts_.rests().empty());
  EXPECT_EQ(borrowed("m", {"one"}), "two");
}

}  // namespace
}  // namespace omni::account
