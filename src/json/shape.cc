#include "json/shape.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace omni::json {
namespace {

/// What a caller calls a member may be of any length; a finding is not.
constexpr std::size_t name_bytes_max = 100;

void append(std::string& out, double number) {
  char digits[32];
  const auto end =
      std::to_chars(std::begin(digits), std::end(digits), number, std::chars_format::fixed);
  // A double of any size does not fit in fixed notation: those are nobody's limits.
  if (end.ec == std::errc{}) out.append(std::begin(digits), end.ptr);
}

/// " from 1 to 500", " of at most 3", or nothing.  A minimum of nothing at all goes without saying.
std::string range(const Shape& shape, std::string_view unit) {
  const bool counts = !unit.empty();
  const bool low = counts ? shape.min > 0 : std::isfinite(shape.min);
  const bool high = std::isfinite(shape.max);
  std::string words;
  if (!low && !high) return words;
  if (low && high && shape.min == shape.max) {
    words = " of exactly ";
    append(words, shape.min);
  } else if (low && high) {
    words = counts ? " of " : " from ";
    append(words, shape.min);
    words += " to ";
    append(words, shape.max);
  } else {
    words = low ? " of at least " : " of at most ";
    append(words, low ? shape.min : shape.max);
  }
  const double last = high ? shape.max : shape.min;
  words.append(unit).append(counts && last != 1 ? "s" : "");
  return words;
}

std::string choices_of(const Shape& shape) {
  std::string words;
  for (const std::string_view choice : shape.choices) {
    words.append(words.empty() ? "must be one of " : ", ").append(choice);
  }
  return words;
}

std::string expectation(const Shape& shape) {
  std::string words;
  switch (shape.kind) {
    case Kind::boolean:
      words = "must be true or false";
      break;
    case Kind::number:
      words = (shape.whole ? "must be a whole number" : "must be a number") + range(shape, "");
      break;
    case Kind::text:
      words =
          shape.choices.empty() ? "must be a text" + range(shape, " character") : choices_of(shape);
      break;
    case Kind::array:
      words = "must be a list" + range(shape, " item");
      break;
    case Kind::object:
      words = "must be an object" + range(shape, " member");
      break;
    case Kind::null:
    case Kind::absent:
      words = "must be there";
      break;
  }
  if (shape.nullable) words += ", or null";
  return words;
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

std::string_view cut_name(std::string_view name) {
  if (name.size() <= name_bytes_max) return name;
  std::size_t end = name_bytes_max;
  while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xc0) == 0x80) --end;
  return name.substr(0, end);
}

class Check {
 public:
  explicit Check(std::string_view name) : path_(name) {}

  void value(const Shape& shape, Value value) {
    if (shape.kind == Kind::absent || (shape.nullable && value.is_null())) return;
    if (value.kind() != shape.kind) return add(expectation(shape));
    switch (shape.kind) {
      case Kind::number:
        return number(shape, value);
      case Kind::text:
        return text(shape, value.text());
      case Kind::array:
        return items(shape, value);
      case Kind::object:
        return members(shape, value);
      default:
        return;
    }
  }

  std::vector<Finding> findings;

 private:
  bool full() const { return findings.size() >= findings_max; }

  void add(std::string message) {
    if (!full()) findings.push_back({path_.empty() ? "body" : path_, std::move(message)});
  }

  void count(const Shape& shape, std::size_t size) {
    const auto found = static_cast<double>(size);
    if (found < shape.min || found > shape.max) add(expectation(shape));
  }

  void number(const Shape& shape, Value value) {
    const double found = value.number();
    // What no double can hold is a failed read, after which the value is absent.
    const bool fits = value && found >= shape.min && found <= shape.max &&
                      (!shape.whole || std::trunc(found) == found);
    if (!fits) add(expectation(shape));
  }

  void text(const Shape& shape, std::string_view found) {
    const auto& choices = shape.choices;
    if (!choices.empty()) {
      if (std::find(choices.begin(), choices.end(), found) == choices.end())
        add(expectation(shape));
      return;
    }
    const std::size_t before = findings.size();
    count(shape, characters(found));
    if (findings.size() != before || found.empty() || shape.format == nullptr) return;
    if (!shape.format->fits(found)) add(std::string(shape.format->words));
  }

  void items(const Shape& shape, Value list) {
    std::size_t index = 0;
    const std::size_t length = path_.size();
    for (const Value item : list.items()) {
      if (shape.items != nullptr && !full()) {
        if (path_.empty()) path_ = "body";
        path_.append("[").append(std::to_string(index)).append("]");
        value(*shape.items, item);
        path_.resize(length);
      }
      ++index;
    }
    if (list) count(shape, index);
  }

  void members(const Shape& shape, Value object) {
    std::size_t size = 0;
    for (const Member given : object.members()) {
      ++size;
      const MemberShape* const member = find(shape, given.key);
      if (member != nullptr) {
        at(member->name, [&] { value(member->shape, given.value); });
      } else if (shape.closed) {
        at(cut_name(given.key), [&] { add("is not known here"); });
      }
      if (full()) return;
    }
    for (const MemberShape& member : shape.members) {
      if (member.presence == Presence::optional || has(object, member.name)) continue;
      at(member.name, [&] { add("is required"); });
    }
    if (object) count(shape, size);
  }

  static const MemberShape* find(const Shape& shape, std::string_view name) {
    const auto found = std::find_if(shape.members.begin(), shape.members.end(),
                                    [&](const MemberShape& member) { return member.name == name; });
    return found == shape.members.end() ? nullptr : &*found;
  }

  /// A member that is null is there, and was looked at.  So was all of a text that cannot be read
  /// on: that has its finding.
  static bool has(Value object, std::string_view wanted) {
    if (!object) return true;
    for (const auto [name, value] : object.members()) {
      if (name == wanted) return true;
    }
    return false;
  }

  template <class Work>
  void at(std::string_view name, const Work& work) {
    const std::size_t length = path_.size();
    if (length > 0) path_ += '.';
    path_ += name;
    work();
    path_.resize(length);
  }

  std::string path_;
};

std::string_view type_of(const Shape& shape) {
  switch (shape.kind) {
    case Kind::boolean:
      return "boolean";
    case Kind::number:
      return shape.whole ? "integer" : "number";
    case Kind::text:
      return "string";
    case Kind::array:
      return "array";
    case Kind::object:
      return "object";
    case Kind::null:
    case Kind::absent:
      break;
  }
  return {};
}

struct BoundNames {
  std::string_view min, max;
};

BoundNames bound_names(Kind kind) {
  switch (kind) {
    case Kind::number:
      return {"minimum", "maximum"};
    case Kind::text:
      return {"minLength", "maxLength"};
    case Kind::array:
      return {"minItems", "maxItems"};
    default:
      return {"minProperties", "maxProperties"};
  }
}

void write_bounds(Writer& writer, const Shape& shape) {
  const BoundNames names = bound_names(shape.kind);
  const bool counts = shape.kind != Kind::number;
  if (std::isfinite(shape.min) && (!counts || shape.min > 0))
    writer.key(names.min).number(shape.min);
  if (std::isfinite(shape.max)) writer.key(names.max).number(shape.max);
}

void write_choices(Writer& writer, const Shape& shape) {
  writer.key("enum").begin_array();
  for (const std::string_view choice : shape.choices) writer.text(choice);
  if (shape.nullable) writer.null();
  writer.end_array();
}

void write_members(Writer& writer, const Shape& shape) {
  writer.key("properties").begin_object();
  bool required = false;
  for (const MemberShape& member : shape.members) {
    writer.key(member.name);
    write_schema(writer, member.shape, member.help);
    required |= member.presence == Presence::required;
  }
  writer.end_object();
  if (required) {
    writer.key("required").begin_array();
    for (const MemberShape& member : shape.members) {
      if (member.presence == Presence::required) writer.text(member.name);
    }
    writer.end_array();
  }
  if (shape.closed) writer.key("additionalProperties").boolean(false);
}

}  // namespace

std::vector<Finding> check(const Shape& shape, Value value, std::string_view name) {
  Check check(name);
  check.value(shape, value);
  return std::move(check.findings);
}

void write_schema(Writer& writer, const Shape& shape, std::string_view help) {
  writer.begin_object();
  if (const std::string_view type = type_of(shape); shape.nullable && !type.empty()) {
    writer.key("type").begin_array().text(type).text("null").end_array();
  } else if (!type.empty()) {
    writer.key("type").text(type);
  }
  if (!help.empty()) writer.key("description").text(help);
  write_bounds(writer, shape);
  if (!shape.choices.empty()) write_choices(writer, shape);
  if (shape.format != nullptr) writer.key("format").text(shape.format->name);
  if (shape.hidden) writer.key("writeOnly").boolean(true);
  if (shape.items != nullptr) {
    writer.key("items");
    write_schema(writer, *shape.items);
  }
  if (shape.kind == Kind::object) write_members(writer, shape);
  writer.end_object();
}

}  // namespace omni::json
