// URLs of upstreams and proxies, read strictly: what two readers might understand differently is
// refused, because the host that was checked must be the host that is called.

#include "net/url.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/percent.h"
#include "base/strings.h"

namespace omni::net {
namespace {

constexpr std::size_t host_bytes_max = 253;
constexpr std::size_t label_bytes_max = 63;
constexpr std::size_t login_bytes_max = 255;

Error refused(std::string why) { return {Error::Kind::bad_request, std::move(why)}; }

struct Place {
  std::string host;
  std::uint16_t port = 0;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Visible ASCII only, so that neither a blank nor a line end can reach a request line.
bool is_visible(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

bool is_label_char(char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '_'; }

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= label_bytes_max &&
         std::all_of(label.begin(), label.end(), is_label_char);
}

/// Whether inet_aton would take the host for a number, in whatever base: its last label decides.
bool looks_like_address(std::string_view host) {
  const std::string_view last = host.substr(host.rfind('.') + 1);
  return last.starts_with("0x") || std::all_of(last.begin(), last.end(), is_digit);
}

std::optional<std::string> canonical_address(int family, std::string_view text) {
  std::array<unsigned char, 16> address{};
  std::array<char, INET6_ADDRSTRLEN> out{};
  if (inet_pton(family, std::string(text).c_str(), address.data()) != 1) return std::nullopt;
  if (inet_ntop(family, address.data(), out.data(), out.size()) == nullptr) return std::nullopt;
  return std::string(out.data());
}

Result<std::string> parse_name(std::string_view text) {
  std::string host = to_lower(text);
  if (host.empty()) return refused("the URL has no host");
  if (host.size() > host_bytes_max) return refused("the host of the URL is too long");
  std::string_view rest = host;
  do {
    if (!is_label(cut(rest, '.'))) return refused("the host of the URL is malformed");
  } while (!rest.empty());
  if (host.back() == '.') return refused("the host of the URL ends with a dot");
  if (!looks_like_address(host)) return host;
  std::optional<std::string> address = canonical_address(AF_INET, host);
  if (!address) return refused("the IPv4 address of the URL is malformed");
  return *std::move(address);
}

Result<Place> parse_place(std::string_view text, std::uint16_t usual_port) {
  Place place{.host = {}, .port = usual_port};
  std::string_view port;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return refused("the IPv6 address of the URL has no ']'");
    std::optional<std::string> address = canonical_address(AF_INET6, text.substr(1, end - 1));
    if (!address) return refused("the IPv6 address of the URL is malformed");
    place.host = *std::move(address);
    port = text.substr(end + 1);
  } else {
    const std::size_t colon = std::min(text.find(':'), text.size());
    Result<std::string> host = parse_name(text.substr(0, colon));
    if (!host) return std::move(host).error();
    place.host = *std::move(host);
    port = text.substr(colon);
  }
  if (port.empty()) return place;
  const std::optional<std::uint64_t> number =
      port.front() == ':' ? parse_unsigned(port.substr(1)) : std::nullopt;
  if (!number || *number < 1 || *number > 65535) {
    return refused("the port of the URL is not a number from 1 to 65535");
  }
  place.port = static_cast<std::uint16_t>(*number);
  return place;
}

struct ProxyWay {
  std::string_view scheme;
  Proxy::Kind kind;
  std::uint16_t usual_port;
};
constexpr std::array proxy_ways{
    ProxyWay{"http", Proxy::Kind::http, 80},
    ProxyWay{"https", Proxy::Kind::https, 443},
    ProxyWay{"socks5", Proxy::Kind::socks5, 1080},
    ProxyWay{"socks5h", Proxy::Kind::socks5h, 1080},
};

/// Cuts the scheme off; empty where there is none.
std::string cut_scheme(std::string_view& text) {
  const std::size_t end = text.find("://");
  if (end == std::string_view::npos) return {};
  std::string scheme = to_lower(text.substr(0, end));
  text.remove_prefix(end + 3);
  return scheme;
}

Status check_text(std::string_view text) {
  if (text.size() > url_bytes_max) return refused("the URL is too long");
  if (!is_visible(text)) return refused("the URL holds a blank, control or non-ASCII character");
  return Nothing{};
}

Result<std::string> parse_target(std::string_view text) {
  text = text.substr(0, text.find('#'));
  if (text.find_first_of("\"<>\\^`{}") != std::string_view::npos) {
    return refused("the path of the URL holds a character that must be percent-encoded");
  }
  for (std::size_t at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 1)) {
    if (at + 2 >= text.size() || hex_value(text[at + 1]) < 0 || hex_value(text[at + 2]) < 0) {
      return refused("the path of the URL holds a '%' without two hex digits");
    }
  }
  return text.starts_with('/') ? std::string(text) : "/" + std::string(text);
}

std::optional<std::string> login_part(std::string_view text) {
  std::optional<std::string> part = percent_decode(text);
  if (!part || part->size() > login_bytes_max) return std::nullopt;
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::any_of(part->begin(), part->end(), is_control)) return std::nullopt;
  return part;
}

Result<Proxy::Login> parse_login(std::string_view text) {
  std::optional<std::string> user = login_part(cut(text, ':'));
  std::optional<std::string> password = login_part(text);
  if (!user || user->empty() || !password) {
    return refused("the user or password of the proxy is malformed");
  }
  // Basic authentication ends the user at the first colon, so one inside would move the border.
  if (user->find(':') != std::string::npos) return refused("the user of the proxy holds a ':'");
  return Proxy::Login{Secret(*std::move(user)), Secret(*std::move(password))};
}

}  // namespace

std::string authority_of(const Origin& origin) {
  const bool is_ipv6 = origin.host.find(':') != std::string::npos;
  std::string out = is_ipv6 ? "[" + origin.host + "]" : origin.host;
  if (origin.port != (origin.scheme == Scheme::https ? 443 : 80)) {
    out.push_back(':');
    append_number(out, origin.port);
  }
  return out;
}

Result<Url> parse_url(std::string_view text) {
  if (Status status = check_text(text); !status) return std::move(status).error();
  const std::string scheme = cut_scheme(text);
  if (scheme != "http" && scheme != "https") {
    return refused("the URL does not begin with http:// or https://");
  }
  const std::size_t end = std::min(text.find_first_of("/?#"), text.size());
  const std::string_view authority = text.substr(0, end);
  if (authority.find('@') != std::string_view::npos) {
    return refused("the URL holds a user name, which is not supported");
  }
  Result<Place> place = parse_place(authority, scheme == "https" ? 443 : 80);
  if (!place) return std::move(place).error();
  Result<std::string> target = parse_target(text.substr(end));
  if (!target) return std::move(target).error();
  return Url{.origin = {.scheme = scheme == "https" ? Scheme::https : Scheme::http,
                        .host = std::move(place->host),
                        .port = place->port},
             .target = *std::move(target)};
}

Result<Proxy> parse_proxy(std::string_view text) {
  if (Status status = check_text(text); !status) return std::move(status).error();
  const std::string scheme = cut_scheme(text);
  const auto* const way =
      std::find_if(proxy_ways.begin(), proxy_ways.end(),
                   [&](const ProxyWay& known) { return known.scheme == scheme; });
  if (way == proxy_ways.end()) {
    return refused("the proxy does not begin with http://, https://, socks5:// or socks5h://");
  }
  Proxy proxy;
  proxy.kind = way->kind;
  if (text.ends_with('/')) text.remove_suffix(1);
  if (const std::size_t at = text.find('@'); at != std::string_view::npos) {
    Result<Proxy::Login> login = parse_login(text.substr(0, at));
    if (!login) return std::move(login).error();
    proxy.login = *std::move(login);
    text.remove_prefix(at + 1);
  }
  Result<Place> place = parse_place(text, way->usual_port);
  if (!place) return std::move(place).error();
  proxy.host = std::move(place->host);
  proxy.port = place->port;
  return proxy;
}

std::string_view name_of(Proxy::Kind kind) {
  return std::ranges::find(proxy_ways, kind, &ProxyWay::kind)->scheme;
}

Secret url_of(const Proxy& proxy) {
  std::string url = std::string(name_of(proxy.kind)) + "://";
  if (proxy.login) {
    url += percent_encode(proxy.login->user.reveal()) + ":" +
           percent_encode(proxy.login->password.reveal()) + "@";
  }
  const bool v6 = proxy.host.find(':') != std::string::npos;
  url += v6 ? "[" + proxy.host + "]" : proxy.host;
  return Secret(url + ":" + std::to_string(proxy.port));
}

std::string percent_encode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  append_percent_encoded(out, text, "-._~");
  return out;
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (text.size() - i < 3) return std::nullopt;
      const int high = hex_value(text[i + 1]);
      const int low = hex_value(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high << 4 | low);
      i += 2;
    }
    if (c == '\0') return std::nullopt;
    out.push_back(c);
  }
  return out;
}

std::optional<std::string> query_value(std::string_view query, std::string_view name) {
  const auto decode = [](std::string_view text) {
    std::string spaced(text);
    std::replace(spaced.begin(), spaced.end(), '+', ' ');
    return percent_decode(spaced);
  };
  while (!query.empty()) {
    std::string_view value = cut(query, '&');
    if (decode(cut(value, '=')) == name) return decode(value);
  }
  return std::nullopt;
}

}  // namespace omni::net
