#include "identity/credential.h"

#include <string>

#include "base/strings.h"
#include "net/url.h"

namespace omni::identity {

std::optional<Secret> bearer_token(const net::Fields& fields) {
  std::string_view value = trim(fields.find("authorization").value_or(""));
  if (!equals_ignoring_case(cut(value, ' '), "bearer")) return std::nullopt;
  value = trim(value);
  if (value.empty()) return std::nullopt;
  return Secret(std::string(value));
}

std::optional<Secret> client_key(const net::RequestHead& request) {
  if (std::optional<Secret> bearer = bearer_token(request.fields())) return bearer;
  for (const std::string_view name : {"x-api-key", "x-goog-api-key"}) {
    const std::string_view value = trim(request.field(name));
    if (!value.empty()) return Secret(std::string(value));
  }
  std::optional<std::string> value = net::query_value(request.query(), "key");
  if (!value || value->empty()) return std::nullopt;
  return Secret(*std::move(value));
}

}  // namespace omni::identity
