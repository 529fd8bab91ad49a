#include "api/breaker_json.h"

#include "api/known_providers.h"

namespace omni::api {
namespace {

std::string_view reason_of(const account::Accounts::RestShown& rest) {
  switch (rest.status) {
    case 401:
    case 403:
      return "auth_error";
    case 402:
      return "quota_exhausted";
    case 429:
      return "rate_limit_exceeded";
    default:
      return rest.status >= 500 ? "server_error" : "unknown";
  }
}

}  // namespace

void write_breaker(json::Writer& writer, const account::Breakers::Shown& shown,
                   std::string_view failures, std::string_view last_failure) {
  writer.key("state").text(store::name_of(shown.row.state));
  writer.key(failures).integer(shown.row.failures);
  writer.key(last_failure);
  if (shown.row.failures > 0) {
    writer.text(iso8601(shown.row.last_failure));
  } else {
    writer.null();
  }
  writer.key("retryAfterMs").integer(shown.retry_after.count());
}

void write_rest(json::Writer& writer, const account::Accounts::RestShown& rest,
                const store::Configuration& now) {
  const store::Connection* connection = find_connection(now, rest.connection);
  writer.begin_object().key("provider").text(connection == nullptr ? "" : connection->provider);
  writer.key("connectionId").text(rest.connection);
  writer.key("connectionName").text(connection == nullptr ? "" : connection->name);
  writer.key("model").text(rest.model.empty() ? "*" : std::string_view(rest.model));
  writer.key("status").text(rest.binding ? "cooldown" : "unavailable");
  writer.key("reason").text(reason_of(rest)).key("until").text(iso8601(rest.until));
  writer.key("lastError").text(rest.message).end_object();
}

}  // namespace omni::api
