// Writes the tools of a request, and which of them the model may call.  Abroad a schema must be
// that of an object and have no alternatives at its top.

#include "dialect/anthropic/request_tools.h"

#include <string>

#include "dialect/tool_names.h"
#include "json/scratch_reader.h"

namespace omni::dialect::anthropic {
namespace {

using chat::Tool;
using Mode = chat::ToolChoice::Mode;

constexpr std::string_view web_search = "web_search";
constexpr std::string_view empty_schema = R"({"type":"object","properties":{}})";

bool is_alternative(std::string_view key) {
  return key == "anyOf" || key == "oneOf" || key == "allOf";
}

void write_schema(json::Writer& out, std::string_view schema, Losses& losses) {
  json::ScratchReader reader;
  const json::Value root = reader->read(schema);
  if (root.kind() != json::Kind::object) {
    out.raw(empty_schema);
    return losses.add(loss::tool_schema);
  }
  bool typed = false;
  bool simplified = false;
  json::Value properties;
  for (const auto [key, value] : root.members()) {
    if (key == "properties" && value.kind() == json::Kind::object) properties = value;
    const bool type = key == "type";
    if (type) typed = value.slice() == R"("object")";
    simplified = simplified || is_alternative(key) || (type && !typed);
  }
  if (simplified) losses.add(loss::tool_schema);
  if (typed && properties && !simplified) {
    out.raw(schema);
    return;
  }
  out.begin_object().key("type").text("object").key("properties");
  out.raw(properties ? properties.slice() : "{}");
  for (const auto [key, value] : root.members()) {
    if (key == "type" || key == "properties" || is_alternative(key)) continue;
    out.key(key).raw(value.slice());
  }
  out.end_object();
}

}  // namespace

ToolWriter::ToolWriter(const Encoding& encoding, BlockWriter& blocks)
    : encoding_(encoding), blocks_(blocks) {
  for (const Tool& tool : encoding.request.tools) {
    if (takes(tool)) tools_.push_back(&tool);
  }
}

bool ToolWriter::takes(const Tool& tool) const {
  if (encoding_.at_home()) return true;
  if (tool.kind == Tool::Kind::builtin) {
    if (tool.name == web_search && encoding_.hints.web_search) return true;
    encoding_.losses.add(loss::hosted_tool, tool.name);
    return false;
  }
  if (tool.name.empty()) encoding_.losses.add(loss::tool_unnamed);
  return !tool.name.empty();
}

bool ToolWriter::forced() const {
  return !tools_.empty() && encoding_.request.tool_choice.mode == Mode::required;
}

void ToolWriter::write(ObjectWriter& root) {
  if (!tools_.empty()) {
    json::Writer& list = root.key("tools").begin_array();
    for (const Tool* each : tools_) tool(*each);
    list.end_array();
  }
  if (encoding_.at_home() || !tools_.empty()) choice(root);
}

void ToolWriter::tool(const Tool& tool) {
  if (tool.kind == Tool::Kind::builtin) return builtin(tool);
  ObjectWriter object(blocks_.out(), own);
  if (!tool.name.empty() || find(own, tool.extras, "name") == nullptr) {
    object.key("name").text(encoding_.names.wire(tool.space, tool.name));
  }
  description(object, tool);
  if (encoding_.at_home()) {
    if (tool.schema) object.key("input_schema").raw(*tool.schema);
    if (tool.strict) object.key("strict").boolean(*tool.strict);
    if (spelled(tool.extras, type_custom)) object.key("type").text("custom");
  } else if (tool.kind == Tool::Kind::freeform) {
    object.key("input_schema").raw(freeform_schema);
  } else if (!tool.schema) {
    object.key("input_schema").raw(empty_schema);
  } else {
    object.key("input_schema");
    write_schema(object.out(), tool.schema->text(), encoding_.losses);
  }
  if (!encoding_.at_home() && tool.strict.value_or(false)) encoding_.losses.add(loss::tool_strict);
  blocks_.mark(object, tool.cache_control);
  object.end(tool.extras, encoding_.losses);
}

void ToolWriter::builtin(const Tool& tool) {
  ObjectWriter object(blocks_.out(), own);
  if (!encoding_.at_home()) {
    object.key("type").text("web_search_20250305");
    object.key("name").text(web_search);
    declare_foreign(tool, own, encoding_.losses);
    return object.end();
  }
  blocks_.mark(object, tool.cache_control);
  object.end(tool.extras, encoding_.losses);
}

void ToolWriter::description(ObjectWriter& object, const Tool& tool) {
  const bool told = tool.kind == Tool::Kind::freeform && !encoding_.at_home();
  const std::string words = told ? freeform_description(tool) : tool.description;
  if (!words.empty()) object.key("description").text(words);
}

void ToolWriter::choice(ObjectWriter& root) {
  const chat::ToolChoice& wanted = encoding_.request.tool_choice;
  const bool serial = wanted.parallel.has_value() && !*wanted.parallel;
  const bool home = encoding_.at_home();
  if (wanted.mode == Mode::unset && (home ? !wanted.parallel : !serial)) return;
  const bool one = wanted.mode == Mode::required && wanted.allowed.size() == 1;
  if (!wanted.allowed.empty() && !one) encoding_.losses.add(loss::tool_choice);

  ObjectWriter object(root.key("tool_choice"), own);
  if (one) {
    object.key("type").text("tool");
    object.key("name").text(encoding_.names.wire({}, wanted.allowed.front()));
  } else if (wanted.mode == Mode::required) {
    object.key("type").text("any");
  } else if (wanted.mode == Mode::none) {
    object.key("type").text("none");
  } else if (wanted.mode == Mode::automatic || !home) {
    object.key("type").text("auto");
  }
  if (home ? wanted.parallel.has_value() : serial && wanted.mode != Mode::none) {
    object.key("disable_parallel_tool_use").boolean(serial);
  }
  object.end(inner(own, encoding_.request.extras, "tool_choice"), encoding_.losses);
}

}  // namespace omni::dialect::anthropic
