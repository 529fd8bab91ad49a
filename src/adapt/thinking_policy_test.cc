#include "adapt/thinking_policy.h"

#include <gtest/gtest.h>

namespace omni::adapt {
namespace {

using Mode = ThinkingPolicy::Mode;
using Thinking = chat::Thinking;

chat::Request thinking_request() {
  chat::Request request;
  request.thinking.mode = Thinking::Mode::on;
  request.thinking.effort = "high";
  request.thinking.show_text = true;
  return request;
}

TEST(ThinkingPolicy, PassthroughLeavesWhatTheClientSaid) {
  chat::Request request = thinking_request();
  const ThinkingPolicy policy;
  EXPECT_TRUE(policy.idle());
  apply(policy, 0, request);
  EXPECT_EQ(request.thinking.effort, "high");
  EXPECT_FALSE(request.thinking.imposed);
}

TEST(ThinkingPolicy, AutomaticLeavesItToTheProvider) {
  chat::Request request = thinking_request();
  apply({.mode = Mode::automatic}, 0, request);
  EXPECT_EQ(request.thinking.mode, Thinking::Mode::unset);
  EXPECT_EQ(request.thinking.effort, "");
}

TEST(ThinkingPolicy, CustomForcesABudgetAndZeroIsOff) {
  chat::Request request = thinking_request();
  apply({.mode = Mode::custom, .custom_budget = 5000}, 0, request);
  EXPECT_EQ(request.thinking.mode, Thinking::Mode::on);
  EXPECT_EQ(request.thinking.budget_tokens, 5000);
  EXPECT_EQ(request.thinking.effort, "");
  EXPECT_EQ(request.thinking.show_text, true);
  EXPECT_TRUE(request.thinking.imposed) << "codecs fit the rest of the request to it";
  apply({.mode = Mode::custom, .custom_budget = 0}, 0, request);
  EXPECT_EQ(request.thinking.mode, Thinking::Mode::off);
}

TEST(ThinkingPolicy, AdaptiveGrowsWithTheRequest) {
  const ThinkingPolicy policy{.mode = Mode::adaptive, .custom_budget = 0, .effort_level = "medium"};
  chat::Request request;
  apply(policy, 0, request);
  EXPECT_EQ(request.thinking.budget_tokens, 10240);
  request.messages.resize(11);
  apply(policy, 0, request);
  EXPECT_EQ(request.thinking.budget_tokens, 15360);
  request.tools.resize(4);
  apply(policy, 0, request);
  EXPECT_EQ(request.thinking.budget_tokens, 20480);
  request.messages.back().role = chat::Role::user;
  request.messages.back().parts.push_back(
      {.body = chat::Text{std::string(2001, 'x')}, .seal = {}, .cache_control = {}, .extras = {}});
  apply(policy, 0, request);
  EXPECT_EQ(request.thinking.budget_tokens, 23552);
  apply(policy, 20000, request);
  EXPECT_EQ(request.thinking.budget_tokens, 20000);
}

TEST(ThinkingPolicy, TheHighestBudgetIsCapped) {
  chat::Request request;
  request.messages.resize(11);
  apply({.mode = Mode::adaptive, .custom_budget = 0, .effort_level = "high"}, 0, request);
  EXPECT_EQ(request.thinking.budget_tokens, thinking_budget_max);
}

TEST(ThinkingSuffix, SwitchesThinkingOnUnlessTheClientSaidOtherwise) {
  chat::Request request;
  std::string model = "opus-thinking";
  EXPECT_TRUE(take_thinking_suffix(model, request));
  EXPECT_EQ(model, "opus");
  EXPECT_EQ(request.thinking.budget_tokens, 10240);
  EXPECT_TRUE(request.thinking.imposed);
  EXPECT_FALSE(take_thinking_suffix(model, request));

  chat::Request off;
  off.thinking.mode = Thinking::Mode::off;
  model = "opus-thinking";
  EXPECT_TRUE(take_thinking_suffix(model, off));
  EXPECT_EQ(off.thinking.mode, Thinking::Mode::off);
}

TEST(EffortSuffix, IsTheEffortUnlessTheClientSaidOne) {
  const auto taken = [](std::string model, chat::Request request = {}) {
    const bool was_there = take_effort_suffix(model, request);
    return model + (was_there ? " taken " : " left ") + request.thinking.effort;
  };
  EXPECT_EQ(taken("gpt-5.3-codex-xhigh"), "gpt-5.3-codex taken xhigh");
  EXPECT_EQ(taken("gpt-5.1-codex-mini-high"), "gpt-5.1-codex-mini taken high");
  EXPECT_EQ(taken("gpt-5.1-codex-max"), "gpt-5.1-codex-max left ");
  EXPECT_EQ(taken("high"), "high left ");
  chat::Request said;
  said.thinking = {.mode = Thinking::Mode::on, .effort = "low"};
  EXPECT_EQ(taken("gpt-5.3-codex-high", said), "gpt-5.3-codex taken low");

  chat::Request request;
  std::string model = "gpt-5.3-codex-none";
  EXPECT_TRUE(take_effort_suffix(model, request));
  EXPECT_EQ(request.thinking.mode, Thinking::Mode::off);
  EXPECT_TRUE(request.thinking.imposed);
  take_effort_suffix(model = "gpt-5.3-codex-low", said);
  EXPECT_FALSE(said.thinking.imposed);
}

}  // namespace
}  // namespace omni::adapt
