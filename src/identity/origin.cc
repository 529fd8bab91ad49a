#include "identity/origin.h"

#include <algorithm>
#include <optional>

#include "base/strings.h"
#include "identity/address.h"
#include "net/url.h"

namespace omni::identity {
namespace {

/// A Host field or a name of the settings, with or without port.
std::optional<net::Origin> parse_authority(std::string_view text, std::string_view scheme) {
  if (text.find_first_of("/?#@") != std::string_view::npos) return std::nullopt;
  Result<net::Url> url = net::parse_url(std::string(scheme).append("://").append(text));
  if (!url) return std::nullopt;
  return std::move(url->origin);
}

/// What stands in an Origin field; nothing for `null` and for schemes that are not the web's.
std::optional<net::Origin> parse_origin(std::string_view text) {
  const std::size_t end = text.find("://");
  if (end == std::string_view::npos) return std::nullopt;
  return parse_authority(text.substr(end + 3), text.substr(0, end));
}

/// `gate.lan` is itself, `*.lan` all below it.
bool is_named(std::string_view host, std::string_view name) {
  const bool below = name.starts_with("*.");
  const std::optional<net::Origin> ours = parse_authority(name.substr(below ? 2 : 0), "http");
  if (!ours) return false;
  return below ? host.ends_with("." + ours->host) : host == ours->host;
}

}  // namespace

bool is_safe_method(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "OPTIONS";
}

bool is_allowed_origin(std::string_view origin, std::span<const std::string> allowed_origins) {
  const std::optional<net::Origin> wanted = parse_origin(origin);
  // Of an application that is no web page there is nothing to take apart.
  const bool comparable = wanted || origin.find("://") != std::string_view::npos;
  return comparable && std::ranges::any_of(allowed_origins, [&](std::string_view allowed) {
           allowed = trim(allowed);
           return wanted ? parse_origin(allowed) == wanted : allowed == origin;
         });
}

bool is_same_origin_or_allowed(const net::Fields& fields,
                               std::span<const std::string> allowed_origins) {
  const std::optional<std::string_view> field = fields.find("origin");
  if (field) {
    if (is_allowed_origin(*field, allowed_origins)) return true;
    const std::optional<net::Origin> origin = parse_origin(*field);
    if (!origin) return false;
    // The scheme is the origin's own: behind a proxy that ends TLS we know none.
    const std::string_view scheme = field->substr(0, field->find(':'));
    if (parse_authority(fields.find("host").value_or(""), scheme) != origin) return false;
  }
  const std::string_view site = fields.find("sec-fetch-site").value_or("none");
  return site == "none" || site == "same-origin";
}

bool is_json(const net::Fields& fields) {
  std::string_view type = fields.find("content-type").value_or("");
  return equals_ignoring_case(trim(cut(type, ';')), "application/json");
}

bool is_our_host(std::string_view host, std::span<const std::string> public_names) {
  const std::optional<net::Origin> origin = parse_authority(host, "http");
  if (!origin) return false;
  const std::string_view name = origin->host;
  if (name == "localhost" || name.ends_with(".localhost") || parse_address(name)) return true;
  return std::ranges::any_of(public_names,
                             [&](const std::string& text) { return is_named(name, trim(text)); });
}

}  // namespace omni::identity
