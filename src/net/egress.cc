// Which addresses are nobody's business, as one table.  The registries are those of IANA for
// special-purpose addresses; the metadata services are those of AWS, Google, Azure, Oracle, Alibaba
// and Scaleway.

#include "net/egress.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <string_view>

#include "base/assert.h"

namespace omni::net {
namespace {

/// IPv4 as `::ffff:a.b.c.d`.
using Bytes = std::array<std::uint8_t, 16>;

enum class Ground : std::uint8_t { open, local, forbidden };

struct Kind {
  Ground ground;
  std::string_view name;
};
constexpr Kind outside{Ground::open, "a public address"};
constexpr Kind loopback{Ground::local, "a loopback address"};
constexpr Kind inside{Ground::local, "a private address"};
constexpr Kind reserved{Ground::local, "a reserved address"};
constexpr Kind metadata{Ground::forbidden, "an address of cloud metadata"};
constexpr Kind link{Ground::forbidden, "a link-local address"};
constexpr Kind nobody{Ground::forbidden, "an unspecified address"};
constexpr Kind many{Ground::forbidden, "a multicast or broadcast address"};
constexpr Kind tunnel{Ground::forbidden, "an address of a tunnel"};

struct Row {
  const char* first;
  std::size_t bits;
  Kind kind;
};

/// The first row that fits holds.
constexpr std::array rows{
    Row{"169.254.0.0", 16, link},
    Row{"100.100.100.200", 32, metadata},
    Row{"168.63.129.16", 32, metadata},
    Row{"192.0.0.192", 32, metadata},
    Row{"0.0.0.0", 8, nobody},
    Row{"224.0.0.0", 4, many},
    Row{"255.255.255.255", 32, many},
    Row{"127.0.0.0", 8, loopback},
    Row{"10.0.0.0", 8, inside},
    Row{"172.16.0.0", 12, inside},
    Row{"192.168.0.0", 16, inside},
    Row{"100.64.0.0", 10, inside},
    Row{"192.0.0.0", 24, reserved},
    Row{"192.0.2.0", 24, reserved},
    Row{"198.18.0.0", 15, reserved},
    Row{"198.51.100.0", 24, reserved},
    Row{"203.0.113.0", 24, reserved},
    Row{"240.0.0.0", 4, reserved},
    Row{"0.0.0.0", 0, outside},
    Row{"fd00:ec2::254", 128, metadata},
    Row{"fd20:ce::254", 128, metadata},
    Row{"fd00:42::42", 128, metadata},
    Row{"fe80::", 10, link},
    Row{"ff00::", 8, many},
    Row{"::", 128, nobody},
    Row{"::1", 128, loopback},
    Row{"fc00::", 7, inside},
    Row{"fec0::", 10, inside},
    Row{"64:ff9b:1::", 48, tunnel},  // NAT64 of one's own, which may mean any IPv4 address
    Row{"2001::", 32, tunnel},       // Teredo
    Row{"2001:db8::", 32, reserved},
    Row{"3fff::", 20, reserved},
    Row{"2000::", 3, outside},
    Row{"::", 0, reserved},
};

/// Forms of IPv6 that wear an IPv4 address, and where.
struct Costume {
  const char* first;
  std::size_t bits;
  std::size_t ipv4_at;
};
constexpr std::array costumes{
    Costume{"64:ff9b::", 96, 12},  // NAT64
    Costume{"2002::", 16, 2},      // 6to4
    Costume{"::", 96, 12},         // IPv4-compatible
    Costume{"::ffff:0:0:0", 96, 12},
};

constexpr std::size_t mapped_bits = 96;

Bytes mapped(const void* ipv4) {
  Bytes bytes{};
  bytes[10] = bytes[11] = 0xff;
  std::memcpy(bytes.data() + 12, ipv4, 4);
  return bytes;
}

Bytes bytes_of(const Address& address) {
  if (address.bytes.sin6_family == AF_INET) {
    return mapped(&reinterpret_cast<const sockaddr_in&>(address.bytes).sin_addr);
  }
  Bytes bytes{};
  std::memcpy(bytes.data(), &address.bytes.sin6_addr, bytes.size());
  return bytes;
}

bool begins_alike(const Bytes& a, const Bytes& b, std::size_t bits) {
  if (!std::equal(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(bits / 8), b.begin())) {
    return false;
  }
  return bits % 8 == 0 || (a[bits / 8] ^ b[bits / 8]) >> (8 - bits % 8) == 0;
}

bool lies_in(const Bytes& address, const char* first, std::size_t bits) {
  Bytes bytes{};
  std::array<std::uint8_t, 4> ipv4{};
  if (inet_pton(AF_INET, first, ipv4.data()) == 1) {
    return begins_alike(address, mapped(ipv4.data()), mapped_bits + bits);
  }
  OMNI_ASSERT(inet_pton(AF_INET6, first, bytes.data()) == 1);
  return begins_alike(address, bytes, bits);
}

/// The IPv4 address below a costume, or the address itself.
Bytes undressed(const Bytes& address) {
  if (lies_in(address, "::", 128) || lies_in(address, "::1", 128)) return address;
  for (const Costume& costume : costumes) {
    if (lies_in(address, costume.first, costume.bits)) {
      return mapped(address.data() + costume.ipv4_at);
    }
  }
  return address;
}

const Kind& kind_of(const Address& address) {
  const Bytes bytes = undressed(bytes_of(address));
  const auto* const row = std::find_if(rows.begin(), rows.end(), [&](const Row& candidate) {
    return lies_in(bytes, candidate.first, candidate.bits);
  });
  return row->kind;  // the last one fits all
}

bool allows(Reach reach, Ground ground) {
  return ground == Ground::open || (ground == Ground::local && reach == Reach::local);
}

}  // namespace

Result<std::vector<Address>> reachable(const std::string& host, std::vector<Address> addresses,
                                       Reach reach) {
  if (addresses.empty()) {
    return Error(Error::Kind::unavailable, "the name has no address");
  }
  const Kind first = kind_of(addresses.front());
  std::erase_if(addresses,
                [&](const Address& address) { return !allows(reach, kind_of(address).ground); });
  if (!addresses.empty()) return addresses;
  const bool numeric = static_cast<bool>(Resolver::numeric(host, 0));
  return Error(Error::Kind::forbidden, host + (numeric ? " is " : " resolves to ") +
                                           std::string(first.name) +
                                           ", where this call may not go");
}

Status may_ask_for(const std::string& host, Reach reach) {
  Result<std::vector<Address>> addresses = Resolver::numeric(host, 0);
  if (!addresses) return Nothing{};
  const Result<std::vector<Address>> kept = reachable(host, *std::move(addresses), reach);
  return kept ? Status(Nothing{}) : Status(kept.error());
}

}  // namespace omni::net
