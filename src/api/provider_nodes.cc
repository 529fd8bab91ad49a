#include "api/provider_nodes.h"

#include <algorithm>
#include <array>

#include "api/known_providers.h"
#include "api/node_members.h"
#include "base/ids.h"
#include "base/strings.h"

namespace omni::api {
namespace {

using json::MemberShape;
using json::Presence;
using store::ProviderNode;
namespace shape = json::shape;

constexpr std::array shown_members{
    MemberShape{"node", an_object, Presence::required, "The provider."}};
constexpr std::array list_members{
    MemberShape{"nodes", shape::list(an_object, 0, 100'000), Presence::required,
                "In the order of their making."},
    MemberShape{"ccCompatibleProviderEnabled", shape::boolean(), Presence::required,
                "Of the predecessor; always false."}};

/// What stands before the names of models has to lead to one provider alone.
Status check_prefix(sql::Session& session, const catalog::Catalog& catalog,
                    const ProviderNode& node) {
  const auto taken = [](std::string_view by) {
    return Error(Error::Kind::conflict, "prefix: is the name of " + std::string(by));
  };
  if (const catalog::Provider* const listed = catalog.find(node.prefix)) {
    return taken("the provider " + listed->name);
  }
  bool is_combo = false;
  Status read =
      session.run("SELECT 1 FROM combos WHERE lower(name) = lower($1)",
                  {std::string_view(node.prefix)}, [&](const sql::Row&) { is_combo = true; });
  if (!read) return read;
  if (is_combo) return taken("a combo");
  const auto nodes = store::load_provider_nodes(session);
  if (!nodes) return nodes.error();
  for (const ProviderNode& other : *nodes) {
    if (other.id != node.id && equals_ignoring_case(other.prefix, node.prefix)) {
      return taken("the provider " + other.name);
    }
  }
  return Nothing{};
}

store::AuditEntry about(store::AuditEntry entry, const ProviderNode& node) {
  entry.resource_type = "provider_node";
  entry.target = node.id;
  std::string details;
  json::Writer writer(details);
  write_node(writer, node);
  entry.details = json::Raw::trusted(std::move(details));
  return entry;
}

std::string answer_with(const ProviderNode& node) {
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("node");
  write_node(writer, node);
  writer.end_object();
  return body;
}

}  // namespace

std::vector<Route> ProviderNodes::routes() {
  using net::Method;
  using net::Role;
  std::vector<Route> rows{{.method = Method::get,
                           .pattern = "/api/provider-nodes",
                           .role = Role::read,
                           .summary = "Lists the providers that users have defined",
                           .handler = handler<&ProviderNodes::list>(this),
                           .errors = ErrorForm::text,
                           .answer = shape::object(list_members)},
                          {.method = Method::post,
                           .pattern = "/api/provider-nodes",
                           .role = Role::write,
                           .summary = "Defines a provider",
                           .handler = handler<&ProviderNodes::create>(this),
                           .body = shape::object(members_of_new_node()),
                           .outcomes = {{201, "The provider"}, {409, "Its prefix is taken"}},
                           .errors = ErrorForm::text,
                           .answer = shape::object(shown_members)},
                          {.method = Method::delete_,
                           .pattern = "/api/provider-nodes/{id}",
                           .role = Role::write,
                           .summary = "Deletes a provider that was defined, with its accounts",
                           .handler = handler<&ProviderNodes::remove>(this),
                           .outcomes = {{200, "Deleted"}, {404, "There is none"}},
                           .errors = ErrorForm::text,
                           .answer = an_object}};
  for (const Method method : {Method::patch, Method::put}) {
    rows.push_back(
        {.method = method,
         .pattern = "/api/provider-nodes/{id}",
         .role = Role::write,
         .summary = "Changes what the body names of a provider that was defined",
         .handler = handler<&ProviderNodes::change>(this),
         .body = shape::object(node_members()),
         .outcomes = {{200, "Changed"}, {404, "There is none"}, {409, "Its prefix is taken"}},
         .errors = ErrorForm::text,
         .answer = shape::object(shown_members)});
  }
  return rows;
}

net::Task<Status> ProviderNodes::list(net::Exchange& exchange, Arguments) {
  const auto now = with_.store.current();
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("nodes").begin_array();
  for (const ProviderNode& node : now->provider_nodes) write_node(writer, node);
  writer.end_array().key("ccCompatibleProviderEnabled").boolean(false).end_object();
  co_return co_await exchange.reply_json(200, std::move(body));
}

net::Task<Status> ProviderNodes::create(net::Exchange& exchange, Arguments arguments) {
  Result<ProviderNode> node = new_node(arguments.body, new_uuid(with_.random));
  if (!node) co_return node.error();
  store::AuditEntry entry = changes_.entry(exchange, "provider_node.created");
  node->created_at = node->updated_at = entry.when;
  const auto work = [node = *node, &catalog = with_.catalog](sql::Session& session,
                                                             store::AuditEntry&) -> Status {
    if (Status free = check_prefix(session, catalog, node); !free) return free;
    return store::add_provider_node(session, node);
  };
  Status done = co_await changes_.make(about(std::move(entry), *node), work);
  if (!done) co_return done;
  co_return co_await exchange.reply_json(201, answer_with(*node));
}

net::Task<Status> ProviderNodes::change(net::Exchange& exchange, Arguments arguments) {
  const auto work = [id = std::string(exchange.param("id")),
                     text = std::string(arguments.body.slice()), &catalog = with_.catalog](
                        sql::Session& session, store::AuditEntry& entry) -> Result<ProviderNode> {
    Result<ProviderNode> node = store::load_provider_node(session, id);
    if (!node) return node;
    json::Reader reader;
    apply_node_members(*node, reader.read(text));
    Status done = check_prefix(session, catalog, *node);
    if (!done) return done.error();
    node->updated_at = entry.when;
    entry = about(std::move(entry), *node);
    done = store::update_provider_node(session, *node);
    if (!done) return done.error();
    return node;
  };
  const Result<ProviderNode> changed =
      co_await changes_.make(changes_.entry(exchange, "provider_node.updated"), work);
  if (!changed) co_return changed.error();
  co_return co_await exchange.reply_json(200, answer_with(*changed));
}

net::Task<Status> ProviderNodes::remove(net::Exchange& exchange, Arguments) {
  const auto work = [id = std::string(exchange.param("id"))](sql::Session& session,
                                                             store::AuditEntry& entry) -> Status {
    const Result<ProviderNode> node = store::load_provider_node(session, id);
    if (!node) return node.error();
    entry = about(std::move(entry), *node);
    return store::delete_provider_node(session, id);
  };
  Status done = co_await changes_.make(changes_.entry(exchange, "provider_node.deleted"), work);
  if (!done) co_return done;
  co_return co_await exchange.reply_json(200, R"({"success":true})");
}

}  // namespace omni::api
