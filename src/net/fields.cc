#include "net/fields.h"

#include <algorithm>
#include <array>

#include "base/strings.h"

namespace omni::net {
namespace {

constexpr std::array<bool, 256> make_token_bytes() {
  std::array<bool, 256> allowed{};
  for (char c = '0'; c <= '9'; ++c) allowed[static_cast<unsigned char>(c)] = true;
  for (char c = 'a'; c <= 'z'; ++c) allowed[static_cast<unsigned char>(c)] = true;
  for (char c = 'A'; c <= 'Z'; ++c) allowed[static_cast<unsigned char>(c)] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) {
    allowed[static_cast<unsigned char>(c)] = true;
  }
  return allowed;
}
constexpr std::array<bool, 256> token_bytes = make_token_bytes();

constexpr std::size_t bytes_expected = 512;  // of all fields of a message

bool is_framing(std::string_view name) {
  return equals_ignoring_case(name, "content-length") ||
         equals_ignoring_case(name, "transfer-encoding") ||
         equals_ignoring_case(name, "connection");
}

/// Looks at all bytes whatever it finds, which takes many in a step.
bool is_value(std::string_view text) {
  bool bad = false;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    bad |= (byte < 0x20 && byte != '\t') || byte == 0x7f;
  }
  return !bad;
}

}  // namespace

std::optional<std::string_view> Fields::find(std::string_view name) const {
  for (const Field& field : fields_) {
    if (equals_ignoring_case(field.name, name)) return field.value;
  }
  return std::nullopt;
}

OutFields& OutFields::add(std::string_view name, std::string_view value) {
  if (!is_token(name) || !is_value(value)) {
    valid_ = false;
    return *this;
  }
  frames_ = frames_ || is_framing(name);
  if (text_.empty()) text_.reserve(bytes_expected);
  text_.append(name).append(": ").append(value).append("\r\n");
  return *this;
}

OutFields& OutFields::add(std::string_view name, std::uint64_t value) {
  std::string digits;
  append_number(digits, value);
  return add(name, digits);
}

bool list_has_token(std::string_view value, std::string_view token) {
  while (!value.empty()) {
    if (equals_ignoring_case(trim(cut(value, ',')), token)) return true;
  }
  return false;
}

bool is_hop_by_hop(std::string_view name) {
  static constexpr std::array<std::string_view, 10> names{"connection",
                                                          "content-length",
                                                          "keep-alive",
                                                          "proxy-authenticate",
                                                          "proxy-connection",
                                                          "proxy-authorization",
                                                          "te",
                                                          "trailer",
                                                          "transfer-encoding",
                                                          "upgrade"};
  return std::any_of(names.begin(), names.end(), [name](std::string_view candidate) {
    return equals_ignoring_case(candidate, name);
  });
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return token_bytes[static_cast<unsigned char>(c)];
  });
}

}  // namespace omni::net
