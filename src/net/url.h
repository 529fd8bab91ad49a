#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace omni::net {

inline constexpr std::size_t url_bytes_max = 8192;

enum class Scheme : std::uint8_t { http, https };

/// Where a connection goes.  The host is in the one form that pools and TLS compare: a lower-case
/// name, or an address as inet_ntop writes it, IPv6 without its brackets.
struct Origin {
  Scheme scheme = Scheme::https;
  std::string host;
  std::uint16_t port = 443;

  bool operator==(const Origin&) const = default;
};

/// The origin as a Host field shows it: IPv6 in brackets, the port only where it is not the usual.
std::string authority_of(const Origin& origin);

/// An absolute URL, taken apart for a request.  `target` is path and query, never empty; it goes
/// into the request line as it stands.
struct Url {
  Origin origin;
  std::string target;
};

/// Reads an absolute http or https URL.  Refused are user names, control bytes, blanks, anything
/// that is not ASCII, and hosts that a resolver might read as another address (`127.1`, `0x7f.1`).
/// A fragment is dropped, as it is never sent.  Messages do not repeat the text, which may hold a
/// key.
Result<Url> parse_url(std::string_view text);

/// How to reach the outside through someone else.  An https proxy is one that speaks TLS itself.
/// With socks5 we look up the target's name, with socks5h the proxy does.
struct Proxy {
  enum class Kind : std::uint8_t { http, https, socks5, socks5h };
  struct Login {
    Secret user;
    Secret password;
  };

  Kind kind = Kind::http;
  std::string host;
  std::uint16_t port = 0;
  std::optional<Login> login;
};

/// Reads `http://`, `https://`, `socks5://` or `socks5h://[user:password@]host[:port]`, user and
/// password percent-encoded, each at most 255 bytes, as SOCKS has it.
Result<Proxy> parse_proxy(std::string_view text);
/// "http", "https", "socks5" or "socks5h".
std::string_view name_of(Proxy::Kind kind);
/// As parse_proxy reads it, with its log-in: a secret.
Secret url_of(const Proxy& proxy);

/// With everything escaped that has a meaning in a path or a query.
std::string percent_encode(std::string_view text);
/// Nothing for an escape without two hex digits and for a NUL, escaped or not.
std::optional<std::string> percent_decode(std::string_view text);

/// The first value of `name` in a query (without its '?'), with '+' and %XX decoded; empty where
/// the name stands without '='.  Nothing where the name is missing or its value cannot be decoded.
std::optional<std::string> query_value(std::string_view query, std::string_view name);

}  // namespace omni::net
