#pragma once

#include <optional>
#include <span>

#include "identity/address.h"
#include "identity/address_rule.h"
#include "net/exchange.h"

namespace omni::identity {

/// Where a request comes from, as far as it can be trusted: the socket's address or, where that is
/// a trusted proxy's, what the proxies say.
struct ClientAddress {
  std::optional<Address> address;  // none: a unix socket
  /// Somebody says that he passed the request on, believed or not: then even a loopback address may
  /// stand for anybody.
  bool forwarded = false;
  /// All the way to us or to the outermost proxy that we trust.
  bool encrypted = false;

  /// Whether somebody on this machine sent it.
  bool local() const { return !forwarded && (!address || is_loopback(*address)); }
};

/// Of the addresses in X-Forwarded-For, each hop's added on the right, the first from the right
/// that is no trusted proxy's.  Forwarded is read where there is no X-Forwarded-For, and X-Real-IP
/// where there is neither: a proxy has to set the first of them that a client could send.
ClientAddress client_address(const net::Peer& peer, const net::Fields& fields,
                             std::span<const AddressRule> trusted_proxies);

}  // namespace omni::identity
