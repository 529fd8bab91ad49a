// Reads the body of POST /v1/messages:
//
//     {"model":"…","max_tokens":1024,"system":"…"|[blocks],
//      "messages":[{"role":"user"|"assistant"|"system","content":"…"|[blocks]},…],
//      "tools":[{"name":"…","description":"…","input_schema":{…}},
//               {"type":"web_search_20250305",…}],
//      "tool_choice":{"type":"auto"|"any"|"tool"|"none","disable_parallel_tool_use":false},
//      "thinking":{"type":"enabled","budget_tokens":2048}|{"type":"adaptive","display":"omitted"},
//      "output_config":{"effort":"high","format":{"type":"json_schema","schema":{…}}},
//      "metadata":{"user_id":"…"},"stop_sequences":["…"],"temperature":1,"stream":true,…}

#include <algorithm>
#include <array>
#include <utility>

#include "dialect/anthropic/blocks.h"
#include "dialect/anthropic/request.h"
#include "dialect/anthropic/wire.h"
#include "json/scratch_reader.h"

namespace omni::dialect::anthropic {
namespace {

using chat::Message;
using chat::Request;
using chat::Role;
using chat::Tool;
using json::Value;

void take_content(Message& message, Value content) {
  message.parts.clear();  // of two members of one name the last counts
  if (content.kind() == json::Kind::text) {
    spell(message.extras, content_as_text);
    message.parts.emplace_back().body = chat::Text{std::string(content.text())};
    return;
  }
  for (const Value block : content.items()) {
    message.parts.push_back(decode_block(block, Place::message));
  }
}

/// Clients of today put messages of the system among the others.
Role role_of(Value role) {
  const std::string_view word = role.text();
  if (word == "user") return Role::user;
  if (word == "assistant") return Role::assistant;
  if (word == "system") return Role::system;
  role.refuse("expected \"user\", \"assistant\" or \"system\"");
  return Role::user;
}

Message decode_message(Value object) {
  Message message;
  bool has_role = false;
  bool has_content = false;
  for (const auto [key, value] : object.members()) {
    if (key == "role") {
      message.role = role_of(value);
      has_role = true;
    } else if (key == "content" && !value.is_null()) {
      take_content(message, value);
      has_content = true;
    } else {
      keep(own, message.extras, key, value);
    }
  }
  if (!has_role) object.refuse("member \"role\" is missing");
  if (!has_content) spell(message.extras, content_absent);
  if (message.role == Role::system) spell(message.extras, among_messages);
  return message;
}

void take_messages(Request& request, Value list) {
  for (const Value message : list.items()) request.messages.push_back(decode_message(message));
}

void take_system(Request& request, Value system) {
  Message message;
  message.role = Role::system;
  take_content(message, system);
  request.messages.insert(request.messages.begin(), std::move(message));
}

/// A tool that the provider knows by its type, and whose members nobody but it understands.
void make_builtin(Tool& tool, Value type) {
  tool.kind = Tool::Kind::builtin;
  const std::string_view word = type.text();
  tool.name = word.starts_with("web_search_") ? "web_search" : word;
}

Tool decode_tool(Value object) {
  Tool tool;
  Value type, name, description, schema, strict;
  for (const auto [key, value] : object.members()) {
    if (key == "cache_control" && !value.is_null()) {
      tool.cache_control = value.raw();
    } else if (holds_nothing(value)) {
      keep(own, tool.extras, key, value);
    } else if (key == "type") {
      type = value;
    } else if (key == "name") {
      name = value;
    } else if (key == "description") {
      description = value;
    } else if (key == "input_schema") {
      schema = value;
    } else if (key == "strict") {
      strict = value;
    } else {
      keep(own, tool.extras, key, value);
    }
  }
  if (type && !schema && type.text() != "custom") {
    make_builtin(tool, type);
    keep(own, tool.extras, "type", type);
    if (name) keep(own, tool.extras, "name", name);
    if (description) keep(own, tool.extras, "description", description);
    if (strict) keep(own, tool.extras, "strict", strict);
    return tool;
  }
  tool.name = name.text();
  tool.description = description.text();
  if (schema && schema.kind() != json::Kind::object) schema.refuse("expected an object");
  if (schema) tool.schema = schema.raw();
  if (strict) tool.strict = strict.boolean();
  if (type.text() == "custom") {
    spell(tool.extras, type_custom);
  } else if (type) {
    keep(own, tool.extras, "type", type);
  }
  return tool;
}

/// Reads an inner object: `take` says whether it has found a place for a member.
template <class Take>
void take_inner(Request& request, std::string_view name, Value object, const Take& take) {
  json::RawMembers unknown;
  bool any = false;
  for (const auto [key, value] : object.members()) {
    if (!holds_nothing(value) && take(key, value)) {
      any = true;
    } else {
      unknown.emplace_back(extra_name(key), value.raw());
    }
  }
  if (!any && unknown.empty()) return keep(own, request.extras, name, object);
  keep_inner(own, request.extras, name, unknown);
}

void take_tool_choice(Request& request, Value object) {
  using Mode = chat::ToolChoice::Mode;
  chat::ToolChoice& choice = request.tool_choice;
  const std::string_view type = type_of(object);
  const bool one = type == "tool" && !object.find("name").text().empty();
  take_inner(request, "tool_choice", object, [&](std::string_view key, Value value) {
    if (key == "type" && type == "auto") {
      choice.mode = Mode::automatic;
    } else if (key == "type" && type == "none") {
      choice.mode = Mode::none;
    } else if (key == "type" && (type == "any" || one)) {
      choice.mode = Mode::required;
    } else if (key == "name" && one) {
      choice.allowed = {std::string(value.text())};
    } else if (key == "disable_parallel_tool_use") {
      choice.parallel = !value.boolean();
    } else {
      return false;
    }
    return true;
  });
}

void take_thinking(Request& request, Value object) {
  using Mode = chat::Thinking::Mode;
  chat::Thinking& thinking = request.thinking;
  const std::string_view type = type_of(object);
  take_inner(request, "thinking", object, [&](std::string_view key, Value value) {
    if (key == "type" && type == "enabled") {
      thinking.mode = Mode::on;
    } else if (key == "type" && type == "disabled") {
      thinking.mode = Mode::off;
    } else if (key == "type" && type == "adaptive") {
      thinking.mode = Mode::adaptive;
    } else if (key == "budget_tokens" && type == "enabled") {
      thinking.budget_tokens = value.integer();
    } else if (key == "display" && value.kind() == json::Kind::text && value.text() == "omitted") {
      thinking.show_text = false;
    } else if (key == "display" && value.kind() == json::Kind::text &&
               value.text() == "summarized") {
      thinking.show_text = true;
    } else {
      return false;
    }
    return true;
  });
}

/// {"type":"json_schema","schema":{…}} and nothing else.
bool take_format(Request& request, Value object) {
  if (object.kind() != json::Kind::object || type_of(object) != "json_schema") return false;
  Value schema;
  for (const auto [key, value] : object.members()) {
    if (key == "schema") {
      schema = value;
    } else if (key != "type") {
      return false;
    }
  }
  if (schema.kind() != json::Kind::object) return false;
  request.format.kind = chat::OutputFormat::Kind::schema;
  request.format.schema = schema.raw();
  return true;
}

void take_output_config(Request& request, Value object) {
  take_inner(request, "output_config", object, [&](std::string_view key, Value value) {
    if (key == "format") return take_format(request, value);
    if (key != "effort") return false;
    request.thinking.effort = value.text();
    return true;
  });
}

void take_metadata(Request& request, Value object) {
  take_inner(request, "metadata", object, [&](std::string_view key, Value value) {
    if (key != "user_id") return false;
    request.end_user = value.text();
    return true;
  });
}

void take_tools(Request& request, Value list) {
  for (const Value tool : list.items()) request.tools.push_back(decode_tool(tool));
}

void take_stop_sequences(Request& request, Value list) {
  for (const Value text : list.items()) request.sampling.stop.emplace_back(text.text());
}

void take_stream(Request& request, Value stream) {
  request.stream = stream.boolean();
  spell(request.extras, stream_said);
}

struct TopMember {
  std::string_view key;
  void (*take)(Request&, Value);
};
constexpr std::array top_members{
    TopMember{"model", [](Request& r, Value value) { r.model = value.text(); }},
    TopMember{"max_tokens", [](Request& r, Value value) { r.max_output_tokens = value.integer(); }},
    TopMember{"messages", take_messages},
    TopMember{"system", take_system},
    TopMember{"tools", take_tools},
    TopMember{"tool_choice", take_tool_choice},
    TopMember{"thinking", take_thinking},
    TopMember{"output_config", take_output_config},
    TopMember{"metadata", take_metadata},
    TopMember{"stream", take_stream},
    TopMember{"stop_sequences", take_stop_sequences},
    TopMember{"temperature",
              [](Request& r, Value value) { r.sampling.temperature = value.number(); }},
    TopMember{"top_p", [](Request& r, Value value) { r.sampling.top_p = value.number(); }},
    TopMember{"top_k", [](Request& r, Value value) { r.sampling.top_k = value.integer(); }}};

void take_top(Request& request, std::string_view key, Value value) {
  if (key == "output_format" && take_format(request, value)) {
    return spell(request.extras, old_format);
  }
  const auto* const member = std::ranges::find(top_members, key, &TopMember::key);
  if (member == top_members.end() || holds_nothing(value)) {
    return keep(own, request.extras, key, value);
  }
  member->take(request, value);
}

}  // namespace

Result<Request> decode_request(const Inbound& inbound) {
  json::ScratchReader reader;
  const Value root = reader->read(inbound.body);
  Request request;
  request.source = own;
  request.stream_usage = true;
  if (reader->failed() || root.kind() != json::Kind::object) {
    return Error(Error::Kind::bad_request, "Invalid JSON body");
  }
  for (const auto [key, value] : root.members()) take_top(request, key, value);
  if (Status read = reader->finish(); !read) return std::move(read).error();
  if (request.model.empty()) return Error(Error::Kind::bad_request, "Missing model");
  const auto is_said = [](const Message& message) {
    return message.role != Role::system || spelled(message.extras, among_messages);
  };
  if (std::ranges::none_of(request.messages, is_said)) {
    return Error(Error::Kind::bad_request, "messages: at least one message is required");
  }
  return request;
}

}  // namespace omni::dialect::anthropic
