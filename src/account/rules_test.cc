#include "account/rules.h"

#include <gtest/gtest.h>

namespace omni::account {
namespace {

TEST(Rules, WithoutSettingsTheMostWantedAccountIsFilledFirstAndNobodyIsLimited) {
  const Rules rules = rules_of({});
  EXPECT_EQ(rules.picking.strategy, Strategy::fill_first);
  const Limits limits = rules.limits_of({.id = "c"});
  EXPECT_EQ(limits.per_minute, 0);
  EXPECT_EQ(limits.gap, Millis{0});
  EXPECT_EQ(limits.at_once, 0);
}

TEST(Rules, NamesThatMeanNothingToAccountsFillTheFirst) {
  for (const char* name : {"priority", "cost-optimized", "fill-first", "odd"}) {
    EXPECT_EQ(strategy_named(name), Strategy::fill_first) << name;
  }
  EXPECT_EQ(strategy_named("round-robin"), Strategy::round_robin);
  EXPECT_EQ(strategy_named("p2c"), Strategy::p2c);
  EXPECT_EQ(strategy_named("weighted"), Strategy::random);
  EXPECT_EQ(strategy_named("least-used"), Strategy::least_used);
  EXPECT_EQ(strategy_named("strict-random"), Strategy::strict_random);
}

TEST(Rules, AProviderMayBeAnException) {
  store::Settings settings;
  settings.fallback_strategy = "round-robin";
  settings.sticky_round_robin_limit = 5;
  settings.provider_strategies = json::Raw::trusted(
      R"([{"provider":"a","fallbackStrategy":"p2c"},{"provider":"b","stickyRoundRobinLimit":1}])");
  const Rules rules = rules_of(settings);
  EXPECT_EQ(rules.picking_for("a").strategy, Strategy::p2c);
  EXPECT_EQ(rules.picking_for("b").strategy, Strategy::round_robin);
  EXPECT_EQ(rules.picking_for("b").in_a_row_max, 1);
  EXPECT_EQ(rules.picking_for("c").strategy, Strategy::round_robin);
  EXPECT_EQ(rules.picking_for("c").in_a_row_max, 5);
}

TEST(Rules, AnAccountIsLimitedIfItsOwnerWantsItOrAllOfItsKindAre) {
  store::Settings settings;
  settings.queue_per_minute = 7;
  store::Connection connection{.id = "c", .rate_limit_protection = true};
  EXPECT_EQ(rules_of(settings).limits_of(connection).per_minute, 7);
  connection.rate_limit_protection = false;
  settings.queue_all_keys = true;
  EXPECT_EQ(rules_of(settings).limits_of(connection).per_minute, 7);
  connection.auth_type = "oauth";
  EXPECT_EQ(rules_of(settings).limits_of(connection).per_minute, 0);
  connection.concurrent_max = 2;
  EXPECT_EQ(rules_of(settings).limits_of(connection).at_once, 2);
}

TEST(Rules, EachKindOfProviderHasItsProfile) {
  using Category = catalog::Provider::Category;
  store::Settings settings;
  settings.oauth_breaker_failures = 1;
  settings.key_breaker_failures = 2;
  settings.local_breaker_failures = 3;
  const Rules rules = rules_of(settings);
  catalog::Provider provider;
  const auto failures_max = [&](Category category) {
    provider.category = category;
    return rules.profile_of(provider).failures_max;
  };
  EXPECT_EQ(failures_max(Category::oauth), 1);
  EXPECT_EQ(failures_max(Category::api_key), 2);
  EXPECT_EQ(failures_max(Category::node), 2);
  EXPECT_EQ(failures_max(Category::local), 3);
}

}  // namespace
}  // namespace omni::account
