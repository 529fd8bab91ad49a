#include "store/budgets.h"

#include <gtest/gtest.h>

#include "store/test_config.h"

namespace omni::store {
namespace {

Budget full_budget() {
  return {.scope = Budget::of_key("k"),
          .limits_nano = {1, 2, 3},
          .warning_threshold = 0.25,
          .interval = Budget::Interval::weekly,
          .reset_minutes = 90};
}

Budget only_one(const TestConfig& config) {
  const std::vector<Budget> all = *load_budgets(*config.session);
  EXPECT_EQ(all.size(), 1U);
  return all.at(0);
}

TEST(Budgets, AreKeptWhole) {
  const TestConfig config;
  ASSERT_TRUE(put_budget(*config.session, full_budget()));
  const Budget kept = only_one(config);
  const Budget said = full_budget();
  EXPECT_EQ(kept.scope, said.scope);
  EXPECT_EQ(kept.limits_nano, said.limits_nano);
  EXPECT_EQ(kept.warning_threshold, said.warning_threshold);
  EXPECT_EQ(kept.interval, said.interval);
  EXPECT_EQ(kept.reset_minutes, said.reset_minutes);
  EXPECT_FALSE(kept.warned_at || kept.warned_period);
}

TEST(Budgets, OfOneScopeReplaceEachOtherAndRememberTheirWarning) {
  const TestConfig config;
  Budget budget = full_budget();
  ASSERT_TRUE(put_budget(*config.session, budget));
  EXPECT_TRUE(*note_budget_warning(*config.session, budget.scope, from_millis(9), from_millis(5)));
  budget.limits_nano[1].reset();
  ASSERT_TRUE(put_budget(*config.session, budget));
  const Budget kept = only_one(config);
  EXPECT_EQ(kept.limits_nano, budget.limits_nano);
  EXPECT_EQ(kept.warned_at, from_millis(9));
  EXPECT_EQ(kept.warned_period, from_millis(5));
  EXPECT_TRUE(delete_budget(*config.session, budget.scope));
  EXPECT_EQ(delete_budget(*config.session, budget.scope).error().kind(), Error::Kind::not_found);
}

TEST(Budgets, AreWarnedOfOnceInAPeriod) {
  const TestConfig config;
  const std::string scope = full_budget().scope;
  ASSERT_TRUE(put_budget(*config.session, full_budget()));
  const auto noted = [&](std::int64_t when, std::int64_t period) {
    return *note_budget_warning(*config.session, scope, from_millis(when), from_millis(period));
  };
  EXPECT_TRUE(noted(6, 5));
  EXPECT_FALSE(noted(7, 5));
  EXPECT_TRUE(noted(11, 10));
  EXPECT_FALSE(*note_budget_warning(*config.session, "all", from_millis(1), from_millis(1)));
}

TEST(Budgets, HoldTheLimitOfTheirIntervalOrElseTheFirstOne) {
  Budget budget = full_budget();
  EXPECT_EQ(budget.limit_nano(), 2);
  budget.limits_nano[1].reset();
  EXPECT_EQ(budget.active(), Budget::Interval::daily);
  budget.limits_nano[0].reset();
  EXPECT_EQ(budget.active(), Budget::Interval::monthly);
  EXPECT_EQ(budget.limit_nano(), 3);
  budget.limits_nano[2].reset();
  EXPECT_EQ(budget.active(), Budget::Interval::weekly);
  EXPECT_FALSE(budget.limit_nano());
}

}  // namespace
}  // namespace omni::store
