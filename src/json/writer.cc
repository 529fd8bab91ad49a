#include "json/writer.h"

#include <array>
#include <charconv>
#include <cmath>

#include "base/assert.h"
#include "base/strings.h"

namespace omni::json {
namespace {

template <class Number>
void append_shortest(std::string& out, Number value) {
  std::array<char, 32> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  (void)error;  // no number needs more than 24
  out.append(digits.data(), end);
}

}  // namespace

Writer& Writer::begin_object() {
  begin('{', Level::object);
  return *this;
}

Writer& Writer::end_object() {
  end('}', Level::object);
  return *this;
}

Writer& Writer::begin_array() {
  begin('[', Level::array);
  return *this;
}

Writer& Writer::end_array() {
  end(']', Level::array);
  return *this;
}

Writer& Writer::key(std::string_view name) {
  OMNI_ASSERT(in_object_[depth_] && !keyed_);
  out_.append(first_ ? "\"" : ",\"");
  append_json_escaped(out_, name);
  out_.append("\":");
  keyed_ = true;
  return *this;
}

Writer& Writer::text(std::string_view value) {
  before_value();
  out_.push_back('"');
  append_json_escaped(out_, value);
  out_.push_back('"');
  return *this;
}

Writer& Writer::integer(std::int64_t value) {
  before_value();
  append_shortest(out_, value);
  return *this;
}

Writer& Writer::number(double value) {
  if (!std::isfinite(value)) return null();
  before_value();
  append_shortest(out_, value);
  return *this;
}

Writer& Writer::boolean(bool value) {
  before_value();
  out_.append(value ? "true" : "false");
  return *this;
}

Writer& Writer::null() {
  before_value();
  out_.append("null");
  return *this;
}

Writer& Writer::raw(std::string_view value) {
  if (value.empty()) return null();
  before_value();
  out_.append(value);
  return *this;
}

/// In an object the comma came with the key.
void Writer::before_value() {
  if (in_object_[depth_]) {
    OMNI_ASSERT(keyed_);
    keyed_ = false;
  } else if (!first_) {
    OMNI_ASSERT(depth_ > 0);
    out_.push_back(',');
  }
  first_ = false;
}

void Writer::begin(char bracket, Level level) {
  OMNI_ASSERT(depth_ < depth_max);
  before_value();
  out_.push_back(bracket);
  ++depth_;
  in_object_[depth_] = level == Level::object;
  first_ = true;
}

void Writer::end(char bracket, Level level) {
  OMNI_ASSERT(depth_ > 0 && !keyed_ && in_object_[depth_] == (level == Level::object));
  out_.push_back(bracket);
  --depth_;
  first_ = false;
}

}  // namespace omni::json
