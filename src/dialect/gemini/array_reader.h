#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace omni::dialect::gemini {

/// Takes the objects out of a JSON list that comes in any pieces, each as soon as it is whole; an
/// object that stands alone likewise.  What is between them is left out.  Used like SseReader.
class ArrayReader {
 public:
  void feed(std::string_view bytes);
  /// A view until the next call.
  std::optional<std::string_view> next();
  /// An object grew beyond frame_bytes_max; nothing comes any more.
  bool too_long() const { return too_long_; }

 private:
  std::string_view bytes_;
  std::string begun_;      // an object's first pieces
  std::size_t depth_ = 0;  // of brackets, from the object's on
  bool in_text_ = false;
  bool after_backslash_ = false;
  bool taken_ = false;  // begun_ was given out
  bool too_long_ = false;
};

}  // namespace omni::dialect::gemini
