#pragma once

#include <span>
#include <string_view>

#include "base/secret.h"
#include "json/shape.h"
#include "net/url.h"

namespace omni::api {

/// What shows for a password.  Sent back, it means the one that is stored.
inline constexpr std::string_view password_mask = "***";

/// Of a proxy that is written as an object.
std::span<const json::MemberShape> proxy_members();

/// As an object or as a URL; `before` is the URL of the one until now, or empty.
Result<net::Proxy> read_proxy(json::Value value, const Secret& before);

/// null for none.
void write_proxy(json::Writer& writer, const net::Proxy* proxy);
/// Without its log-in.
std::string shown_url(net::Proxy proxy);

}  // namespace omni::api
