#include "ingress/front_door.h"

#include <algorithm>
#include <array>

#include "base/ids.h"
#include "dialect/codec.h"
#include "identity/origin.h"
#include "ingress/client_paths.h"

namespace omni::ingress {
namespace {

constexpr std::size_t id_bytes_max = 128;
constexpr std::uint64_t retry_after_s = 5;

/// What our own pages need, and nothing of anybody else's: no foreign origin, no script or style
/// inside a page.
constexpr std::string_view content_policy =
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "img-src 'self' data:; object-src 'none'";

/// What our pages and those of others may read of an answer besides its body.
constexpr std::string_view exposed =
    "x-request-id, retry-after, etag, x-total-count, x-total-more, x-next-before, "
    "x-omniroute-route-class, x-omniroute-cache, "
    "x-omniroute-cache-hit, x-omniroute-idempotent, x-omniroute-progress, x-omniroute-session-id, "
    "x-omniroute-provider-breaker, x-omniroute-connection, x-omniroute-combo, "
    "x-omniroute-provider, x-omniroute-model, x-omniroute-attempts, x-omniroute-latency-ms, "
    "x-ratelimit-limit-requests, x-ratelimit-remaining-requests, x-ratelimit-reset-requests, "
    "x-ratelimit-limit-tokens, x-ratelimit-remaining-tokens, x-ratelimit-reset-tokens, "
    "anthropic-ratelimit-requests-limit, anthropic-ratelimit-requests-remaining, "
    "anthropic-ratelimit-requests-reset, anthropic-ratelimit-tokens-limit, "
    "anthropic-ratelimit-tokens-remaining, anthropic-ratelimit-tokens-reset";

constexpr std::array<net::Field, 8> every_answer{{
    {"x-frame-options", "DENY"},
    {"x-content-type-options", "nosniff"},
    {"referrer-policy", "strict-origin-when-cross-origin"},
    {"permissions-policy",
     "camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=()"},
    {"content-security-policy", content_policy},
    {"access-control-allow-methods", "GET, POST, PUT, DELETE, PATCH, OPTIONS"},
    {"access-control-allow-headers",
     "accept, authorization, content-type, x-api-key, x-goog-api-key, anthropic-version, "
     "anthropic-beta, x-omniroute-connection, x-omniroute-no-cache, x-omniroute-progress, "
     "x-session-id, x-omniroute-session, x-request-id, idempotency-key"},
    {"access-control-expose-headers", exposed},
}};

/// An error that no handler has answered, in the words of the clients of its path.
template <chat::Dialect dialect>
std::string error_body(const Error& error, int status, std::string_view id) {
  chat::Failure failure = chat::Failure::of(error);
  failure.status = status;
  failure.request_id = id;
  if (status == 404) failure.code = "not_found";  // it is the path, and no model, that is not there
  return dialect::codec_for(dialect).encode_error(failure);
}

net::Exchange::ErrorBody error_body_of(chat::Dialect dialect) {
  using chat::Dialect;
  constexpr std::array<net::Exchange::ErrorBody, chat::all_dialects.size()> bodies{
      error_body<Dialect::openai_chat>, error_body<Dialect::openai_responses>,
      error_body<Dialect::anthropic>, error_body<Dialect::gemini>, error_body<Dialect::ollama>};
  return bodies[static_cast<std::size_t>(dialect)];
}

std::string_view class_of(net::Role role) {
  if (role == net::Role::open) return "PUBLIC";
  return role == net::Role::client ? "CLIENT_API" : "MANAGEMENT";
}

/// Where there is no row.
std::string_view class_of(std::string_view path) {
  const bool clients = dialect_of_path(path).has_value();
  return class_of(clients ? net::Role::client : net::Role::read);
}

std::string request_id(const net::RequestHead& request, Clock::Wall now, Random& random) {
  const std::string_view id = request.field("x-request-id");
  const bool visible = std::ranges::all_of(id, [](char c) { return c > ' ' && c <= '~'; });
  if (!id.empty() && id.size() <= id_bytes_max && visible) return std::string(id);
  return new_uuid_at(now, random);
}

/// Where any origin is allowed, and where a page has to know a key before it gets anything: what
/// models answer is not kept from those who have one.
bool readable_anywhere(const identity::AccessRules& rules, std::string_view route_class) {
  if (route_class == class_of(net::Role::read)) return false;
  return rules.any_origin || (rules.api_key_required && route_class == class_of(net::Role::client));
}

/// Lets the page of another origin read the answer, if it is allowed.  Where any origin is, that is
/// for what models answer and what everybody may know, not for managing the gateway.
void add_origin_fields(net::OutFields& fields, const net::RequestHead& request,
                       const identity::AccessRules& rules, std::string_view route_class) {
  if (!rules.allowed_origins.empty()) fields.add("vary", "origin");
  const std::optional<std::string_view> origin = request.fields().find("origin");
  if (!origin) return;
  if (identity::is_allowed_origin(*origin, rules.allowed_origins)) {
    fields.add("access-control-allow-origin", *origin);
    fields.add("access-control-allow-credentials", "true");
  } else if (readable_anywhere(rules, route_class)) {
    fields.add("access-control-allow-origin", "*");
  } else {
    return;
  }
  // Libraries send fields of their own; what they may say is not for the browser to decide.
  const std::string_view wanted = request.field("access-control-request-headers");
  if (!wanted.empty()) fields.add("access-control-allow-headers", wanted);
}

}  // namespace

FrontDoor::FrontDoor(net::Router& router, const identity::Gate& gate, const Clock& clock,
                     Random& random, Options options)
    : router_(router), gate_(gate), clock_(clock), random_(random), options_(options) {
  for (const net::Field& field : every_answer) standing_.add(field.name, field.value);
}

net::Task<Status> FrontDoor::handle(net::Exchange& exchange) {
  const std::shared_ptr<const identity::AccessRules> rules = gate_.rules();
  const net::RequestHead& request = exchange.request();
  const identity::ClientAddress& client = gate_.meet(exchange).client;
  exchange.set_id(request_id(request, clock_.wall(), random_));
  net::OutFields& fields = exchange.standing_fields();
  fields = standing_;
  fields.add("x-request-id", exchange.id());
  const std::string_view called = route_class(request);
  fields.add("x-omniroute-route-class", called);
  if (client.encrypted) fields.add("strict-transport-security", "max-age=31536000");
  if (const auto dialect = dialect_of_path(request.path())) {
    exchange.set_error_body(error_body_of(*dialect));
  }
  exchange.set_body_bytes_max(body_bytes_max(rules->configuration->settings));
  if (rules->ip_filter.blocks(client, clock_.wall())) {
    co_return Error(Error::Kind::forbidden, "This address is blocked", "IP_BLOCKED");
  }
  add_origin_fields(fields, request, *rules, called);
  if (draining_ && request.path().starts_with("/api/")) {
    fields.add("retry-after", retry_after_s);
    co_return Error(Error::Kind::unavailable, "Server is shutting down", "SERVICE_UNAVAILABLE");
  }
  co_return co_await router_.handle(exchange);
}

/// By who may call the row; where the path has none for the method, its first row's.  A browser
/// that asks first asks for the method that it names.
std::string_view FrontDoor::route_class(const net::RequestHead& request) const {
  const net::Router::Match match = router_.match(request.path());
  if (match.rows == nullptr) return class_of(request.path());
  std::string_view method = request.method();
  if (method == "OPTIONS") method = request.field("access-control-request-method");
  if (method == "HEAD") method = "GET";
  const auto row = std::ranges::find(
      *match.rows, method, [](const net::Route* route) { return name_of(route->method); });
  const net::Role role = row == match.rows->end() ? match.rows->front()->role : (*row)->role;
  return class_of(role);
}

std::uint64_t FrontDoor::body_bytes_max(const store::Settings& settings) const {
  return options_.body_bytes_max.value_or(static_cast<std::uint64_t>(settings.max_body_size_mb) *
                                          1024 * 1024);
}

}  // namespace omni::ingress
