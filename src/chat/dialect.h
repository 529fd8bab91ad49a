#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace omni::chat {

/// The wire languages that clients and providers speak.
enum class Dialect : std::uint8_t { openai_chat, openai_responses, anthropic, gemini, ollama };

inline constexpr std::array all_dialects{Dialect::openai_chat, Dialect::openai_responses,
                                         Dialect::anthropic, Dialect::gemini, Dialect::ollama};

/// As logs, settings and test cases write it: "openai_chat".
constexpr std::string_view name_of(Dialect dialect) {
  constexpr std::array<std::string_view, all_dialects.size()> names{
      "openai_chat", "openai_responses", "anthropic", "gemini", "ollama"};
  return names[static_cast<std::size_t>(dialect)];
}

}  // namespace omni::chat
