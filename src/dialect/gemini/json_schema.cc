// Google's schema is JSON Schema but for a few words:
//
//     {"type": "OBJECT", "properties": {"n": {"type": "INTEGER", "nullable": true}},
//      "propertyOrdering": ["n"], "minProperties": "1"}

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/strings.h"
#include "dialect/gemini/schema.h"
#include "json/scratch_reader.h"
#include "json/writer.h"

namespace omni::dialect::gemini {

using json::Kind;
using json::Raw;
using json::Value;

namespace {

constexpr std::array<std::string_view, 7> capital_types{"STRING", "NUMBER", "INTEGER", "BOOLEAN",
                                                        "ARRAY",  "OBJECT", "NULL"};
constexpr std::array<std::string_view, 6> counts{"minItems",  "maxItems",      "minLength",
                                                 "maxLength", "minProperties", "maxProperties"};
constexpr std::array<std::string_view, 4> maps{"properties", "$defs", "definitions",
                                               "patternProperties"};
constexpr std::array<std::string_view, 8> schemas{
    "items", "additionalProperties", "not", "anyOf", "oneOf", "allOf", "prefixItems", "contains"};
constexpr std::string_view null_schema = R"({"type":"null"})";
constexpr int depth_max = 100;  // of schemas in schemas; what is deeper stays as it is

template <std::size_t Size>
bool is_among(const std::array<std::string_view, Size>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

class Converter {
 public:
  std::optional<Raw> convert(Value schema) {
    out_.reserve(schema.slice().size() + 16);
    write(schema, 0);
    if (!changed_) return std::nullopt;
    return Raw::trusted(std::move(out_));
  }

 private:
  /// What `nullable` of a schema goes into.
  struct Null {
    bool wanted = false;
    bool in_type = false, in_any_of = false;
  };

  void write(Value schema, int depth);
  void write_member(std::string_view key, Value value, const Null& null, int depth);
  void write_in_order(Value properties, Value ordering, int depth);
  void write_type(Value type, const Null& null);
  void write_word(Value word);
  void write_count(Value text);
  void write_list(Value list, int depth, std::string_view more);
  static Null null_of(Value schema);

  std::string out_;
  json::Writer writer_{out_};
  bool changed_ = false;
};

Converter::Null Converter::null_of(Value schema) {
  Null null;
  for (const auto [key, value] : schema.members()) {
    if (key == "nullable") null.wanted = value.kind() == Kind::boolean && value.boolean();
    if (key == "type") null.in_type = true;
    if (key == "anyOf") null.in_any_of = true;
  }
  return null;
}

void Converter::write(Value schema, int depth) {
  if (schema.kind() != Kind::object || depth > depth_max) {
    writer_.raw(schema.slice());
    return;
  }
  const Null null = null_of(schema);
  const Value ordering = schema.find("propertyOrdering");
  writer_.begin_object();
  for (const auto [key, value] : schema.members()) {
    if (key == "properties" && value.kind() == Kind::object && ordering.kind() == Kind::array) {
      write_in_order(value, ordering, depth);
    } else {
      write_member(key, value, null, depth);
    }
  }
  writer_.end_object();
}

/// Others have no word for the order in which a model shall write the properties, but models keep
/// to that in which they stand.
void Converter::write_in_order(Value properties, Value ordering, int depth) {
  std::unordered_map<std::string_view, std::size_t> ranks;
  for (const Value name : ordering.items()) {
    if (name.kind() == Kind::text) ranks.emplace(name.text(), ranks.size());
  }
  std::vector<json::Member> ordered;
  for (const json::Member member : properties.members()) ordered.push_back(member);
  std::ranges::stable_sort(ordered, {}, [&](const json::Member& member) {
    const auto rank = ranks.find(member.key);
    return rank == ranks.end() ? ranks.size() : rank->second;
  });
  writer_.key("properties").begin_object();
  for (const auto& [name, property] : ordered) {
    writer_.key(name);
    write(property, depth + 1);
  }
  writer_.end_object();
}

void Converter::write_member(std::string_view key, Value value, const Null& null, int depth) {
  const Kind kind = value.kind();
  if (key == "nullable" || key == "propertyOrdering") {
    changed_ = true;
    return;
  }
  writer_.key(key);
  if (key == "type") {
    write_type(value, null);
  } else if (is_among(maps, key) && kind == Kind::object) {
    writer_.begin_object();
    for (const auto [name, property] : value.members()) {
      writer_.key(name);
      write(property, depth + 1);
    }
    writer_.end_object();
  } else if (key == "enum" && kind == Kind::array && null.wanted) {
    writer_.begin_array();
    bool has_null = false;
    for (const Value item : value.items()) {
      has_null = has_null || item.is_null();
      writer_.raw(item.slice());
    }
    if (!has_null) writer_.null();
    writer_.end_array();
  } else if (is_among(schemas, key) && kind == Kind::array) {
    const bool with_null = key == "anyOf" && null.wanted && !null.in_type;
    write_list(value, depth, with_null ? null_schema : std::string_view{});
  } else if (is_among(schemas, key)) {
    write(value, depth + 1);
  } else if (is_among(counts, key) && kind == Kind::text) {
    write_count(value);
  } else {
    writer_.raw(value.slice());
  }
}

void Converter::write_count(Value text) {
  constexpr std::uint64_t count_max = std::uint64_t{1} << 53;
  const std::optional<std::uint64_t> count = parse_unsigned(text.text());
  if (!count || *count > count_max) {
    writer_.raw(text.slice());
    return;
  }
  writer_.integer(static_cast<std::int64_t>(*count));
  changed_ = true;
}

void Converter::write_type(Value type, const Null& null) {
  if (type.kind() == Kind::array) {
    writer_.begin_array();
    for (const Value word : type.items()) write_word(word);
    writer_.end_array();
  } else if (null.wanted) {
    writer_.begin_array();
    write_word(type);
    writer_.text("null").end_array();
  } else {
    write_word(type);
  }
}

void Converter::write_word(Value word) {
  if (word.kind() == Kind::text && is_among(capital_types, word.text())) {
    writer_.text(to_lower(word.text()));
    changed_ = true;
  } else {
    writer_.raw(word.slice());
  }
}

void Converter::write_list(Value list, int depth, std::string_view more) {
  writer_.begin_array();
  for (const Value item : list.items()) write(item, depth + 1);
  if (!more.empty()) writer_.raw(more);
  writer_.end_array();
}

}  // namespace

std::optional<Raw> to_json_schema(Value schema) { return Converter().convert(schema); }

bool read_schema(std::optional<Raw>& schema, Value value, Words words) {
  if (value.kind() != Kind::object) return false;
  if (words == Words::googles || has_capital_types(value.slice())) schema = to_json_schema(value);
  const bool converted = schema.has_value();
  if (!converted) schema = value.raw();
  return !converted;
}

const Raw& spelled_at_home(const Raw& schema, const Raw* original) {
  if (original == nullptr) return schema;
  json::ScratchReader reader;
  const Value root = reader->read(original->text());
  return root.kind() == Kind::object && to_json_schema(root) == schema ? *original : schema;
}

bool has_capital_types(std::string_view schema) {
  for (std::size_t quote = schema.find('"'); quote != std::string_view::npos;
       quote = schema.find('"', quote + 1)) {
    const std::string_view rest = schema.substr(quote + 1, 8);
    if (rest.empty() || rest[0] < 'A' || rest[0] > 'S') continue;
    if (is_among(capital_types, rest.substr(0, rest.find('"')))) return true;
  }
  return false;
}

}  // namespace omni::dialect::gemini
