#include "net/connector.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <arpa/inet.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace omni::net {
namespace {

/// What one address may take while others wait to be tried.
constexpr Millis address_time{3'000};

Error cannot_connect(int reason) {
  return {Error::Kind::unavailable, std::string("cannot connect: ") + std::strerror(reason)};
}

std::string text_of(const Address& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes = &address.bytes.sin6_addr;
  if (address.bytes.sin6_family == AF_INET) {
    bytes = &reinterpret_cast<const sockaddr_in&>(address.bytes).sin_addr;
  }
  inet_ntop(address.bytes.sin6_family, bytes, text.data(), text.size());
  return text.data();
}

}  // namespace

Task<Result<std::unique_ptr<Wire>>> Connector::connect(const Origin& origin, const Path& path) {
  Result<std::unique_ptr<Wire>> wire = Error(Error::Kind::internal, "");
  if (path.proxy != nullptr) {
    wire = co_await through_proxy(origin, path);
  } else {
    wire = co_await connect_tcp(origin.host, origin.port, path.reach);
  }
  if (!wire || origin.scheme == Scheme::http) co_return wire;
  co_return co_await secure(*std::move(wire), origin.host);
}

Task<Result<std::unique_ptr<Wire>>> Connector::connect_tcp(const std::string& host,
                                                           std::uint16_t port, Reach reach) {
  Result<std::vector<Address>> addresses = co_await resolver_.resolve(host, port);
  if (addresses) addresses = reachable(host, *std::move(addresses), reach);
  if (!addresses) co_return addresses.error();
  Scope& scope = co_await current_scope();
  Error last(Error::Kind::unavailable, "the name has no address");
  for (std::size_t i = 0; i < addresses->size(); ++i) {
    const bool others = i + 1 < addresses->size();
    Result<std::unique_ptr<Wire>> wire =
        co_await within(others ? address_time : forever, "the address does not answer",
                        connect_address((*addresses)[i]));
    if (wire || scope.cancelled()) co_return wire;
    last = wire.error();
  }
  co_return last;
}

Task<Result<std::unique_ptr<Wire>>> Connector::connect_address(const Address& address) {
  const auto* target = reinterpret_cast<const sockaddr*>(&address.bytes);
  Fd fd(::socket(target->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) co_return cannot_connect(errno);
  const int on = 1;
  ::setsockopt(fd.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const bool at_once = ::connect(fd.number(), target, address.length) == 0;
  if (!at_once && errno != EINPROGRESS) co_return cannot_connect(errno);
  std::unique_ptr<Wire> wire = plain_wire(loop_, std::move(fd));
  if (!at_once) {
    wire->socket().set_full();
    const Status waited = co_await wire->wait_for(Wire::Step::Kind::wait_write, forever);
    if (!waited) co_return waited.error();
  }
  int failure = 0;
  socklen_t length = sizeof failure;
  ::getsockopt(wire->socket().fd(), SOL_SOCKET, SO_ERROR, &failure, &length);
  if (failure != 0) co_return cannot_connect(failure);
  co_return wire;
}

Task<Result<std::string>> Connector::host_for_proxy(const Origin& origin, const Path& path) {
  if (path.proxy->kind != Proxy::Kind::socks5) {
    Status clean = may_ask_for(origin.host, path.reach);
    if (!clean) co_return clean.error();
    co_return origin.host;
  }
  Result<std::vector<Address>> addresses = co_await resolver_.resolve(origin.host, origin.port);
  if (addresses) addresses = reachable(origin.host, *std::move(addresses), path.reach);
  if (!addresses) co_return addresses.error();
  co_return text_of(addresses->front());
}

Task<Result<std::unique_ptr<Wire>>> Connector::reach_proxy(const Proxy& proxy) {
  Result<std::unique_ptr<Wire>> wire = co_await connect_tcp(proxy.host, proxy.port, Reach::local);
  if (wire && proxy.kind == Proxy::Kind::https) {
    wire = co_await secure(*std::move(wire), proxy.host);
  }
  if (!wire) co_return Error(wire.error().kind(), "proxy: " + wire.error().message());
  co_return wire;
}

Task<Result<std::unique_ptr<Wire>>> Connector::through_proxy(const Origin& origin,
                                                             const Path& path) {
  const Proxy& proxy = *path.proxy;
  Result<std::string> host = co_await host_for_proxy(origin, path);
  if (!host) co_return host.error();
  Result<std::unique_ptr<Wire>> wire = co_await reach_proxy(proxy);
  if (!wire) co_return wire;
  Status asked = Nothing{};
  if (proxy.kind == Proxy::Kind::http || proxy.kind == Proxy::Kind::https) {
    asked = co_await ask_http_proxy(**wire, origin, proxy);
  } else {
    asked = co_await ask_socks_proxy(**wire, *host, origin.port, proxy);
  }
  if (!asked) co_return asked.error();
  co_return wire;
}

Task<Result<std::unique_ptr<Wire>>> Connector::secure(std::unique_ptr<Wire> carrier,
                                                      const std::string& host) {
  std::unique_ptr<TlsWire> wire = tls_.connect_over(std::move(carrier), host);
  Status ready = co_await wire->handshake(forever);
  if (!ready) co_return ready.error();
  co_return std::unique_ptr<Wire>(std::move(wire));
}

}  // namespace omni::net
