#include "route/policies.h"

#include <gtest/gtest.h>

namespace omni::route {
namespace {

using store::Policy;

class PoliciesTest : public testing::Test {
 protected:
  PoliciesTest() {
    for (const char* const id : {"a", "b", "c"}) {
      catalog::Provider& provider = providers.emplace_back();
      provider.id = id;
      provider.aliases = {std::string("alias-") + id};
    }
    for (const catalog::Provider& provider : providers) {
      for (const char* const model : {"big", "small"}) {
        PlannedTarget& target = plan.targets.emplace_back();
        target.provider = &provider;
        target.model_id = model;
      }
    }
  }

  /// The targets that are left, "a/big a/small …".
  std::string left(std::vector<Policy> policies, const Asker& asker = {.model = "some"}) {
    made = plan;
    const Status done = apply_policies(policies, asker, made);
    if (!done) return done.error().message();
    std::string text;
    for (const catalog::Target& target : made.targets) {
      text += (text.empty() ? "" : " ") + target.provider->id + "/" + target.model_id;
    }
    return text;
  }

  std::vector<catalog::Provider> providers;
  Plan plan, made;
  static constexpr const char* all = "a/big a/small b/big b/small c/big c/small";
};

TEST_F(PoliciesTest, BlockProvidersAndModels) {
  EXPECT_EQ(left({}), all);
  EXPECT_EQ(left({{.name = "x", .blocked_providers = {"A", "alias-c"}}}), "b/big b/small");
  EXPECT_EQ(left({{.name = "x", .blocked_models = {"big", "c/s*"}}}), "a/small b/small");
  ASSERT_FALSE(made.reasons.empty());
  EXPECT_EQ(made.reasons[0], "the policy \"x\" blocks a/big");
  EXPECT_EQ(left({{.name = "x", .blocked_models = {"*"}}}),
            "A policy of this gateway does not allow the model some");
}

TEST_F(PoliciesTest, AreOnlyForWhatTheyConcern) {
  const store::Texts everything{"*"};
  EXPECT_EQ(left({{.enabled = false, .blocked_models = everything}}), all);
  EXPECT_EQ(left({{.key_id = "k", .blocked_models = everything}}), all);
  EXPECT_EQ(left({{.key_id = "k", .provider = "a", .blocked_models = everything}},
                 {.model = "some", .key_id = "k"}),
            "b/big b/small c/big c/small");
  EXPECT_EQ(left({{.model_pattern = "other*", .blocked_models = everything}}), all);
  EXPECT_EQ(left({{.model_pattern = "so*", .provider = "alias-b", .blocked_models = everything}}),
            "a/big a/small c/big c/small");
  EXPECT_EQ(left({{.model_pattern = "alias-c/*", .blocked_models = everything}}),
            "a/big a/small b/big b/small");
}

TEST_F(PoliciesTest, PutPreferredProvidersFirstAndTheFirstPolicyDecides) {
  EXPECT_EQ(left({{.name = "x", .preferred_providers = {"c", "b"}}}),
            "c/big c/small b/big b/small a/big a/small");
  EXPECT_EQ(made.reasons, std::vector<std::string>{"the policy \"x\" prefers c"});
  EXPECT_EQ(left({{.preferred_providers = {"b"}}, {.preferred_providers = {"c"}}}),
            "b/big b/small c/big c/small a/big a/small");
  EXPECT_EQ(left({{.model_pattern = "small", .preferred_providers = {"c"}}}),
            "c/small a/big a/small b/big b/small c/big");
  EXPECT_EQ(left({{.preferred_providers = {"a", "b", "c"}}}), all);
  EXPECT_TRUE(made.reasons.empty()) << "nothing has changed";
}

TEST_F(PoliciesTest, BoundAnswersByTheTighterOfTheirBounds) {
  left({{.name = "x", .output_tokens_max = 100, .cost_nano_max = 7},
        {.provider = "b", .output_tokens_max = 50, .cost_nano_max = 9}});
  EXPECT_EQ(made.targets[0].output_tokens_max, 100);
  EXPECT_EQ(made.targets[2].output_tokens_max, 50);
  EXPECT_EQ(made.targets[2].cost_nano_max, 7);
  EXPECT_EQ(made.reasons[0], "the policy \"x\" bounds the answer");
  left({{.provider = "b", .output_tokens_max = 50}});
  EXPECT_FALSE(made.targets[0].output_tokens_max);
}

}  // namespace
}  // namespace omni::route
