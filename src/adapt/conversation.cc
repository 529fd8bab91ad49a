// Quirks about how a conversation may be told.

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "adapt/step.h"
#include "dialect/extras.h"

namespace omni::adapt {
namespace {

using chat::Message;
using chat::Part;
using chat::Role;

bool is_system(const Message& message) {
  return message.role == Role::system || message.role == Role::developer;
}

/// Takes the system messages out of the conversation and gives their parts in order.
std::vector<Part> take_system(chat::Request& request) {
  std::vector<Part> parts;
  for (Message& message : request.messages) {
    if (is_system(message)) std::ranges::move(message.parts, std::back_inserter(parts));
  }
  std::erase_if(request.messages, is_system);
  return parts;
}

void put_at_head(chat::Request& request, Role role, std::vector<Part> parts) {
  if (parts.empty()) return;
  Message message{.role = role, .parts = std::move(parts), .name = {}, .extras = {}};
  request.messages.insert(request.messages.begin(), std::move(message));
}

bool is_text(const Part& part) { return std::holds_alternative<chat::Text>(part.body); }

/// Joins neighbouring texts, keeping the last one's cache mark.
void join_texts(std::vector<Part>& parts) {
  std::vector<Part> joined;
  for (Part& part : parts) {
    if (joined.empty() || !is_text(part) || !is_text(joined.back())) {
      joined.push_back(std::move(part));
      continue;
    }
    Part& last = joined.back();
    std::get<chat::Text>(last.body).text += "\n\n" + std::get<chat::Text>(part.body).text;
    if (part.cache_control) last.cache_control = std::move(part.cache_control);
  }
  parts = std::move(joined);
}

bool has_mark(const chat::Tool& tool) { return tool.cache_control.has_value(); }

/// In its own name, within a result, or in an item that nobody has taken apart.
bool has_mark(const Part& part) {
  const auto names_one = [](const json::Raw& json) {
    return json.text().find(R"("cache_control")") != std::string_view::npos;
  };
  if (part.cache_control) return true;
  for (const auto& [name, value] : part.extras.members) {
    if (names_one(value)) return true;
  }
  if (const auto* opaque = std::get_if<chat::Opaque>(&part.body)) return names_one(opaque->item);
  const auto* result = std::get_if<chat::ToolResult>(&part.body);
  return result != nullptr &&
         std::ranges::any_of(result->content, [](const Part& piece) { return has_mark(piece); });
}

/// Also one for the request as a whole.
bool has_mark(const chat::Request& request) {
  const auto marked = [](const auto& item) { return has_mark(item); };
  return dialect::find(chat::Dialect::anthropic, request.extras, "cache_control") != nullptr ||
         std::ranges::any_of(request.tools, marked) ||
         std::ranges::any_of(request.messages, [&](const Message& message) {
           return std::ranges::any_of(message.parts, marked);
         });
}

/// A part that providers let carry a mark: they refuse one on empty text and on thoughts.
bool may_carry_mark(const Part& part) {
  if (const auto* text = std::get_if<chat::Text>(&part.body)) return !text->text.empty();
  return !std::holds_alternative<chat::Reasoning>(part.body) &&
         !std::holds_alternative<chat::Opaque>(part.body);
}

void mark_last(std::vector<Part>& parts) {
  const auto last = std::find_if(parts.rbegin(), parts.rend(), may_carry_mark);
  if (last != parts.rend()) {
    last->cache_control = json::Raw::trusted(R"({"type":"ephemeral"})");
  }
}

}  // namespace

void developer_as_system(chat::Request& request, const Facts&) {
  for (Message& message : request.messages) {
    if (message.role == Role::developer) message.role = Role::system;
  }
}

void one_system_message(chat::Request& request, const Facts&) {
  std::vector<Part> parts = take_system(request);
  join_texts(parts);
  put_at_head(request, Role::system, std::move(parts));
}

void system_as_user(chat::Request& request, const Facts&) {
  put_at_head(request, Role::user, take_system(request));
}

void text_as_string(chat::Request& request, const Facts&) {
  for (Message& message : request.messages) {
    join_texts(message.parts);
    // A list of one text came from a client who likes lists.  In Responses the spelling says which
    // item a message is.
    if (message.extras.dialect != chat::Dialect::openai_responses) message.extras.spelling = 0;
  }
}

// Three marks of the four that Anthropic allows: the end of the tools, of the system prompt and of
// the conversation, each of which the next request of the same conversation begins with.
void add_cache_marks(chat::Request& request, const Facts&) {
  if (has_mark(request)) return;
  if (!request.tools.empty()) {
    request.tools.back().cache_control = json::Raw::trusted(R"({"type":"ephemeral"})");
  }
  const auto system = std::find_if(request.messages.rbegin(), request.messages.rend(), is_system);
  if (system != request.messages.rend()) mark_last(system->parts);
  const auto said = std::find_if(request.messages.rbegin(), request.messages.rend(),
                                 [](const Message& message) { return !is_system(message); });
  if (said != request.messages.rend()) mark_last(said->parts);
}

}  // namespace omni::adapt
