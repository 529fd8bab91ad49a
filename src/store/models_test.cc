#include "store/models.h"

#include <gtest/gtest.h>

#include "store/test_config.h"

namespace omni::store {
namespace {

class ModelsTest : public testing::Test {
 protected:
  TestConfig config_;
  sql::Session& session_ = *config_.session;
};

TEST_F(ModelsTest, OfAUserComeBackAsTheyWerePutAndGo) {
  EXPECT_TRUE(put_custom_model(session_, {.provider = "p", .id = "m", .name = "first"}));
  EXPECT_TRUE(put_custom_model(session_, {"p", "m", "M", "imported", "responses", {"chat", "x"}}));
  EXPECT_TRUE(put_custom_model(session_, {.provider = "p", .id = "n"}));
  EXPECT_TRUE(put_custom_model(session_, {.provider = "q", .id = "m"}));
  const auto all = load_custom_models(session_);
  ASSERT_EQ(all->size(), 3U);
  const CustomModel& first = all->front();
  EXPECT_EQ(first.provider + first.id + first.name + first.source + first.api_format,
            "pmMimportedresponses");
  EXPECT_EQ(first.endpoints, (std::vector<std::string>{"chat", "x"}));
  EXPECT_TRUE(*delete_custom_model(session_, "p", "n"));
  EXPECT_FALSE(*delete_custom_model(session_, "p", "n"));
  EXPECT_TRUE(delete_custom_models(session_, "p"));
  EXPECT_EQ(config_.select("SELECT provider FROM custom_models"), "q");
}

TEST_F(ModelsTest, KeepTheirSwitches) {
  EXPECT_TRUE(put_model_switches(session_, {.provider = "p", .model = "m"}));
  EXPECT_TRUE(put_model_switches(
      session_, {"p", "m", true, json::Raw::trusted(R"({"normalizeToolCallId":true})")}));
  const auto all = load_model_switches(session_);
  ASSERT_EQ(all->size(), 1U);
  EXPECT_EQ(all->front().provider + all->front().model, "pm");
  EXPECT_TRUE(all->front().hidden);
  EXPECT_EQ(all->front().settings.text(), R"({"normalizeToolCallId":true})");
}

TEST_F(ModelsTest, HaveOneTargetForAnAlias) {
  EXPECT_TRUE(put_model_alias(session_, {"fast", "p/m"}));
  EXPECT_TRUE(put_model_alias(session_, {"fast", "p/n"}));
  const auto all = load_model_aliases(session_);
  ASSERT_EQ(all->size(), 1U);
  EXPECT_EQ(all->front().name + " " + all->front().target, "fast p/n");
  EXPECT_TRUE(*delete_model_alias(session_, "fast"));
  EXPECT_FALSE(*delete_model_alias(session_, "fast"));
}

TEST_F(ModelsTest, LoseThePricesOfAProviderOfAModelOrOfOneModelOfOne) {
  const auto left_after = [this](std::string_view provider, std::string_view model) {
    for (const std::string p : {"p", "q"}) {
      for (const std::string m : {"m", "n"}) {
        EXPECT_TRUE(put_user_price(session_, {p, m, json::Raw::trusted(R"({"input":1})")}));
      }
    }
    EXPECT_TRUE(delete_user_prices(session_, provider, model));
    return config_.select("SELECT provider || model FROM user_prices ORDER BY 1");
  };
  EXPECT_EQ(left_after("p", "m"), "pn qm qn");
  EXPECT_EQ(left_after("p", ""), "qm qn");
  EXPECT_EQ(left_after("", "m"), "pn qn");
  EXPECT_TRUE(put_user_price(session_, {"p", "n", json::Raw::trusted(R"({"input":2})")}));
  EXPECT_EQ(load_user_prices(session_)->front().price.text(), R"({"input":2})");
}

}  // namespace
}  // namespace omni::store
