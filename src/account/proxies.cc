#include "account/proxies.h"

#include <algorithm>
#include <array>

#include "base/strings.h"

namespace omni::account {
namespace {

constexpr std::string_view environment = "environment";

/// "*", a host, or a domain with or without its dot; each may name the port.
bool covers(std::string_view entry, const net::Origin& origin) {
  if (entry == "*") return true;
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
