#pragma once

#include <cstddef>
#include <string_view>

namespace omni::json {

/// Where the first backslash stands that starts no escape, or npos.  It may look at the whole of a
/// JSON text at once, because a backslash outside of a string is no token of JSON.
std::size_t find_bad_escape(std::string_view text);

}  // namespace omni::json
