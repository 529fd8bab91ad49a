#include "store/policies.h"

#include <gtest/gtest.h>

#include "store/test_config.h"

namespace omni::store {
namespace {

Policy full_policy() {
  return {.id = "p",
          .name = "No \"big\" ones",
          .type = "model",
          .enabled = false,
          .priority = 7,
          .model_pattern = "gpt-*",
          .key_id = "k",
          .provider = "acme",
          .preferred_providers = {"a", "b"},
          .blocked_providers = {"c"},
          .blocked_models = {"d/*"},
          .output_tokens_max = 1000,
          .cost_nano_max = 2,
          .created_at = from_millis(3),
          .updated_at = from_millis(4)};
}

TEST(Policies, AreKeptWhole) {
  const TestConfig config;
  ASSERT_TRUE(put_policy(*config.session, full_policy()));
  const std::vector<Policy> all = *load_policies(*config.session);
  ASSERT_EQ(all.size(), 1U);
  const Policy& kept = all[0];
  const Policy said = full_policy();
  EXPECT_EQ(kept.id + kept.name + kept.type, said.id + said.name + said.type);
  EXPECT_EQ(kept.enabled, said.enabled);
  EXPECT_EQ(kept.priority, said.priority);
  EXPECT_EQ(kept.model_pattern, said.model_pattern);
  EXPECT_EQ(kept.key_id, said.key_id);
  EXPECT_EQ(kept.provider, said.provider);
  EXPECT_EQ(kept.preferred_providers, said.preferred_providers);
  EXPECT_EQ(kept.blocked_providers, said.blocked_providers);
  EXPECT_EQ(kept.blocked_models, said.blocked_models);
  EXPECT_EQ(kept.output_tokens_max, said.output_tokens_max);
  EXPECT_EQ(kept.cost_nano_max, said.cost_nano_max);
  EXPECT_EQ(kept.created_at, said.created_at);
  EXPECT_EQ(kept.updated_at, said.updated_at);
}

TEST(Policies, OfTheSameIdReplaceEachOtherAndKeepTheTimeOfTheFirst) {
  const TestConfig config;
  Policy policy = full_policy();
  ASSERT_TRUE(put_policy(*config.session, policy));
  policy.name = "other";
  policy.output_tokens_max.reset();
  policy.created_at = policy.updated_at = from_millis(9);
  ASSERT_TRUE(put_policy(*config.session, policy));
  const std::vector<Policy> all = *load_policies(*config.session);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].name, "other");
  EXPECT_FALSE(all[0].output_tokens_max);
  EXPECT_EQ(all[0].created_at, from_millis(3));
  EXPECT_EQ(all[0].updated_at, from_millis(9));
  EXPECT_TRUE(delete_policy(*config.session, "p"));
  EXPECT_EQ(delete_policy(*config.session, "p").error().kind(), Error::Kind::not_found);
}

TEST(Policies, ComeInTheOrderOfTheirPriority) {
  const TestConfig config;
  for (const std::int64_t priority : {3, 1, 2}) {
    Policy policy = full_policy();
    policy.id = std::to_string(priority);
    policy.priority = priority;
    ASSERT_TRUE(put_policy(*config.session, policy));
  }
  std::string order;
  const std::vector<Policy> all = *load_policies(*config.session);
  for (const Policy& policy : all) order += policy.id;
  EXPECT_EQ(order, "123");
}

}  // namespace
}  // namespace omni::store
