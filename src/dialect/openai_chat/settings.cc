// "tool_choice": "auto" | {"type":"function","function":{"name":"get"}} |
// {"type":"allowed_tools",…} "response_format":
// {"type":"json_schema","json_schema":{"name":"answer","schema":{…}}} "reasoning_effort": "high",
// OpenRouter's "reasoning": {"effort"|"max_tokens"|"exclude"}, and "thinking":
// {"type":"enabled","budget_tokens":1024}, which many have taken over from Anthropic

#include "dialect/openai_chat/settings.h"

#include <algorithm>
#include <array>
#include <utility>

#include "dialect/openai_chat/message.h"
#include "dialect/openai_kin.h"
#include "json/scratch_reader.h"

namespace omni::dialect::openai_chat {
namespace {

using chat::OutputFormat;
using chat::Thinking;
using chat::ToolChoice;
using json::Kind;
using json::Value;

/// The first row of a mode has the word that we write.
constexpr std::array<std::pair<std::string_view, ToolChoice::Mode>, 4> choice_words{{
    {"auto", ToolChoice::Mode::automatic},
    {"none", ToolChoice::Mode::none},
    {"required", ToolChoice::Mode::required},
    {"any", ToolChoice::Mode::required},
}};

ToolChoice::Mode mode_of(std::string_view word) {
  for (const auto& [name, mode] : choice_words) {
    if (name == word) return mode;
  }
  return ToolChoice::Mode::unset;
}

std::string_view word_of(ToolChoice::Mode mode) {
  for (const auto& [name, row_mode] : choice_words) {
    if (row_mode == mode) return name;
  }
  return {};
}

bool read_choice_word(std::string_view word, ToolChoice& choice) {
  choice.mode = mode_of(word);
  return word == word_of(choice.mode);
}

/// The name in {"type":T,T:{"name":…}}, or in {"type":T,"name":…} as the newer API has it; empty if
/// it is neither.
std::string_view name_in(Value object, std::string_view type) {
  if (object.kind() != Kind::object) return {};
  const Value inner = object.find(type);
  const Value name = inner.kind() == Kind::object ? inner.find("name") : object.find("name");
  return text_if(name);
}

void read_allowed(Value allowed, ToolChoice& choice) {
  if (allowed.kind() != Kind::object) return;
  choice.mode = mode_of(text_if(allowed.find("mode")));
  const Value tools = allowed.find("tools");
  if (tools.kind() != Kind::array) return;
  for (const Value tool : tools.items()) {
    for (const std::string_view type : {"function", "custom"}) {
      const std::string_view name = name_in(tool, type);
      if (name.empty()) continue;
      choice.allowed.emplace_back(name);
      break;
    }
  }
}

/// Whether it is {"type":…,"function":{"name":…}} and nothing else.
bool is_plain_choice(Value choice) {
  bool named = false;
  for (const auto [key, value] : choice.members()) {
    if (key == "function" && value.kind() == Kind::object) {
      for (const auto [inner_key, inner] : value.members()) {
        named = inner_key == "name" && !text_if(inner).empty();
        if (!named) return false;
      }
    } else if (key != "type") {
      return false;
    }
  }
  return named;
}

void allow_only(std::string_view name, ToolChoice& choice) {
  if (name.empty()) return;
  choice.mode = ToolChoice::Mode::required;
  choice.allowed.emplace_back(name);
}

bool same(const ToolChoice& a, const ToolChoice& b) {
  return a.mode == b.mode && a.allowed == b.allowed;
}

bool same(const OutputFormat& a, const OutputFormat& b) {
  return a.kind == b.kind && a.name == b.name && a.description == b.description &&
         a.schema == b.schema && a.strict == b.strict;
}

bool same(const Thinking& a, const Thinking& b) {
  return a.mode == b.mode && a.effort == b.effort && a.budget_tokens == b.budget_tokens &&
         a.show_text == b.show_text;
}

/// Reads one extra again.
template <class Read>
bool read_extra(const chat::Extras& extras, std::string_view name, const Read& read) {
  const json::Raw* const extra = find_extra(extras, name);
  if (extra == nullptr) return false;
  std::string wrapped = "[";  // members may come twice inside of a list only
  wrapped.append(extra->text()).push_back(']');
  const json::ScratchReader reader;
  read(*reader->read(wrapped).items().begin());
  return true;
}

void read_effort(Value value, Thinking& thinking) {
  const std::string_view effort = text_if(value);
  if (effort.empty()) return;
  thinking.effort = effort;
  thinking.mode = thinking.effort == "none" ? Thinking::Mode::off : Thinking::Mode::on;
}

void read_budget(Value value, Thinking& thinking) {
  if (value.kind() != Kind::number) return;
  thinking.budget_tokens = value.integer();
  if (thinking.mode == Thinking::Mode::unset) thinking.mode = Thinking::Mode::on;
}

void read_reasoning_object(Value object, Thinking& thinking) {
  for (const auto [key, value] : object.members()) {
    if (key == "effort") {
      read_effort(value, thinking);
    } else if (key == "max_tokens") {
      read_budget(value, thinking);
    } else if (key == "enabled" && value.kind() == Kind::boolean) {
      thinking.mode = value.boolean() ? Thinking::Mode::on : Thinking::Mode::off;
    } else if (key == "exclude" && value.kind() == Kind::boolean) {
      thinking.show_text = !value.boolean();
    }
  }
}

void read_thinking_object(Value object, Thinking& thinking) {
  const std::string_view word = text_if(object.find("type"));
  if (word == "enabled") thinking.mode = Thinking::Mode::on;
  if (word == "disabled") thinking.mode = Thinking::Mode::off;
  if (word == "adaptive" || word == "auto") thinking.mode = Thinking::Mode::adaptive;
  read_budget(object.find("budget_tokens"), thinking);
}

}  // namespace

bool read_tool_choice(Value value, ToolChoice& choice) {
  if (value.kind() == Kind::text) return read_choice_word(value.text(), choice);
  const std::string_view word = text_if(value.find("type"));
  if (word == "allowed_tools") {
    read_allowed(value.find("allowed_tools"), choice);
  } else if (word == "function" || word == "custom") {
    allow_only(name_in(value, word), choice);
  } else {
    choice.mode = mode_of(word);  // {"type":"auto"}
  }
  return word == "function" && is_plain_choice(value);
}

bool read_function_call(Value value, ToolChoice& choice) {
  if (value.kind() == Kind::text) {
    read_choice_word(value.text(), choice);
  } else {
    allow_only(value.at("name").text(), choice);
  }
  return false;
}

bool read_format(Value value, OutputFormat& format) {
  bool ours = true;
  Value schema;
  std::string_view type;
  for (const auto [key, member] : value.members()) {
    if (key == "type") {
      type = member.text();
    } else if (key == "json_schema" && !member.is_null()) {
      schema = member;
    } else {
      ours = false;
    }
  }
  if (type == "json_object") {
    format.kind = OutputFormat::Kind::json;
    return ours && !schema;
  }
  if (type != "json_schema") return false;
  format.kind = OutputFormat::Kind::schema;
  for (const auto [key, member] : schema.members()) {
    if (key == "name" && !holds_nothing(member)) {
      format.name = member.text();
    } else if (key == "description" && !holds_nothing(member)) {
      format.description = member.text();
    } else if (key == "schema" && !member.is_null()) {
      if (member.kind() != Kind::object) member.refuse("expected an object");
      format.schema = member.raw();
    } else if (key == "strict" && !member.is_null()) {
      format.strict = member.boolean();
    } else {
      ours = false;
    }
  }
  return ours && !format.name.empty();
}

void read_thinking(std::string_view name, Value value, Thinking& thinking) {
  if (name == thinking_names[0]) {
    read_effort(value, thinking);
  } else if (value.kind() == Kind::object) {
    name == thinking_names[1] ? read_reasoning_object(value, thinking)
                              : read_thinking_object(value, thinking);
  }
}

bool extras_say_tool_choice(const chat::Request& request) {
  ToolChoice said;
  const auto newer = [&](Value value) { read_tool_choice(value, said); };
  const auto older = [&](Value value) { read_function_call(value, said); };
  return (read_extra(request.extras, "tool_choice", newer) ||
          read_extra(request.extras, "function_call", older)) &&
         same(said, request.tool_choice);
}

bool extras_say_format(const chat::Request& request) {
  OutputFormat said;
  const auto read = [&](Value value) { read_format(value, said); };
  return read_extra(request.extras, "response_format", read) && same(said, request.format);
}

bool extras_say_thinking(const chat::Request& request) {
  Thinking said;
  bool found = false;
  for (const std::string_view name : thinking_names) {
    found |=
        read_extra(request.extras, name, [&](Value value) { read_thinking(name, value, said); });
  }
  return found && same(said, request.thinking);
}

void write_tool_choice(ObjectWriter& request, ToolChoice::Mode mode, std::string_view name) {
  if (name.empty()) {
    request.key("tool_choice").text(word_of(mode));
    return;
  }
  json::Writer& out = request.key("tool_choice").begin_object().key("type").text("function");
  out.key("function").begin_object().key("name").text(name).end_object().end_object();
}

void write_format(ObjectWriter& request, const OutputFormat& format) {
  json::Writer& out = request.key("response_format").begin_object();
  if (format.kind == OutputFormat::Kind::schema) {
    out.key("type").text("json_schema").key("json_schema").begin_object();
    out.key("name").text(format.name.empty() ? std::string_view("response") : format.name);
    if (!format.description.empty()) out.key("description").text(format.description);
    if (format.schema) out.key("schema").raw(*format.schema);
    if (format.strict) out.key("strict").boolean(*format.strict);
    out.end_object();
  } else {
    const bool json = format.kind == OutputFormat::Kind::json;
    out.key("type").text(json ? "json_object" : "text");
  }
  out.end_object();
}

void write_thinking(ObjectWriter& request, const Thinking& thinking, Losses& losses) {
  const std::string_view effort = openai_effort(thinking);
  if (!effort.empty()) request.key("reasoning_effort").text(effort);
  if (converts_effort(thinking)) losses.add(loss::thinking);
}

}  // namespace omni::dialect::openai_chat
