#include "account/token_endpoint.h"

#include <algorithm>
#include <array>

#include "json/scratch_reader.h"
#include "json/writer.h"

namespace omni::account {
namespace {

std::string text_of(json::Value object, std::string_view name) {
  const json::Value value = object.find(name);
  return value.kind() == json::Kind::text ? std::string(value.text()) : std::string();
}

/// Of RFC 6749 and what providers say in its place.
constexpr std::array<std::string_view, 7> final_codes{
    "invalid_grant", "refresh_token_reused", "refresh_token_expired", "refresh_token_invalidated",
    "token_expired", "invalid_token",        "unauthorized_client"};

/// `{"error":"code"}` or `{"error":{"code":"code"}}`.
std::string error_code_in(json::Value root) {
  if (root.kind() != json::Kind::object) return {};
  const json::Value error = root.find("error");
  if (error.kind() != json::Kind::object) return text_of(root, "error");
  const std::string code = text_of(error, "code");
  return code.empty() ? text_of(error, "type") : code;
}

/// Anything may stand there: what makes no sense is as if it were not said.
std::optional<Millis> lifetime_of(double seconds) {
  constexpr std::chrono::seconds longest = std::chrono::years(1);
  if (!(seconds >= 1)) return std::nullopt;
  const double bounded = std::min(seconds, static_cast<double>(longest.count()));
  return std::chrono::seconds(static_cast<std::int64_t>(bounded));
}

}  // namespace

Result<TokenEndpoint> token_endpoint_of(const store::Connection& connection) {
  const json::ScratchReader reader;
  const json::Value data = reader->read(connection.data.text());
  TokenEndpoint endpoint;
  const std::string url = data.kind() == json::Kind::object ? text_of(data, "tokenUrl") : "";
  if (url.empty()) {
    return Error(Error::Kind::bad_request, "the connection's providerSpecificData lacks tokenUrl");
  }
  Result<net::Url> parsed = net::parse_url(url);
  if (!parsed) return parsed.error();
  endpoint.url = *std::move(parsed);
  endpoint.client_id = text_of(data, "clientId");
  endpoint.client_secret = Secret(text_of(data, "clientSecret"));
  if (text_of(data, "tokenBody") == "json") endpoint.form = TokenEndpoint::Form::json;
  return endpoint;
}

TokenQuestion question_to(const TokenEndpoint& endpoint, const Secret& refresh_token) {
  std::vector<std::pair<std::string_view, std::string_view>> members{
      {"grant_type", "refresh_token"}, {"refresh_token", refresh_token.reveal()}};
  if (!endpoint.client_id.empty()) members.emplace_back("client_id", endpoint.client_id);
  if (!endpoint.client_secret.empty()) {
    members.emplace_back("client_secret", endpoint.client_secret.reveal());
  }
  TokenQuestion question;
  if (endpoint.form == TokenEndpoint::Form::json) {
    question.type = "application/json";
    json::Writer out(question.body);
    out.begin_object();
    for (const auto& [name, value] : members) out.key(name).text(value);
    out.end_object();
    return question;
  }
  question.type = "application/x-www-form-urlencoded";
  for (const auto& [name, value] : members) {
    question.body.append(question.body.empty() ? "" : "&").append(name).append("=");
    question.body += net::percent_encode(value);
  }
  return question;
}

Result<Tokens> read_tokens(const TokenAnswer& answer) {
  const json::ScratchReader reader;
  const json::Value root = reader->read(answer.body);
  const bool good = answer.status >= 200 && answer.status <= 299;
  Tokens tokens;
  if (good && root.kind() == json::Kind::object) {
    tokens.access = Secret(text_of(root, "access_token"));
    tokens.refresh = Secret(text_of(root, "refresh_token"));
    tokens.id = Secret(text_of(root, "id_token"));
    const json::Value lifetime = root.find("expires_in");
    if (lifetime.kind() == json::Kind::number) tokens.lifetime = lifetime_of(lifetime.number());
  }
  if (!tokens.access.empty()) return tokens;
  const std::string code = error_code_in(root);
  return Error(Error::Kind::unavailable, "its token endpoint says " +
                                             std::to_string(answer.status) +
                                             (code.empty() ? "" : ", " + code));
}

bool is_final(const TokenAnswer& answer) {
  if (answer.status < 400 || answer.status > 499) return false;
  const json::ScratchReader reader;
  const std::string code = error_code_in(reader->read(answer.body));
  return std::ranges::find(final_codes, code) != final_codes.end();
}

}  // namespace omni::account
