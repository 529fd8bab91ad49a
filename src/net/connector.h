#pragma once

#include <memory>
#include <optional>
#include <string>

#include "net/egress.h"
#include "net/resolver.h"
#include "net/tls.h"
#include "net/url.h"
#include "net/wire.h"

namespace omni::net {

/// How an origin is reached.
struct Path {
  const Proxy* proxy = nullptr;
  Reach reach = Reach::open;
};

/// Opens wires to origins: resolves, looks at the addresses, connects, asks the proxy, shakes
/// hands.
class Connector {
 public:
  Connector(Loop& loop, Resolver& resolver, ClientTls& tls)
      : loop_(loop), resolver_(resolver), tls_(tls) {}

  /// Bounded by the caller's scope.
  Task<Result<std::unique_ptr<Wire>>> connect(const Origin& origin, const Path& path);

 private:
  Task<Result<std::unique_ptr<Wire>>> connect_tcp(const std::string& host, std::uint16_t port,
                                                  Reach reach);
  Task<Result<std::unique_ptr<Wire>>> connect_address(const Address& address);
  Task<Result<std::unique_ptr<Wire>>> through_proxy(const Origin& origin, const Path& path);
  /// To the proxy itself, which may be anywhere that anything may be.
  Task<Result<std::unique_ptr<Wire>>> reach_proxy(const Proxy& proxy);
  /// The origin's host as the proxy is to be told it.
  Task<Result<std::string>> host_for_proxy(const Origin& origin, const Path& path);
  Task<Result<std::unique_ptr<Wire>>> secure(std::unique_ptr<Wire> carrier,
                                             const std::string& host);

  Loop& loop_;
  Resolver& resolver_;
  ClientTls& tls_;
};

/// Asks an HTTP proxy for a tunnel to `origin`.
Task<Status> ask_http_proxy(Wire& wire, const Origin& origin, const Proxy& proxy);

/// Asks a SOCKS5 proxy for a tunnel to `host`, which is a name (resolved there) or an address.
Task<Status> ask_socks_proxy(Wire& wire, const std::string& host, std::uint16_t port,
                             const Proxy& proxy);

}  // namespace omni::net
