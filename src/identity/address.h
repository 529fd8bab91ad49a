#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace omni::identity {

/// An IP address as the sixteen bytes of IPv6; IPv4 as `::ffff:a.b.c.d`, so that both ways in which
/// a socket may show the same client are equal.
using Address = std::array<std::uint8_t, 16>;

/// Nothing for what is no address; zones (`fe80::1%eth0`), ports and brackets are none.
std::optional<Address> parse_address(std::string_view text);

/// As inet_ntop writes it, IPv4 with its dots.
std::string text_of(const Address& address);

bool is_ipv4(const Address& address);
/// 127.0.0.0/8 and ::1.
bool is_loopback(const Address& address);

}  // namespace omni::identity
