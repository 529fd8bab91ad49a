// From the bytes between the quotes of a JSON string to the text that they mean.

#include "json/unescape.h"

#include <bit>
#include <cstdint>
#include <cstring>

#include "base/strings.h"
#include "json/bytes.h"

namespace omni::json {
namespace {

constexpr std::uint32_t replacement = 0xFFFD;

bool is_high_surrogate(std::uint32_t unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool is_low_surrogate(std::uint32_t unit) { return unit >= 0xDC00 && unit < 0xE000; }

std::uint32_t utf16_unit(const char* digits) {
  return static_cast<std::uint32_t>(hex_value(digits[0]) << 12 | hex_value(digits[1]) << 8 |
                                    hex_value(digits[2]) << 4 | hex_value(digits[3]));
}

char* put_utf8(std::uint32_t point, char* out) {
  const auto put = [&](std::uint32_t byte) { *out++ = static_cast<char>(byte); };
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xC0 | point >> 6);
    put(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    put(0xE0 | point >> 12);
    put(0x80 | (point >> 6 & 0x3F));
    put(0x80 | (point & 0x3F));
  } else {
    put(0xF0 | point >> 18);
    put(0x80 | (point >> 12 & 0x3F));
    put(0x80 | (point >> 6 & 0x3F));
    put(0x80 | (point & 0x3F));
  }
  return out;
}

/// Reads one \uXXXX, or the two of a pair, from `in` on and moves `in` behind it.
std::uint32_t code_point(const char*& in, const char* end) {
  const std::uint32_t unit = utf16_unit(in + 2);
  in += 6;
  if (is_low_surrogate(unit)) return replacement;
  if (!is_high_surrogate(unit)) return unit;
  if (end - in < 6 || in[0] != '\\' || in[1] != 'u') return replacement;
  const std::uint32_t low = utf16_unit(in + 2);
  if (!is_low_surrogate(low)) return replacement;
  in += 6;
  return 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
}

char short_escape(char letter) {
  switch (letter) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return letter;
  }
}

}  // namespace

char* unescape(std::string_view inside, char* out) {
  const char* in = inside.data();
  const char* const end = in + inside.size();
  while (in != end) {
    if (static_cast<std::size_t>(end - in) >= block_bytes) {
      std::memcpy(out, in, block_bytes);  // the text only gets shorter, so there is room
      const std::uint32_t found = backslashes(in);
      const std::size_t plain =
          found == 0 ? block_bytes : static_cast<std::size_t>(std::countr_zero(found));
      in += plain;
      out += plain;
      if (found == 0) continue;
    } else if (*in != '\\') {
      *out++ = *in++;
      continue;
    }
    if (in[1] == 'u') {
      out = put_utf8(code_point(in, end), out);
    } else {
      *out++ = short_escape(in[1]);
      in += 2;
    }
  }
  return out;
}

std::string unescaped(std::string_view inside) {
  std::string text(inside.size(), '\0');
  text.resize(static_cast<std::size_t>(unescape(inside, text.data()) - text.data()));
  return text;
}

std::string presentable(std::string_view name) {
  constexpr std::size_t shown_max = 60;
  std::string shown;
  if (name.size() <= shown_max) {
    append_json_escaped(shown, name);
    return shown;
  }
  std::size_t end = shown_max;
  while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0) == 0x80) --end;
  append_json_escaped(shown, name.substr(0, end));
  return shown + "…";
}

}  // namespace omni::json
