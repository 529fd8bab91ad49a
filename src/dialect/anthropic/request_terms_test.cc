#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "dialect/anthropic/request.h"

namespace omni::dialect::anthropic {
namespace {

using chat::Request;
using Mode = chat::Thinking::Mode;

struct Fitted {
  Terms terms;
  std::string losses;
};

/// Of a client of another dialect.
Request asking(chat::Thinking thinking, std::optional<std::int64_t> max_tokens = {}) {
  Request request;
  request.source = chat::Dialect::openai_chat;
  request.thinking = std::move(thinking);
  request.max_output_tokens = max_tokens;
  return request;
}

Fitted fitted(const Request& request, std::int64_t model_max = 0, const Obstacles& obstacles = {}) {
  const EncodeHints hints{.adaptive_thinking = true, .output_tokens_max = model_max};
  const ToolNames names;
  Losses losses;
  Fitted fitted;
  fitted.terms = fit_terms({request, hints, names, losses}, obstacles);
  for (const Losses::Entry& entry : losses.entries()) {
    fitted.losses += (fitted.losses.empty() ? "" : " ") + std::string(entry.row->name);
  }
  return fitted;
}

chat::Thinking effort(std::string word) { return {.mode = Mode::on, .effort = std::move(word)}; }
chat::Thinking budget(std::int64_t tokens) {
  return {.mode = Mode::on, .effort = {}, .budget_tokens = tokens};
}

TEST(AnthropicTerms, ALimitThatWasSaidIsKeptOrClampedToTheModel) {
  EXPECT_EQ(fitted(asking({}, 50)).terms.max_tokens, 50);
  EXPECT_EQ(fitted(asking({}, 50)).losses, "");
  EXPECT_EQ(fitted(asking({}, 50), 64000).terms.max_tokens, 50);
  const Fitted clamped = fitted(asking({}, 100000), 64000);
  EXPECT_EQ(clamped.terms.max_tokens, 64000);
  EXPECT_EQ(clamped.losses, "output_limit");
}

TEST(AnthropicTerms, ALimitThatWasNotSaidIsTheModelsOrAModestOne) {
  EXPECT_EQ(fitted(asking({}), 64000).terms.max_tokens, 64000);
  EXPECT_EQ(fitted(asking({})).terms.max_tokens, 8192);
  EXPECT_EQ(fitted(asking({})).losses, "output_limit");
  Request with_tools = asking({});
  with_tools.tools.emplace_back();
  EXPECT_EQ(fitted(with_tools).terms.max_tokens, 32000);
  EXPECT_EQ(fitted(asking(effort("low"))).terms.max_tokens, 32000);
}

TEST(AnthropicTerms, AnEffortBecomesABudgetThatFits) {
  const Fitted low = fitted(asking(effort("low"), 4096));
  EXPECT_EQ(low.terms.thinking.mode, Mode::on);
  EXPECT_EQ(low.terms.thinking.budget_tokens, 1024);
  EXPECT_EQ(low.terms.thinking.effort, "");
  EXPECT_EQ(low.terms.max_tokens, 4096);
  EXPECT_EQ(low.losses, "thinking");

  const Fitted medium = fitted(asking(effort("medium"), 4096));
  EXPECT_EQ(medium.terms.thinking.budget_tokens, 10240);
  EXPECT_EQ(medium.terms.max_tokens, 10240 + 8192);
  EXPECT_EQ(medium.losses, "thinking output_limit");

  const Fitted unknown_model = fitted(asking(effort("high")));
  EXPECT_EQ(unknown_model.terms.max_tokens, 32000);
  EXPECT_EQ(unknown_model.terms.thinking.budget_tokens, 32000 - 8192);

  const Fitted large_model = fitted(asking(effort("high"), 1000), 200000);
  EXPECT_EQ(large_model.terms.max_tokens, 131072 + 8192);
  EXPECT_EQ(large_model.terms.thinking.budget_tokens, 131072);

  const Fitted small_model = fitted(asking(effort("high"), 1000), 8000);
  EXPECT_EQ(small_model.terms.max_tokens, 8000);
  EXPECT_EQ(small_model.terms.thinking.budget_tokens, 4000);
}

TEST(AnthropicTerms, ABudgetIsKeptWithinItsBounds) {
  const Fitted exact = fitted(asking(budget(4000), 20000));
  EXPECT_EQ(exact.terms.thinking.budget_tokens, 4000);
  EXPECT_EQ(exact.losses, "");
  EXPECT_EQ(fitted(asking(budget(10), 20000)).terms.thinking.budget_tokens, 1024);
  EXPECT_EQ(fitted(asking(budget(10), 20000)).losses, "thinking");
  const Fitted raised = fitted(asking(budget(50000), 20000));
  EXPECT_EQ(raised.terms.thinking.budget_tokens, 50000);
  EXPECT_EQ(raised.terms.max_tokens, 58192);
  const Fitted dynamic = fitted(asking(budget(-1), 20000));
  EXPECT_EQ(dynamic.terms.thinking.budget_tokens, 10240);
  EXPECT_EQ(dynamic.losses, "thinking");
  const Fitted no_room = fitted(asking(budget(4000), 1000), 1500);
  EXPECT_EQ(no_room.terms.thinking.mode, Mode::unset);
  EXPECT_EQ(no_room.terms.max_tokens, 1000);
  EXPECT_EQ(no_room.losses, "thinking_off");
  const Fitted absurd = fitted(asking(budget(INT64_MAX), INT64_MAX));
  EXPECT_LT(absurd.terms.thinking.budget_tokens, absurd.terms.max_tokens);
}

TEST(AnthropicTerms, NoEffortIsOff) {
  EXPECT_EQ(fitted(asking(effort("none"), 9)).terms.thinking.mode, Mode::off);
  EXPECT_EQ(fitted(asking(effort("none"), 9)).losses, "");
  EXPECT_EQ(fitted(asking(effort("minimal"), 9)).terms.thinking.mode, Mode::off);
  EXPECT_EQ(fitted(asking(effort("minimal"), 9)).losses, "thinking");
  EXPECT_EQ(fitted(asking({.mode = Mode::off}, 9)).terms.thinking.mode, Mode::off);
  EXPECT_EQ(fitted(asking({}, 9)).terms.thinking.mode, Mode::unset);
  EXPECT_EQ(fitted(asking({.mode = Mode::unset, .effort = "low"}, 9000)).terms.thinking.mode,
            Mode::on);
}

TEST(AnthropicTerms, AModelThatKnowsNoAdaptiveThinkingGetsABudget) {
  const Request request = asking({.mode = Mode::adaptive, .effort = {}, .budget_tokens = -1}, 9000);
  const EncodeHints hints;
  const ToolNames names;
  Losses losses;
  const Terms terms = fit_terms({request, hints, names, losses}, {});
  EXPECT_EQ(terms.thinking.mode, Mode::on);
  EXPECT_EQ(terms.thinking.budget_tokens, 10240);
  EXPECT_EQ(terms.thinking.effort, "");
  EXPECT_FALSE(losses.empty());
  EXPECT_EQ(fitted(request).terms.thinking.mode, Mode::adaptive);
  EXPECT_EQ(fitted(request).terms.thinking.effort, "") << "no effort is invented";
}

TEST(AnthropicTerms, AdaptiveThinkingTakesTheEffortsOfTheSchema) {
  const auto adaptive = [](std::string word) {
    return fitted(asking({.mode = Mode::adaptive, .effort = std::move(word)}, 9));
  };
  for (const char* word : {"low", "medium", "high", "xhigh", "max"}) {
    EXPECT_EQ(adaptive(word).terms.thinking.effort, word);
    EXPECT_EQ(adaptive(word).terms.thinking.mode, Mode::adaptive);
    EXPECT_EQ(adaptive(word).losses, "");
  }
  EXPECT_EQ(adaptive("minimal").terms.thinking.effort, "low");
  EXPECT_EQ(adaptive("none").terms.thinking.mode, Mode::off);
  EXPECT_EQ(adaptive("ultra").terms.thinking.effort, "");
  EXPECT_EQ(adaptive("ultra").losses, "thinking");
  EXPECT_EQ(adaptive("").terms.thinking.mode, Mode::adaptive);
}

TEST(AnthropicTerms, ThinkingIsOffWhereAnthropicWouldRefuseIt) {
  for (const Obstacles obstacles : {Obstacles{.forced_tool = true}, Obstacles{.bare_call = true},
                                    Obstacles{.begun_answer = true}}) {
    const Fitted manual = fitted(asking(budget(2000), 9000), 0, obstacles);
    EXPECT_EQ(manual.terms.thinking.mode, Mode::unset);
    EXPECT_EQ(manual.losses, "thinking_off");
    const Fitted adaptive =
        fitted(asking({.mode = Mode::adaptive, .effort = "low"}, 9000), 0, obstacles);
    EXPECT_EQ(adaptive.terms.thinking.effort, "low");
    EXPECT_EQ(adaptive.terms.thinking.mode, obstacles.bare_call ? Mode::adaptive : Mode::unset);
    EXPECT_EQ(adaptive.losses, obstacles.bare_call ? "" : "thinking_off");
  }
}

TEST(AnthropicTerms, SamplingGivesWayToThinking) {
  Request request = asking(budget(2000), 9000);
  request.sampling.temperature = 0.5;
  request.sampling.top_p = 0.5;
  request.sampling.top_k = 5;
  const Fitted narrow = fitted(request);
  EXPECT_FALSE(narrow.terms.temperature || narrow.terms.top_p || narrow.terms.top_k);
  EXPECT_EQ(narrow.losses, "sampling_beside_thinking");
  request.sampling = {};
  request.sampling.temperature = 1;
  request.sampling.top_p = 0.95;
  const Fitted wide = fitted(request);
  EXPECT_EQ(wide.terms.temperature, 1);
  EXPECT_EQ(wide.terms.top_p, 0.95);
  EXPECT_EQ(wide.losses, "");
}

TEST(AnthropicTerms, ATemperatureIsAtMostOne) {
  Request request = asking({}, 9);
  request.sampling.temperature = 1.7;
  EXPECT_EQ(fitted(request).terms.temperature, 1);
  EXPECT_EQ(fitted(request).losses, "temperature");
  request.sampling.temperature = 0.3;
  EXPECT_EQ(fitted(request).terms.temperature, 0.3);
}

TEST(AnthropicTerms, AtHomeNothingIsRepaired) {
  Request request = asking(budget(10), 5);
  request.source = chat::Dialect::anthropic;
  request.sampling.temperature = 1.7;
  request.thinking.effort = "ultra";
  const Fitted home = fitted(request, 3);
  EXPECT_EQ(home.terms.max_tokens, 5);
  EXPECT_EQ(home.terms.temperature, 1.7);
  EXPECT_EQ(home.terms.thinking.budget_tokens, 10);
  EXPECT_EQ(home.terms.thinking.effort, "ultra");
  EXPECT_EQ(home.losses, "");
}

TEST(AnthropicTerms, ThinkingThatTheClientDidNotAskForFitsTheRequestAtHomeToo) {
  Request request = asking(budget(10240), 4096);
  request.source = chat::Dialect::anthropic;
  request.thinking.imposed = true;
  request.sampling.temperature = 0.2;
  const Fitted home = fitted(request, 64000);
  EXPECT_EQ(home.terms.thinking.budget_tokens, 10240);
  EXPECT_EQ(home.terms.max_tokens, 18432);
  EXPECT_EQ(home.terms.temperature, std::nullopt);
  EXPECT_EQ(fitted(request, 9216).terms.thinking.budget_tokens, 1024) << "where the model ends";
  EXPECT_EQ(fitted(request, 64000, {.bare_call = true}).terms.thinking.mode, Mode::unset);
  request.thinking.imposed = false;
  EXPECT_EQ(fitted(request, 64000).terms.max_tokens, 4096);
}

}  // namespace
}  // namespace omni::dialect::anthropic
