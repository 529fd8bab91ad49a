// The body of :generateContent and :streamGenerateContent, whose model and action stand in the
// path.  All names in snake_case as well, and one object where a list of one would do:
//
//     {"contents": [{"role": "user", "parts": [{"text": "…"}]}, {"role": "model", "parts": […]}],
//      "systemInstruction": {"parts": [{"text": "…"}]},
//      "tools": […], "toolConfig": {…}, "generationConfig": {…},
//      "safetySettings": […], "cachedContent": "…", "labels": {…}}
//
// Calls and results need no ids there: those without get some of ours.

#include <string>
#include <utility>

#include "dialect/call_ids.h"
#include "dialect/gemini/parts.h"
#include "dialect/gemini/path.h"
#include "dialect/gemini/request.h"
#include "json/scratch_reader.h"

namespace omni::dialect::gemini {

using chat::Message;
using chat::Request;
using chat::Role;
using json::Kind;
using json::Value;

namespace {

void name(CallIds& ids, chat::Part& part) {
  if (auto* call = std::get_if<chat::ToolCall>(&part.body)) {
    ids.name(*call);
  } else if (auto* result = std::get_if<chat::ToolResult>(&part.body)) {
    ids.name(*result);
  }
}

/// A word that we do not know is kept as it came, and taken for a similar one.
Role read_role(Message& message, Value value) {
  const std::string_view word = value.text();
  if (word == "user") return Role::user;
  if (word == "model") return Role::assistant;
  keep(message.extras, as_it_came, "role", value);
  if (word == "assistant") return Role::assistant;
  return word == "system" || word == "developer" ? Role::system : Role::user;
}

void read_parts(Message& message, Value parts, CallIds& ids, std::uint32_t& spelling) {
  for_each(parts, parts_single, spelling,
           [&](Value part) { name(ids, message.parts.emplace_back(read_part(part))); });
}

Message read_content(Value content, CallIds& ids) {
  Message message;
  message.role = Role::user;
  std::uint32_t spelling = role_absent | parts_absent;
  for (const auto [name, value] : content.members()) {
    if (name == "parts" && !value.is_null()) {
      spelling &= ~parts_absent;
      read_parts(message, value, ids, spelling);
    } else if (name == "role" && !value.is_null()) {
      spelling &= ~role_absent;
      message.role = read_role(message, value);
    } else {
      keep(message.extras, at_top, name, value);
    }
  }
  if (message.role == Role::system) spelling |= in_contents;
  set_spelling(message.extras, spelling);
  return message;
}

/// Its role means nothing and may be any.
Message read_system(Value instruction) {
  Message message;
  message.role = Role::system;
  if (instruction.kind() == Kind::text) {
    message.parts.emplace_back().body = chat::Text{std::string(instruction.text())};
    set_spelling(message.extras, as_text);
    return message;
  }
  CallIds none;
  std::uint32_t spelling = role_absent | parts_absent;
  for (const auto [name, value] : instruction.members()) {
    if (name == "parts" && !value.is_null()) {
      spelling &= ~parts_absent;
      read_parts(message, value, none, spelling);
    } else {
      keep(message.extras, name == "role" ? as_it_came : at_top, name, value);
    }
  }
  set_spelling(message.extras, spelling);
  return message;
}

struct Conversation {
  Value contents, system;
};

/// The conversation is left for later: its head has to be read first, wherever it stands.
Conversation read_top(Request& request, Value root, std::uint32_t& spelling) {
  Conversation conversation;
  for (const auto [name, value] : root.members()) {
    if (!value.is_null()) {
      if (name == "contents") {
        conversation.contents = value;
        continue;
      }
      if (is(name, system_instruction, spelling)) {
        conversation.system = value;
        continue;
      }
      if (name == "tools") {
        read_tools(request, value, spelling);
        continue;
      }
      if (is(name, tool_config, spelling) &&
          descend(value, [&](Value inner) { read_tool_config(request, inner, spelling); }))
        continue;
      if (is(name, generation_config, spelling) &&
          descend(value, [&](Value inner) { read_generation_config(request, inner, spelling); }))
        continue;
    }
    keep(request.extras, name == "model" ? as_it_came : at_top, name, value);
  }
  return conversation;
}

}  // namespace

Result<Request> decode_request(const Inbound& inbound) {
  Result<Asked> asked = read_path(inbound.path);
  if (!asked) return std::move(asked).error();

  json::ScratchReader reader;
  const Value root = reader->read(inbound.body);
  if (root.kind() != Kind::object) return Error(Error::Kind::bad_request, "Invalid JSON body");

  Request request;
  request.source = own;
  request.model = std::move(asked->model);
  request.stream = request.stream_usage = asked->stream;
  request.stream_as_array = asked->as_array;
  std::uint32_t spelling = 0;
  const Conversation conversation = read_top(request, root, spelling);
  if (conversation.system) request.messages.push_back(read_system(conversation.system));
  CallIds ids;
  const bool any = for_each(conversation.contents, contents_single, spelling, [&](Value content) {
    request.messages.push_back(read_content(content, ids));
  });
  set_spelling(request.extras, spelling);
  if (Status read = reader->finish(); !read) return std::move(read).error();
  if (!any) return Error(Error::Kind::bad_request, "contents: missing or empty");
  return request;
}

}  // namespace omni::dialect::gemini
