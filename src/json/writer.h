#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "json/limits.h"
#include "json/raw.h"

namespace omni::json {

/// Appends one JSON value to a string, without blanks, and puts the commas itself:
///
///     Writer(out).begin_object().key("model").text(model).key("n").integer(1).end_object();
///
/// A value without its key, a second root, a wrong bracket are bugs and fail an assertion.  Borrows
/// the string, which nobody else may change meanwhile; what it held before stays.
class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  Writer& begin_object();
  Writer& end_object();
  Writer& begin_array();
  Writer& end_array();
  Writer& key(std::string_view name);

  Writer& text(std::string_view value);
  Writer& integer(std::int64_t value);
  /// The shortest spelling that reads back as the same double; null for infinities and NaN, which
  /// JSON does not know.
  Writer& number(double value);
  Writer& boolean(bool value);
  Writer& null();
  /// Spliced in as it is.  Text that is not a Raw must be valid JSON by other knowledge, such as
  /// the slice() of a value, which is empty after a failed read: then null is written.
  Writer& raw(std::string_view value);
  Writer& raw(const Raw& value) { return raw(value.text()); }

  /// Whether the root has been written to its end.
  bool complete() const { return depth_ == 0 && !first_; }

 private:
  enum class Level : bool { array, object };

  void before_value();
  void begin(char bracket, Level level);
  void end(char bracket, Level level);

  std::string& out_;
  std::bitset<depth_max + 1> in_object_;  // of each level; that of the root is 0
  std::size_t depth_ = 0;
  bool first_ = true;   // nothing was written yet at this level
  bool keyed_ = false;  // a key waits for its value
};

}  // namespace omni::json
