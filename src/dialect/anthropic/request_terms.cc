// Parameters that Anthropic ties together: max_tokens must be there and above the budget of
// thought, and thinking goes neither with every temperature nor with every conversation.

#include <algorithm>
#include <array>
#include <string>

#include "chat/effort.h"
#include "dialect/anthropic/request.h"

namespace omni::dialect::anthropic {
namespace {

using chat::Thinking;

constexpr std::int64_t budget_min = 1024;
constexpr std::int64_t answer_tokens = 8192;  // what is left for the answer beside the thoughts
constexpr std::int64_t long_answer_tokens = 32000;  // where nobody said and nobody knows
constexpr double top_p_beside_thoughts_min = 0.95;

constexpr std::array<std::string_view, 5> efforts{"low", "medium", "high", "xhigh", "max"};

class Fitting {
 public:
  explicit Fitting(const Encoding& encoding)
      : request_(encoding.request),
        limit_(encoding.hints.output_tokens_max),
        adaptive_(encoding.hints.adaptive_thinking),
        losses_(encoding.losses) {}

  Terms fit(const Obstacles& obstacles) {
    terms_.temperature = request_.sampling.temperature;
    terms_.top_p = request_.sampling.top_p;
    terms_.top_k = request_.sampling.top_k;
    think(obstacles);
    limit_output();
    if (terms_.thinking.mode == Thinking::Mode::on) fit_budget();
    if (terms_.thinks()) {
      drop_sampling();
    } else if (terms_.temperature && *terms_.temperature > 1) {
      terms_.temperature = 1;
      losses_.add(loss::temperature);
    }
    if (terms_.max_tokens != request_.max_output_tokens) losses_.add(loss::output_limit);
    return terms_;
  }

 private:
  void think(const Obstacles& obstacles);
  void think_adaptively();
  void limit_output();
  void fit_budget();
  void drop_sampling();
  /// An effort is for the answer as well.
  void give_up_thinking() {
    terms_.thinking = {.effort = terms_.thinking.effort};
    losses_.add(loss::thinking_off);
  }

  const chat::Request& request_;
  std::int64_t limit_;  // of the model; 0: not known
  bool adaptive_;
  Losses& losses_;
  Terms terms_;
};

void Fitting::think(const Obstacles& obstacles) {
  const Thinking& asked = request_.thinking;
  if (asked.mode == Thinking::Mode::adaptive && adaptive_) {
    think_adaptively();
    if (terms_.thinks() && (obstacles.forced_tool || obstacles.begun_answer)) give_up_thinking();
    return;
  }
  const std::optional<std::int64_t> budget = chat::budget_of(asked);
  if (!budget) return;
  Thinking& thinking = terms_.thinking;
  if (*budget == 0) {
    thinking.mode = Thinking::Mode::off;
    if (asked.effort == "minimal") losses_.add(loss::thinking);
    return;
  }
  thinking.mode = Thinking::Mode::on;
  thinking.budget_tokens = *budget < 0 ? chat::budget_of("medium") : budget;
  thinking.show_text = asked.show_text;
  if (thinking.budget_tokens != asked.budget_tokens) losses_.add(loss::thinking);
  if (obstacles.forced_tool || obstacles.bare_call || obstacles.begun_answer) give_up_thinking();
}

/// A model that decides by itself how much it thinks needs no sealed thoughts before a call.
void Fitting::think_adaptively() {
  Thinking& thinking = terms_.thinking;
  thinking.mode = Thinking::Mode::adaptive;
  thinking.show_text = request_.thinking.show_text;
  const std::string_view effort = chat::effort_of(request_.thinking);
  if (std::ranges::find(efforts, effort) != efforts.end()) {
    thinking.effort = effort;
    return;
  }
  if (effort == "none") {
    thinking.mode = Thinking::Mode::off;
  } else if (effort == "minimal") {
    thinking.effort = "low";
  }
  if (!effort.empty()) losses_.add(loss::thinking);
}

void Fitting::limit_output() {
  std::optional<std::int64_t>& tokens = terms_.max_tokens;
  tokens = request_.max_output_tokens;
  if (!tokens && limit_ > 0) {
    tokens = limit_;
  } else if (!tokens) {
    tokens = !request_.tools.empty() || terms_.thinks() ? long_answer_tokens : answer_tokens;
  } else if (limit_ > 0) {
    tokens = std::min(*tokens, limit_);
  }
}

void Fitting::fit_budget() {
  const std::int64_t asked = *terms_.thinking.budget_tokens;
  std::int64_t budget = std::clamp<std::int64_t>(asked, budget_min, std::int64_t{1} << 40);
  std::int64_t tokens = *terms_.max_tokens;
  if (budget >= tokens) {
    // A budget that was said in tokens is trusted; one that stands for a word must fit somewhere.
    std::int64_t most = request_.thinking.budget_tokens ? budget + answer_tokens
                                                        : std::max(tokens, long_answer_tokens);
    if (limit_ > 0) most = limit_;
    tokens = std::max(tokens, std::min(budget + answer_tokens, most));
    const bool roomy = tokens >= answer_tokens + budget_min;
    if (budget >= tokens) budget = roomy ? tokens - answer_tokens : tokens / 2;
  }
  if (budget < budget_min) return give_up_thinking();
  if (budget != asked) losses_.add(loss::thinking);
  terms_.thinking.budget_tokens = budget;
  terms_.max_tokens = tokens;
}

void Fitting::drop_sampling() {
  const bool cold = terms_.temperature && *terms_.temperature != 1;
  const bool narrow = terms_.top_p && *terms_.top_p < top_p_beside_thoughts_min;
  if (cold || narrow || terms_.top_k) losses_.add(loss::sampling_beside_thinking);
  if (cold) terms_.temperature.reset();
  if (narrow) terms_.top_p.reset();
  terms_.top_k.reset();
}

}  // namespace

Terms fit_terms(const Encoding& encoding, const Obstacles& obstacles) {
  const chat::Request& request = encoding.request;
  const bool fits = !request.thinking.imposed || request.thinking.mode == Thinking::Mode::unset;
  if (!encoding.at_home() || !fits) return Fitting(encoding).fit(obstacles);
  Terms terms;
  terms.max_tokens = request.max_output_tokens;
  terms.temperature = request.sampling.temperature;
  terms.top_p = request.sampling.top_p;
  terms.top_k = request.sampling.top_k;
  terms.thinking = request.thinking;
  if (terms.thinking.mode == Thinking::Mode::on && obstacles.bare_call) {
    terms.thinking = {};
    terms.thinking.effort = request.thinking.effort;
    terms.thinking.imposed = true;
    encoding.losses.add(loss::thinking_off);
  }
  return terms;
}

}  // namespace omni::dialect::anthropic
