#include "account/choice.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

namespace omni::account {
namespace {

class ChoiceTest : public ::testing::Test {
 protected:
  explicit ChoiceTest(std::size_t count = 4) : uses_(count) {
    for (Use& use : uses_) all_.push_back(&use);
  }
  std::size_t next(const Picking& picking) {
    const std::size_t place = choose(picking, all_, random_);
    note_use(all_, place, ++number_);
    return place;
  }
  /// "00112": who is used, request after request.
  std::string row(const Picking& picking, int count) {
    std::string places;
    for (int i = 0; i < count; ++i) places += std::to_string(next(picking));
    return places;
  }
  std::map<std::size_t, int> counts(const Picking& picking, int count) {
    std::map<std::size_t, int> counted;
    for (int i = 0; i < count; ++i) ++counted[next(picking)];
    return counted;
  }

  std::vector<Use> uses_;
  std::vector<Use*> all_;
  SeededRandom random_{7};
  std::uint64_t number_ = 0;
};

TEST_F(ChoiceTest, FillFirstStaysWithTheMostWanted) {
  EXPECT_EQ(row({.strategy = Strategy::fill_first}, 5), "00000");
}

TEST_F(ChoiceTest, RoundRobinStaysForSomeRequestsAndThenMovesOn) {
  EXPECT_EQ(row({.strategy = Strategy::round_robin}, 14), "00011122233300");
}

TEST_F(ChoiceTest, RoundRobinWithoutStickinessGoesRound) {
  for (const std::int64_t in_a_row : {0, 1}) {
    *this->all_[0] = *this->all_[1] = *this->all_[2] = *this->all_[3] = {};
    EXPECT_EQ(row({.strategy = Strategy::round_robin, .in_a_row_max = in_a_row}, 8), "01230123");
  }
}

TEST_F(ChoiceTest, LeastUsedIsWhoseLastUseIsLongestAgo) {
  EXPECT_EQ(row({.strategy = Strategy::least_used}, 4), "0123");
  note_use(all_, 0, ++number_);
  EXPECT_EQ(row({.strategy = Strategy::least_used}, 4), "1230");
}

TEST_F(ChoiceTest, RandomIsEven) {
  for (const auto& [place, count] : counts({.strategy = Strategy::random}, 40'000)) {
    EXPECT_NEAR(count, 10'000, 400) << place;
  }
}

TEST_F(ChoiceTest, StrictRandomDealsEachOnceBeforeOneComesAgain) {
  std::set<std::string> orders;
  for (int deck = 0; deck < 200; ++deck) {
    const std::string order = row({.strategy = Strategy::strict_random}, 4);
    EXPECT_EQ(std::set<char>(order.begin(), order.end()).size(), 4U) << order;
    orders.insert(order);
  }
  EXPECT_EQ(orders.size(), 24U) << "in every order";
}

TEST_F(ChoiceTest, P2cPrefersTheHealthierOfTwo) {
  uses_[0].failures_in_row = 3;
  const auto counted = counts({.strategy = Strategy::p2c}, 10'000);
  EXPECT_FALSE(counted.contains(0)) << "of two one is always healthier";
  EXPECT_NEAR(counted.at(1), 3333, 250);
}

TEST_F(ChoiceTest, P2cPrefersOfTwoThatAreAsHealthyTheLessBusy) {
  uses_[2].running = 5;
  EXPECT_FALSE(counts({.strategy = Strategy::p2c}, 1000).contains(2));
}

TEST_F(ChoiceTest, OfOneAloneEveryStrategyPicksThat) {
  all_.resize(1);
  for (const Strategy strategy :
       {Strategy::fill_first, Strategy::round_robin, Strategy::p2c, Strategy::random,
        Strategy::least_used, Strategy::strict_random}) {
    EXPECT_EQ(row({.strategy = strategy}, 3), "000");
  }
}

}  // namespace
}  // namespace omni::account
