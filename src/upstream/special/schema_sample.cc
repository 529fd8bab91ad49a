#include "upstream/special/schema_sample.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "base/strings.h"
#include "json/reader.h"
#include "json/writer.h"

namespace omni::upstream {
namespace {

using json::Kind;
using json::Value;

constexpr int depth_max = 16;
constexpr std::int64_t length_max = 200;
constexpr std::int64_t items_max = 20;

/// What strings of a format look like.
struct Format {
  std::string_view name, sample;
};
constexpr std::array formats{
    Format{"date-time", "2026-01-02T03:04:05Z"},
    Format{"date", "2026-01-02"},
    Format{"time", "03:04:05Z"},
    Format{"email", "demo@example.com"},
    Format{"uri", "https://example.com/demo"},
    Format{"url", "https://example.com/demo"},
    Format{"hostname", "example.com"},
    Format{"ipv4", "192.0.2.1"},
    Format{"uuid", "00000000-0000-4000-8000-000000000000"},
};

double number_or(Value value, double usual) {
  return value.kind() == Kind::number ? value.number() : usual;
}

std::int64_t count_or(Value value, std::int64_t usual) {
  return static_cast<std::int64_t>(number_or(value, static_cast<double>(usual)));
}

std::string text_or_none(Value value) {
  return value.kind() == Kind::text ? std::string(value.text()) : std::string();
}

Value first_item(Value array) {
  if (array.kind() != Kind::array) return {};
  for (const Value item : array.items()) return item;
  return {};
}

class Sampler {
 public:
  Sampler(Value root, json::Writer& out) : root_(root), out_(out) {}

  void write(Value schema, int depth) {
    if (schema.kind() != Kind::object || depth >= depth_max) {
      out_.null();
      return;
    }
    if (const Value said = literal(schema)) {
      out_.raw(said.slice());
    } else if (const Value other = elsewhere(schema)) {
      write(other, depth + 1);
    } else {
      write_type(type_of(schema), schema, depth);
    }
  }

 private:
  static Value literal(Value schema) {
    if (const Value value = schema.find("const")) return value;
    if (const Value value = first_item(schema.find("enum"))) return value;
    return schema.find("default");
  }

  /// The schema that says what this one leaves open.
  Value elsewhere(Value schema) const {
    if (const Value reference = schema.find("$ref")) return target_of(text_or_none(reference));
    for (const std::string_view name : {"anyOf", "oneOf"}) {
      const Value choices = schema.find(name);
      if (choices.kind() != Kind::array) continue;
      for (const Value choice : choices.items()) {
        if (choice.kind() == Kind::object && type_of(choice) != "null") return choice;
      }
    }
    return schema.find("properties") ? Value() : first_item(schema.find("allOf"));
  }

  /// Of "#/$defs/Place".
  Value target_of(std::string_view reference) const {
    Value at = root_;
    cut(reference, '/');
    while (!reference.empty() && at.kind() == Kind::object) at = at.find(cut(reference, '/'));
    return at;
  }

  /// In lower case, for one dialect of Gemini's writes "STRING".
  static std::string type_of(Value schema) {
    const Value type = schema.find("type");
    if (type.kind() == Kind::text) return to_lower(type.text());
    if (type.kind() == Kind::array) {
      for (const Value item : type.items()) {
        std::string name = to_lower(text_or_none(item));
        if (name != "null") return name;
      }
      return "null";
    }
    if (schema.find("properties") || schema.find("required")) return "object";
    return schema.find("items") ? "array" : "string";
  }

  void write_type(std::string_view type, Value schema, int depth) {
    if (type == "object") return write_object(schema, depth);
    if (type == "array") return write_array(schema, depth);
    if (type == "integer") {
      out_.integer(static_cast<std::int64_t>(std::ceil(number_of(schema))));
    } else if (type == "number") {
      out_.number(number_of(schema));
    } else if (type == "boolean") {
      out_.boolean(true);
    } else if (type == "null") {
      out_.null();
    } else {
      out_.text(string_of(schema));
    }
  }

  void write_object(Value schema, int depth) {
    out_.begin_object();
    const Value properties = schema.find("properties");
    const Value required = schema.find("required");
    if (properties.kind() == Kind::object && required.kind() == Kind::array) {
      for (const auto [name, property] : properties.members()) {
        if (!lists(required, name)) continue;
        out_.key(name);
        write(property, depth + 1);
      }
    }
    out_.end_object();
  }

  static bool lists(Value names, std::string_view name) {
    for (const Value item : names.items()) {
      if (text_or_none(item) == name) return true;
    }
    return false;
  }

  void write_array(Value schema, int depth) {
    out_.begin_array();
    const Value prefix = schema.find("prefixItems");
    std::int64_t written = 0;
    if (prefix.kind() == Kind::array) {
      for (const Value item : prefix.items()) {
        write(item, depth + 1);
        ++written;
      }
    }
    const std::int64_t most = std::min(items_max, count_or(schema.find("maxItems"), items_max));
    const std::int64_t least = std::max<std::int64_t>(1, count_or(schema.find("minItems"), 1));
    const Value items = schema.find("items");
    for (; items.kind() == Kind::object && written < std::min(least, most); ++written) {
      write(items, depth + 1);
    }
    out_.end_array();
  }

  static double number_of(Value schema) {
    const double step = number_or(schema.find("multipleOf"), 1);
    double number = number_or(schema.find("minimum"), 1);
    const Value above = schema.find("exclusiveMinimum");
    if (above.kind() == Kind::number) number = std::max(number, above.number() + step);
    number = std::min(number, number_or(schema.find("maximum"), number));
    return step == 1 ? number : std::ceil(number / step) * step;
  }

  static std::string string_of(Value schema) {
    const std::string format = text_or_none(schema.find("format"));
    const auto* const known = std::ranges::find(formats, format, &Format::name);
    if (known != formats.end()) return std::string(known->sample);
    std::string text = "demo";
    const std::int64_t least = std::min(length_max, count_or(schema.find("minLength"), 0));
    while (static_cast<std::int64_t>(text.size()) < least) text.append(" demo");
    const std::int64_t most = std::max<std::int64_t>(0, count_or(schema.find("maxLength"), 200));
    if (static_cast<std::int64_t>(text.size()) > most) text.resize(static_cast<std::size_t>(most));
    return text;
  }

  Value root_;
  json::Writer& out_;
};

}  // namespace

std::string sample_of(std::string_view schema) {
  json::Reader reader;
  const Value root = reader.read(schema);
  if (root.kind() != Kind::object) return "{}";
  std::string out;
  json::Writer writer(out);
  Sampler(root, writer).write(root, 0);
  return reader.failed() ? "{}" : out;
}

}  // namespace omni::upstream
