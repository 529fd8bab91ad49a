#pragma once

#include <span>
#include <string>
#include <string_view>

#include "chat/dialect.h"
#include "json/reader.h"

namespace omni::gateway::mock {

/// A request as a provider looks at it.
struct Asked {
  std::string_view path;
  json::Value body;
};

/// What a provider of the dialect refuses although it decodes, in about its own words; empty where
/// it has nothing against the request.
std::string complaint_about(chat::Dialect dialect, const Asked& asked);

/// One thing that a provider looks at; one table of them for each dialect.
using Check = std::string (*)(const Asked&);
std::span<const Check> anthropic_checks();
std::span<const Check> gemini_checks();
std::span<const Check> ollama_checks();
std::span<const Check> openai_chat_checks();
std::span<const Check> openai_responses_checks();

// What the checks share.  None of these reads a value as what it is not.

/// Empty for what is no text.
std::string_view text_in(json::Value value);
std::string_view text_in(json::Value object, std::string_view member);
json::Value member_of(json::Value object, std::string_view name);

/// The first complaint of `look(index, item)` about the items of an array; none about what is none.
template <class Look>
std::string first_about(json::Value array, const Look& look) {
  if (array.kind() != json::Kind::array) return {};
  std::size_t index = 0;
  for (const json::Value item : array.items()) {
    if (std::string complaint = look(index++, item); !complaint.empty()) return complaint;
  }
  return {};
}

/// "messages[2]"
std::string at(std::string_view list, std::size_t index);

/// Whether a name has between one and `length_max` letters, digits and characters of `others`.
bool is_plain_name(std::string_view name, std::size_t length_max, std::string_view others = "_-");

/// The first member of an object that is not among `known`; empty where all are.
std::string_view first_unknown(json::Value object, std::span<const std::string_view> known);

}  // namespace omni::gateway::mock
