#pragma once

#include <string>
#include <string_view>

namespace omni::json {

/// Writes what a JSON string means to `out`, which has room for as many bytes as `inside`, the
/// checked bytes between its quotes, and returns the end.  Half of a surrogate pair has no UTF-8
/// and becomes U+FFFD.
char* unescape(std::string_view inside, char* out);

/// The same as a string.
std::string unescaped(std::string_view inside);

/// A name out of someone's JSON for an error message: escaped and of bounded length.
std::string presentable(std::string_view name);

}  // namespace omni::json
