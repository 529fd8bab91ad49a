#include "json/format.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <string>

#include "base/clock.h"
#include "base/strings.h"

namespace omni::json {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

/// 32 or 128, the bits of an address of that family; 0 for what is none.
unsigned address_bits(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return 0;
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  const std::string ended(text);
  if (::inet_pton(AF_INET, ended.c_str(), bytes.data()) == 1) return 32;
  return ::inet_pton(AF_INET6, ended.c_str(), bytes.data()) == 1 ? 128 : 0;
}

bool is_address(std::string_view text) { return address_bits(text) > 0; }

/// `10.*`, `10.0.*`, `10.0.0.*`: what the star leaves out may be anything.
bool is_address_prefix(std::string_view text) {
  if (!text.ends_with(".*")) return false;
  std::string whole(text.substr(0, text.size() - 2));
  const auto dots = std::count(whole.begin(), whole.end(), '.');
  for (auto parts = dots; parts < 3; ++parts) whole += ".0";
  return dots < 3 && address_bits(whole) == 32;
}

bool is_address_rule(std::string_view text) {
  if (is_address_prefix(text)) return true;
  const std::size_t slash = text.find('/');
  const unsigned bits = address_bits(text.substr(0, slash));
  if (slash == std::string_view::npos) return bits > 0;
  const std::string_view length = text.substr(slash + 1);
  return bits > 0 && length.size() <= 3 && parse_unsigned(length).value_or(bits + 1) <= bits;
}

bool is_url(std::string_view text) {
  const std::string lower = to_lower(text.substr(0, 8));
  const std::size_t start = lower == "https://" ? 8 : lower.starts_with("http://") ? 7 : 0;
  if (start == 0) return false;
  const std::string_view rest = text.substr(start);
  const bool blank = std::any_of(rest.begin(), rest.end(), [](char c) {
    return is_control(c) || c == ' ' || c == '"' || c == '<' || c == '>' || c == '\\';
  });
  return !blank && !rest.empty() && rest.find_first_of("/?#:@") != 0;
}

bool is_host(std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']')) {
    return address_bits(text.substr(1, text.size() - 2)) == 128;
  }
  if (is_address(text)) return true;
  if (text.starts_with("*.")) text.remove_prefix(2);
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '.' || c == '_';
  });
  return plain && !text.empty() && !text.starts_with('.') && !text.starts_with('-') &&
         text.find("..") == std::string_view::npos;
}

bool is_time_of_day(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return false;
  return parse_unsigned(text.substr(0, 2)).value_or(99) < 24 &&
         parse_unsigned(text.substr(3)).value_or(99) < 60;
}

bool is_timestamp(std::string_view text) { return parse_iso8601(text).has_value(); }

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : hex_value(text[i]) < 0) return false;
  }
  return true;
}

bool is_name(std::string_view text) {
  return !trim(text).empty() && std::none_of(text.begin(), text.end(), is_control);
}

}  // namespace

namespace format {

const Format url{"uri", "must be an http or https URL", is_url};
const Format host{"hostname", "must be the name or address of a host", is_host};
const Format address_rule{"address-rule",
                          "must be an IP address, a network such as 10.0.0.0/8, or 10.0.*",
                          is_address_rule};
const Format address{"ip", "must be an IP address", is_address};
const Format time_of_day{"time-of-day", "must be a time such as 23:59", is_time_of_day};
const Format timestamp{"date-time", "must be a date and time such as 2026-02-03T04:05:06Z",
                       is_timestamp};
const Format uuid{"uuid", "must be a UUID", is_uuid};
const Format name{"name", "must be a name that can be shown", is_name};

}  // namespace format
}  // namespace omni::json
