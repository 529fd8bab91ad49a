#include "account/proxies.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include "base/strings.h"

namespace omni::account {
namespace {

constexpr std::string_view environment = "environment";

/// As many bytes as the family has; none for what is no address.
std::string_view bytes_of(const std::string& text, std::array<std::uint8_t, 16>& room) {
  const char* const bytes = reinterpret_cast<const char*>(room.data());
  if (::inet_pton(AF_INET, text.c_str(), room.data()) == 1) return {bytes, 4};
  if (::inet_pton(AF_INET6, text.c_str(), room.data()) == 1) return {bytes, 16};
  return {};
}

/// "10.0.0.0/8", for hosts that are written as addresses: no name is looked up for it.
bool covers_network(std::string_view entry, const std::string& host) {
  const std::size_t slash = entry.find('/');
  std::size_t bits = 0;
  const char* const end = entry.data() + entry.size();
  const auto read = std::from_chars(entry.data() + slash + 1, end, bits);
  std::array<std::uint8_t, 16> room{}, other_room{};
  const std::string_view network = bytes_of(std::string(entry.substr(0, slash)), room);
  const std::string_view address = bytes_of(host, other_room);
  if (read.ec != std::errc() || read.ptr != end || network.empty()) return false;
  if (network.size() != address.size() || bits > 8 * network.size()) return false;
  const std::size_t whole = bits / 8;
  if (network.substr(0, whole) != address.substr(0, whole)) return false;
  return bits % 8 == 0 || (room.at(whole) ^ other_room.at(whole)) >> (8 - bits % 8) == 0;
}

/// "*", a network, a host, or a domain with or without its dot; the last two may name the port.
bool covers(std::string_view entry, const net::Origin& origin) {
  if (entry == "*") return true;
  if (entry.find('/') != std::string_view::npos) return covers_network(entry, origin.host);
  const std::string port = ":" + std::to_string(origin.port);
  if (entry.ends_with(port) && entry != origin.host) entry.remove_suffix(port.size());
  if (entry.starts_with('[') && entry.ends_with(']')) entry = entry.substr(1, entry.size() - 2);
  while (entry.starts_with('*') || entry.starts_with('.')) entry.remove_prefix(1);
  if (entry.empty()) return false;
  const std::string name = to_lower(entry);
  return origin.host == name || origin.host.ends_with("." + name);
}

}  // namespace

Proxies::Proxies(std::span<const store::ProxyRow> rows, const ProxyVariables& variables)
    : no_proxy_(variables.no_proxy) {
  for (const store::ProxyRow& row : rows) add(row.level, row.id, row.url);
  add(environment, "https", variables.https);
  add(environment, "http", variables.http);
  add(environment, "all", variables.all);
}

/// Each was read once before it was taken in.
void Proxies::add(std::string_view level, std::string_view id, const Secret& url) {
  Result<net::Proxy> proxy = net::parse_proxy(url.reveal());
  if (proxy) entries_.push_back({std::string(level), std::string(id), *std::move(proxy)});
}

Proxies::Choice Proxies::at(std::string_view level, std::string_view id) const {
  const auto found = std::ranges::find_if(
      entries_, [&](const Entry& entry) { return entry.level == level && entry.id == id; });
  if (found == entries_.end()) return {};
  return {&found->proxy, found->level, found->id};
}

Proxies::Choice Proxies::shared(const catalog::Provider& provider,
                                const net::Origin& origin) const {
  for (const std::string* name : {&provider.id, &provider.prefix()}) {
    if (const Choice own = at("provider", *name); own.proxy != nullptr) return own;
  }
  if (passes_by(origin)) return {};
  if (const Choice global = at("global", ""); global.proxy != nullptr) return global;
  const std::string_view scheme = origin.scheme == net::Scheme::https ? "https" : "http";
  const Choice by_scheme = at(environment, scheme);
  return by_scheme.proxy != nullptr ? by_scheme : at(environment, "all");
}

bool Proxies::passes_by(const net::Origin& origin) const {
  return std::ranges::any_of(no_proxy_,
                             [&](const std::string& entry) { return covers(entry, origin); });
}

}  // namespace omni::account
