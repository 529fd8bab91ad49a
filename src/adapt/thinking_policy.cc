#include "adapt/thinking_policy.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <variant>

#include "chat/effort.h"

namespace omni::adapt {
namespace {

constexpr std::string_view suffix = "-thinking";
constexpr std::int64_t suffix_budget = 10240;

constexpr std::size_t many_messages = 10;
constexpr std::size_t many_tools = 3;
constexpr std::size_t long_text_bytes = 2000;

std::size_t last_user_text_bytes(const chat::Request& request) {
  for (auto message = request.messages.rbegin(); message != request.messages.rend(); ++message) {
    if (message->role != chat::Role::user) continue;
    std::size_t bytes = 0;
    for (const chat::Part& part : message->parts) {
      if (const auto* text = std::get_if<chat::Text>(&part.body)) bytes += text->text.size();
    }
    if (bytes > 0) return bytes;
  }
  return 0;
}

/// In tenths, for money and budgets are integers.
std::int64_t adaptive_budget(const ThinkingPolicy& policy, const chat::Request& request) {
  const std::int64_t base = chat::budget_of(policy.effort_level).value_or(0);
  std::int64_t tenths = 10;
  if (request.messages.size() > many_messages) tenths += 5;
  if (request.tools.size() > many_tools) tenths += 5;
  if (last_user_text_bytes(request) > long_text_bytes) tenths += 3;
  return base * tenths / 10;
}

void set_budget(chat::Request& request, std::int64_t budget, std::int64_t tokens_max) {
  if (tokens_max > 0) budget = std::min(budget, tokens_max);
  budget = std::clamp<std::int64_t>(budget, 0, thinking_budget_max);
  const std::optional<bool> show_text = request.thinking.show_text;
  request.thinking = {};
  request.thinking.show_text = show_text;
  request.thinking.imposed = true;
  request.thinking.mode = budget == 0 ? chat::Thinking::Mode::off : chat::Thinking::Mode::on;
  if (budget > 0) request.thinking.budget_tokens = budget;
}

}  // namespace

void apply(const ThinkingPolicy& policy, std::int64_t tokens_max, chat::Request& request) {
  switch (policy.mode) {
    case ThinkingPolicy::Mode::passthrough:
      return;
    case ThinkingPolicy::Mode::automatic:
      request.thinking = {};
      request.thinking.imposed = true;
      return;
    case ThinkingPolicy::Mode::custom:
      set_budget(request, policy.custom_budget, tokens_max);
      return;
    case ThinkingPolicy::Mode::adaptive:
      set_budget(request, adaptive_budget(policy, request), tokens_max);
      return;
  }
}

bool take_thinking_suffix(std::string& model, chat::Request& request) {
  if (!model.ends_with(suffix) || model.size() == suffix.size()) return false;
  model.resize(model.size() - suffix.size());
  if (request.thinking.mode == chat::Thinking::Mode::unset) {
    request.thinking.mode = chat::Thinking::Mode::on;
    request.thinking.budget_tokens = suffix_budget;
    request.thinking.imposed = true;
  }
  return true;
}

bool take_effort_suffix(std::string& model, chat::Request& request) {
  constexpr std::array<std::string_view, 6> efforts{"none",   "minimal", "low",
                                                    "medium", "high",    "xhigh"};
  const std::size_t dash = model.rfind('-');
  if (dash == std::string::npos || dash == 0) return false;
  const auto* const effort = std::ranges::find(efforts, std::string_view(model).substr(dash + 1));
  if (effort == efforts.end()) return false;
  model.resize(dash);
  chat::Thinking& thinking = request.thinking;
  if (thinking.mode == chat::Thinking::Mode::unset) {
    const bool off = *effort == "none";
    thinking.mode = off ? chat::Thinking::Mode::off : chat::Thinking::Mode::on;
    if (!off) thinking.effort = *effort;
    thinking.imposed = true;
  }
  return true;
}

}  // namespace omni::adapt
