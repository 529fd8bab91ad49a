#include "dialect/tool_names.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>
#include <variant>

#include "base/hash.h"
#include "dialect/framing.h"
#include "json/scratch_reader.h"

namespace omni::dialect {

using chat::ToolCall;
using chat::ToolResult;

namespace {

constexpr std::size_t hash_digits = 8;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_allowed(char c, const NameRules& rules) {
  return is_letter(c) || is_digit(c) || rules.also.find(c) != std::string_view::npos;
}

bool fits(std::string_view name, const NameRules& rules) {
  if (name.empty() || name.size() > rules.length_max) return false;
  if (rules.starts_with_letter && !is_letter(name.front())) return false;
  return std::all_of(name.begin(), name.end(), [&](char c) { return is_allowed(c, rules); });
}

std::string flattened(std::string_view space, std::string_view name) {
  std::string out(space);
  if (!space.empty() && !space.ends_with("__")) out += "__";
  return out.append(name);
}

/// One underscore for each character, of however many bytes, that is not allowed.
std::string cleaned(std::string_view name, const NameRules& rules) {
  std::string out;
  if (rules.starts_with_letter && !is_letter(name.front())) out += '_';
  for (const char c : name) {
    const bool continues = (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
    if (is_allowed(c, rules)) {
      out += c;
    } else if (!continues) {
      out += '_';
    }
  }
  return out;
}

std::string digits_of(std::string_view space, std::string_view name, std::size_t attempt) {
  std::string key(space);
  key += '\0';
  key += name;
  key.append(attempt, '\0');
  return to_hex(sha256(key)).substr(0, hash_digits);
}

/// Shows the names by which the conversation speaks of tools, which need not be among its tools.
template <typename Visit>
void visit_mentions(const chat::Request& request, const Visit& visit) {
  for (const chat::Message& message : request.messages) {
    for (const chat::Part& part : message.parts) {
      if (const auto* call = std::get_if<ToolCall>(&part.body)) {
        visit(call->space, call->name);
      } else if (const auto* result = std::get_if<ToolResult>(&part.body)) {
        visit(std::string_view(), result->name);
      }
    }
  }
  for (const std::string& name : request.tool_choice.allowed) visit(std::string_view(), name);
}

/// What the model said to the one argument of the function that stands for a freeform tool; the
/// whole text if it did not answer as it was told.
std::string freeform_input(std::string_view text) {
  json::ScratchReader reader;
  const json::Value root = reader->read(text);
  if (root.kind() == json::Kind::object) {
    const json::Value input = root.find("input");
    if (input.kind() == json::Kind::text) return std::string(input.text());
  }
  return std::string(text);
}

}  // namespace

std::string freeform_description(const chat::Tool& tool) {
  std::string description = tool.description;
  if (!tool.schema) return description;
  const json::ScratchReader reader;
  const json::Value format = reader->read(tool.schema->text());
  if (format.kind() != json::Kind::object) return description;
  const json::Value grammar = format.find("definition");
  if (grammar.kind() != json::Kind::text) return description;
  if (!description.empty()) description += "\n\n";
  return description.append("`input` must obey this grammar:\n").append(grammar.text());
}

class ToolNames::Builder {
 public:
  Builder(const NameRules& rules, Losses& losses) : rules_(rules), losses_(losses) {}

  bool stays(const chat::Tool& tool) const {
    return tool.kind == chat::Tool::Kind::builtin ||
           (stays(tool.space, tool.name) && !is_converted(tool));
  }
  bool stays(std::string_view space, std::string_view name) const {
    return name.empty() || keeps_name(space, name);  // a tool without a name is left out later
  }

  /// Names that stay are theirs who have them; the others make way.
  void reserve(std::string_view space, std::string_view name) {
    if (!name.empty() && keeps_name(space, name)) taken_.emplace(name);
  }
  void add(const chat::Tool& tool);
  void add_mention(std::string_view space, std::string_view name);

  std::vector<Row> take_rows() { return std::move(rows_); }

 private:
  static constexpr std::size_t no_row = ~std::size_t{0};

  bool keeps_name(std::string_view space, std::string_view name) const {
    return (space.empty() || rules_.has_spaces) && fits(name, rules_);
  }
  bool is_converted(const chat::Tool& tool) const {
    return tool.kind == chat::Tool::Kind::freeform && !rules_.has_freeform;
  }
  std::string wire_for(std::string_view space, std::string_view name);

  const NameRules& rules_;
  Losses& losses_;
  std::set<std::string> taken_;
  std::set<std::pair<std::string_view, std::string_view>> seen_;
  std::map<std::string_view, std::size_t> by_bare_name_;  // a tool's row; no_row if it has no space
  std::vector<Row> rows_;
};

void ToolNames::Builder::add(const chat::Tool& tool) {
  if (tool.space.empty()) by_bare_name_[tool.name] = no_row;
  if (stays(tool) || !seen_.emplace(tool.space, tool.name).second) return;
  Row row{tool.space, tool.name, wire_for(tool.space, tool.name), is_converted(tool)};
  if (row.freeform_as_function) losses_.add(loss::freeform_tool, tool.name);
  by_bare_name_.emplace(tool.name, rows_.size());
  rows_.push_back(std::move(row));
}

/// A mention without a namespace may mean a tool that is in one: choices of tools never say it.
void ToolNames::Builder::add_mention(std::string_view space, std::string_view name) {
  const auto tool = space.empty() ? by_bare_name_.find(name) : by_bare_name_.end();
  const bool in_space = tool != by_bare_name_.end() && tool->second != no_row;
  if ((!in_space && stays(space, name)) || !seen_.emplace(space, name).second) return;
  std::string wire = in_space ? rows_[tool->second].wire : wire_for(space, name);
  rows_.push_back({std::string(space), std::string(name), std::move(wire), false, in_space});
}

std::string ToolNames::Builder::wire_for(std::string_view space, std::string_view name) {
  if (keeps_name(space, name)) return std::string(name);
  const bool flatten = !space.empty() && !rules_.has_spaces;
  const std::string full = flatten ? flattened(space, name) : std::string(name);
  if (flatten) losses_.add(loss::tool_namespace, space);

  std::string wire = cleaned(full, rules_);
  if (wire.size() > rules_.length_max || taken_.contains(wire)) {
    const std::string stem = wire.substr(0, rules_.length_max - hash_digits - 1) + "_";
    std::size_t attempt = 0;
    do {
      wire = stem + digits_of(space, name, attempt++);
    } while (taken_.contains(wire));
  }
  if (wire != full) losses_.add(loss::tool_name, full);
  taken_.insert(wire);
  return wire;
}

ToolNames::ToolNames(const chat::Request& request, const NameRules& rules, Losses& losses) {
  Builder builder(rules, losses);
  const auto stays = [&](const chat::Tool& tool) { return builder.stays(tool); };
  bool all_stay = std::all_of(request.tools.begin(), request.tools.end(), stays);
  visit_mentions(request, [&](std::string_view space, std::string_view name) {
    all_stay = all_stay && builder.stays(space, name);
  });
  if (all_stay) return;

  for (const chat::Tool& tool : request.tools) builder.reserve(tool.space, tool.name);
  for (const chat::Tool& tool : request.tools) builder.add(tool);
  visit_mentions(request, [&](std::string_view space, std::string_view name) {
    builder.add_mention(space, name);
  });
  rows_ = builder.take_rows();

  std::sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) {
    return std::tie(a.space, a.name) < std::tie(b.space, b.name);
  });
  for (std::uint32_t i = 0; i < rows_.size(); ++i) {
    if (!rows_[i].alias) by_wire_.push_back(i);
  }
  std::sort(by_wire_.begin(), by_wire_.end(),
            [&](std::uint32_t a, std::uint32_t b) { return rows_[a].wire < rows_[b].wire; });
}

std::string_view ToolNames::wire(std::string_view space, std::string_view name) const {
  using Key = std::pair<std::string_view, std::string_view>;
  const auto before = [](const Row& row, const Key& key) { return Key(row.space, row.name) < key; };
  const auto row = std::lower_bound(rows_.begin(), rows_.end(), Key(space, name), before);
  return row != rows_.end() && row->space == space && row->name == name ? row->wire : name;
}

const ToolNames::Row* ToolNames::find_wire(std::string_view wire) const {
  const auto before = [&](std::uint32_t row, std::string_view key) {
    return rows_[row].wire < key;
  };
  const auto found = std::lower_bound(by_wire_.begin(), by_wire_.end(), wire, before);
  return found != by_wire_.end() && rows_[*found].wire == wire ? &rows_[*found] : nullptr;
}

void ToolNames::restore(ToolCall& call) const {
  const Row* row = find_wire(call.name);
  if (row == nullptr) return;
  call.name = row->name;
  call.space = row->space;
  if (!row->freeform_as_function) return;
  call.input = freeform_input(call.input);
  call.form = ToolCall::Form::freeform;
}

void ToolNames::restore(chat::Reply& reply) const {
  if (empty()) return;
  for (chat::Choice& choice : reply.choices) {
    for (chat::Part& part : choice.parts) {
      if (auto* call = std::get_if<ToolCall>(&part.body)) restore(*call);
    }
  }
}

void RestoreSink::on(const chat::Event& event) {
  if (failed_) return;
  if (const auto* delta = std::get_if<chat::PartDelta>(&event)) {
    if (hold(*delta)) return;
  } else if (const auto* part = std::get_if<chat::PartBegin>(&event)) {
    if (begin(*part)) return;
  } else if (const auto* end = std::get_if<chat::PartEnd>(&event)) {
    release(*end);
  }
  next_.on(event);
}

bool RestoreSink::begin(const chat::PartBegin& begin) {
  const auto* call = std::get_if<ToolCall>(&begin.seed.body);
  const auto* row = call == nullptr ? nullptr : names_.find_wire(call->name);
  if (row == nullptr) return false;
  chat::Part seed = begin.seed;
  ToolCall& restored = std::get<ToolCall>(seed.body);
  restored.name = row->name;
  restored.space = row->space;
  if (row->freeform_as_function) {
    restored.form = ToolCall::Form::freeform;
    held_.push_back({begin.choice, {}});
  }
  next_.on(chat::PartBegin{begin.choice, begin.part, seed});
  return true;
}

bool RestoreSink::hold(const chat::PartDelta& delta) {
  const auto held = find_held(delta.choice);
  if (held == held_.end()) return false;
  if (held->input.size() + delta.text.size() > frame_bytes_max) {
    failed_ = true;
    chat::Failure failure;
    failure.status = 502;
    failure.message = "Upstream sent a tool call of too many bytes";
    next_.on(chat::ReplyFailed{failure});
  } else {
    held->input += delta.text;
  }
  return true;
}

void RestoreSink::release(const chat::PartEnd& end) {
  const auto held = find_held(end.choice);
  if (held == held_.end()) return;
  const std::string input = freeform_input(held->input);
  if (!input.empty()) next_.on(chat::PartDelta{end.choice, end.part, input});
  held_.erase(held);
}

std::vector<RestoreSink::Held>::iterator RestoreSink::find_held(int choice) {
  return std::find_if(held_.begin(), held_.end(),
                      [&](const Held& held) { return held.choice == choice; });
}

}  // namespace omni::dialect
