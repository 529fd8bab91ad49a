// The order of the steps matters:
//
//      1  a local `$ref` is replaced by what it points to
//      2  `const` becomes an `enum` of one
//      3  the values of an `enum` become strings; one of numbers or booleans is left out
//      4  `allOf` is merged
//      5  `anyOf` and `oneOf` become their richest branch
//      6  a list of types becomes its first one
//      7  `additionalProperties` goes
//      8  so does every keyword that Google does not know, but no property of such a name
//      9  `required` names properties that there are
//     10  an array says what its items are
//     11  an object without properties stays one
//
// Every schema of the document becomes a Node, which gathers the members of all objects that speak
// of it (its own, what it refers to, its branches), and is then written as a whole.

#include "dialect/gemini/schema.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "dialect/gemini/schema_node.h"
#include "dialect/schema_annotation.h"
#include "json/scratch_reader.h"
#include "json/writer.h"

namespace omni::dialect::gemini {

using json::Kind;
using json::Raw;
using json::Value;

namespace {

constexpr std::string_view any_object = R"({"type":"OBJECT"})";
constexpr int depth_max = 48;  // of schemas in schemas: each is two levels of JSON
constexpr int hops_max = 32;   // of references and branches that make one schema
constexpr std::size_t active_max = 64;

/// The text of a value that may be none.
std::string_view text_of(Value value) {
  return value.kind() == Kind::text ? value.text() : std::string_view{};
}

/// Keywords that go and were no rule for the answer, or one that a model keeps by itself.
bool goes_without_loss(std::string_view key, Value value) {
  return is_annotation(key) || (key == "additionalProperties" && value.slice() == "false");
}

using Node = SchemaNode;
using Type = SchemaType;
using Names = Node::Names;

class Cleaner {
 public:
  Cleaner(Value root, std::size_t size) : root_(root), budget_(4 * size + 4096) {
    out_.reserve(size);
  }

  CleanSchema clean() {
    write(root_, 0);
    return {Raw::trusted(std::move(out_)), simplified_, empty_};
  }

 private:
  struct Branches {
    Value all_of, any_of, one_of;
    std::string_view reference;
  };

  void write(Value schema, int depth);
  void write(const Node& node, int depth);
  void write_enum(const Node& node);
  void write_names(std::string_view keyword, const Names& names);

  void gather(Node& node, Value schema, int hops);
  void gather_keyword(Node& node, std::string_view key, Value value);
  void gather_properties(Node& node, Value properties);
  void gather_reference(Node& node, std::string_view pointer, int hops);
  void gather_all(Node& node, Value branches, int hops);
  void gather_one(Node& node, Value branches, int hops);
  static void gather_type(Node& node, Value type);
  static void gather_items(Node& node, Value value);
  static void gather_names(Names& names, Value list);
  bool gather_literals(Node& node, const std::vector<Value>& branches);

  Type type_of(Value schema, int hops);
  Value resolve(std::string_view pointer);
  Value step(Value from, std::string_view word);

  /// What is read costs its bytes, again and again: references make a document longer than it is,
  /// even without an end.  Who has none left writes any_object.
  void pay(std::size_t bytes) { budget_ = budget_ > bytes ? budget_ - bytes : 0; }
  bool is_broke() const { return budget_ == 0; }

  Value root_;
  std::size_t budget_;
  std::string out_;
  json::Writer writer_{out_};
  Names active_;  // references that we are inside of
  std::unordered_map<std::string_view, Value> resolved_;
  bool simplified_ = false;
  bool empty_ = false;
};

// ---- Reading

void Cleaner::gather(Node& node, Value schema, int hops) {
  if (schema.kind() != Kind::object || is_broke()) return;
  if (hops > hops_max) {
    simplified_ = true;
    return node.set_type(Type::object);
  }
  Branches branches;
  for (const auto [key, value] : schema.members()) {
    pay(key.size() + 4);
    if (key == "$ref") {
      branches.reference = text_of(value);
    } else if (key == "allOf") {
      branches.all_of = value;
    } else if (key == "anyOf") {
      branches.any_of = value;
    } else if (key == "oneOf") {
      branches.one_of = value;
    } else {
      gather_keyword(node, key, value);
    }
  }
  if (!branches.reference.empty()) gather_reference(node, branches.reference, hops + 1);
  gather_all(node, branches.all_of, hops + 1);
  gather_one(node, branches.any_of, hops + 1);
  gather_one(node, branches.one_of, hops + 1);
}

void Cleaner::gather_keyword(Node& node, std::string_view key, Value value) {
  if (key == "type") {
    gather_type(node, value);
  } else if (key == "description") {
    if (node.description.empty()) node.description = text_of(value);
    pay(node.description.size());
  } else if (key == "properties") {
    gather_properties(node, value);
  } else if (key == "required") {
    gather_names(node.required, value);
  } else if (key == "propertyOrdering") {
    if (node.ordering.empty()) gather_names(node.ordering, value);
  } else if (key == "enum") {
    if (value.kind() != Kind::array || node.values) return;
    node.values.emplace();
    for (const Value item : value.items()) node.values->push_back(item);
    pay(value.slice().size());
  } else if (key == "const") {
    if (!node.values) node.values.emplace().push_back(value);
    pay(value.slice().size());
  } else if (key == "items" || key == "prefixItems") {
    gather_items(node, value);
  } else if (key == "nullable") {
    node.nullable = node.nullable || (value.kind() == Kind::boolean && value.boolean());
  } else if (key == "format") {
    if (node.format.empty()) node.format = text_of(value);
  } else if (key == "minimum") {
    if (!node.minimum && value.kind() == Kind::number) node.minimum = value;
  } else if (key == "maximum") {
    if (!node.maximum && value.kind() == Kind::number) node.maximum = value;
  } else if (!goes_without_loss(key, value)) {
    simplified_ = true;
  }
}

/// Items of one schema, or a schema for each place, of which the first has to do for all.
void Cleaner::gather_items(Node& node, Value value) {
  if (value.kind() == Kind::object && !node.items) node.items = value;
  if (value.kind() != Kind::array || node.first_item) return;
  for (const Value item : value.items()) {
    node.first_item = item;
    break;
  }
}

void Cleaner::gather_type(Node& node, Value type) {
  if (type.kind() == Kind::text) return node.set_type(schema_type(type.text()));
  if (type.kind() != Kind::array) return;
  bool null = false;
  for (const Value item : type.items()) {
    const Type said = schema_type(text_of(item));
    null = null || said == Type::null;
    if (said != Type::null) node.set_type(said);
  }
  node.nullable = node.nullable || null;
}

void Cleaner::gather_properties(Node& node, Value properties) {
  if (properties.kind() != Kind::object) return;
  const std::size_t before = node.properties.size();
  for (const auto [name, value] : properties.members()) {
    pay(name.size() + 8 + before / 16);
    const auto known = node.properties.begin() + static_cast<std::ptrdiff_t>(before);
    const bool twice = std::any_of(node.properties.begin(), known,
                                   [&, key = name](const auto& one) { return one.first == key; });
    if (!twice) node.properties.emplace_back(name, value);
  }
}

void Cleaner::gather_names(Names& names, Value list) {
  if (list.kind() != Kind::array) return;
  for (const Value item : list.items()) {
    if (item.kind() == Kind::text) names.push_back(item.text());
  }
}

/// A reference stays active while the schema is written, so one further down that leads back here
/// is seen to do so.
void Cleaner::gather_reference(Node& node, std::string_view pointer, int hops) {
  const bool circle = std::find(active_.begin(), active_.end(), pointer) != active_.end();
  const Value target = circle || active_.size() > active_max ? Value{} : resolve(pointer);
  if (!target) {
    simplified_ = true;
    return node.set_type(Type::object);
  }
  active_.push_back(pointer);
  gather(node, target, hops);
}

void Cleaner::gather_all(Node& node, Value branches, int hops) {
  if (branches.kind() != Kind::array) return;
  for (const Value branch : branches.items()) gather(node, branch, hops);
}

int richness(Type type) { return type == Type::object ? 3 : (type == Type::array ? 2 : 1); }

/// What the chosen branch requires is required only where the branch is the whole schema: beside
/// properties of the schema's own the branches say which of them go together.
void Cleaner::gather_one(Node& node, Value branches, int hops) {
  if (branches.kind() != Kind::array) return;
  std::vector<Value> others;
  Value chosen;
  Type chosen_type = Type::none;
  for (const Value branch : branches.items()) {
    const Type type = type_of(branch, hops);
    if (type == Type::null) {
      node.nullable = true;
      continue;
    }
    if (!chosen || richness(type) > richness(chosen_type)) {
      chosen = branch;
      chosen_type = type;
    }
    others.push_back(branch);
  }
  if (gather_literals(node, others)) return;
  simplified_ = simplified_ || others.size() > 1;
  for (const Value other : others) {
    const std::string_view word = word_of(type_of(other, hops));
    const bool news = !word.empty() && word != word_of(chosen_type) &&
                      std::find(node.alternatives.begin(), node.alternatives.end(), word) ==
                          node.alternatives.end();
    if (news) node.alternatives.push_back(word);
  }
  if (node.properties.empty()) return gather(node, chosen, hops);
  Names required = std::move(node.required);
  gather(node, chosen, hops);
  node.required = std::move(required);
}

/// Alternatives that are constants are an enum in other words.
bool Cleaner::gather_literals(Node& node, const std::vector<Value>& branches) {
  if (node.values || branches.empty()) return false;
  std::vector<Value> values;
  for (const Value branch : branches) {
    if (branch.kind() != Kind::object) return false;
    const std::size_t before = values.size();
    for (const auto [key, value] : branch.members()) {
      pay(key.size() + 4);
      if (key == "const") values.push_back(value);
      if (key != "enum" || value.kind() != Kind::array) continue;
      for (const Value item : value.items()) values.push_back(item);
      pay(value.slice().size());
    }
    if (values.size() == before) return false;
  }
  node.values = std::move(values);
  return true;
}

/// The type of a schema that was not gathered yet.
Type Cleaner::type_of(Value schema, int hops) {
  if (schema.kind() != Kind::object || hops > hops_max || is_broke()) return Type::none;
  Type said = Type::none, meant = Type::none;
  const auto means = [&meant](Type type) {
    if (meant == Type::none || (type != Type::none && richness(type) > richness(meant)))
      meant = type;
  };
  for (const auto [key, value] : schema.members()) {
    pay(key.size() + 4);
    if (key == "type") {
      Node node;
      gather_type(node, value);
      said = node.type == Type::none && node.nullable ? Type::null : node.type;
    } else if (key == "properties") {
      means(Type::object);
    } else if (key == "items" || key == "prefixItems") {
      means(Type::array);
    } else if (key == "const") {
      means(value.is_null() ? Type::null : Type::text);
    } else if (key == "enum") {
      means(value.slice() == "[null]" ? Type::null : Type::text);
    } else if (key == "$ref") {
      means(type_of(resolve(text_of(value)), hops + 1));
    } else if ((key == "anyOf" || key == "oneOf" || key == "allOf") &&
               value.kind() == Kind::array) {
      for (const Value branch : value.items()) means(type_of(branch, hops + 1));
    }
  }
  return said != Type::none ? said : meant;
}

/// A pointer into this document: "#/$defs/Name".  Absent for any other reference.
Value Cleaner::resolve(std::string_view pointer) {
  if (!pointer.starts_with('#')) return {};
  const auto known = resolved_.find(pointer);
  if (known != resolved_.end()) return known->second;
  Value at = root_;
  std::string_view rest = pointer.substr(1);
  if (!rest.empty() && rest.front() != '/') at = {};
  cut(rest, '/');
  while (at && !rest.empty()) at = step(at, cut(rest, '/'));
  if (at.kind() != Kind::object) at = {};
  resolved_.emplace(pointer, at);
  return at;
}

Value Cleaner::step(Value from, std::string_view word) {
  std::string name;
  for (std::size_t i = 0; i < word.size(); ++i) {
    const bool escape = word[i] == '~' && i + 1 < word.size();
    name.push_back(escape ? (word[++i] == '1' ? '/' : '~') : word[i]);
  }
  Value found;
  if (from.kind() == Kind::object) {
    for (const auto [key, value] : from.members()) {
      pay(1);
      if (key == name) found = value;
    }
  } else if (from.kind() == Kind::array) {
    std::uint64_t number = parse_unsigned(name).value_or(~std::uint64_t{0});
    for (const Value item : from.items()) {
      pay(1);
      if (number-- == 0) found = item;
    }
  }
  return found;
}

// ---- Writing

void Cleaner::write(Value schema, int depth) {
  const std::size_t outer = active_.size();
  Node node;
  if (depth <= depth_max) gather(node, schema, 0);
  if (depth > depth_max || is_broke()) {
    writer_.raw(any_object);
    simplified_ = true;
  } else {
    node.settle(depth == 0 ? Type::object : Type::text);
    if (depth == 0) empty_ = node.type == Type::object && node.properties.empty();
    write(node, depth);
  }
  active_.resize(outer);
}

void Cleaner::write(const Node& node, int depth) {
  writer_.begin_object();
  writer_.key("type").text(googles_word_of(node.type));
  if (!node.description.empty() || !node.alternatives.empty()) {
    std::string description(node.description);
    for (std::size_t i = 0; i < node.alternatives.size(); ++i) {
      description += i > 0 ? ", " : (description.empty() ? "(or " : " (or ");
      description += node.alternatives[i];
    }
    if (!node.alternatives.empty()) description += ")";
    writer_.key("description").text(description);
  }
  if (node.nullable) writer_.key("nullable").boolean(true);
  write_enum(node);
  if (!node.format.empty()) writer_.key("format").text(node.format);
  if (node.minimum) writer_.key("minimum").raw(node.minimum.slice());
  if (node.maximum) writer_.key("maximum").raw(node.maximum.slice());
  if (node.type == Type::array) {
    writer_.key("items");
    write(node.items ? node.items : node.first_item, depth + 1);
  }
  if (node.type == Type::object && !node.properties.empty()) {
    writer_.key("properties").begin_object();
    for (const auto& [name, property] : node.properties) {
      writer_.key(name);
      write(property, depth + 1);
    }
    writer_.end_object();
    write_names("required", node.required);
    write_names("propertyOrdering", node.ordering);
  }
  writer_.end_object();
}

void Cleaner::write_enum(const Node& node) {
  if (!node.values) return;
  writer_.key("enum").begin_array();
  for (const Value value : *node.values) {
    writer_.text(value.kind() == Kind::text ? value.text() : value.slice());
  }
  writer_.end_array();
}

void Cleaner::write_names(std::string_view keyword, const Names& names) {
  if (names.empty()) return;
  writer_.key(keyword).begin_array();
  for (const std::string_view name : names) writer_.text(name);
  writer_.end_array();
}

}  // namespace

CleanSchema clean_schema(std::string_view schema) {
  json::ScratchReader reader;
  const Value root = reader->read(schema);
  if (root.kind() != Kind::object) return {Raw::trusted(std::string(any_object)), true, true};
  return Cleaner(root, schema.size()).clean();
}

}  // namespace omni::dialect::gemini
