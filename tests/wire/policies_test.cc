// What the operator has set reaches every provider, in the provider's own words and whatever words
// the client has used.

#include <gtest/gtest.h>

#include <string>

#include "adapt/adaptation.h"
#include "chat/effort.h"
#include "wire/json_text.h"
#include "wire/pairs.h"

namespace omni::wire {
namespace {

using chat::Dialect;
using Mode = chat::Thinking::Mode;

class Policies : public testing::Test {
 protected:
  /// The request of a case as the provider gets it, where these policies hold.
  std::string sent_under(const adapt::Policies& policies, const Case& scenario, Dialect client,
                         Dialect provider) {
    const Way way(scenario, client, provider);
    chat::Request request = way.request();
    const adapt::Adaptation adaptation({}, {.provider = "p"}, policies, memory_);
    dialect::EncodeHints hints{.model = "m", .stream = request.stream};
    adaptation.adapt(request);
    adaptation.adapt(hints);
    const auto outbound = dialect::codec_for(provider).encode_request(request, hints);
    if (!outbound) ADD_FAILURE() << outbound.error().message();
    return outbound ? outbound->body : "";
  }

  /// What the provider is told about thinking.
  chat::Thinking thinking_under(const adapt::ThinkingPolicy& policy, const Case& scenario,
                                Dialect client, Dialect provider) {
    const std::string body =
        sent_under({.thinking = policy, .system_prompt = {}}, scenario, client, provider);
    const auto read =
        dialect::codec_for(provider).decode_request({request_of(scenario, provider).path, body});
    if (!read) ADD_FAILURE() << read.error().message();
    return read ? read->thinking : chat::Thinking{};
  }

 private:
  ManualClock clock_;
  adapt::SealMemory memory_{clock_, {}};
};

TEST_F(Policies, TheSystemPromptStandsBeforeTheClients) {
  for (const char* const file : {"system_prompts", "text", "claude_code", "codex"}) {
    const Case scenario = load_case(file);
    for_pairs(scenario, "request", [&](Dialect client, Dialect provider) {
      const std::string body = sent_under({.thinking = {}, .system_prompt = "The house rules."},
                                          scenario, client, provider);
      const std::size_t rules = body.find("The house rules.");
      ASSERT_NE(rules, std::string::npos) << body;
      EXPECT_EQ(times(body, "The house rules."), 1U) << body;
      EXPECT_TRUE(is_json(body));
      const std::size_t own = body.find("You are a polite assistant.");
      if (own != std::string::npos) EXPECT_LT(rules, own) << body;
    });
  }
}

TEST_F(Policies, NothingIsSaidAboutThinkingWhereTheProviderDecides) {
  for (const char* const file : {"thinking", "effort", "thinking_off", "sealed_thoughts"}) {
    const Case scenario = load_case(file);
    for_pairs(scenario, "request", [&](Dialect client, Dialect provider) {
      const chat::Thinking thinking = thinking_under(
          {.mode = adapt::ThinkingPolicy::Mode::automatic}, scenario, client, provider);
      EXPECT_EQ(thinking.mode, Mode::unset);
      EXPECT_EQ(thinking.effort, "");
    });
  }
}

TEST_F(Policies, TheBudgetIsTheOperatorsWhateverTheClientAskedFor) {
  for (const char* const file : {"thinking", "effort", "thinking_off", "text"}) {
    const Case scenario = load_case(file);
    for_pairs(scenario, "request", [&](Dialect client, Dialect provider) {
      const chat::Thinking thinking =
          thinking_under({.mode = adapt::ThinkingPolicy::Mode::custom, .custom_budget = 10240},
                         scenario, client, provider);
      // Dialects without budgets say an effort, Ollama perhaps no more than that it shall think.
      EXPECT_TRUE(thinking.budget_tokens == 10240 || thinking.effort == "medium" ||
                  (provider == Dialect::ollama && thinking.mode == Mode::on))
          << sent_under({.thinking = {.mode = adapt::ThinkingPolicy::Mode::custom}}, scenario,
                        client, provider);

      const chat::Thinking off =
          thinking_under({.mode = adapt::ThinkingPolicy::Mode::custom, .custom_budget = 0},
                         scenario, client, provider);
      EXPECT_TRUE(off.mode == Mode::off || off.mode == Mode::unset || off.effort == "none");
    });
  }
}

TEST_F(Policies, NoThoughtsAreEditedWhereTheOperatorTakesThinkingAway) {
  const Case scenario = load_case("claude_code");
  for (const auto mode :
       {adapt::ThinkingPolicy::Mode::automatic, adapt::ThinkingPolicy::Mode::custom}) {
    const adapt::ThinkingPolicy off{.mode = mode, .custom_budget = 0};
    const std::string body = sent_under({.thinking = off, .system_prompt = {}}, scenario,
                                        Dialect::anthropic, Dialect::anthropic);
    EXPECT_FALSE(has(body, "clear_thinking")) << body;
  }
  EXPECT_TRUE(has(sent_under({}, scenario, Dialect::anthropic, Dialect::anthropic),
                  "clear_thinking_20251015"));
}

}  // namespace
}  // namespace omni::wire
