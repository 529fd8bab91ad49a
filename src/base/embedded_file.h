#pragma once

#include <span>
#include <string_view>

namespace omni {

/// A file that the build has put into the binary: cmake/embed.cmake.
struct EmbeddedFile {
  std::string_view name;
  std::string_view bytes;
};

}  // namespace omni
