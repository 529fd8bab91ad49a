#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"
#include "net/fields.h"

namespace omni::identity {

/// The session id in a request's `auth_token` cookie; nothing without one.
std::optional<Secret> session_cookie(const net::Fields& fields);

/// Over which connections a browser may send a cookie back.
enum class CookieWay : std::uint8_t { any, encrypted };

/// The value of a Set-Cookie field that gives a browser its session, until the browser is closed.
std::string set_session_cookie(const Secret& session_id, CookieWay way);
/// The same, to take it away.
std::string clear_session_cookie(CookieWay way);

}  // namespace omni::identity
