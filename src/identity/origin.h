#pragma once

#include <span>
#include <string>
#include <string_view>

#include "net/head.h"

namespace omni::identity {

/// Whether a method changes nothing, so that it does not matter who made a browser send it.
bool is_safe_method(std::string_view method);

/// Whether an Origin field names one of these: `https://host[:port]`, or letter by letter that of
/// an application, such as `app://panel`.
bool is_allowed_origin(std::string_view origin, std::span<const std::string> allowed_origins);

/// Whether our own pages sent the request, or a page of an allowed origin, or no page at
/// all.  A browser adds the cookie to requests of any page of the same host, whatever
/// its port, so whoever relies on a cookie asks this before he changes anything.
bool is_same_origin_or_allowed(const net::Fields& fields,
                               std::span<const std::string> allowed_origins);

/// Whether the body says it is JSON, which other sites' forms cannot send.
bool is_json(const net::Fields& fields);

/// Whether a request is meant for us: its Host is a loopback name, an address or one of our public
/// names, of which `*.lan` stands for all below lan.  Any other may be a name that somebody let
/// point to us, to reach us by our own browser.
bool is_our_host(std::string_view host, std::span<const std::string> public_names);

}  // namespace omni::identity
