#include "route/combo.h"

#include "route/test_directory.h"

namespace omni::route {
namespace {

class ComboTest : public testing::DirectoryTest {
 protected:
  ComboTest() {
    connect("acme");
    connect("bolt");
  }
  const Combo& made(const std::string& data) {
    combo("c", data);
    return *directory().find_combo("c");
  }
};

store::Combo some(const std::string& name, std::vector<std::string> names) {
  store::Combo combo{.id = name, .name = name};
  for (std::string& each : names) combo.steps.push_back({.combo = std::move(each)});
  return combo;
}

TEST_F(ComboTest, UnderstandsItsModelsOnce) {
  const Combo& combo = made(R"({"models":["ac/acme-1", "acme-pro-1",
      {"kind":"model","model":"both-1","providerId":"bolt","connectionId":"c-bolt","weight":3},
      "nobody/x", {"kind":"combo-ref","comboName":"nowhere"}]})");
  ASSERT_EQ(combo.steps.size(), 5U);
  EXPECT_EQ(combo.steps[0].target->provider->id + "/" + combo.steps[0].target->model_id,
            "acme/acme-1");
  EXPECT_EQ(combo.steps[1].target->provider->id, "bolt");
  EXPECT_EQ(combo.steps[2].target->provider->id + " " + combo.steps[2].target->connection,
            "bolt c-bolt");
  EXPECT_EQ(combo.standings[2].weight, 3);
  EXPECT_EQ(combo.standings[0].price, 1'000'000);
  EXPECT_FALSE(combo.standings[1].price);
  EXPECT_NE(combo.steps[3].obstacle.find("Unknown provider: nobody"), std::string::npos);
  EXPECT_EQ(combo.steps[4].obstacle, "There is no combo nowhere");
}

TEST_F(ComboTest, TakesWhatItDoesNotSayFromTheSettings) {
  change_settings([](store::Settings& settings) {
    settings.combo_strategy = "random";
    settings.combo_max_retries = 4;
    settings.combo_retry_delay_ms = 7;
    settings.combo_concurrency_per_model = 9;
    settings.combo_timeout_ms = 11;
    settings.combo_provider_overrides =
        json::Raw::trusted(R"({"bolt":{"maxRetries":5,"timeoutMs":12}})");
  });
  combo("own", R"({"models":["ac/acme-1"],"strategy":"p2c",
                   "config":{"maxRetries":0,"retryDelayMs":1,"concurrencyPerModel":2,
                             "trackMetrics":false,"weights":{"costInv":1}}})");
  const Combo& usual = made(R"({"models":["ac/acme-1","bo/both-1"]})");
  const Combo& own = *directory().find_combo("own");
  EXPECT_EQ(own.strategy->name, "p2c");
  EXPECT_EQ(own.steps[0].patience.retries, 0);
  EXPECT_EQ(own.steps[0].patience.retry_delay, Millis{1});
  EXPECT_EQ(own.concurrency, 2U);
  EXPECT_FALSE(own.track_metrics);
  EXPECT_EQ(own.weights.cost, 1);
  (void)usual;
  const Combo& now = *directory().find_combo("c");
  EXPECT_EQ(now.strategy->name, "random");
  EXPECT_EQ(now.steps[0].patience.retries, 4);
  EXPECT_EQ(now.steps[1].patience.retries, 5);
  EXPECT_EQ(now.steps[1].patience.retry_delay, Millis{7});
  EXPECT_EQ(now.steps[0].patience.first_word_max, Millis{11});
  EXPECT_EQ(now.steps[1].patience.first_word_max, Millis{12});
  EXPECT_EQ(now.concurrency, 9U);
}

TEST_F(ComboTest, BearsWithAStepAsLongAsTheStepItselfSays) {
  const Combo& combo = made(R"({"models":[{"model":"ac/acme-1","timeoutMs":3},"bo/both-1"],
                                "config":{"timeoutMs":4}})");
  EXPECT_EQ(combo.steps[0].patience.first_word_max, Millis{3});
  EXPECT_EQ(combo.steps[1].patience.first_word_max, Millis{4});
}

TEST_F(ComboTest, HedgesAfterWhatATargetUsuallyTakesAndNoSooner) {
  combo("c", R"({"models":["ac/acme-1"],"config":{"hedge":{"percent":10,"minMs":20}}})");
  const Combo* combo = directory().find_combo("c");
  PlannedTarget target;
  target.places[0] = {.combo = combo, .step = 0};
  target.depth = 1;
  EXPECT_FALSE(hedge_delay(*combo, target)) << "nobody knows it yet";
  const auto answer_in = [&](Millis first_word) {
    for (int i = 0; i < 64; ++i) Visit(target).end(Ending::good, Millis{900}, first_word);
  };
  answer_in(Millis{30});
  EXPECT_EQ(hedge_delay(*combo, target), Millis{30});
  answer_in(Millis{5});
  EXPECT_EQ(hedge_delay(*combo, target), Millis{20});
}

TEST(ComboState, LetsAShareOfRequestsBeHedgedAndSavesLittleUp) {
  ComboState state;
  int hedged = 0;
  for (int i = 0; i < 100; ++i) {
    state.earn_hedge(10);
    if (state.spend_hedge()) ++hedged;
  }
  EXPECT_EQ(hedged, 10);
  for (int i = 0; i < 1000; ++i) state.earn_hedge(10);
  for (hedged = 0; state.spend_hedge();) ++hedged;
  EXPECT_EQ(hedged, 10);
}

TEST_F(ComboTest, UsesOnlyProvidersThatItMay) {
  const Combo& combo = made(R"({"models":["ac/acme-1","bo/both-1"],"allowedProviders":["bolt"]})");
  EXPECT_EQ(combo.steps[0].obstacle, "The combo c may not use the provider acme");
  EXPECT_TRUE(combo.steps[1].target);
}

TEST_F(ComboTest, CanWhatAllOfItsModelsCan) {
  combo("in", R"({"models":["ac/acme-1"]})");
  EXPECT_TRUE(made(R"({"models":["in"]})").model.thinking);
  combo("two", R"({"models":["in","bo/both-1"],"context_length":5000})");
  const Directory& now = directory();
  EXPECT_FALSE(now.find_combo("two")->model.thinking);
  EXPECT_EQ(now.find_combo("two")->model.context_tokens, 5000);
  EXPECT_EQ(now.find_combo("two")->standings[0].price, 1'000'000) << "of the combo in it";
}

TEST_F(ComboTest, RemembersAcrossChangesWhatItsStepsHaveDone) {
  combo("c", R"({"models":["ac/acme-1","bo/both-1"]})");
  const Combo* before = directory().find_combo("c");
  before->state->begin(*before->tallies[0]);
  before->state->end(*before->tallies[0], Ending::good, Millis{20});
  alias("x", "y");
  const Combo* after = directory().find_combo("c");
  EXPECT_EQ(after->tallies[0]->successes, 1U);
  EXPECT_EQ(after->tallies[0]->answering, Millis{20});
  EXPECT_TRUE(store::delete_combo(session(), "id-c"));
  combo("c", R"({"models":["ac/acme-1"]})");
  EXPECT_EQ(directory().find_combo("c")->tallies[0]->successes, 1U) << "the same id and step";
}

TEST(ComboNesting, GoesThreeDeepAndNotInCircles) {
  const auto why = [](std::vector<store::Combo> combos) {
    const Status fits = check_nesting(combos);
    return fits ? std::string("fits") : fits.error().message();
  };
  EXPECT_EQ(why({some("a", {"b", "c"}), some("b", {"c"}), some("c", {})}), "fits");
  EXPECT_EQ(why({some("a", {"a"})}), "Combos lead in a circle: a");
  EXPECT_EQ(why({some("a", {"b"}), some("b", {"a"})}), "Combos lead in a circle: a > b");
  EXPECT_EQ(why({some("a", {"b"}), some("b", {"c"}), some("c", {"d"}), some("d", {})}),
            "Combos stand too deep in each other: a > b > c > d");
  EXPECT_EQ(why({some("a", {"z"})}), "The combo a names the combo z, which is not there");
}

}  // namespace
}  // namespace omni::route
