#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "account/proxies.h"
#include "catalog/provider.h"
#include "net/url.h"
#include "store/connections.h"

namespace omni::account {

/// Where an account is called in one dialect.
struct Base {
  chat::Dialect dialect{};
  net::Origin origin;
  std::string path;       // before what the dialect appends
  std::string chat_path;  // in the place of what the dialect appends; mostly empty
};

/// A connection made ready for use: what its data says, read once.  Borrows the provider, the
/// connection and the proxies.
struct Account {
  const catalog::Provider* provider = nullptr;
  const store::Connection* connection = nullptr;  // null: the provider needs none
  /// In the order in which the provider prefers them.
  std::vector<Base> bases;
  /// Where it writes recordings down, if that is at an address of its own.
  std::optional<Base> transcriptions;
  std::string user_agent;                    // empty: our own
  std::optional<net::Proxy> proxy;           // that its data names
  const net::Proxy* own_proxy = nullptr;     // that is set for it alone
  const net::Proxy* shared_proxy = nullptr;  // that is set for more than this one
  /// Why it cannot be called: something is missing in its data.
  std::string flaw;

  /// What is shown to the provider.
  const Secret& key() const;
  const std::string& id() const;
  const Base* find_base(chat::Dialect dialect) const;
  /// Null where there is none.
  const Base* first_base() const;
  /// The proxy by which it is called for a combo that has this one, or null; null: directly.
  const net::Proxy* way_out(const net::Proxy* of_combo) const;
};

/// `connection` is null for a provider that needs none.
Account prepare(const catalog::Provider& provider, const store::Connection* connection,
                const Proxies& proxies);

/// The accounts of one configuration, each prepared once.
class Roster {
 public:
  void add(const catalog::Provider& provider, const store::Connection* connection,
           const Proxies& proxies);
  /// Null where it was not added.
  const Account* find(const catalog::Provider& provider, const store::Connection* connection) const;

 private:
  /// By connection, or by provider where it needs none.
  std::unordered_map<const void*, Account> accounts_;
};

}  // namespace omni::account
