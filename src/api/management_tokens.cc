#include "api/management_tokens.h"

#include <algorithm>
#include <array>

#include "api/errors.h"
#include "api/expiry.h"
#include "base/ids.h"
#include "identity/key_text.h"
#include "json/or_null.h"

namespace omni::api {
namespace {

using json::MemberShape;
using json::Presence;
using net::Role;
namespace shape = json::shape;

constexpr std::array roles{Role::read, Role::write, Role::keys, Role::backups, Role::admin};
constexpr std::array<std::string_view, 5> scope_names{"read", "write", "keys", "backups", "admin"};
constexpr json::Shape scope = shape::choice(scope_names);

constexpr std::array new_members{
    MemberShape{"name", shape::text(1, 200).like(json::format::name), Presence::required,
                "What people call it."},
    MemberShape{"scopes", shape::list(scope, 1, scope_names.size()), Presence::required,
                "What it may do; write implies read, and admin all."},
    MemberShape{"expiresAt", shape::text(1, 40).like(json::format::timestamp).or_null(),
                Presence::optional, "From when on it may not be used any more."}};

/// All but how the token itself is shown.
void write_members(json::Writer& writer, const store::ManagementToken& token) {
  writer.key("id").text(token.id).key("name").text(token.name).key("scopes").begin_array();
  for (const std::string& name : token.scopes) writer.text(name);
  writer.end_array().key("createdAt").text(iso8601(token.created_at));
  write_time_or_null(writer.key("expiresAt"), token.expires_at);
  write_time_or_null(writer.key("lastUsedAt"), token.last_used_at);
}

/// The first scope that whoever asks has not got himself.
std::string_view scope_beyond(const identity::Caller& caller, const store::Texts& scopes) {
  for (const Role role : roles) {
    const bool wanted = std::ranges::find(scopes, net::name_of(role)) != scopes.end();
    if (wanted && !has_role(caller, role)) return net::name_of(role);
  }
  return {};
}

store::AuditEntry about(store::AuditEntry entry, std::string_view id) {
  entry.resource_type = "management_token";
  entry.target = id;
  return entry;
}

}  // namespace

std::vector<Route> ManagementTokens::routes() {
  return {{.method = net::Method::get,
           .pattern = "/api/management-tokens",
           .role = Role::admin,
           .summary = "Lists the management tokens, masked",
           .handler = handler<&ManagementTokens::list>(this),
           .answer = an_object},
          {.method = net::Method::post,
           .pattern = "/api/management-tokens",
           .role = Role::admin,
           .summary = "Makes a management token",
           .handler = handler<&ManagementTokens::create>(this),
           .body = shape::object(new_members),
           .outcomes = {{201, "The token, shown this once"}},
           .answer = an_object},
          {.method = net::Method::delete_,
           .pattern = "/api/management-tokens/{id}",
           .role = Role::admin,
           .summary = "Revokes a management token",
           .handler = handler<&ManagementTokens::remove>(this),
           .outcomes = {{200, "Revoked"}, {404, "There is none"}},
           .answer = an_object}};
}

net::Task<Status> ManagementTokens::list(net::Exchange& exchange, Arguments) {
  const auto now = with_.store.current();
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("tokens").begin_array();
  for (const store::ManagementToken& token : now->management_tokens) {
    writer.begin_object().key("token").text(token.mask);
    write_members(writer, token);
    writer.end_object();
  }
  writer.end_array().end_object();
  co_return co_await exchange.reply_json(200, std::move(body));
}

net::Task<Status> ManagementTokens::create(net::Exchange& exchange, Arguments arguments) {
  const json::Value asked = arguments.body;
  const Secret text = identity::new_management_token(with_.random);
  store::ManagementToken token{.id = new_uuid(with_.random),
                               .name = std::string(asked.at("name").text()),
                               .hash = identity::token_hash(text),
                               .mask = identity::mask(text.reveal())};
  for (const json::Value item : asked.at("scopes").items()) token.scopes.emplace_back(item.text());
  if (const json::Value expiry = asked.find("expiresAt")) {
    token.expires_at = parse_iso8601(expiry.text());
  }
  const std::string_view beyond = scope_beyond(identity::caller_of(exchange), token.scopes);
  if (!beyond.empty()) {
    co_return Error(Error::Kind::forbidden,
                    std::string("The token lacks the scope ").append(beyond));
  }
  store::AuditEntry entry = about(changes_.entry(exchange, "management_token.created"), token.id);
  token.created_at = entry.when;
  if (auto wrong = check_expiry(asked, entry.when); !wrong.empty()) {
    co_return co_await answer_invalid(exchange, std::move(wrong));
  }
  std::string details;
  json::Writer noted(details);
  noted.begin_object();
  write_members(noted, token);
  noted.end_object();
  entry.details = json::Raw::trusted(std::move(details));
  Status done =
      co_await changes_.make(std::move(entry), [token](sql::Session& session, store::AuditEntry&) {
        return store::add_management_token(session, token);
      });
  if (!done) co_return done;
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("token").text(text.reveal());
  write_members(writer, token);
  writer.end_object();
  co_return co_await exchange.reply_json(201, std::move(body));
}

net::Task<Status> ManagementTokens::remove(net::Exchange& exchange, Arguments) {
  const std::string id(exchange.param("id"));
  Status done =
      co_await changes_.make(about(changes_.entry(exchange, "management_token.revoked"), id),
                             [id](sql::Session& session, store::AuditEntry&) {
                               return store::delete_management_token(session, id);
                             });
  if (!done) co_return done;
  co_return co_await exchange.reply_json(200, R"({"message":"Token deleted successfully"})");
}

}  // namespace omni::api
