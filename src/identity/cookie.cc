#include "identity/cookie.h"

#include "base/strings.h"

namespace omni::identity {
namespace {

constexpr std::string_view cookie_name = "auth_token";

/// Script cannot read it, and other sites cannot send it along but by a link.
std::string attributes(CookieWay way) {
  std::string text = "; Path=/; HttpOnly; SameSite=Lax";
  if (way == CookieWay::encrypted) text.append("; Secure");
  return text;
}

}  // namespace

std::optional<Secret> session_cookie(const net::Fields& fields) {
  for (const net::Field& field : fields) {
    if (!equals_ignoring_case(field.name, "cookie")) continue;
    std::string_view rest = field.value;
    while (!rest.empty()) {
      std::string_view value = cut(rest, ';');
      if (trim(cut(value, '=')) != cookie_name) continue;
      value = trim(value);
      if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
        value = value.substr(1, value.size() - 2);
      }
      if (!value.empty()) return Secret(std::string(value));
    }
  }
  return std::nullopt;
}

std::string set_session_cookie(const Secret& session_id, CookieWay way) {
  std::string text(cookie_name);
  return text.append("=").append(session_id.reveal()).append(attributes(way));
}

std::string clear_session_cookie(CookieWay way) {
  return std::string(cookie_name) + "=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0" +
         attributes(way);
}

}  // namespace omni::identity
