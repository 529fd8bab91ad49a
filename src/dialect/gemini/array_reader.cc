#include "dialect/gemini/array_reader.h"

#include <algorithm>
#include <utility>

#include "dialect/framing.h"

namespace omni::dialect::gemini {

void ArrayReader::feed(std::string_view bytes) { bytes_ = bytes; }

std::optional<std::string_view> ArrayReader::next() {
  if (std::exchange(taken_, false)) begun_.clear();
  if (depth_ == 0) {
    const std::size_t start = bytes_.find('{');
    bytes_.remove_prefix(std::min(start, bytes_.size()));
  }
  for (std::size_t i = 0; i < bytes_.size() && !too_long_; ++i) {
    const char c = bytes_[i];
    if (in_text_) {
      const bool escaped = std::exchange(after_backslash_, c == '\\' && !after_backslash_);
      if (c == '"' && !escaped) in_text_ = false;
      continue;
    }
    if (c == '"') in_text_ = true;
    if (c == '{' || c == '[') ++depth_;
    if (c != '}' && c != ']') continue;
    if (--depth_ > 0) continue;
    std::string_view whole = bytes_.substr(0, i + 1);
    bytes_.remove_prefix(i + 1);
    if (begun_.empty()) return whole;
    taken_ = true;
    return begun_.append(whole);
  }
  too_long_ = too_long_ || begun_.size() + bytes_.size() > frame_bytes_max;
  if (!too_long_) begun_.append(bytes_);
  bytes_ = {};
  return std::nullopt;
}

}  // namespace omni::dialect::gemini
