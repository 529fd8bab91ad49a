#include "api/proxy_members.h"

#include <array>

#include "base/strings.h"

namespace omni::api {
namespace {

using json::MemberShape;
using json::Presence;
namespace shape = json::shape;

constexpr std::array<std::string_view, 4> types{"http", "https", "socks5", "socks5h"};

constexpr std::array members{
    MemberShape{"type", shape::choice(types), Presence::required,
                "What it speaks; with socks5h it looks names up itself."},
    MemberShape{"host", shape::text(1, 255).like(json::format::host), Presence::required,
                "Its name or address."},
    MemberShape{"port", shape::any(), Presence::required, "1 to 65535, as a number or a text."},
    MemberShape{"username", shape::text(0, 255).or_null(), Presence::optional, "Its user."},
    MemberShape{"password", shape::text(0, 255).or_null().secret(), Presence::optional,
                "Its password; *** for the one that is stored."}};

Error wrong(std::string message) { return {Error::Kind::bad_request, std::move(message)}; }

Result<std::uint16_t> read_port(json::Value value) {
  const bool number = value.kind() == json::Kind::number || value.kind() == json::Kind::text;
  const std::string_view text = value.kind() == json::Kind::text ? value.text() : value.slice();
  const auto port = number ? parse_unsigned(text) : std::nullopt;
  if (!port || *port < 1 || *port > 65535) return wrong("proxy.port: must be from 1 to 65535");
  return static_cast<std::uint16_t>(*port);
}

std::string_view text_of(json::Value object, std::string_view name) {
  const json::Value value = object.find(name);
  return value.kind() == json::Kind::text ? value.text() : std::string_view();
}

Secret password_before(const Secret& url) {
  const Result<net::Proxy> proxy = net::parse_proxy(url.reveal());
  return proxy && proxy->login ? proxy->login->password : Secret();
}

Result<net::Proxy> read_object(json::Value value, const Secret& before) {
  static constexpr json::Shape object = shape::object(members);
  if (const auto findings = json::check(object, value, "proxy"); !findings.empty()) {
    return wrong(findings.front().field + ": " + findings.front().message);
  }
  const Result<std::uint16_t> port = read_port(value.at("port"));
  if (!port) return port.error();
  std::string host(value.at("host").text());
  if (host.find(':') != std::string::npos && !host.starts_with('[')) host = "[" + host + "]";
  Result<net::Proxy> proxy = net::parse_proxy(std::string(value.at("type").text()) + "://" + host +
                                              ":" + std::to_string(*port));
  if (!proxy) return wrong("proxy.host: is no host");
  Secret password(std::string(text_of(value, "password")));
  if (password.reveal() == password_mask) password = password_before(before);
  const std::string_view user = text_of(value, "username");
  if (!user.empty() || !password.empty()) {
    proxy->login = net::Proxy::Login{Secret(std::string(user)), std::move(password)};
  }
  return proxy;
}

}  // namespace

std::span<const MemberShape> proxy_members() { return members; }

Result<net::Proxy> read_proxy(json::Value value, const Secret& before) {
  if (value.kind() != json::Kind::text) return read_object(value, before);
  Result<net::Proxy> proxy = net::parse_proxy(value.text());
  if (!proxy) return wrong("proxy: " + proxy.error().message());
  if (proxy->login && proxy->login->password.reveal() == password_mask) {
    proxy->login->password = password_before(before);
  }
  return proxy;
}

void write_proxy(json::Writer& writer, const net::Proxy* proxy) {
  if (proxy == nullptr) {
    writer.null();
    return;
  }
  writer.begin_object().key("type").text(name_of(proxy->kind)).key("host").text(proxy->host);
  writer.key("port").integer(proxy->port);
  if (proxy->login) {
    writer.key("username").text(proxy->login->user.reveal());
    if (!proxy->login->password.empty()) writer.key("password").text(password_mask);
  }
  writer.end_object();
}

std::string shown_url(net::Proxy proxy) {
  proxy.login.reset();
  return std::string(net::url_of(proxy).reveal());
}

}  // namespace omni::api
