#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace omni {

/// ASCII only, as protocol text is: `Content-Length` equals `content-length`.
bool equals_ignoring_case(std::string_view a, std::string_view b);
std::string to_lower(std::string_view text);
std::string_view trim(std::string_view text);

/// The part before the first `separator`; `rest` becomes what follows, empty at the end.
std::string_view cut(std::string_view& rest, char separator);

/// Leaves so many bytes at most, of whole letters, and "…" behind them where something is gone.
void shorten(std::string& text, std::size_t bytes_max);

/// Whether the bytes are characters, each in its shortest form.
bool is_utf8(std::string_view text);

/// The whole text as a number in base 10 without sign or blanks, or nothing.
std::optional<std::uint64_t> parse_unsigned(std::string_view text);

/// Appends `text` as the inside of a JSON string: quotes, backslashes and control bytes escaped.
void append_json_escaped(std::string& out, std::string_view text);

/// 0 to 15, or -1 for what is no hexadecimal digit.
constexpr int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

void append_number(std::string& out, std::uint64_t value);

std::string base64_encode(std::string_view bytes);
/// With - and _ and without padding, as it stands in URLs.
std::string base64url_encode(std::string_view bytes);
/// Of both alphabets, with or without padding; nothing where it is anything else.
std::optional<std::string> base64_decode(std::string_view text);

}  // namespace omni
