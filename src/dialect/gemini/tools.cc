// What the model may call:
//
//     "tools": [{"functionDeclarations": [{"name": "…", "description": "…", "parameters": {…}},
//                                         {"name": "…", "parametersJsonSchema": {…}}]},
//               {"googleSearch": {}}, {"codeExecution": {}}]
//     "toolConfig": {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["…"]}}
//
// `parameters` is Google's own schema, `parametersJsonSchema` that of everyone.  What Google runs
// itself is a member of an entry, and that member is its definition.

#include <algorithm>
#include <array>
#include <string>

#include "dialect/gemini/request.h"
#include "dialect/gemini/schema.h"
#include "dialect/tool_names.h"

namespace omni::dialect::gemini {

using chat::Tool;
using chat::ToolChoice;
using json::Value;

// ---- Reading

namespace {

Tool read_function(Value declaration, std::uint32_t spelling) {
  Tool tool;
  for (const auto [name, value] : declaration.members()) {
    if (!value.is_null()) {
      if (name == "name" && take(tool.name, value)) continue;
      if (name == "description" && take(tool.description, value)) continue;
      const bool googles = name == "parameters";
      if ((googles || is(name, parameters_json_schema, spelling)) && !tool.schema) {
        if (googles) spelling |= in_parameters;
        if (read_schema(tool.schema, value, googles ? Words::googles : Words::unsure)) continue;
        if (tool.schema) {
          keep(tool.extras, as_it_came, name, value);
          continue;
        }
      }
    }
    keep(tool.extras, at_top, name, value);
  }
  set_spelling(tool.extras, spelling);
  return tool;
}

Tool read_hosted(std::string_view name, Value value) {
  static constexpr std::array<std::string_view, 4> searches{
      "googleSearch", "google_search", "googleSearchRetrieval", "google_search_retrieval"};
  Tool tool;
  tool.kind = Tool::Kind::builtin;
  const bool search = std::find(searches.begin(), searches.end(), name) != searches.end();
  tool.name = search && !value.is_null() ? "web_search" : name;
  keep(tool.extras, at_top, name, value);
  return tool;
}

/// Its first tool tells later where an entry begins; one without any is a tool without a name.
void read_entry(chat::Request& request, Value entry) {
  const std::size_t before = request.tools.size();
  for (const auto [name, value] : entry.members()) {
    std::uint32_t spelling = 0;
    bool any = false;
    if (is(name, function_declarations, spelling) && !value.is_null()) {
      any = for_each(value, declaration_single, spelling, [&](Value declaration) {
        request.tools.push_back(read_function(declaration, spelling));
      });
    }
    if (!any) request.tools.push_back(read_hosted(name, value));
  }
  if (request.tools.size() == before) request.tools.emplace_back().kind = Tool::Kind::builtin;
  set_spelling(request.tools[before].extras, begins_entry);
}

struct ModeRow {
  std::string_view word;
  ToolChoice::Mode mode;
  std::uint32_t spelling;
};
constexpr std::array<ModeRow, 4> modes{
    {{"auto", ToolChoice::Mode::automatic, 0},
     {"any", ToolChoice::Mode::required, 0},
     {"none", ToolChoice::Mode::none, 0},
     {"validated", ToolChoice::Mode::automatic, mode_validated}}};

bool read_mode(ToolChoice& choice, Value value, std::uint32_t& spelling) {
  std::uint32_t bits = 0;
  const std::string word = small_word(value, mode_in_lower_case, bits);
  for (const ModeRow& row : modes) {
    if (row.word != word) continue;
    choice.mode = row.mode;
    spelling |= bits | row.spelling;
    return true;
  }
  return false;
}

void read_calling_config(chat::Request& request, Value config, std::uint32_t& spelling) {
  ToolChoice& choice = request.tool_choice;
  for (const auto [name, value] : config.members()) {
    if (!value.is_null()) {
      if (name == "mode" && read_mode(choice, value, spelling)) continue;
      if (is(name, allowed_names, spelling) && take(choice.allowed, value)) continue;
    }
    keep(request.extras, at_calling_config, name, value);
  }
}

}  // namespace

void read_tools(chat::Request& request, Value tools, std::uint32_t& spelling) {
  const bool any =
      for_each(tools, tools_single, spelling, [&](Value entry) { read_entry(request, entry); });
  if (!any) keep(request.extras, at_top, "tools", tools);
}

void read_tool_config(chat::Request& request, Value config, std::uint32_t& spelling) {
  for (const auto [name, value] : config.members()) {
    const bool calling = !value.is_null() && is(name, calling_config, spelling);
    const bool read = calling && descend(value, [&](Value inner) {
                        read_calling_config(request, inner, spelling);
                      });
    if (!read) keep(request.extras, at_tool_config, name, value);
  }
}

// ---- Writing

namespace {

bool is_function(const Tool& tool) { return tool.kind != Tool::Kind::builtin; }

void write_home_function(json::Writer& out, const Tool& tool, const Sending& sending) {
  ObjectWriter object(out, own);
  const std::uint32_t spelling = spelling_of(tool.extras);
  if (!tool.name.empty()) object.key("name").text(tool.name);
  if (!tool.description.empty()) object.key("description").text(tool.description);
  if (tool.schema) {
    const bool googles = (spelling & in_parameters) != 0;
    const std::string_view name =
        googles ? "parameters" : spelled(parameters_json_schema, spelling);
    const json::Raw* const original = kept(tool.extras, as_it_came, name);
    object.key(name).raw(spelled_at_home(*tool.schema, original));
  }
  write_kept(object, tool.extras, at_top, sending.out.losses);
  object.end();
}

/// Groups tools into entries as they came.
class HomeTools {
 public:
  HomeTools(json::Writer& out, const Sending& sending) : out_(out), sending_(sending) {}

  void write() {
    const std::vector<Tool>& tools = sending_.request.tools;
    const bool single = sending_.has(tools_single) && entries() == 1;
    if (!single) out_.begin_array();
    for (std::size_t at = 0; at < tools.size();) {
      if (at == 0 || begins(at) || (listed_ && is_function(tools[at]))) begin_entry();
      at = is_function(tools[at]) ? write_list(at) : write_hosted(at);
    }
    if (open_) out_.end_object();
    if (!single) out_.end_array();
  }

 private:
  bool begins(std::size_t at) const {
    return (spelling_of(sending_.request.tools[at].extras) & begins_entry) != 0;
  }
  std::size_t entries() const {
    std::size_t count = 1;
    for (std::size_t at = 1; at < sending_.request.tools.size(); ++at) count += begins(at) ? 1 : 0;
    return count;
  }
  void begin_entry() {
    if (open_) out_.end_object();
    out_.begin_object();
    open_ = true;
    listed_ = false;
  }
  std::size_t write_hosted(std::size_t at) {
    for (const auto& [name, value] : sending_.request.tools[at].extras.members)
      out_.key(wire_name(name)).raw(value);
    return at + 1;
  }
  std::size_t write_list(std::size_t first) {
    const std::vector<Tool>& tools = sending_.request.tools;
    std::size_t end = first + 1;
    while (end < tools.size() && is_function(tools[end]) && !begins(end)) ++end;
    const std::uint32_t spelling = spelling_of(tools[first].extras);
    const bool single = end == first + 1 && (spelling & declaration_single) != 0;
    out_.key(spelled(function_declarations, spelling));
    if (!single) out_.begin_array();
    for (std::size_t at = first; at < end; ++at) write_home_function(out_, tools[at], sending_);
    if (!single) out_.end_array();
    listed_ = true;
    return end;
  }

  json::Writer& out_;
  const Sending& sending_;
  bool open_ = false;
  bool listed_ = false;  // the entry has its functions
};

void write_schema(ObjectWriter& object, const Tool& tool, const Sending& sending) {
  const bool freeform = tool.kind == Tool::Kind::freeform;
  if (!freeform && !tool.schema) return;
  const std::string_view schema = freeform ? freeform_schema : tool.schema->text();
  if (!sending.hints.clean_schemas) {
    object.key(parameters_json_schema.camel).raw(schema);
    return;
  }
  const CleanSchema clean = clean_schema(schema);
  if (clean.simplified) sending.out.losses.add(loss::tool_schema, tool.name);
  if (!clean.empty) object.key("parameters").raw(clean.schema);
}

void write_foreign_function(json::Writer& out, const Tool& tool, const Sending& sending) {
  Losses& losses = sending.out.losses;
  ObjectWriter object(out, own);
  object.key("name").text(sending.out.names.wire(tool.space, tool.name));
  const bool freeform = tool.kind == Tool::Kind::freeform;
  const std::string description = freeform ? freeform_description(tool) : tool.description;
  if (!description.empty()) object.key("description").text(description);
  write_schema(object, tool, sending);
  if (tool.strict.value_or(false)) losses.add(loss::tool_strict);
  if (tool.cache_control) losses.add(loss::cache_control);
  object.end(tool.extras, losses);
}

/// Google's search and functions exclude each other, and what is the client's comes first.
void write_foreign_tools(ObjectWriter& root, const Sending& sending) {
  bool searches = false;
  json::Writer& out = root.out();
  if (sending.functions) {
    root.key("tools").begin_array().begin_object();
    out.key(function_declarations.camel).begin_array();
  }
  for (const Tool& tool : sending.request.tools) {
    if (!is_function(tool)) {
      const bool search =
          tool.name == "web_search" && sending.hints.web_search && !sending.functions;
      searches = searches || search;
      search ? declare_foreign(tool, own, sending.out.losses)
             : sending.out.losses.add(loss::hosted_tool, tool.name);
    } else if (tool.name.empty()) {
      sending.out.losses.add(loss::tool_unnamed);
    } else {
      write_foreign_function(out, tool, sending);
    }
  }
  if (sending.functions) out.end_array().end_object().end_array();
  if (searches) root.key("tools").raw(R"([{"googleSearch":{}}])");
}

std::string_view mode_word(const ToolChoice& choice, bool validated) {
  for (const ModeRow& row : modes) {
    if (row.mode == choice.mode && (row.spelling != 0) == validated) return row.word;
  }
  return {};
}

/// Outside of `any` names narrow the choice only where the calls are validated.
void write_calling_config(ObjectWriter& object, const Sending& sending) {
  const ToolChoice& choice = sending.request.tool_choice;
  using Mode = ToolChoice::Mode;
  const bool narrow = !sending.home && !choice.allowed.empty() && choice.mode != Mode::none;
  ToolChoice said{choice.mode, {}, {}};
  if (narrow && said.mode == Mode::unset) said.mode = Mode::automatic;
  const bool automatic = said.mode == Mode::automatic;
  const bool validated = automatic && (narrow || sending.has(mode_validated));
  const std::string_view mode = mode_word(said, validated);
  if (!mode.empty())
    object.key("mode").text(sending.has(mode_in_lower_case) ? std::string(mode) : capitals(mode));
  if (!choice.allowed.empty() && (narrow || sending.home)) {
    json::Writer& names = object.key(sending.name(allowed_names)).begin_array();
    for (const std::string& name : choice.allowed) names.text(sending.out.names.wire({}, name));
    names.end_array();
  }
  if (sending.home)
    write_kept(object, sending.request.extras, at_calling_config, sending.out.losses);
}

}  // namespace

void write_tools(ObjectWriter& root, const Sending& sending) {
  if (sending.request.tools.empty()) return;
  if (sending.home) {
    HomeTools(root.key("tools"), sending).write();
  } else {
    write_foreign_tools(root, sending);
  }
}

void write_tool_config(ObjectWriter& root, const Sending& sending) {
  if (!sending.home && !sending.request.tool_choice.parallel.value_or(true))
    sending.out.losses.add(loss::parallel_calls);
  if (!sending.home && !sending.functions) return;
  write_object(root, sending.name(tool_config), [&](ObjectWriter& config) {
    write_object(config, sending.name(calling_config),
                 [&](ObjectWriter& object) { write_calling_config(object, sending); });
    if (sending.home)
      write_kept(config, sending.request.extras, at_tool_config, sending.out.losses);
  });
}

}  // namespace omni::dialect::gemini
