#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace omni::json {

/// One JSON value exactly as it arrived: number spelling, key order and escapes survive.  A value
/// type that owns its text.
class Raw {
 public:
  /// Checks all of `text`: strict JSON, one value, valid UTF-8, at most depth_max levels.  Blanks
  /// around the value are left out.
  static Result<Raw> parse(std::string_view text);
  /// For text that was checked before or that we wrote ourselves.
  static Raw trusted(std::string text) { return Raw(std::move(text)); }
  /// The JSON string that says `text`, which must be valid UTF-8.
  static Raw quote(std::string_view text);

  std::string_view text() const { return text_; }
  bool empty() const { return text_.empty(); }

  friend bool operator==(const Raw&, const Raw&) = default;

 private:
  explicit Raw(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

/// Members of an object, in their order.
using RawMembers = std::vector<std::pair<std::string, Raw>>;

}  // namespace omni::json
