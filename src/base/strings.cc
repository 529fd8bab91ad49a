#include "base/strings.h"

#include <array>
#include <bit>
#include <charconv>
#include <cstddef>
#include <cstring>

namespace omni {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

constexpr std::string_view hex_digits = "0123456789abcdef";

/// What stands for a byte inside a JSON string: one byte or two of `text`, or 6, \u00XX.
struct Escape {
  std::array<char, 2> text;
  std::uint8_t length;
};

constexpr std::array<Escape, 256> make_escapes() {
  std::array<Escape, 256> escapes{};
  for (std::size_t c = 0; c < escapes.size(); ++c) escapes[c] = {{static_cast<char>(c)}, 1};
  for (std::size_t c = 0; c < 0x20; ++c) escapes[c] = {{'\\', 'u'}, 6};
  escapes['"'] = {{'\\', '"'}, 2};
  escapes['\\'] = {{'\\', '\\'}, 2};
  escapes['\b'] = {{'\\', 'b'}, 2};
  escapes['\f'] = {{'\\', 'f'}, 2};
  escapes['\n'] = {{'\\', 'n'}, 2};
  escapes['\r'] = {{'\\', 'r'}, 2};
  escapes['\t'] = {{'\\', 't'}, 2};
  return escapes;
}
constexpr std::array<Escape, 256> escapes = make_escapes();

/// Takes room for 6 bytes and uses what it needs; no branch tells a newline from a letter.
char* put_escaped(unsigned char byte, char* out) {
  const Escape& escape = escapes[byte];
  std::memcpy(out, escape.text.data(), 2);
  if (escape.length == 6) [[unlikely]] {
    const std::array<char, 4> digits = {'0', '0', hex_digits[byte >> 4], hex_digits[byte & 15]};
    std::memcpy(out + 2, digits.data(), digits.size());
  }
  return out + escape.length;
}

/// Whether no byte of a block needs an escape.  Without a branch, so that the compiler looks at all
/// of them at once: most text of a conversation is plain, and this is its inner loop.
constexpr std::size_t block_bytes = 16;
bool is_plain_block(const char* block) {
  std::array<unsigned char, block_bytes> special{};
  for (std::size_t i = 0; i < block_bytes; ++i) {
    const auto byte = static_cast<unsigned char>(block[i]);
    special[i] = static_cast<unsigned char>((byte < 0x20) | (byte == '"') | (byte == '\\'));
  }
  return std::bit_cast<std::array<std::uint64_t, 2>>(special) == std::array<std::uint64_t, 2>{};
}

constexpr std::string_view base64_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view base64url_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

int base64_value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  return c == '/' || c == '_' ? 63 : -1;
}

/// Without padding.
void append_base64(std::string& out, std::string_view bytes, std::string_view alphabet) {
  out.reserve(out.size() + (bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      const unsigned char byte =
          i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0;
      group = group << 8 | byte;
    }
    for (std::size_t j = 0; j < 4 && i + j <= bytes.size(); ++j) {
      out.push_back(alphabet[group >> (18 - 6 * j) & 63]);
    }
  }
}

/// How long the character is that a byte begins, 0 for one that begins none.
std::size_t utf8_length(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return 2;
  if (first >= 0xe0 && first <= 0xef) return 3;
  if (first >= 0xf0 && first <= 0xf4) return 4;
  return 0;
}

}  // namespace

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

std::string to_lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lower(c);
  return out;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::string_view cut(std::string_view& rest, char separator) {
  const std::size_t end = rest.find(separator);
  const std::string_view part = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  return part;
}

void shorten(std::string& text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return;
  std::size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  text.resize(end);
  text.append("…");
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const std::size_t length = utf8_length(byte(0));
    if (length == 0 || length > text.size()) return false;
    for (std::size_t i = 1; i < length; ++i) {
      if ((byte(i) & 0xc0) != 0x80) return false;
    }
    // The shortest form only, no surrogates, nothing above U+10FFFF.
    if (byte(0) == 0xe0 && byte(1) < 0xa0) return false;
    if (byte(0) == 0xed && byte(1) > 0x9f) return false;
    if (byte(0) == 0xf0 && byte(1) < 0x90) return false;
    if (byte(0) == 0xf4 && byte(1) > 0x8f) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::optional<std::uint64_t> parse_unsigned(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

void append_json_escaped(std::string& out, std::string_view text) {
  std::array<char, 1024> buffer;  // spares the string a check of its room for every escape
  char* end = buffer.data();
  while (!text.empty()) {
    const std::string_view block = text.substr(0, block_bytes);
    text.remove_prefix(block.size());
    if (block.size() == block_bytes && is_plain_block(block.data())) {
      std::memcpy(end, block.data(), block_bytes);
      end += block_bytes;
    } else {
      for (const char c : block) end = put_escaped(static_cast<unsigned char>(c), end);
    }
    if (buffer.data() + buffer.size() - end < std::ptrdiff_t{6 * block_bytes}) {
      out.append(buffer.data(), end);
      end = buffer.data();
    }
  }
  out.append(buffer.data(), end);
}

void append_number(std::string& out, std::uint64_t value) {
  std::array<char, 20> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  (void)error;  // 20 digits hold any value
  out.append(digits.data(), end);
}

std::string base64_encode(std::string_view bytes) {
  std::string out;
  append_base64(out, bytes, base64_alphabet);
  out.append((4 - out.size() % 4) % 4, '=');
  return out;
}

std::string base64url_encode(std::string_view bytes) {
  std::string out;
  append_base64(out, bytes, base64url_alphabet);
  return out;
}

std::optional<std::string> base64_decode(std::string_view text) {
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  if (text.size() % 4 == 1) return std::nullopt;
  std::string out;
  out.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const int value = base64_value(c);
    if (value < 0) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out.push_back(static_cast<char>(bits >> count & 0xFF));
  }
  return out;
}

}  // namespace omni
