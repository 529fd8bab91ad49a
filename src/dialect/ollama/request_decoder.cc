// {"model": "…", "messages": […], "stream": true,
//  "tools": [{"type": "function", "function": {"name", "description", "parameters": <schema>}}],
//  "format": "json" | <schema>, "think": true | false | "low" | "medium" | "high",
//  "options": {"temperature", "top_p", "top_k", "seed", "num_predict", "stop": […], …}, …}
//
// `stream` is true where it is absent; num_predict is a limit only where it is above 0.

#include <utility>

#include "dialect/call_ids.h"
#include "dialect/ollama/message.h"
#include "dialect/ollama/request.h"
#include "dialect/ollama/wire.h"
#include "json/scratch_reader.h"

namespace omni::dialect::ollama {
namespace {

using chat::Request;
using chat::Role;

class Decoder {
 public:
  Decoder() {
    request_.source = own;
    request_.extras.dialect = own;
    request_.extras.spelling = stream_absent;
    request_.stream = true;
    request_.stream_usage = true;
  }

  void member(std::string_view key, json::Value value);
  Request take() && { return std::move(request_); }

 private:
  void message(json::Value object);
  void result(WireMessage& wire, chat::Message& message);
  void tool(json::Value object);
  void function(json::Value object, chat::Tool& tool);
  void options(json::Value object);
  bool option(std::string_view key, json::Value value);
  void stop(json::Value value);
  void format(json::Value value);
  void think(json::Value value);

  Request request_;
  CallIds ids_;
};

void Decoder::member(std::string_view key, json::Value value) {
  if (holds_nothing(value)) {
    keep(own, request_.extras, key, value);
  } else if (key == "model") {
    request_.model = value.text();
  } else if (key == "messages") {
    for (const json::Value item : value.items()) message(item);
  } else if (key == "tools") {
    for (const json::Value item : value.items()) tool(item);
  } else if (key == "stream") {
    request_.stream = value.boolean();
    request_.extras.spelling &= ~std::uint32_t{stream_absent};
  } else if (key == "format") {
    format(value);
  } else if (key == "options") {
    options(value);
  } else if (key == "think") {
    think(value);
  } else {
    keep(own, request_.extras, key, value);
  }
}

void Decoder::message(json::Value object) {
  WireMessage wire = WireMessage::read(object);
  const std::optional<Role> role = role_of(wire.role.text());
  if (!role) {
    (wire.role ? wire.role : object).refuse("expected the role system, user, assistant or tool");
    return;
  }
  chat::Message& message = request_.messages.emplace_back();
  message.role = *role;
  message.extras.dialect = own;
  if (!wire.content) message.extras.spelling |= content_absent;

  const bool of_assistant = *role == Role::assistant;
  if (of_assistant && wire.thinking) {
    message.parts.emplace_back().body = chat::Reasoning{std::string(wire.thinking.text()), {}};
  }
  if (*role == Role::tool) {
    result(wire, message);
  } else {
    if (wire.content && !holds_nothing(wire.content))
      message.parts.emplace_back().body = chat::Text{std::string(wire.content.text())};
    for (const json::Value image : wire.images.items()) message.parts.push_back(read_image(image));
    if (wire.tool_name) keep(own, message.extras, "tool_name", wire.tool_name);
    if (wire.tool_call_id) keep(own, message.extras, "tool_call_id", wire.tool_call_id);
  }
  if (of_assistant) {
    for (const json::Value item : wire.tool_calls.items()) {
      chat::Part& part = message.parts.emplace_back(read_call(item));
      auto& call = std::get<chat::ToolCall>(part.body);
      if (ids_.name(call)) part.extras.spelling |= id_made;
    }
  } else {
    if (wire.thinking) keep(own, message.extras, "thinking", wire.thinking);
    if (wire.tool_calls) keep(own, message.extras, "tool_calls", wire.tool_calls);
  }
  for (auto& member : wire.rest) message.extras.members.push_back(std::move(member));
}

void Decoder::result(WireMessage& wire, chat::Message& message) {
  chat::ToolResult result;
  result.name = wire.tool_name.text();
  result.call_id = wire.tool_call_id.text();
  const bool made = ids_.name(result);
  if (wire.content && !holds_nothing(wire.content))
    result.content.emplace_back().body = chat::Text{std::string(wire.content.text())};
  for (const json::Value image : wire.images.items()) result.content.push_back(read_image(image));
  chat::Part& part = message.parts.emplace_back();
  part.body = std::move(result);
  part.extras.dialect = own;
  if (made) part.extras.spelling |= id_made;
}

void Decoder::tool(json::Value object) {
  chat::Tool& tool = request_.tools.emplace_back();
  tool.extras.dialect = own;
  tool.extras.spelling = type_absent;
  json::Value inner_object;
  for (const auto [key, value] : object.members()) {
    if (key == "function" && value.kind() == json::Kind::object) {
      inner_object = value;
    } else if (key == "type" && value.kind() == json::Kind::text && value.text() == "function") {
      tool.extras.spelling = 0;
    } else {
      keep(own, tool.extras, key, value);
    }
  }
  if (inner_object) return function(inner_object, tool);
  // What kind of tool this is, Ollama's chat API does not tell: it goes to Ollama alone.
  const json::Value type = object.find("type");
  tool.kind = chat::Tool::Kind::builtin;
  tool.name = type.kind() == json::Kind::text ? type.text() : "unknown";
}

void Decoder::function(json::Value object, chat::Tool& tool) {
  json::RawMembers rest;
  for (const auto [key, value] : object.members()) {
    if (holds_nothing(value)) {
      rest.emplace_back(extra_name(key), value.raw());
    } else if (key == "name") {
      tool.name = value.text();
    } else if (key == "description") {
      tool.description = value.text();
    } else if (key == "parameters") {
      if (value.kind() != json::Kind::object) value.refuse("expected an object");
      tool.schema = value.raw();
    } else {
      rest.emplace_back(extra_name(key), value.raw());
    }
  }
  keep_inner(own, tool.extras, "function", rest);
}

void Decoder::options(json::Value object) {
  json::RawMembers rest;
  bool typed = false;
  for (const auto [key, value] : object.members()) {
    if (!holds_nothing(value) && option(key, value)) {
      typed = true;
    } else {
      rest.emplace_back(extra_name(key), value.raw());
    }
  }
  if (!typed && rest.empty()) return keep(own, request_.extras, "options", object);
  keep_inner(own, request_.extras, "options", rest);
}

bool Decoder::option(std::string_view key, json::Value value) {
  chat::Sampling& sampling = request_.sampling;
  for (const NumberOption& row : number_options) {
    if (row.key == key) return sampling.*row.member = value.number(), true;
  }
  for (const WholeOption& row : whole_options) {
    if (row.key == key) return sampling.*row.member = value.integer(), true;
  }
  if (key == "stop") return stop(value), true;
  if (key != "num_predict") return false;
  const std::int64_t limit = value.integer();
  if (limit > 0) request_.max_output_tokens = limit;
  return limit > 0;
}

void Decoder::stop(json::Value value) {
  chat::Sampling& sampling = request_.sampling;
  sampling.stop.clear();
  if (value.kind() == json::Kind::text) {
    request_.extras.spelling |= stop_as_text;
    sampling.stop.emplace_back(value.text());
  } else {
    for (const json::Value item : value.items()) sampling.stop.emplace_back(item.text());
  }
}

void Decoder::format(json::Value value) {
  if (value.kind() == json::Kind::object) {
    request_.format.kind = chat::OutputFormat::Kind::schema;
    request_.format.schema = value.raw();
  } else if (value.text() == "json") {
    request_.format.kind = chat::OutputFormat::Kind::json;
  } else {
    keep(own, request_.extras, "format", value);
  }
}

void Decoder::think(json::Value value) {
  using Mode = chat::Thinking::Mode;
  if (value.kind() == json::Kind::text) {
    request_.thinking.mode = Mode::on;
    request_.thinking.effort = value.text();
  } else {
    request_.thinking.mode = value.boolean() ? Mode::on : Mode::off;
  }
}

}  // namespace

Result<Request> decode_request(const Inbound& inbound) {
  const json::ScratchReader reader;
  const json::Value root = reader->read(inbound.body);
  if (root.kind() != json::Kind::object) {
    const Status read = reader->finish();
    if (!read && read.error().kind() != Error::Kind::bad_request) return read.error();
    return Error(Error::Kind::bad_request, "Invalid JSON body");
  }
  Decoder decoder;
  for (const auto [key, value] : root.members()) decoder.member(key, value);
  if (const Status read = reader->finish(); !read) return read.error();
  Request request = std::move(decoder).take();
  if (request.model.empty()) return Error(Error::Kind::bad_request, "Missing model");
  if (request.messages.empty()) return Error(Error::Kind::bad_request, "Missing messages");
  return request;
}

}  // namespace omni::dialect::ollama
