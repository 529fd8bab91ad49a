#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace omni {

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>()(text);
  }
};

/// Values by names, found by a view of one.  What is in it stays where it is until it is erased.
template <class Value>
using TextMap = std::unordered_map<std::string, Value, TextHash, std::equal_to<>>;

}  // namespace omni
