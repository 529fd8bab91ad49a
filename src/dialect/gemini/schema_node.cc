#include "dialect/gemini/schema_node.h"

#include <algorithm>

#include "base/strings.h"

namespace omni::dialect::gemini {

using json::Kind;
using json::Value;

namespace {

constexpr std::array<std::string_view, 8> type_words{"",        "string", "number", "integer",
                                                     "boolean", "array",  "object", "null"};

constexpr std::array<std::string_view, 8> googles_words{"",        "STRING", "NUMBER", "INTEGER",
                                                        "BOOLEAN", "ARRAY",  "OBJECT", "NULL"};

bool is_numeric(SchemaType type) {
  return type == SchemaType::number || type == SchemaType::integer;
}

}  // namespace

std::string_view word_of(SchemaType type) { return type_words[static_cast<std::size_t>(type)]; }

std::string_view googles_word_of(SchemaType type) {
  return googles_words[static_cast<std::size_t>(type)];
}

SchemaType schema_type(std::string_view word) {
  for (std::size_t i = 1; i < type_words.size(); ++i) {
    if (equals_ignoring_case(word, type_words[i])) return static_cast<SchemaType>(i);
  }
  return SchemaType::none;
}

void SchemaNode::settle(SchemaType otherwise) {
  settle_enum();
  if (type == SchemaType::null) {
    nullable = true;
    type = SchemaType::text;
  }
  if (type == SchemaType::none) type = inferred(otherwise);
  if (type != SchemaType::text) values.reset();
  if (!fits_format()) format = {};
  if (!is_numeric(type)) minimum = maximum = {};
  required = existing(required);
  ordering = existing(ordering);
}

/// Only a string may have one, of strings that are not empty.
void SchemaNode::settle_enum() {
  if (!values) return;
  bool whole = true, numbers = true, booleans = true;
  std::vector<Value> left;
  for (const Value value : *values) {
    const Kind kind = value.kind();
    if (kind == Kind::null) nullable = true;
    if (kind == Kind::null || kind == Kind::object || kind == Kind::array) continue;
    if (kind == Kind::text && value.text().empty()) continue;
    numbers = numbers && kind == Kind::number;
    booleans = booleans && kind == Kind::boolean;
    whole = whole && value.slice().find_first_of(".eE") == std::string_view::npos;
    left.push_back(value);
  }
  if (type == SchemaType::none && !left.empty()) {
    const SchemaType number = whole ? SchemaType::integer : SchemaType::number;
    type = numbers ? number : (booleans ? SchemaType::boolean : SchemaType::text);
  }
  values = std::move(left);
  if (values->empty()) values.reset();
}

SchemaType SchemaNode::inferred(SchemaType otherwise) const {
  if (!properties.empty()) return SchemaType::object;
  if (items || first_item) return SchemaType::array;
  return minimum || maximum ? SchemaType::number : otherwise;
}

bool SchemaNode::fits_format() const {
  if (type == SchemaType::text) return format == "date-time" || format == "enum";
  if (type == SchemaType::integer) return format == "int32" || format == "int64";
  return type == SchemaType::number && (format == "float" || format == "double");
}

/// `wanted` without what is no property, and without what was there before.
SchemaNode::Names SchemaNode::existing(const Names& wanted) const {
  Names found;
  if (wanted.empty() || properties.empty()) return found;
  Names names;
  names.reserve(properties.size());
  for (const auto& [name, unused] : properties) names.push_back(name);
  std::sort(names.begin(), names.end());
  std::vector<bool> taken(names.size());
  for (const std::string_view name : wanted) {
    const auto at = std::lower_bound(names.begin(), names.end(), name);
    if (at == names.end() || *at != name) continue;
    const auto number = static_cast<std::size_t>(at - names.begin());
    if (!taken[number]) found.push_back(name);
    taken[number] = true;
  }
  return found;
}

}  // namespace omni::dialect::gemini
