#include "identity/address_rule.h"

#include <optional>

#include "base/strings.h"

namespace omni::identity {
namespace {

constexpr unsigned address_bits = 128;
constexpr unsigned ipv4_bits = 32;

Error refused(std::string_view text, std::string_view why) {
  std::string message = "\"";
  for (const char c : text.substr(0, 64)) message.push_back(c < ' ' || c > '~' ? '?' : c);
  return {Error::Kind::bad_request, message.append("\" ").append(why)};
}

Address without_tail(Address address, unsigned bits) {
  for (unsigned i = 0; i < address.size(); ++i) {
    const unsigned kept = bits > 8 * i ? bits - 8 * i : 0;
    if (kept < 8) address[i] = static_cast<std::uint8_t>(address[i] & (0xff00U >> kept));
  }
  return address;
}

struct Wildcard {
  std::string address;
  unsigned bits = address_bits - ipv4_bits;
};

/// `a.b.*` as `a.b.0.0` and its bits; nothing where a number follows a star or four are too few.
std::optional<Wildcard> parse_wildcard(std::string_view text) {
  Wildcard result;
  unsigned parts = 0;
  bool starred = false;
  while (!text.empty()) {
    const std::string_view part = cut(text, '.');
    if (++parts > 4 || (starred && part != "*")) return std::nullopt;
    starred = part == "*";
    result.address.append(result.address.empty() ? "" : ".").append(starred ? "0" : part);
    if (!starred) result.bits += 8;
  }
  for (; parts < 4; ++parts) result.address.append(".0");
  return result;
}

}  // namespace

AddressRule::AddressRule(const Address& address, unsigned bits)
    : first_(without_tail(address, bits)), bits_(bits) {}

Result<AddressRule> AddressRule::parse(std::string_view text) {
  text = trim(text);
  if (text.empty()) return Error{Error::Kind::bad_request, "an address is missing"};
  if (text.find('*') != std::string_view::npos) {
    const std::optional<Wildcard> wildcard = parse_wildcard(text);
    const auto address = wildcard ? parse_address(wildcard->address) : std::nullopt;
    if (!address || text.front() == '*') {
      return refused(text, "is no wildcard like 192.0.*: numbers first, then stars, IPv4 alone");
    }
    return AddressRule(*address, wildcard->bits);
  }
  std::string_view rest = text;
  const std::optional<Address> address = parse_address(cut(rest, '/'));
  if (!address) return refused(text, "is no IPv4 or IPv6 address");
  if (text.find('/') == std::string_view::npos) return AddressRule(*address, address_bits);
  const bool dotted = text.find(':') == std::string_view::npos;
  const unsigned bits_max = dotted ? ipv4_bits : address_bits;
  const std::optional<std::uint64_t> bits = parse_unsigned(rest);
  if (!bits || *bits > bits_max) {
    return refused(text, dotted ? "has a prefix that is no number from 0 to 32"
                                : "has a prefix that is no number from 0 to 128");
  }
  return AddressRule(*address, static_cast<unsigned>(*bits) + address_bits - bits_max);
}

bool AddressRule::matches(const Address& address) const {
  return is_ipv4(address) == is_ipv4(first_) && without_tail(address, bits_) == first_;
}

std::string AddressRule::text() const {
  std::string text = text_of(first_);
  if (bits_ == address_bits) return text;
  text.push_back('/');
  append_number(text, is_ipv4(first_) ? bits_ - (address_bits - ipv4_bits) : bits_);
  return text;
}

}  // namespace omni::identity
