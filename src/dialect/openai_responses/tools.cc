// Tools, in both directions:
//
//     {"type":"function","name":"f","description":"…","parameters":{…},"strict":false}
//     {"type":"custom","name":"apply_patch","format":{"type":"grammar","syntax":"lark",…}}
//     {"type":"namespace","name":"mcp__x","description":"…","tools":[functions and custom tools]}
//     {"type":"web_search"} and others that the provider runs itself

#include "dialect/openai_responses/tools.h"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_set>
#include <utility>

#include "dialect/extras.h"
#include "dialect/openai_kin.h"
#include "dialect/openai_responses/wire.h"
#include "json/scratch_reader.h"

namespace omni::dialect::openai_responses {

using chat::Request;
using chat::Tool;
using chat::ToolChoice;
using json::Kind;
using json::Value;

namespace {

struct ModeWord {
  std::string_view word;
  ToolChoice::Mode mode;
};
constexpr std::array<ModeWord, 3> modes{{{"auto", ToolChoice::Mode::automatic},
                                         {"none", ToolChoice::Mode::none},
                                         {"required", ToolChoice::Mode::required}}};

ToolChoice::Mode mode_of(std::string_view word) {
  for (const ModeWord& row : modes) {
    if (row.word == word) return row.mode;
  }
  return ToolChoice::Mode::unset;
}

std::string_view word_for(ToolChoice::Mode mode) {
  for (const ModeWord& row : modes) {
    if (row.mode == mode) return row.word;
  }
  return modes.front().word;
}

std::string_view type_of(Value object) {
  const Value type = object.find("type");
  return type ? type.text() : std::string_view{};
}

void read_callable(Value definition, std::string_view schema, Tool& tool) {
  for (const auto [key, value] : definition.members()) {
    if (key == "type") continue;
    if (value.is_null()) {
      keep(tool.extras, key, value);
    } else if (key == "name") {
      tool.name = value.text();
    } else if (key == "description") {
      tool.description = value.text();
      if (tool.description.empty()) tool.extras.spelling |= spelled::empty_description;
    } else if (key == schema && value.kind() == Kind::object) {
      tool.schema = value.raw();
    } else if (key == "strict" && tool.kind == Tool::Kind::function) {
      tool.strict = value.boolean();
    } else {
      keep(tool.extras, key, value);
    }
  }
}

void read_builtin(Value definition, std::string_view type, Tool& tool) {
  const bool search =
      std::find(web_search_types.begin(), web_search_types.end(), type) != web_search_types.end();
  tool.name = search ? web_search_types.front() : type;
  for (const auto [key, value] : definition.members()) keep(tool.extras, key, value);
}

Tool read_tool(Value definition) {
  Tool tool;
  tool.extras.dialect = own;
  const std::string_view type = type_of(definition);
  if (type == "function") {
    read_callable(definition, "parameters", tool);
  } else if (type == "custom") {
    tool.kind = Tool::Kind::freeform;
    read_callable(definition, "format", tool);
  } else {
    tool.kind = Tool::Kind::builtin;
    read_builtin(definition, type, tool);
  }
  return tool;
}

/// Its tools one by one; the first brings along what else the namespace says.
void read_space(Value space, Request& request) {
  chat::Extras members;
  Value name;
  Value tools;
  for (const auto [key, value] : space.members()) {
    if (key == "name" && !value.is_null()) {
      name = value;
    } else if (key == "tools" && !value.is_null()) {
      tools = value;
    } else if (key != "type") {
      keep(members, key, value);
    }
  }
  const std::size_t first = request.tools.size();
  const std::string_view space_name = name ? name.text() : std::string_view{};
  if (!space_name.empty()) {
    for (const Value definition : tools.items()) {
      request.tools.push_back(read_tool(definition));
      request.tools.back().space = space_name;
    }
  }
  if (request.tools.size() == first) {
    request.tools.push_back(read_tool(space));  // nothing to call: kept as it is
    return;
  }
  chat::Extras& extras = request.tools[first].extras;
  extras.spelling |= spelled::opens_space;
  if (!members.empty()) extras.members.emplace_back(space_members, object_of(members.members));
}

/// Whether the tools of an allowed_tools choice are all {"type":"function","name":"…"}.
bool read_allowed(Value tools, ToolChoice& choice) {
  bool plain = true;
  for (const Value tool : tools.items()) {
    std::string_view name;
    if (type_of(tool) != "function") plain = false;
    for (const auto [key, value] : tool.members()) {
      if (key == "name") {
        name = value.text();
      } else if (key != "type") {
        plain = false;
      }
    }
    plain = plain && !name.empty();
    if (!name.empty()) choice.allowed.emplace_back(name);
  }
  return plain && !choice.allowed.empty();
}

/// Whether the model says all of it.
bool read_choice_object(Value choice, Request& request) {
  bool plain = true;
  std::string_view name;
  Value mode;
  Value tools;
  for (const auto [key, value] : choice.members()) {
    if (value.is_null()) {
      plain = false;
    } else if (key == "name") {
      name = value.text();
    } else if (key == "mode") {
      mode = value;
    } else if (key == "tools") {
      tools = value;
    } else if (key != "type") {
      plain = false;
    }
  }
  const std::string_view type = type_of(choice);
  if ((type == "function" || type == "custom") && !name.empty()) {
    request.tool_choice.mode = ToolChoice::Mode::required;
    request.tool_choice.allowed.emplace_back(name);
    if (type == "custom") request.extras.spelling |= spelled::custom_choice;
    return plain && !mode && !tools;
  }
  if (type == "allowed_tools" && mode && tools) {
    request.tool_choice.mode = mode_of(mode.text());
    request.extras.spelling |= spelled::allowed_choice;
    const bool known = request.tool_choice.mode != ToolChoice::Mode::unset;
    return read_allowed(tools, request.tool_choice) && plain && known && name.empty();
  }
  return false;
}

// Writing

class ToolWriter {
 public:
  ToolWriter(json::Writer& out, const Request& request, const ToolRules& rules, Losses& losses)
      : out_(out), rules_(rules), losses_(losses), home_(request.source == own) {}

  std::size_t all(const std::vector<Tool>& tools) {
    out_.begin_array();
    std::size_t count = 0;
    std::string_view space;
    for (const Tool& tool : tools) {
      if (home_ && is_spelled(tool.extras, spelled::in_item)) continue;
      if (tool.space != space || is_spelled(tool.extras, spelled::opens_space)) {
        if (!space.empty()) close_space();
        space = tool.space;
        if (!space.empty()) open_space(tool);
      }
      count += one(tool) ? 1 : 0;
    }
    if (!space.empty()) close_space();
    out_.end_array();
    return count;
  }

 private:
  void open_space(const Tool& first) {
    const json::Raw* members = dialect::find(own, first.extras, space_members);
    const chat::Extras extras = members == nullptr ? chat::Extras{} : members_of(*members);
    ObjectWriter object(out_, own);
    object.key("type").text("namespace");
    object.key("name").text(first.space);
    if (rules_.hints == nullptr && find_extra(extras, "description") == nullptr) {
      object.key("description").text("");
    }
    object.extras(extras, losses_);
    object.key("tools").begin_array();
  }
  void close_space() { out_.end_array().end_object(); }

  bool one(const Tool& tool) {
    if (tool.cache_control) losses_.add(loss::cache_control);
    if (tool.kind == Tool::Kind::builtin) return builtin(tool);
    if (!home_ && tool.name.empty()) {
      losses_.add(loss::tool_unnamed);
      return false;
    }
    const bool freeform = tool.kind == Tool::Kind::freeform;
    ObjectWriter object(out_, own);
    object.key("type").text(freeform ? "custom" : "function");
    if (!tool.name.empty() || find_extra(tool.extras, "name") == nullptr) {
      object.key("name").text(rules_.names == nullptr ? std::string_view(tool.name)
                                                      : rules_.names->wire(tool.space, tool.name));
    }
    if (!tool.description.empty() || is_spelled(tool.extras, spelled::empty_description)) {
      object.key("description").text(tool.description);
    }
    if (!freeform) {
      parameters(object, tool);
    } else if (tool.schema) {
      object.key("format").raw(*tool.schema);
    }
    finish(object, tool.extras);
    return true;
  }

  /// Home is where nothing is filled in; an echo must be complete.
  bool fills_in(const Tool& tool, std::string_view member) const {
    return (!home_ || rules_.hints == nullptr) && find_extra(tool.extras, member) == nullptr;
  }

  void parameters(ObjectWriter& object, const Tool& tool) {
    if (home_ && tool.schema) {
      object.key("parameters").raw(*tool.schema);
    } else if (fills_in(tool, "parameters")) {
      write_parameters(object.key("parameters"), tool.schema);
    }
    // Left out it would mean yes here, and no in the other dialects.
    if (tool.strict || fills_in(tool, "strict")) {
      object.key("strict").boolean(tool.strict.value_or(false));
    }
  }

  bool builtin(const Tool& tool) {
    if (home_) {
      ObjectWriter object(out_, own);
      finish(object, tool.extras);
      return true;
    }
    const bool search = tool.name == web_search_types.front();
    if (!search || rules_.hints == nullptr || !rules_.hints->web_search) {
      losses_.add(loss::hosted_tool, tool.name);
      return false;
    }
    out_.begin_object().key("type").text(web_search_types.front()).end_object();
    declare_foreign(tool, own, losses_);
    return true;
  }

  void finish(ObjectWriter& object, const chat::Extras& extras) {
    if (dialect::find(own, extras, space_members) == nullptr) return object.end(extras, losses_);
    chat::Extras rest = extras;
    std::erase_if(rest.members, [](const auto& member) { return member.first == space_members; });
    object.end(rest, losses_);
  }

  json::Writer& out_;
  const ToolRules& rules_;
  Losses& losses_;
  bool home_;
};

/// Whether the choice still is what the client said in a spelling of his own.
bool is_choice_in_extras(const Request& request) {
  const json::Raw* said = find_extra(request.extras, "tool_choice");
  if (said == nullptr) return false;
  Request again;
  const json::ScratchReader reader;
  std::string wrapped = "[";  // members may come twice inside of a list only
  wrapped.append(said->text()).push_back(']');
  for (const Value choice : reader->read(wrapped).items()) read_tool_choice(choice, again);
  return again.tool_choice.mode == request.tool_choice.mode &&
         again.tool_choice.allowed == request.tool_choice.allowed;
}

std::unordered_set<std::string_view> freeform_names(const Request& request) {
  std::unordered_set<std::string_view> names;
  for (const Tool& tool : request.tools) {
    if (tool.kind == Tool::Kind::freeform) names.insert(tool.name);
  }
  return names;
}

}  // namespace

std::size_t read_tools(Value tools, Request& request) {
  const std::size_t before = request.tools.size();
  for (const Value definition : tools.items()) {
    if (type_of(definition) == "namespace") {
      read_space(definition, request);
    } else {
      request.tools.push_back(read_tool(definition));
    }
  }
  return request.tools.size() - before;
}

void read_tool_choice(Value choice, Request& request) {
  bool plain = false;
  if (choice.kind() == Kind::text) {
    request.tool_choice.mode = mode_of(choice.text());
    plain = request.tool_choice.mode != ToolChoice::Mode::unset;
  } else {
    plain = read_choice_object(choice, request);
  }
  const bool understood = request.tool_choice.mode != ToolChoice::Mode::unset;
  if (!plain) (understood ? keep_spelling : keep)(request.extras, "tool_choice", choice);
}

std::size_t write_tools(json::Writer& out, const Request& request, const ToolRules& rules,
                        Losses& losses) {
  return ToolWriter(out, request, rules, losses).all(request.tools);
}

void write_tool_choice(ObjectWriter& object, const Request& request, const ToolRules& rules) {
  const ToolChoice& choice = request.tool_choice;
  const bool home = request.source == own;
  if (home && is_choice_in_extras(request)) return;
  if (choice.allowed.empty() || choice.mode == ToolChoice::Mode::none) {
    if (choice.mode != ToolChoice::Mode::unset) {
      object.key("tool_choice").text(word_for(choice.mode));
    }
    return;
  }
  const std::unordered_set<std::string_view> freeform = freeform_names(request);
  const auto tool = [&](json::Writer& out, const std::string& name) {
    const bool custom =
        home ? is_spelled(request.extras, spelled::custom_choice) : freeform.contains(name);
    out.key("type").text(custom ? "custom" : "function").key("name");
    out.text(rules.names == nullptr ? std::string_view(name) : rules.names->wire({}, name));
  };
  json::Writer& out = object.key("tool_choice").begin_object();
  if (choice.allowed.size() == 1 && choice.mode == ToolChoice::Mode::required &&
      !(home && is_spelled(request.extras, spelled::allowed_choice))) {
    tool(out, choice.allowed.front());
  } else {
    out.key("type").text("allowed_tools").key("mode").text(word_for(choice.mode));
    out.key("tools").begin_array();
    for (const std::string& name : choice.allowed) {
      out.begin_object();
      tool(out, name);
      out.end_object();
    }
    out.end_array();
  }
  out.end_object();
}

}  // namespace omni::dialect::openai_responses
