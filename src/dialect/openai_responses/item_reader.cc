// Reads the items of "input" and "output":
//
//     {"type":"message","role":"user","content":[{"type":"input_text","text":"Hi"}]}
//     {"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"…"}],
//      "encrypted_content":"…"}
//     {"type":"function_call","id":"fc_1","call_id":"call_1","name":"f","arguments":"{}"}
//     {"type":"function_call_output","call_id":"call_1","output":"text or a list of pieces"}
//     {"type":"custom_tool_call","call_id":"call_2","name":"apply_patch","input":"free text"}
//     {"type":"additional_tools","role":"developer","tools":[as in "tools"]}

#include "dialect/openai_responses/item_reader.h"

#include <array>
#include <string>
#include <utility>

#include "dialect/openai_responses/wire.h"

namespace omni::dialect::openai_responses {

using chat::Message;
using chat::Part;
using chat::Role;
using json::Kind;
using json::Value;

namespace {

struct RoleWord {
  std::string_view word;
  Role role;
};
constexpr std::array<RoleWord, 4> roles{{{"user", Role::user},
                                         {"assistant", Role::assistant},
                                         {"developer", Role::developer},
                                         {"system", Role::system}}};

Part opaque(Value item) {
  Part part;
  part.body = chat::Opaque{own, item.raw()};
  part.extras.dialect = own;
  return part;
}

void read_content(Value content, Message& message) {
  if (content.kind() == Kind::text) {
    message.extras.spelling |= spelled::bare_content;
    Part& part = message.parts.emplace_back();
    part.body = chat::Text{std::string(content.text())};
    return;
  }
  for (const Value piece : content.items()) {
    message.parts.push_back(read_content_part(piece, message.role));
  }
}

void read_message(Value item, Message& message) {
  Value role;
  Value content;
  bool typed = false;
  bool said_nothing = false;
  for (const auto [key, value] : item.members()) {
    if (key == "type" && !value.is_null()) {
      typed = true;
    } else if (key == "role") {
      role = value;
    } else if (key == "content" && !value.is_null()) {
      content = value;
    } else {
      said_nothing = said_nothing || key == "content";
      keep(message.extras, key, value);
    }
  }
  if (!typed) message.extras.spelling |= spelled::untyped;
  const std::string_view word = role ? role.text() : item.at("role").text();
  bool known = false;
  for (const RoleWord& row : roles) {
    if (row.word != word) continue;
    message.role = row.role;
    known = true;
  }
  if (!known) role.refuse("expected user, assistant, system or developer");
  if (message.role == Role::system) message.extras.spelling |= spelled::in_input;
  if (!content && !said_nothing) item.at("content");
  if (content) read_content(content, message);
}

void read_call(Value item, Message& message, chat::ToolCall& call, std::string_view input) {
  for (const auto [key, value] : item.members()) {
    if (key == "type") continue;
    if (value.is_null()) {
      keep(message.extras, key, value);
    } else if (key == "call_id") {
      call.id = value.text();
    } else if (key == "name") {
      call.name = value.text();
    } else if (key == "namespace" && !value.text().empty()) {
      call.space = value.text();
    } else if (key == input) {
      call.input = value.text();
    } else {
      keep(message.extras, key, value);
    }
  }
}

void read_function_call(Value item, Message& message) {
  Part& part = message.parts.emplace_back();
  chat::ToolCall call;
  read_call(item, message, call, "arguments");
  if (call.input.empty()) part.extras.spelling |= spelled::empty_input;
  check_input(call);
  part.body = std::move(call);
}

void read_custom_call(Value item, Message& message) {
  Part& part = message.parts.emplace_back();
  chat::ToolCall call;
  call.form = chat::ToolCall::Form::freeform;
  call.input.clear();
  read_call(item, message, call, "input");
  part.body = std::move(call);
}

void read_shell_call(Value item, Message& message) {
  const Value action = item.find("action");
  if (action.kind() != Kind::object) {
    message.parts.push_back(opaque(item));
    return;
  }
  Part& part = message.parts.emplace_back();
  part.extras.spelling = spelled::local_shell;
  chat::ToolCall call;
  call.name = "local_shell";
  call.input = action.slice();
  for (const auto [key, value] : item.members()) {
    if (key == "call_id" && !value.is_null()) {
      call.id = value.text();
    } else if (key != "type" && key != "action") {
      keep(message.extras, key, value);
    }
  }
  part.body = std::move(call);
}

void read_output(Value output, Part& part, chat::ToolResult& result) {
  if (output.kind() == Kind::text) {
    Part& text = result.content.emplace_back();
    text.body = chat::Text{std::string(output.text())};
    return;
  }
  part.extras.spelling |= spelled::listed_output;
  for (const Value piece : output.items()) {
    result.content.push_back(read_content_part(piece, Role::tool));
  }
}

void read_result(Value item, Message& message) {
  Part& part = message.parts.emplace_back();
  chat::ToolResult result;
  for (const auto [key, value] : item.members()) {
    if (key == "type") continue;
    if (value.is_null()) {
      keep(message.extras, key, value);
    } else if (key == "call_id") {
      result.call_id = value.text();
    } else if (key == "output") {
      read_output(value, part, result);
    } else {
      keep(message.extras, key, value);
    }
  }
  part.body = std::move(result);
}

void read_custom_result(Value item, Message& message) {
  read_result(item, message);
  message.parts.front().extras.spelling |= spelled::custom_output;
}

/// Here it is the id, or the call_id, or both, that name the call: all of them stay in the extras.
void read_shell_result(Value item, Message& message) {
  Part& part = message.parts.emplace_back();
  part.extras.spelling = spelled::local_shell;
  chat::ToolResult result;
  Value id;
  Value call_id;
  for (const auto [key, value] : item.members()) {
    if (key == "type") continue;
    if (key == "output" && !value.is_null()) {
      read_output(value, part, result);
      continue;
    }
    if (key == "id") id = value;
    if (key == "call_id") call_id = value;
    keep(message.extras, key, value);
  }
  const Value named = call_id && !call_id.is_null() ? call_id : id;
  if (named && !named.is_null()) result.call_id = named.text();
  part.body = std::move(result);
}

/// The text of {"type":type,"text":"…"}; `plain` becomes false where there is more to it.
std::string_view read_thought(Value thought, std::string_view type, bool& plain) {
  std::string_view text;
  int expected = 2;
  for (const auto [key, value] : thought.members()) {
    --expected;
    if (key == "text" && value.kind() == Kind::text) {
      text = value.text();
    } else if (key != "type" || value.kind() != Kind::text || value.text() != type) {
      plain = false;
    }
  }
  plain = plain && expected == 0;
  return text;
}

void read_thoughts(Value content, Message& message, chat::Reasoning& reasoning) {
  bool plain = true;
  std::size_t count = 0;
  for (const Value thought : content.items()) {
    if (count++ > 0) reasoning.text += "\n\n";
    reasoning.text += read_thought(thought, "reasoning_text", plain);
  }
  if (plain && count == 1) {
    message.parts.front().extras.spelling |= spelled::content_said;
  } else {
    keep_spelling(message.extras, "content", content);
  }
}

void read_summary(Value summary, Message& message, chat::Reasoning& reasoning) {
  bool plain = true;
  for (const Value thought : summary.items()) {
    reasoning.summary.emplace_back(read_thought(thought, "summary_text", plain));
  }
  if (!plain) keep_spelling(message.extras, "summary", summary);
}

void read_reasoning(Value item, Message& message) {
  Part& part = message.parts.emplace_back();
  chat::Reasoning reasoning;
  bool summarized = false;
  for (const auto [key, value] : item.members()) {
    if (key == "type") continue;
    summarized = summarized || key == "summary";
    if (value.is_null()) {
      keep(message.extras, key, value);
    } else if (key == "summary") {
      read_summary(value, message, reasoning);
    } else if (key == "content") {
      read_thoughts(value, message, reasoning);
    } else if (key == "encrypted_content") {
      part.seal = chat::Seal{{}, std::string(value.text())};
    } else {
      keep(message.extras, key, value);
    }
  }
  if (!summarized) part.extras.spelling |= spelled::no_summary;
  part.body = std::move(reasoning);
}

/// The tools themselves are the request's: read_tools.
void read_item_of_tools(Value item, Message& message) {
  message.extras.members.emplace_back(item_of_tools, item.raw());
}

struct ItemType {
  std::string_view name;
  Role role;  // save for messages, which say it
  void (*read)(Value, Message&);
  bool in_output = true;
};
constexpr std::array<ItemType, 9> item_types{{
    {"message", Role::user, read_message},
    {"function_call", Role::assistant, read_function_call},
    {"function_call_output", Role::tool, read_result, false},
    {"reasoning", Role::assistant, read_reasoning},
    {"additional_tools", Role::developer, read_item_of_tools, false},
    {"custom_tool_call", Role::assistant, read_custom_call},
    {"custom_tool_call_output", Role::tool, read_custom_result, false},
    {"local_shell_call", Role::assistant, read_shell_call, false},
    {"local_shell_call_output", Role::tool, read_shell_result, false},
}};

const ItemType* find_item_type(Value item, Side side) {
  const Value type = item.find("type");
  const bool typed = type && !type.is_null();
  const std::string_view name = typed ? type.text() : item.find("role") ? "message" : "";
  for (const ItemType& row : item_types) {
    if (row.name == name && (row.in_output || side == Side::input)) return &row;
  }
  return nullptr;
}

Role role_of_opaque(Value item) {
  const Value type = item.find("type");
  const bool is_output = type.kind() == Kind::text && type.text().ends_with("_output");
  return is_output ? Role::user : Role::assistant;
}

}  // namespace

Message read_item(Value item, Side side) {
  Message message;
  message.extras.dialect = own;
  const ItemType* type = find_item_type(item, side);
  if (type == nullptr) {
    message.role = role_of_opaque(item);
    message.parts.push_back(opaque(item));
    return message;
  }
  message.role = type->role;
  type->read(item, message);
  for (Part& part : message.parts) part.extras.dialect = own;
  return message;
}

void append_output_item(Value item, std::vector<Part>& parts) {
  Message message = read_item(item, Side::output);
  if (message.parts.empty()) {
    parts.push_back(opaque(item));
    return;
  }
  Part& first = message.parts.front();
  if (!is_piece(first)) {
    first.extras.members = std::move(message.extras.members);
  } else if (!message.extras.members.empty()) {
    first.extras.members.emplace_back(item_members, object_of(message.extras.members));
  }
  for (std::size_t i = 1; i < message.parts.size(); ++i) {
    message.parts[i].extras.spelling |= spelled::same_item;
  }
  for (Part& part : message.parts) parts.push_back(std::move(part));
}

}  // namespace omni::dialect::openai_responses
