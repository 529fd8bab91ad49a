#pragma once

#include <cstddef>

namespace omni::json {

/// How deep arrays and objects may nest, in what we read and in what we write.
inline constexpr std::size_t depth_max = 256;

}  // namespace omni::json
