// Quirks about thinking.

#include <string>
#include <utility>
#include <variant>

#include "adapt/step.h"
#include "chat/effort.h"

namespace omni::adapt {
namespace {

// Documented by Google for conversations whose signatures are lost: the model goes on without them.
constexpr std::string_view signature_bypass = "skip_thought_signature_validator";

bool is_reasoning(const chat::Part& part) {
  return std::holds_alternative<chat::Reasoning>(part.body);
}

}  // namespace

void no_thinking(chat::Request& request, const Facts&) {
  request.thinking = {};
  request.thinking.imposed = true;
}

void no_thinking_history(chat::Request& request, const Facts&) {
  std::erase_if(request.messages, [](chat::Message& message) {
    return std::erase_if(message.parts, is_reasoning) > 0 && message.parts.empty();
  });
}

void adaptive_thinking(chat::Request& request, const Facts&) {
  chat::Thinking& thinking = request.thinking;
  if (thinking.mode != chat::Thinking::Mode::on) return;
  thinking.effort = std::string(chat::effort_of(thinking));
  thinking.mode = chat::Thinking::Mode::adaptive;
  thinking.budget_tokens.reset();
}

void thought_signatures(chat::Request& request, const Facts& facts) {
  bool first_of_turn = true;
  for (chat::Message& message : request.messages) {
    if (message.role != chat::Role::assistant) {
      first_of_turn = true;
      continue;
    }
    for (chat::Part& part : message.parts) {
      if (!std::holds_alternative<chat::ToolCall>(part.body)) continue;
      const bool ours =
          part.seal && (part.seal->issuer.empty() ? request.source == chat::Dialect::gemini
                                                  : part.seal->issuer == facts.provider);
      if (std::exchange(first_of_turn, false) && !ours) {
        part.seal = chat::Seal{.issuer = facts.provider, .bytes = std::string(signature_bypass)};
      }
    }
  }
}

}  // namespace omni::adapt
