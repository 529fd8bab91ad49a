#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "json/format.h"
#include "json/reader.h"
#include "json/writer.h"

namespace omni::json {

struct MemberShape;

/// What a value of somebody's must look like: one row from which follow the check of it, with words
/// for whoever got it wrong, and its description as JSON Schema.  Made of constants, which it
/// borrows, by the functions of `shape`:
///
///     constexpr std::array members{
///         MemberShape{"name", shape::text(1, 200).like(format::name), Presence::required, "…"},
///         MemberShape{"days", shape::list(weekday, 1, 7).or_null()}};
///     constexpr Shape schedule = shape::object(members);
struct Shape {
  static constexpr double unbounded = std::numeric_limits<double>::infinity();

  Kind kind = Kind::absent;  // absent: anything
  bool nullable = false;
  bool hidden = false;
  bool whole = false;   // of a number: an integer
  bool closed = false;  // of an object: no other members
  /// Of a number its value; of a text its characters, of an array its items, of an object its
  /// members.
  double min = -unbounded;
  double max = unbounded;
  std::span<const std::string_view> choices;  // of a text; none: any
  const Format* format = nullptr;             // of a text that is not empty
  const Shape* items = nullptr;               // of an array
  std::span<const MemberShape> members;       // of an object

  constexpr Shape or_null() const { return with(&Shape::nullable); }
  /// Never shown: not in answers, logs or exports.
  constexpr Shape secret() const { return with(&Shape::hidden); }
  /// Of an object: no other members than those named.
  constexpr Shape strict() const { return with(&Shape::closed); }
  constexpr Shape like(const Format& wanted) const {
    Shape copy = *this;
    copy.format = &wanted;
    return copy;
  }

 private:
  constexpr Shape with(bool Shape::*flag) const {
    Shape copy = *this;
    copy.*flag = true;
    return copy;
  }
};

enum class Presence : std::uint8_t { optional, required };

struct MemberShape {
  std::string_view name;
  Shape shape;
  Presence presence = Presence::optional;
  std::string_view help = {};
};

namespace shape {

constexpr Shape any() { return {}; }
constexpr Shape boolean() { return {.kind = Kind::boolean}; }
constexpr Shape integer(std::int64_t min, std::int64_t max) {
  return {.kind = Kind::number,
          .whole = true,
          .min = static_cast<double>(min),
          .max = static_cast<double>(max)};
}
constexpr Shape number(double min, double max = Shape::unbounded) {
  return {.kind = Kind::number, .min = min, .max = max};
}
constexpr Shape text(std::size_t min, std::size_t max) {
  return {.kind = Kind::text, .min = static_cast<double>(min), .max = static_cast<double>(max)};
}
constexpr Shape choice(std::span<const std::string_view> choices) {
  return {.kind = Kind::text, .choices = choices};
}
constexpr Shape list(const Shape& item, std::size_t min, std::size_t max) {
  return {.kind = Kind::array,
          .min = static_cast<double>(min),
          .max = static_cast<double>(max),
          .items = &item};
}
Shape list(const Shape&& item, std::size_t min, std::size_t max) = delete;  // it would be gone
constexpr Shape object(std::span<const MemberShape> members, std::size_t min = 0) {
  return {.kind = Kind::object, .min = static_cast<double>(min), .members = members};
}

}  // namespace shape

/// Something wrong at one place: "a.b", "items[2]", or "body" for the whole.
struct Finding {
  std::string field;
  std::string message;
};
inline constexpr std::size_t findings_max = 20;

/// What is wrong with the value, at most `findings_max` of it; empty where it fits.  `name` is what
/// the value itself is called; with none it is the body of a request.
std::vector<Finding> check(const Shape& shape, Value value, std::string_view name = {});

/// Writes the shape as JSON Schema 2020-12, as OpenAPI 3.1 uses it.
void write_schema(Writer& writer, const Shape& shape, std::string_view help = {});

}  // namespace omni::json
