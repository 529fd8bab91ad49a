#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "chat/dialect.h"

namespace omni::bench {

/// What a coding agent asks.
struct AgentRequest {
  chat::Dialect dialect = chat::Dialect::openai_chat;
  std::size_t bytes = 0;  // of OpenAI Chat, about; other dialects say the same
  std::string_view model = "gpt-5.2";
  bool stream = true;
  double temperature = 0.2;
};

/// Its body: a system prompt, tools with schemas, and turns of text, calls and results.
std::string body_of(const AgentRequest& request);

}  // namespace omni::bench
