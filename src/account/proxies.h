#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/provider.h"
#include "net/url.h"
#include "store/proxies.h"

namespace omni::account {

/// What the process is told of the way out: URLs of proxies by the scheme of what is called, and
/// the hosts that everybody's proxy is not for.
struct ProxyVariables {
  Secret https, http, all;  // empty: none
  std::vector<std::string> no_proxy;
};

/// Every proxy that somebody has set, and whom each is for, from the most special to the most
/// general: an account, a combo, a provider, everybody, and what the variables say.
class Proxies {
 public:
  Proxies() = default;
  Proxies(std::span<const store::ProxyRow> rows, const ProxyVariables& variables);

  /// Which proxy, and why that one.
  struct Choice {
    const net::Proxy* proxy = nullptr;  // null: none
    std::string_view level = "direct";
    std::string_view id = {};
  };

  /// Of a level and an id alone; "global" has none.
  Choice at(std::string_view level, std::string_view id) const;
  /// For whoever has no proxy that is more special, on the way to that origin.
  Choice shared(const catalog::Provider& provider, const net::Origin& origin) const;

 private:
  struct Entry {
    std::string level, id;
    net::Proxy proxy;
  };

  void add(std::string_view level, std::string_view id, const Secret& url);
  bool passes_by(const net::Origin& origin) const;

  std::vector<Entry> entries_;
  std::vector<std::string> no_proxy_;
};

}  // namespace omni::account
