#include "identity/model_rule.h"

#include <gtest/gtest.h>

#include <string>

namespace omni::identity {
namespace {

bool allows(std::string rule, std::string_view model) {
  store::ApiKey key;
  key.allowed_models = {std::move(rule)};
  return model_allowed(key, model, model);
}

TEST(ModelRule, AllowsEverythingWhereThereIsNone) {
  EXPECT_TRUE(model_allowed({}, "openai/gpt-4o", "openai/gpt-4o"));
}

TEST(ModelRule, IsAName) {
  EXPECT_TRUE(allows("openai/gpt-4o", "openai/gpt-4o"));
  for (const std::string_view other :
       {"openai/gpt-4o-mini", "openai/gpt-4", "gpt-4o", "OpenAI/gpt-4o", ""}) {
    EXPECT_FALSE(allows("openai/gpt-4o", other)) << other;
  }
}

TEST(ModelRule, IsAllOfAProvider) {
  EXPECT_TRUE(allows("openrouter/*", "openrouter/anthropic/claude"));
  EXPECT_FALSE(allows("openrouter/*", "openrouter"));
  EXPECT_FALSE(allows("openrouter/*", "my/openrouter/x"));
}

TEST(ModelRule, HasStarsAnywhere) {
  EXPECT_TRUE(allows("*", ""));
  EXPECT_TRUE(allows("*", "x"));
  EXPECT_TRUE(allows("*/gpt-*", "openai/gpt-4o"));
  EXPECT_TRUE(allows("openai/*-mini", "openai/gpt-4o-mini"));
  EXPECT_TRUE(allows("openai/*-mini", "openai/a-mini-b-mini"));
  EXPECT_FALSE(allows("openai/*-mini", "openai/gpt-4o-mini-2"));
  EXPECT_TRUE(allows("a*b*c", "axxbxxbxc"));
  EXPECT_FALSE(allows("a*b*c", "axxcxxb"));
  EXPECT_TRUE(allows("gpt**", "gpt"));
}

TEST(ModelRule, OfManyStarsIsQuick) {
  std::string rule;
  for (int i = 0; i < 60; ++i) rule.append("*a");
  EXPECT_FALSE(allows(rule + "b", std::string(200, 'a')));
}

TEST(ModelRule, AllowsTheNameThatWasAskedForOrWhatItMeans) {
  store::ApiKey key;
  key.allowed_models = {"fast", "openai/*"};
  EXPECT_TRUE(model_allowed(key, "fast", "groq/llama"));
  EXPECT_TRUE(model_allowed(key, "gpt-4o", "openai/gpt-4o"));
  EXPECT_FALSE(model_allowed(key, "slow", "groq/llama"));
}

}  // namespace
}  // namespace omni::identity
