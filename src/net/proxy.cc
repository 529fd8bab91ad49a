// How a proxy is asked for a tunnel: HTTP CONNECT (RFC 9110 §9.3.6) and SOCKS5 (RFC 1928, with the
// user name and password of RFC 1929).  What comes after the proxy's answer belongs to the origin,
// so nothing is read beyond it.  How long it may take is the caller's scope to say.

#include <arpa/inet.h>

#include <array>
#include <string>

#include "base/strings.h"
#include "net/connector.h"
#include "net/head.h"

namespace omni::net {
namespace {

Error refused(const std::string& why) { return {Error::Kind::unavailable, "proxy: " + why}; }

/// Exactly as many bytes as asked for.
Task<Status> read_exactly(Wire& wire, std::span<char> into) {
  while (!into.empty()) {
    const Wire::Step step = wire.try_read(into);
    if (step.kind == Wire::Step::Kind::moved) {
      into = into.subspan(step.bytes);
      continue;
    }
    if (step.kind == Wire::Step::Kind::closed || step.kind == Wire::Step::Kind::failed) {
      co_return refused("it closed the connection");
    }
    Status waited = co_await wire.wait_for(step.kind, forever);
    if (!waited) co_return waited.error();
  }
  co_return Nothing{};
}

/// Up to and including the empty line.  Byte by byte, since what follows is not ours to take; an
/// answer to CONNECT is short and comes once per connection.
Task<Result<std::string>> read_head(Wire& wire) {
  constexpr std::size_t answer_bytes_max = 16 * 1024;
  std::string head;
  while (!head.ends_with("\r\n\r\n")) {
    if (head.size() >= answer_bytes_max) co_return refused("its answer is too long");
    std::array<char, 1> byte{};
    Status got = co_await read_exactly(wire, byte);
    if (!got) co_return got.error();
    head.push_back(byte[0]);
  }
  co_return head;
}

std::string_view socks_reason(char code) {
  static constexpr std::array<std::string_view, 9> reasons{"granted",
                                                           "general failure",
                                                           "not allowed",
                                                           "network unreachable",
                                                           "host unreachable",
                                                           "connection refused",
                                                           "time to live expired",
                                                           "command not supported",
                                                           "address type not supported"};
  const auto index = static_cast<unsigned char>(code);
  return index < reasons.size() ? reasons[index] : "unknown failure";
}

void append_port(std::string& out, std::uint16_t port) {
  out.push_back(static_cast<char>(port >> 8));
  out.push_back(static_cast<char>(port & 0xff));
}

std::string socks_connect(const std::string& host, std::uint16_t port) {
  std::string request("\x05\x01\x00", 3);
  std::array<char, sizeof(in6_addr)> bytes{};
  if (inet_pton(AF_INET, host.c_str(), bytes.data()) == 1) {
    request.push_back(1);
    request.append(bytes.data(), sizeof(in_addr));
  } else if (inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1) {
    request.push_back(4);
    request.append(bytes.data(), sizeof(in6_addr));
  } else {
    request.push_back(3);
    request.push_back(static_cast<char>(host.size()));
    request.append(host);
  }
  append_port(request, port);
  return request;
}

Task<Status> log_in(Wire& wire, const Proxy::Login& login) {
  std::string request("\x01", 1);
  for (const Secret* part : {&login.user, &login.password}) {
    request.push_back(static_cast<char>(part->reveal().size()));
    request.append(part->reveal());
  }
  Status sent = co_await wire.write(request, forever);
  if (!sent) co_return sent.error();
  std::array<char, 2> answer{};
  Status got = co_await read_exactly(wire, answer);
  if (!got) co_return got.error();
  if (answer[1] != 0) co_return refused("it refused user name and password");
  co_return Nothing{};
}

Task<Status> choose_method(Wire& wire, const Proxy& proxy) {
  const std::string offer =
      proxy.login ? std::string("\x05\x02\x00\x02", 4) : std::string("\x05\x01\x00", 3);
  Status sent = co_await wire.write(offer, forever);
  if (!sent) co_return sent.error();
  std::array<char, 2> chosen{};
  Status got = co_await read_exactly(wire, chosen);
  if (!got) co_return got.error();
  if (chosen[0] != 5) co_return refused("it does not speak SOCKS5");
  if (chosen[1] == 0) co_return Nothing{};
  if (chosen[1] != 2 || !proxy.login) co_return refused("it wants a log-in that we have not");
  co_return co_await log_in(wire, *proxy.login);
}

/// The address and port from which the proxy speaks to the origin: of no use to us.
Task<Status> skip_bound_address(Wire& wire, char type) {
  std::array<char, 257> bytes{};
  std::size_t length = 0;
  if (type == 1) {
    length = sizeof(in_addr);
  } else if (type == 4) {
    length = sizeof(in6_addr);
  } else if (type == 3) {
    Status got = co_await read_exactly(wire, std::span(bytes).first(1));
    if (!got) co_return got.error();
    length = static_cast<unsigned char>(bytes[0]);
  } else {
    co_return refused("its answer is malformed");
  }
  co_return co_await read_exactly(wire, std::span(bytes).first(length + 2));
}

}  // namespace

Task<Status> ask_http_proxy(Wire& wire, const Origin& origin, const Proxy& proxy) {
  const std::string host =
      origin.host.find(':') == std::string::npos ? origin.host : "[" + origin.host + "]";
  const std::string where = host + ":" + std::to_string(origin.port);
  std::string request = "CONNECT " + where + " HTTP/1.1\r\nhost: " + where + "\r\n";
  if (proxy.login) {
    std::string login(proxy.login->user.reveal());
    login.append(":").append(proxy.login->password.reveal());
    request.append("proxy-authorization: Basic ").append(base64_encode(login)).append("\r\n");
  }
  request.append("\r\n");
  Status sent = co_await wire.write(request, forever);
  if (!sent) co_return sent.error();
  Result<std::string> text = co_await read_head(wire);
  if (!text) co_return text.error();
  ResponseHead head;
  if (Status parsed = head.parse(*text, "CONNECT"); !parsed) {
    co_return refused("its answer is malformed");
  }
  if (head.status() == 407) co_return refused("it wants another log-in (407)");
  if (head.status() / 100 != 2) {
    co_return refused("it refused the tunnel (" + std::to_string(head.status()) + ")");
  }
  co_return Nothing{};
}

Task<Status> ask_socks_proxy(Wire& wire, const std::string& host, std::uint16_t port,
                             const Proxy& proxy) {
  if (host.size() > 255) co_return refused("the host name is too long for SOCKS");
  Status ready = co_await choose_method(wire, proxy);
  if (!ready) co_return ready.error();
  Status sent = co_await wire.write(socks_connect(host, port), forever);
  if (!sent) co_return sent.error();
  std::array<char, 4> answer{};  // version, reply, reserved, address type
  Status got = co_await read_exactly(wire, answer);
  if (!got) co_return got.error();
  if (answer[0] != 5) co_return refused("its answer is malformed");
  if (answer[1] != 0) co_return refused(std::string(socks_reason(answer[1])));
  co_return co_await skip_bound_address(wire, answer[3]);
}

}  // namespace omni::net
