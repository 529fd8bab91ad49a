#include "gateway/mock/strict.h"

#include <algorithm>

namespace omni::gateway::mock {
namespace {

std::span<const Check> checks_of(chat::Dialect dialect) {
  switch (dialect) {
    case chat::Dialect::anthropic:
      return anthropic_checks();
    case chat::Dialect::gemini:
      return gemini_checks();
    case chat::Dialect::ollama:
      return ollama_checks();
    case chat::Dialect::openai_chat:
      return openai_chat_checks();
    case chat::Dialect::openai_responses:
      return openai_responses_checks();
  }
  return {};
}

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

}  // namespace

std::string complaint_about(chat::Dialect dialect, const Asked& asked) {
  if (asked.body.kind() != json::Kind::object) return "The body must be a JSON object.";
  for (const Check& check : checks_of(dialect)) {
    if (std::string complaint = check(asked); !complaint.empty()) return complaint;
  }
  return {};
}

std::string_view text_in(json::Value value) {
  return value.kind() == json::Kind::text ? value.text() : std::string_view();
}

std::string_view text_in(json::Value object, std::string_view member) {
  return text_in(member_of(object, member));
}

json::Value member_of(json::Value object, std::string_view name) {
  return object.kind() == json::Kind::object ? object.find(name) : json::Value();
}

std::string at(std::string_view list, std::size_t index) {
  return std::string(list).append("[").append(std::to_string(index)).append("]");
}

bool is_plain_name(std::string_view name, std::size_t length_max, std::string_view others) {
  return !name.empty() && name.size() <= length_max && std::ranges::all_of(name, [&](char c) {
    return is_letter_or_digit(c) || others.find(c) != std::string_view::npos;
  });
}

std::string_view first_unknown(json::Value object, std::span<const std::string_view> known) {
  for (const auto [name, value] : object.members()) {
    if (std::ranges::find(known, name) == known.end()) return name;
  }
  return {};
}

}  // namespace omni::gateway::mock
