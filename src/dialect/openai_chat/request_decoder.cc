// {"model": "gpt-5", "messages": [{"role": "user", "content": "Hi"}, …], "stream": true,
//  "tools": [{"type": "function", "function": {"name": "get", "parameters": {…}}}, …], …}
//
// The older spellings are read as well: max_tokens, functions, function_call, role "function".

#include <algorithm>
#include <array>
#include <utility>

#include "dialect/call_ids.h"
#include "dialect/openai_chat/message.h"
#include "dialect/openai_chat/settings.h"
#include "json/scratch_reader.h"

namespace omni::dialect::openai_chat {
namespace {

using chat::Message;
using chat::Part;
using chat::Role;
using chat::Tool;
using chat::ToolCall;
using json::Kind;
using json::Value;

constexpr std::array<std::pair<std::string_view, Role>, 7> roles{{
    {"user", Role::user},
    {"assistant", Role::assistant},
    {"tool", Role::tool},
    {"system", Role::system},
    {"developer", Role::developer},
    {"function", Role::tool},    // as it was called before there were tools
    {"model", Role::assistant},  // as Gemini says it
}};

void read_content(Value content, std::vector<Part>& parts, chat::Extras& extras) {
  if (!content) {
    spell(extras, spelled::no_content);
  } else if (content.is_null()) {
    spell(extras, spelled::null_content);
  } else if (content.kind() == Kind::text) {
    parts.emplace_back().body = chat::Text{std::string(content.text())};
  } else {
    spell(extras, spelled::listed_content);
    for (const Value piece : content.items()) parts.push_back(read_piece(piece));
  }
}

/// A grammar stands one level deeper than in OpenAI Responses, whose form every codec knows.
json::Raw read_tool_format(Value format) {
  const Value grammar = format.find("grammar");
  if (grammar.kind() != Kind::object) return format.raw();
  std::string flat;
  json::Writer out(flat);
  out.begin_object();
  for (const auto [key, value] : format.members()) {
    if (key != "grammar") out.key(key).raw(value.slice());
  }
  for (const auto [key, value] : grammar.members()) out.key(key).raw(value.slice());
  out.end_object();
  return json::Raw::trusted(std::move(flat));
}

/// One member of a function or custom tool; false if it is none of theirs.
bool read_tool_member(std::string_view key, Value value, Tool& tool) {
  const bool freeform = tool.kind == Tool::Kind::freeform;
  if (holds_nothing(value)) return false;
  if (key == "name") {
    tool.name = value.text();
  } else if (key == "description") {
    tool.description = value.text();
  } else if (key == "strict" && !freeform) {
    tool.strict = value.boolean();
  } else if (key == "parameters" && !freeform) {
    if (value.kind() != Kind::object) value.refuse("expected an object");
    tool.schema = value.raw();
  } else if (key == "format" && freeform) {
    tool.schema = read_tool_format(value);
  } else {
    return false;
  }
  return true;
}

void read_inner_tool(std::string_view name, Value inner, Tool& tool) {
  Rest rest;
  for (const auto [key, value] : inner.members()) {
    if (!read_tool_member(key, value, tool)) rest.add(key, value);
  }
  std::move(rest).keep_as(name, tool.extras);
}

Tool read_builtin(Value item, std::string_view type) {
  Tool tool;
  tool.kind = Tool::Kind::builtin;
  tool.name = type.starts_with("web_search") ? "web_search" : type;
  for (const auto [key, value] : item.members()) keep(tool.extras, key, value);
  return tool;
}

/// A function in the form of OpenAI Responses, which Cursor sends here.
Tool read_flat_tool(Value item) {
  Tool tool;
  spell(tool.extras, spelled::flat);
  for (const auto [key, value] : item.members()) {
    if (key == "cache_control" && !value.is_null()) {
      tool.cache_control = value.raw();
    } else if (key != "type" && !read_tool_member(key, value, tool)) {
      keep(tool.extras, key, value);
    }
  }
  return tool;
}

Tool read_tool(Value item) {
  const std::string_view type = item.find("type").text();
  const std::string_view inner = type == "custom" ? "custom" : "function";
  if (item.find(inner).kind() != Kind::object) {
    if (type != "function" && !type.empty()) return read_builtin(item, type);
    if (!type.empty() && item.find("name")) return read_flat_tool(item);
    item.at("function").members();
  }
  Tool tool;
  tool.kind = type == "custom" ? Tool::Kind::freeform : Tool::Kind::function;
  if (type != inner) spell(tool.extras, spelled::untyped);
  for (const auto [key, value] : item.members()) {
    if (key == inner) {
      read_inner_tool(inner, value, tool);
    } else if (key == "cache_control" && !value.is_null()) {
      tool.cache_control = value.raw();
    } else if (key != "type" || type != inner) {
      keep(tool.extras, key, value);
    }
  }
  return tool;
}

class RequestReader {
 public:
  explicit RequestReader(chat::Request& request) : request_(request) {}

  void read(Value root) {
    for (const auto [key, value] : root.members()) {
      const auto row = std::ranges::find(rows, key, &Row::key);
      if (row == rows.end() || holds_nothing(value)) {
        keep(request_.extras, key, value);
      } else {
        (this->*row->read)(key, value);
      }
    }
    read_thinking();
    read_limit();
  }

 private:
  using Read = void (RequestReader::*)(std::string_view key, Value value);
  struct Row {
    std::string_view key;
    Read read;
  };
  static const std::array<Row, 25> rows;

  void model(std::string_view, Value value) { request_.model = value.text(); }
  void user(std::string_view, Value value) { request_.end_user = value.text(); }
  void messages(std::string_view, Value value) {
    for (const Value item : value.items()) message(item);
  }
  void message(Value item);
  void tool_message(const WireMessage& wire, Message& message);
  void assistant_message(const WireMessage& wire, Message& message);

  void tools(std::string_view, Value value) {
    for (const Value item : value.items()) request_.tools.push_back(read_tool(item));
  }
  void functions(std::string_view, Value value) {
    for (const Value item : value.items()) {
      Tool tool = read_flat_tool(item);
      tool.extras.spelling = 0;
      spell(tool.extras, spelled::in_functions);
      if (const Value type = item.find("type")) keep(tool.extras, "type", type);
      request_.tools.push_back(std::move(tool));
    }
  }
  void web_search_options(std::string_view, Value value) {
    Tool tool = read_builtin(value, "web_search");
    spell(tool.extras, spelled::search_options);
    request_.tools.push_back(std::move(tool));
  }
  void tool_choice(std::string_view key, Value value) {
    if (!read_tool_choice(value, request_.tool_choice)) keep_choice(key, value);
  }
  void function_call(std::string_view key, Value value) {
    if (!read_function_call(value, request_.tool_choice)) keep_choice(key, value);
  }
  void keep_choice(std::string_view key, Value value) {
    const bool understood = request_.tool_choice.mode != chat::ToolChoice::Mode::unset;
    (understood ? keep_spelling : keep)(request_.extras, key, value);
  }
  void parallel_tool_calls(std::string_view, Value value) {
    request_.tool_choice.parallel = value.boolean();
  }

  void limit(std::string_view key, Value value) {
    (key == "max_tokens" ? max_tokens_ : max_completion_tokens_) = value;
  }
  void thinking(std::string_view key, Value value) {
    const auto* const name = std::ranges::find(thinking_names, key);
    thinking_[static_cast<std::size_t>(name - thinking_names.begin())] = value;
  }
  void read_limit();
  void read_thinking();

  void response_format(std::string_view key, Value value) {
    if (read_format(value, request_.format)) return;
    const bool understood = request_.format.kind != chat::OutputFormat::Kind::text ||
                            text_if(value.find("type")) == "text";
    (understood ? keep_spelling : keep)(request_.extras, key, value);
  }
  void stop(std::string_view, Value value) {
    if (value.kind() == Kind::text) {
      spell(request_.extras, spelled::bare_stop);
      request_.sampling.stop.emplace_back(value.text());
    } else {
      for (const Value word : value.items()) request_.sampling.stop.emplace_back(word.text());
    }
  }
  void number(std::string_view key, Value value) {
    request_.sampling.*std::ranges::find(number_names, key, &NumberName::key)->number =
        value.number();
  }
  void integer(std::string_view key, Value value) {
    request_.sampling.*std::ranges::find(integer_names, key, &IntegerName::key)->integer =
        value.integer();
  }
  void stream(std::string_view, Value value) {
    request_.stream = value.boolean();
    if (!request_.stream) spell(request_.extras, spelled::stream_false);
  }
  void stream_options(std::string_view key, Value value);

  chat::Request& request_;
  CallIds ids_;
  Value max_tokens_, max_completion_tokens_;
  std::array<Value, thinking_names.size()> thinking_;
};

const std::array<RequestReader::Row, 25> RequestReader::rows{{
    {"model", &RequestReader::model},
    {"messages", &RequestReader::messages},
    {"stream", &RequestReader::stream},
    {"stream_options", &RequestReader::stream_options},
    {"tools", &RequestReader::tools},
    {"tool_choice", &RequestReader::tool_choice},
    {"parallel_tool_calls", &RequestReader::parallel_tool_calls},
    {"functions", &RequestReader::functions},
    {"function_call", &RequestReader::function_call},
    {"web_search_options", &RequestReader::web_search_options},
    {"max_completion_tokens", &RequestReader::limit},
    {"max_tokens", &RequestReader::limit},
    {"temperature", &RequestReader::number},
    {"top_p", &RequestReader::number},
    {"presence_penalty", &RequestReader::number},
    {"frequency_penalty", &RequestReader::number},
    {"top_k", &RequestReader::integer},
    {"seed", &RequestReader::integer},
    {"n", &RequestReader::integer},
    {"stop", &RequestReader::stop},
    {"reasoning_effort", &RequestReader::thinking},
    {"reasoning", &RequestReader::thinking},
    {"thinking", &RequestReader::thinking},
    {"response_format", &RequestReader::response_format},
    {"user", &RequestReader::user},
}};

void RequestReader::message(Value item) {
  const Value role = item.at("role");
  const std::string_view word = role.text();
  const auto row = std::ranges::find(roles, word, &std::pair<std::string_view, Role>::first);
  if (row == roles.end()) {
    role.refuse("expected system, developer, user, assistant or tool");
    return;
  }
  Message& message = request_.messages.emplace_back();
  message.role = row->second;
  const WireMessage wire = WireMessage::read(
      item, message.role,
      [&](std::string_view key, Value value) { keep(message.extras, key, value); });
  if (word == "model") keep(message.extras, "role", role);
  if (word == "function") spell(message.extras, spelled::role_function);
  if (message.role == Role::tool) return tool_message(wire, message);
  message.name = wire.name.text();
  if (message.role == Role::assistant) return assistant_message(wire, message);
  read_content(wire.content, message.parts, message.extras);
}

void RequestReader::tool_message(const WireMessage& wire, Message& message) {
  Part part;
  chat::ToolResult result;
  result.call_id = wire.tool_call_id.text();
  result.name = wire.name.text();
  read_content(wire.content, result.content, message.extras);
  if (ids_.name(result)) spell(part.extras, spelled::made_id);
  part.body = std::move(result);
  message.parts.push_back(std::move(part));
}

void RequestReader::assistant_message(const WireMessage& wire, Message& message) {
  read_reasoning(wire, message.parts);
  read_content(wire.content, message.parts, message.extras);
  if (wire.refusal) {
    message.parts.emplace_back().body = chat::Refusal{std::string(wire.refusal.text())};
  }
  const std::size_t calls = message.parts.size();
  if (wire.tool_calls) {
    for (const Value item : wire.tool_calls.items()) message.parts.push_back(read_call(item));
  }
  if (wire.function_call) message.parts.push_back(read_old_call(wire.function_call));
  for (std::size_t i = calls; i < message.parts.size(); ++i) {
    Part& part = message.parts[i];
    auto* call = std::get_if<ToolCall>(&part.body);
    if (call != nullptr && ids_.name(*call)) spell(part.extras, spelled::made_id);
  }
}

/// The newer name counts; the other one has nothing to add.
void RequestReader::read_limit() {
  const Value limit = max_completion_tokens_ ? max_completion_tokens_ : max_tokens_;
  if (!limit) return;
  request_.max_output_tokens = limit.integer();
  if (!max_completion_tokens_) return;
  spell(request_.extras, spelled::max_completion_tokens);
  if (max_tokens_) keep_spelling(request_.extras, "max_tokens", max_tokens_);
}

void RequestReader::read_thinking() {
  if (thinking_[0]) thinking_[0].text();  // the only one that OpenAI knows must be a string
  const bool ours = !thinking_[1] && !thinking_[2];
  for (std::size_t i = 0; i < thinking_.size(); ++i) {
    if (!thinking_[i]) continue;
    openai_chat::read_thinking(thinking_names[i], thinking_[i], request_.thinking);
    if (ours) continue;
    const bool understood = request_.thinking.mode != chat::Thinking::Mode::unset ||
                            request_.thinking.show_text.has_value();
    (understood ? keep_spelling : keep)(request_.extras, thinking_names[i], thinking_[i]);
  }
}

void RequestReader::stream_options(std::string_view key, Value value) {
  request_.stream_usage = value.find("include_usage").boolean();
  bool ours = request_.stream_usage;
  for (const auto [name, option] : value.members()) ours = ours && name == "include_usage";
  if (!ours) keep(request_.extras, key, value);
}

}  // namespace

Result<chat::Request> decode_request(std::string_view body) {
  const json::ScratchReader reader;
  chat::Request request;
  request.source = own;
  const Value root = reader->read(body);
  if (root.kind() != Kind::object) return Error(Error::Kind::bad_request, "Invalid JSON body");
  RequestReader(request).read(root);
  const bool has_messages = static_cast<bool>(root.find("messages"));
  if (Status read = reader->finish(); !read) return read.error();
  if (request.model.empty()) return Error(Error::Kind::bad_request, "Missing model");
  if (!has_messages) return Error(Error::Kind::bad_request, "messages is missing");
  if (request.messages.empty()) return Error(Error::Kind::bad_request, "messages is empty");
  return request;
}

}  // namespace omni::dialect::openai_chat
