#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "json/reader.h"
#include "json/writer.h"

namespace omni::json {

struct MemberShape;

/// What a value of somebody's must look like: one row from which follow the check of it, with words
/// for whoever got it wrong, and its description as JSON Schema.  Made of constants.
struct Shape {
  enum class Format : std::uint8_t { any, url, address_rule, time_of_day, timestamp, uuid, name };

  Kind kind = Kind::text;
  bool nullable = false;
  bool secret = false;  // never shown: not in answers, logs or exports
  /// Of a number its value; of a text its characters, of an array its items.
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  bool whole = false;                          // of a number: an integer
  std::span<const std::string_view> choices;   // of a text; none: any
  Format format = Format::any;                 // of a text
  const Shape* items = nullptr;                // of an array
  std::span<const MemberShape> members;        // of an object
  bool strict = false;                         // of an object: no other members
};

struct MemberShape {
  std::string_view name;
  Shape shape;
  bool required = false;
  std::string_view help;
};

/// Something wrong at one place: "a.b", "items[2]", or "body" for the whole.
struct Finding {
  std::string field;
  std::string message;
};

/// Everything that is wrong with the value; empty where it fits.  An absent member that is not
/// required fits.
std::vector<Finding> check(const Shape& shape, Value value, std::string_view name = "body");

/// Writes the shape as JSON Schema 2020-12, as OpenAPI 3.1 uses it.
void write_schema(Writer& writer, const Shape& shape, std::string_view help = {});

}  // namespace omni::json
