#include "chat/effort.h"

#include <array>

namespace omni::chat {
namespace {

struct Step {
  std::string_view effort;
  std::int64_t budget;
};

constexpr std::array<Step, 7> steps{{
    {"none", 0},
    {"minimal", 0},
    {"low", 1024},
    {"medium", 10240},
    {"high", 131072},
    {"xhigh", 131072},
    {"max", 131072},
}};

constexpr std::int64_t as_the_model_sees_fit = -1;

}  // namespace

std::optional<std::int64_t> budget_of(std::string_view effort) {
  for (const Step& step : steps) {
    if (step.effort == effort) return step.budget;
  }
  return std::nullopt;
}

std::string_view effort_of(std::int64_t budget_tokens) {
  if (budget_tokens < 0) return "medium";
  if (budget_tokens == 0) return "none";
  if (budget_tokens <= 1024) return "low";
  if (budget_tokens <= 10240) return "medium";
  return budget_tokens < 131072 ? "high" : "xhigh";
}

std::string_view effort_of(const Thinking& thinking) {
  if (thinking.mode != Thinking::Mode::off && !thinking.effort.empty()) return thinking.effort;
  const std::optional<std::int64_t> budget = budget_of(thinking);
  const bool left_to_the_model =
      thinking.mode == Thinking::Mode::adaptive || thinking.budget_tokens.has_value();
  if (!budget || (*budget < 0 && left_to_the_model)) return {};
  return effort_of(*budget);
}

std::optional<std::int64_t> budget_of(const Thinking& thinking) {
  if (thinking.mode == Thinking::Mode::off) return 0;
  if (thinking.budget_tokens) return thinking.budget_tokens;
  if (!thinking.effort.empty()) return budget_of(thinking.effort).value_or(as_the_model_sees_fit);
  if (thinking.mode == Thinking::Mode::unset) return std::nullopt;
  return as_the_model_sees_fit;
}

}  // namespace omni::chat
