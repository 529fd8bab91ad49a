#include "api/providers.h"

#include <algorithm>
#include <array>

#include "api/connection_members.h"
#include "api/model_import.h"
#include "base/ids.h"

namespace omni::api {
namespace {

using json::MemberShape;
using json::Presence;
using store::Connection;
namespace shape = json::shape;

constexpr MemberShape provider_member{"provider", shape::text(1, 100), Presence::required,
                                      "The id of a provider of the catalogue or of a user's own."};

constexpr std::array shown_members{MemberShape{"connection", an_object, Presence::required,
                                               "The account, without what opens it."}};
constexpr std::array list_members{
    MemberShape{"connections", shape::list(an_object, 0, 100'000), Presence::required,
                "By priority, those of the same one the last changed first."}};

std::vector<MemberShape> members_of_new() {
  const std::span<const MemberShape> known = connection_members();
  std::vector<MemberShape> members{provider_member};
  members.insert(members.end(), known.begin(), known.end());
  std::ranges::find(members, "name", &MemberShape::name)->presence = Presence::required;
  return members;
}

Error refused(std::string why) { return {Error::Kind::bad_request, std::move(why)}; }
Error not_found() { return {Error::Kind::not_found, "Connection not found"}; }

/// An id of that form was a node's, which is gone.
bool looks_like_node(std::string_view id) { return id.find("-compatible-") != id.npos; }

Status check_provider(const KnownProvider& provider, std::string_view asked) {
  if (!provider && looks_like_node(asked)) {
    return Error(Error::Kind::not_found, "Provider node not found");
  }
  if (!provider || !provider.takes_connections()) return refused("Invalid provider");
  return Nothing{};
}

Status check_whole(const Connection& connection, const KnownProvider& provider) {
  if (provider.needs_key() && connection.api_key.empty() && connection.auth_type == "apikey") {
    return refused("API key is required");
  }
  return check_connection_data(connection, provider);
}

/// "groq:work".
store::AuditEntry about(store::AuditEntry entry, const Connection& connection) {
  entry.resource_type = "provider";
  entry.target = connection.provider + ":" + connection.name;
  return entry;
}

/// What the body names, as it was and as it is; of a key only whether it is another one.
json::Raw details_of(const Connection& before, const Connection& after, json::Value body) {
  std::string details;
  json::Writer writer(details);
  writer.begin_object().key("connectionId").text(after.id).key("before").begin_object();
  write_connection_members(writer, before, body);
  writer.end_object().key("after").begin_object();
  write_connection_members(writer, after, body);
  writer.end_object();
  writer.key("keyChanged").boolean(!(before.api_key == after.api_key)).end_object();
  return json::Raw::trusted(std::move(details));
}

std::optional<std::int64_t> place_in(json::Value body) {
  const json::Value priority = body.find("priority");
  return priority ? std::optional(priority.integer()) : std::nullopt;
}

}  // namespace

std::vector<Route> Providers::routes() {
  using net::Method;
  using net::Role;
  static const std::vector<MemberShape> new_members = members_of_new();
  std::vector<Route> rows{
      {.method = Method::get,
       .pattern = "/api/providers",
       .role = Role::read,
       .summary = "Lists the accounts at providers",
       .handler = handler<&Providers::list>(this),
       .errors = ErrorForm::text,
       .answer = shape::object(list_members)},
      {.method = Method::post,
       .pattern = "/api/providers",
       .role = Role::write,
       .summary = "Adds an account at a provider",
       .handler = handler<&Providers::create>(this),
       .body = shape::object(new_members),
       .outcomes = {{201, "The account"}, {404, "There is no such provider of a user's own"}},
       .errors = ErrorForm::text,
       .answer = shape::object(shown_members)},
      {.method = Method::get,
       .pattern = "/api/providers/{id}",
       .role = Role::read,
       .summary = "An account at a provider",
       .handler = handler<&Providers::show>(this),
       .outcomes = {{200, "The account"}, {404, "There is none"}},
       .errors = ErrorForm::text,
       .answer = shape::object(shown_members)},
      {.method = Method::delete_,
       .pattern = "/api/providers/{id}",
       .role = Role::write,
       .summary = "Deletes an account at a provider",
       .handler = handler<&Providers::remove>(this),
       .outcomes = {{200, "Deleted"}, {404, "There is none"}},
       .errors = ErrorForm::text,
       .answer = an_object}};
  for (const Method method : {Method::patch, Method::put}) {
    rows.push_back({.method = method,
                    .pattern = "/api/providers/{id}",
                    .role = Role::write,
                    .summary = "Changes what the body names of an account at a provider",
                    .handler = handler<&Providers::change>(this),
                    .body = shape::object(connection_members()),
                    .outcomes = {{200, "Changed"}, {404, "There is none"}},
                    .errors = ErrorForm::text,
                    .answer = shape::object(shown_members)});
  }
  return rows;
}

net::Task<Status> Providers::list(net::Exchange& exchange, Arguments) {
  const auto now = with_.store.current();
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("connections").begin_array();
  for (Connection connection : now->connections) {
    with_.accounts.bring_up_to_date(connection);
    write_connection(writer, connection, find_provider(with_.catalog, *now, connection.provider));
  }
  writer.end_array().end_object();
  co_return co_await exchange.reply_json(200, std::move(body));
}

net::Task<Status> Providers::answer(net::Exchange& exchange, int status, Connection connection) {
  const auto now = with_.store.current();
  with_.accounts.bring_up_to_date(connection);
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("connection");
  write_connection(writer, connection, find_provider(with_.catalog, *now, connection.provider));
  writer.end_object();
  co_return co_await exchange.reply_json(status, std::move(body));
}

net::Task<Status> Providers::create(net::Exchange& exchange, Arguments arguments) {
  const auto now = with_.store.current();
  const std::string_view asked = arguments.body.at("provider").text();
  const KnownProvider provider = find_provider(with_.catalog, *now, asked);
  if (Status fit = check_provider(provider, asked); !fit) co_return fit;
  Connection connection;
  connection.id = new_uuid(with_.random);
  connection.provider = provider.id();
  Status fit = apply_connection_members(connection, arguments.body, provider);
  if (fit) fit = check_whole(connection, provider);
  if (!fit) co_return fit;
  store::AuditEntry entry =
      about(changes_.entry(exchange, "provider.credentials.created"), connection);
  connection.created_at = connection.updated_at = entry.when;
  entry.details = details_of({}, connection, arguments.body);
  const auto work = [connection, place = place_in(arguments.body), &sealer = with_.store.sealer()](
                        sql::Session& session, store::AuditEntry&) -> Result<Connection> {
    Status done = store::add_connection(session, sealer, connection);
    if (done) done = store::place_connection(session, connection.provider, connection.id, place);
    if (!done) return done.error();
    return store::load_connection(session, sealer, connection.id);
  };
  Result<Connection> added = co_await changes_.make(std::move(entry), work);
  if (!added) co_return added.error();
  co_await import_models(with_, changes_, changes_.entry(exchange, "model.imported"), added->id);
  co_return co_await answer(exchange, 201, *std::move(added));
}

net::Task<Status> Providers::show(net::Exchange& exchange, Arguments) {
  const auto now = with_.store.current();
  const Connection* const found = find_connection(*now, exchange.param("id"));
  if (found == nullptr) co_return not_found();
  co_return co_await answer(exchange, 200, *found);
}

net::Task<Status> Providers::change(net::Exchange& exchange, Arguments arguments) {
  if (!names_connection_member(arguments.body)) co_return refused("No valid fields to update");
  const auto now = with_.store.current();
  const Connection* const found = find_connection(*now, exchange.param("id"));
  if (found == nullptr) co_return not_found();
  const KnownProvider provider = find_provider(with_.catalog, *now, found->provider);
  if (arguments.body.find("apiKey") && found->auth_type != "apikey") {
    co_return refused("apiKey: the account is opened in another way");
  }
  store::AuditEntry entry = changes_.entry(exchange, "provider.credentials.updated");
  // What `provider` points at lasts as long as `now`.
  const auto work = [id = found->id, now, provider, text = std::string(arguments.body.slice()),
                     &sealer = with_.store.sealer(), &accounts = with_.accounts](
                        sql::Session& session, store::AuditEntry& noted) -> Result<Connection> {
    Result<Connection> connection = store::load_connection(session, sealer, id);
    if (!connection) return connection;
    accounts.bring_up_to_date(*connection);
    const Connection before = *connection;
    json::Reader reader;
    const json::Value body = reader.read(text);
    Status done = apply_connection_members(*connection, body, provider);
    if (done && provider) done = check_whole(*connection, provider);
    if (!done) return done.error();
    connection->updated_at = noted.when;
    noted = about(std::move(noted), *connection);
    noted.details = details_of(before, *connection, body);
    done = store::update_connection(session, sealer, *connection);
    const auto place = place_in(body);
    if (done && place) done = store::place_connection(session, connection->provider, id, place);
    if (!done) return done.error();
    return store::load_connection(session, sealer, id);
  };
  Result<Connection> changed = co_await changes_.make(std::move(entry), work);
  if (!changed) co_return changed.error();
  co_return co_await answer(exchange, 200, *std::move(changed));
}

net::Task<Status> Providers::remove(net::Exchange& exchange, Arguments) {
  const auto now = with_.store.current();
  const Connection* const found = find_connection(*now, exchange.param("id"));
  if (found == nullptr) co_return not_found();
  store::AuditEntry entry = about(changes_.entry(exchange, "provider.credentials.revoked"), *found);
  const auto work = [id = found->id, provider = found->provider](sql::Session& session,
                                                                 store::AuditEntry&) {
    const Status done = store::delete_connection(session, id);
    return done ? store::place_connection(session, provider, id, std::nullopt) : done;
  };
  Status done = co_await changes_.make(std::move(entry), work);
  if (!done) co_return done;
  co_return co_await exchange.reply_json(200, R"({"message":"Connection deleted successfully"})");
}

}  // namespace omni::api
