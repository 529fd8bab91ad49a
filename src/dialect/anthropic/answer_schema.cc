// Anthropic makes a grammar of the schema, and refuses what it cannot put into one:
//
//     taken      type properties required items anyOf $ref enum const format title description
//                default, minItems of 0 and 1, and at the top $defs and definitions
//     demanded   "additionalProperties": false of every object
//     refused    bounds of numbers, lengths and lists, most patterns, recursion, too many choices

#include "dialect/anthropic/answer_schema.h"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "dialect/schema_annotation.h"
#include "json/scratch_reader.h"
#include "json/writer.h"

namespace omni::dialect::anthropic {
namespace {

using json::Kind;
using json::Value;

constexpr int depth_max = 48;  // of schemas in schemas: each is two levels of JSON
constexpr std::size_t active_max = 32;
constexpr std::size_t optional_max = 24;  // properties that may be missing
constexpr std::size_t unions_max = 16;    // schemas of several types or branches

constexpr std::array<std::string_view, 6> kept{"type",    "title", "description",
                                               "default", "enum",  "const"};
constexpr std::array<std::string_view, 3> alternatives{"anyOf", "oneOf", "allOf"};
constexpr std::array<std::string_view, 2> definitions{"$defs", "definitions"};
constexpr std::array<std::string_view, 10> formats{"date-time", "time", "date", "duration", "email",
                                                   "hostname",  "uri",  "ipv4", "ipv6",     "uuid"};

template <std::size_t Size>
bool is_among(const std::array<std::string_view, Size>& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

bool is_kept(std::string_view key, Value value) {
  if (key == "format") return value.kind() == Kind::text && is_among(formats, value.text());
  if (key == "minItems") return value.slice() == "0" || value.slice() == "1";
  return is_among(kept, key);
}

bool says(Value value, std::string_view word) {
  return value.kind() == Kind::text && value.text() == word;
}

bool names_object(Value type) {
  if (type.kind() != Kind::array) return says(type, "object");
  for (const Value word : type.items()) {
    if (says(word, "object")) return true;
  }
  return false;
}

bool is_simple(Value value) { return value.kind() != Kind::object && value.kind() != Kind::array; }

bool are_simple(Value list) {
  if (list.kind() != Kind::array) return false;
  for (const Value item : list.items()) {
    if (!is_simple(item)) return false;
  }
  return true;
}

class Closer {
 public:
  explicit Closer(Value root) : root_(root) { gather_definitions(); }

  AnswerSchema close() {
    write(root_, 0);
    if (!fits_ || leads_back(root_)) return {};
    return {json::Raw::trusted(std::move(out_)), simplified_};
  }

 private:
  void write(Value schema, int depth);
  void write_reference(Value reference);
  void write_members(Value schema, int depth);
  void write_object(Value schema, int depth);
  void write_member(std::string_view key, Value value, int depth);
  void write_branches(std::string_view key, Value branches, int depth);
  void write_map(std::string_view key, Value schemas, int depth);
  void write_required(Value names, Value properties);

  void gather_definitions();
  void count(std::size_t& some, std::size_t more, std::size_t max);
  Value target(std::string_view pointer) const;
  bool leads_back(Value value);
  bool leads_back(std::string_view pointer);

  Value root_;
  std::unordered_map<std::string, Value> definitions_;  // by the references to them
  std::string out_;
  json::Writer writer_{out_};
  bool fits_ = true;
  bool simplified_ = false;
  std::size_t optional_ = 0, unions_ = 0;
  std::vector<std::string_view> active_;           // references that we are inside of
  std::unordered_set<std::string_view> followed_;  // that lead to an end
};

void Closer::write(Value schema, int depth) {
  if (schema.kind() != Kind::object || depth > depth_max) fits_ = false;
  if (!fits_) return void(writer_.null());
  writer_.begin_object();
  if (const Value reference = schema.find("$ref")) {
    write_reference(reference);
  } else {
    write_members(schema, depth);
  }
  for (const std::string_view key : definitions) {
    const Value map = schema.find(key);
    if (map && depth == 0) write_map(key, map, depth);
  }
  writer_.end_object();
}

/// It stands alone: what is beside it was never a rule in the older drafts.
void Closer::write_reference(Value reference) {
  if (reference.kind() != Kind::text || !target(reference.text())) fits_ = false;
  writer_.key("$ref").raw(reference.slice());
}

void Closer::write_members(Value schema, int depth) {
  const Value type = schema.find("type");
  const auto branched = std::ranges::count_if(
      alternatives, [&](std::string_view key) { return bool(schema.find(key)); });
  const bool object = names_object(type) || schema.find("properties");
  const bool valued = schema.find("enum") || schema.find("const");
  // Branches are closed as well, and would allow nothing of what stands beside them.
  if (branched > (object ? 0 : 1)) fits_ = false;
  if (!type && !object && !valued && branched == 0) fits_ = false;
  if (type.kind() == Kind::array || branched > 0) count(unions_, 1, unions_max);

  if (object && !type) writer_.key("type").text("object");
  for (const auto [key, value] : schema.members()) write_member(key, value, depth);
  if (object) write_object(schema, depth);
}

void Closer::write_member(std::string_view key, Value value, int depth) {
  if (is_among(alternatives, key)) return write_branches(key, value, depth);
  if (key == "properties" || key == "required" || key == "additionalProperties") return;
  if (key == "items" && value.kind() == Kind::object) {
    writer_.key(key);
    return write(value, depth + 1);
  }
  if (is_kept(key, value)) {
    writer_.key(key).raw(value.slice());
  } else {
    simplified_ = simplified_ || !is_annotation(key);
  }
  if (key == "enum" && !are_simple(value)) fits_ = false;
  if (key == "const" && !is_simple(value)) fits_ = false;
}

/// One branch of which all must hold is one of which any must.
void Closer::write_branches(std::string_view key, Value branches, int depth) {
  if (branches.kind() != Kind::array) return void(fits_ = false);
  writer_.key("anyOf").begin_array();
  std::size_t branched = 0;
  for (const Value branch : branches.items()) {
    write(branch, depth + 1);
    ++branched;
  }
  writer_.end_array();
  if (branched == 0 || (branched > 1 && key == "allOf")) fits_ = false;
  if (branched > 1 && key == "oneOf") simplified_ = true;
}

void Closer::write_map(std::string_view key, Value schemas, int depth) {
  if (schemas.kind() != Kind::object) return void(fits_ = false);
  writer_.key(key).begin_object();
  for (const auto [name, schema] : schemas.members()) {
    writer_.key(name);
    write(schema, depth + 1);
  }
  writer_.end_object();
}

/// That an object is closed is what models do by themselves, unless it was said to be open.
void Closer::write_object(Value schema, int depth) {
  const Value properties = schema.find("properties");
  const Value more = schema.find("additionalProperties");
  const bool closed = more.kind() == Kind::boolean && !more.boolean();
  const bool empty = properties.slice().find('"') == std::string_view::npos;
  if (empty && !closed) fits_ = false;
  if (more && !closed) simplified_ = true;
  if (properties) write_map("properties", properties, depth);
  if (!fits_) return;
  write_required(schema.find("required"), properties);
  writer_.key("additionalProperties").boolean(false);
}

void Closer::write_required(Value names, Value properties) {
  std::unordered_set<std::string_view> optional;
  for (const auto [name, unused] : properties.members()) optional.insert(name);
  if (names.kind() == Kind::array) {
    writer_.key("required").begin_array();
    for (const Value name : names.items()) {
      if (name.kind() == Kind::text && optional.erase(name.text()) > 0) writer_.raw(name.slice());
    }
    writer_.end_array();
  }
  count(optional_, optional.size(), optional_max);
}

/// Nothing more is written of a schema that has too many.
void Closer::count(std::size_t& some, std::size_t more, std::size_t max) {
  some += more;
  if (some > max) fits_ = false;
}

void Closer::gather_definitions() {
  if (root_.kind() != Kind::object) return;
  for (const std::string_view key : definitions) {
    const Value map = root_.find(key);
    if (map.kind() != Kind::object) continue;
    for (const auto [name, schema] : map.members()) {
      definitions_.emplace("#/" + std::string(key) + "/" + std::string(name), schema);
    }
  }
}

/// What a reference points to, if it is a definition at the top.
Value Closer::target(std::string_view pointer) const {
  const auto found = definitions_.find(std::string(pointer));
  return found == definitions_.end() ? Value() : found->second;
}

/// Whether a reference in it leads to where we have been before.
bool Closer::leads_back(Value value) {
  if (value.kind() == Kind::array) {
    for (const Value item : value.items()) {
      if (leads_back(item)) return true;
    }
  }
  if (value.kind() != Kind::object) return false;
  for (const auto [key, member] : value.members()) {
    const bool reference = key == "$ref" && member.kind() == Kind::text;
    if (reference ? leads_back(member.text()) : leads_back(member)) return true;
  }
  return false;
}

bool Closer::leads_back(std::string_view pointer) {
  if (followed_.contains(pointer)) return false;
  if (std::ranges::find(active_, pointer) != active_.end() || active_.size() > active_max) {
    return true;
  }
  active_.push_back(pointer);
  if (leads_back(target(pointer))) return true;
  active_.pop_back();
  followed_.insert(pointer);
  return false;
}

}  // namespace

AnswerSchema answer_schema(std::string_view schema) {
  json::ScratchReader reader;
  return Closer(reader->read(schema)).close();
}

}  // namespace omni::dialect::anthropic
