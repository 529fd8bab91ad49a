#include "chat/effort.h"

#include <gtest/gtest.h>

#include <array>
#include <string_view>
#include <utility>

namespace omni::chat {
namespace {

using Mode = Thinking::Mode;

TEST(Effort, StandsForABudget) {
  constexpr std::array<std::pair<std::string_view, std::int64_t>, 7> budgets{{{"none", 0},
                                                                              {"minimal", 0},
                                                                              {"low", 1024},
                                                                              {"medium", 10240},
                                                                              {"high", 131072},
                                                                              {"xhigh", 131072},
                                                                              {"max", 131072}}};
  for (const auto& [effort, budget] : budgets) EXPECT_EQ(budget_of(effort), budget) << effort;
  EXPECT_EQ(budget_of("enormous"), std::nullopt);
  EXPECT_EQ(budget_of(""), std::nullopt);
}

TEST(Effort, ABudgetStandsForAnEffort) {
  constexpr std::array<std::pair<std::int64_t, std::string_view>, 12> efforts{
      {{-1, "medium"},
       {-5, "medium"},
       {0, "none"},
       {1, "low"},
       {1024, "low"},
       {1025, "medium"},
       {10240, "medium"},
       {10241, "high"},
       {131071, "high"},
       {131072, "xhigh"},
       {131073, "xhigh"},
       {INT64_MAX, "xhigh"}}};
  for (const auto& [budget, effort] : efforts) EXPECT_EQ(effort_of(budget), effort) << budget;
}

TEST(Effort, NothingIsAskedForByWhatIsUnset) {
  EXPECT_EQ(effort_of(Thinking{}), "");
  EXPECT_EQ(budget_of(Thinking{}), std::nullopt);
}

TEST(Effort, OffIsOffWhateverElseIsSaid) {
  const Thinking off{.mode = Mode::off, .effort = "high", .budget_tokens = 5000};
  EXPECT_EQ(effort_of(off), "none");
  EXPECT_EQ(budget_of(off), 0);
}

TEST(Effort, IsTakenAsItWasSaidBeforeItIsConverted) {
  const Thinking both{.mode = Mode::on, .effort = "high", .budget_tokens = 500};
  EXPECT_EQ(effort_of(both), "high");
  EXPECT_EQ(budget_of(both), 500);
  EXPECT_EQ(effort_of(Thinking{.budget_tokens = 500}), "low");
  EXPECT_EQ(budget_of(Thinking{.effort = "low"}), 1024);
}

TEST(Effort, AWordThatWeDoNotKnowStaysAndIsLeftToTheModel) {
  const Thinking odd{.mode = Mode::on, .effort = "enormous"};
  EXPECT_EQ(effort_of(odd), "enormous");
  EXPECT_EQ(budget_of(odd), -1);
}

TEST(Effort, OnAndAdaptiveWithoutAnAmountAreLeftToTheModel) {
  EXPECT_EQ(effort_of(Thinking{.mode = Mode::on}), "medium");
  EXPECT_EQ(budget_of(Thinking{.mode = Mode::on}), -1);
  EXPECT_EQ(effort_of(Thinking{.mode = Mode::adaptive}), "");
  EXPECT_EQ(budget_of(Thinking{.mode = Mode::adaptive}), -1);
  EXPECT_EQ(effort_of(Thinking{.mode = Mode::on, .budget_tokens = -1}), "");
}

}  // namespace
}  // namespace omni::chat
