#include "route/strategy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>
#include <string>

namespace omni::route {
namespace {

class StrategyTest : public testing::Test {
 protected:
  /// "2 0 1"
  std::string order(std::string_view strategy) {
    std::string text;
    const Choosing choosing{.steps = steps_,
                            .deck = deck_,
                            .turn = turn_,
                            .concurrency = 3,
                            .weights = weights_,
                            .random = random_};
    for (const std::uint32_t place : strategy_named(strategy).order(choosing)) {
      text += (text.empty() ? "" : " ") + std::to_string(place);
    }
    return text;
  }

  std::vector<Standing> steps_{3};
  std::vector<std::uint32_t> deck_{2, 0, 1};
  std::uint64_t turn_ = 0;
  Weights weights_;
  SeededRandom random_{1};
};

TEST_F(StrategyTest, OfPriorityAndFillFirstIsTheOrderOfTheList) {
  steps_[0].health = 0;
  EXPECT_EQ(order("priority"), "0 1 2");
  EXPECT_EQ(order("fill-first"), "0 1 2");
}

TEST_F(StrategyTest, OfWeightDrawsNoneWithoutAnyAndLetsTheHeaviestFollow) {
  steps_[0].weight = 0;
  steps_[1].weight = 1;
  steps_[2].weight = 5;
  std::set<std::string> seen;
  for (int i = 0; i < 200; ++i) seen.insert(order("weighted"));
  EXPECT_EQ(seen, (std::set<std::string>{"2 1 0", "1 2 0"}));
}

TEST_F(StrategyTest, OfWeightDrawsAnyWhereNoneHasOne) {
  std::set<std::string> seen;
  for (int i = 0; i < 200; ++i) seen.insert(order("weighted"));
  EXPECT_EQ(seen, (std::set<std::string>{"0 1 2", "1 0 2", "2 0 1"}));
}

TEST_F(StrategyTest, OfTheRoundGivesEachItsTurnAndPrefersWhoIsNotBusy) {
  EXPECT_EQ(order("round-robin"), "0 1 2");
  turn_ = 4;
  EXPECT_EQ(order("round-robin"), "1 2 0");
  steps_[1].in_flight = 3;
  EXPECT_EQ(order("round-robin"), "2 0 1");
  for (Standing& step : steps_) step.in_flight = 3;
  EXPECT_EQ(order("round-robin"), "1 2 0") << "where all are busy nobody waits";
}

TEST_F(StrategyTest, OfUseAsksFirstWhomItHasAskedLeast) {
  steps_[0].requests = 2;
  steps_[1].requests = 1;
  steps_[2].requests = 1;
  EXPECT_EQ(order("least-used"), "1 2 0");
  EXPECT_EQ(order("usage"), "1 2 0");
}

TEST_F(StrategyTest, OfCostAsksTheCheapestFirstAndLastWhosePriceNobodyKnows) {
  steps_[1].price = 5;
  steps_[2].price = 0;
  EXPECT_EQ(order("cost-optimized"), "2 1 0");
}

TEST_F(StrategyTest, OfContextAsksTheLargestWindowFirst) {
  steps_[1].context_tokens = 8000;
  steps_[2].context_tokens = 200'000;
  EXPECT_EQ(order("context-optimized"), "2 1 0");
  EXPECT_EQ(order("context"), "2 1 0");
}

TEST_F(StrategyTest, OfTheLastKnownGoodAsksHimFirstAndElseKeepsTheList) {
  EXPECT_EQ(order("lkgp"), "0 1 2");
  steps_[1].last_good = true;
  EXPECT_EQ(order("lkgp"), "1 0 2");
}

TEST_F(StrategyTest, OfTwoNeverAsksTheWorstFirst) {
  steps_[1].health = 0.2;
  std::set<char> first;
  for (int i = 0; i < 200; ++i) first.insert(order("p2c").front());
  EXPECT_EQ(first, (std::set<char>{'0', '2'}));
  steps_[1] = {};
  steps_[1].in_flight = 1;
  first.clear();
  for (int i = 0; i < 200; ++i) first.insert(order("p2c").front());
  EXPECT_EQ(first, (std::set<char>{'0', '2'}));
}

TEST_F(StrategyTest, OfTheDeckDealsItsCardsInTheirOrder) {
  EXPECT_EQ(order("strict-random"), "2 0 1");
  turn_ = 1;
  EXPECT_EQ(order("strict-random"), "0 1 2");
  turn_ = 2;
  EXPECT_EQ(order("strict-random"), "1 2 0");
}

TEST_F(StrategyTest, OfAllQualitiesPrefersEachOfThem) {
  const auto first_where = [&](const std::function<void(Standing&)>& better) {
    steps_ = {
        3, Standing{
               .price = 10, .ability = 0.3, .health = 0.5, .latency_ms = 100, .deviation_ms = 400}};
    better(steps_[2]);
    return order("auto").front();
  };
  EXPECT_EQ(first_where([](Standing&) {}), '0') << "of equals the earlier one";
  EXPECT_EQ(first_where([](Standing& s) { s.price = 1; }), '2');
  EXPECT_EQ(first_where([](Standing& s) { s.health = 1; }), '2');
  EXPECT_EQ(first_where([](Standing& s) { s.latency_ms = 10; }), '2');
  EXPECT_EQ(first_where([](Standing& s) { s.ability = 1; }), '2');
  EXPECT_EQ(first_where([](Standing& s) { s.deviation_ms = 0; }), '2');
  steps_ = {2, Standing{}};
  steps_[0].in_flight = 5;
  EXPECT_EQ(order("auto"), "1 0");
}

TEST_F(StrategyTest, OfAllQualitiesCountsNoneOfAnswersThatNeverCome) {
  steps_ = {Standing{.price = 1, .ability = 1, .health = 0},
            Standing{.price = 100, .ability = 1, .latency_ms = 900, .deviation_ms = 900}};
  EXPECT_EQ(order("auto"), "1 0") << "it is cheap, early in the list, and refuses everything";
  steps_[0].latency_ms = 10;
  EXPECT_EQ(order("auto"), "1 0") << "once it did answer, and fast";
}

TEST_F(StrategyTest, OfAllQualitiesGivesOthersAChanceAsOftenAsIsSet) {
  weights_.exploration = 0.5;
  steps_[1].health = steps_[2].health = 0;
  int others = 0;
  for (int i = 0; i < 3000; ++i) others += order("auto").front() != '0' ? 1 : 0;
  EXPECT_NEAR(others, 1000, 100);
}

TEST_F(StrategyTest, OfEveryNameTriesEachStepOnceAndCopesWithOneAndNone) {
  for (const std::size_t count : {0U, 1U, 2U, 3U}) {
    steps_ = std::vector<Standing>(count);
    deck_.resize(count);
    for (std::size_t i = 0; i < count; ++i) deck_[i] = static_cast<std::uint32_t>(i);
    for (const Strategy& strategy : strategies()) {
      std::string sorted = order(strategy.name);
      std::erase(sorted, ' ');
      std::ranges::sort(sorted);
      EXPECT_EQ(sorted, std::string("012").substr(0, count)) << strategy.name;
    }
  }
}

TEST(Strategies, OfUnknownNamesArePriorityAndEachHasASentence) {
  EXPECT_EQ(strategy_named("nonsense").name, "priority");
  for (const Strategy& strategy : strategies()) {
    EXPECT_TRUE(strategy.help.ends_with('.')) << strategy.name;
    EXPECT_EQ(&strategy_named(strategy.name), &strategy);
  }
}

}  // namespace
}  // namespace omni::route
