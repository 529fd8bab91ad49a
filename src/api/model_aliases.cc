#include "api/model_aliases.h"

#include <algorithm>
#include <array>

#include "api/known_providers.h"
#include "base/wildcard.h"

namespace omni::api {
namespace {

using json::MemberShape;
using json::Presence;
using store::ModelAlias;
namespace shape = json::shape;

constexpr json::Shape name_shape = shape::text(1, 200).like(json::format::name);
constexpr std::array put_members{
    MemberShape{"alias", name_shape, Presence::required, "The name, perhaps with * and ?."},
    MemberShape{"model", name_shape, Presence::required, "What it stands for."}};
constexpr std::array query_members{
    MemberShape{"alias", shape::text(1, 200), Presence::optional, "Which name."}};

/// An exact name goes before a pattern, a longer pattern before a shorter one.
const ModelAlias* find_alias(const std::vector<ModelAlias>& all, std::string_view name) {
  const ModelAlias* found = nullptr;
  for (const ModelAlias& alias : all) {
    if (alias.name == name) return &alias;
    if (!matches_wildcard(alias.name, name, LetterCase::ignored)) continue;
    if (found == nullptr || alias.name.size() > found->name.size()) found = &alias;
  }
  return found;
}

/// What a name leads to in the end; nothing where it leads back to itself.
std::optional<std::string> follow(const std::vector<ModelAlias>& all, std::string name) {
  for (std::size_t steps = 0; steps <= all.size(); ++steps) {
    const ModelAlias* const alias = find_alias(all, name);
    if (alias == nullptr) return name;
    name = alias->target;
  }
  return std::nullopt;
}

Error taken(std::string why) { return {Error::Kind::conflict, std::move(why)}; }

Status check_alias(sql::Session& session, const ModelAlias& alias) {
  bool is_combo = false;
  Status read = session.run("SELECT 1 FROM combos WHERE name = $1", {std::string_view(alias.name)},
                            [&](const sql::Row&) { is_combo = true; });
  if (!read) return read;
  if (is_combo) return taken("alias: is the name of a combo");
  Result<std::vector<ModelAlias>> all = store::load_model_aliases(session);
  if (!all) return all.error();
  std::erase_if(*all, [&](const ModelAlias& other) { return other.name == alias.name; });
  all->push_back(alias);
  if (!follow(*all, alias.target)) return taken("model: leads back to the alias");
  return Nothing{};
}

struct Resolved {
  std::string_view prefix, provider, model;
  const catalog::Model* listed;
};

/// All that a name could mean which is no alias.
std::vector<Resolved> meanings_of(const catalog::Catalog& catalog, const store::Configuration& now,
                                  std::string_view name) {
  std::vector<Resolved> found;
  if (const auto named = find_named_model(catalog, now, name)) {
    found.push_back({named->provider.prefix(), named->provider.id(), named->id,
                     named->provider.find_model(named->id)});
    return found;
  }
  for (const catalog::Catalog::Listing& listing : catalog.who_lists(name)) {
    found.push_back(
        {listing.provider->prefix(), listing.provider->id, listing.model->id, listing.model});
  }
  return found;
}

std::string qualified(const Resolved& resolved) {
  return std::string(resolved.prefix).append("/").append(resolved.model);
}

void write_metadata(json::Writer& writer, const catalog::Model* model) {
  writer.begin_object();
  if (model != nullptr) {
    writer.key("name").text(model->name).key("type").text(catalog::name_of(model->kind));
    writer.key("contextLength").integer(model->context_tokens);
    writer.key("maxOutputTokens").integer(model->output_tokens);
  }
  writer.end_object();
}

std::string write_candidates(const std::vector<Resolved>& meanings) {
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("error").begin_object().key("code").text("MODEL_ALIAS_AMBIGUOUS");
  writer.key("message").text("Several providers have that model").key("type").text("conflict");
  writer.end_object().key("candidates").begin_array();
  for (const Resolved& each : meanings) writer.text(qualified(each));
  writer.end_array().end_object();
  return body;
}

net::Task<Status> answer(net::Exchange& exchange, int status, std::string body,
                         std::string resolved) {
  net::OutFields fields;
  fields.add("content-type", "application/json");
  fields.add("x-model-catalog-version", catalog_version);
  if (!resolved.empty()) fields.add("x-model-alias-resolved", resolved);
  co_return co_await exchange.reply(status, std::move(fields), std::move(body));
}

}  // namespace

std::vector<Route> ModelAliases::routes() {
  using net::Method;
  using net::Role;
  std::vector<Route> rows{
      {.method = Method::get,
       .pattern = "/api/models/alias",
       .role = Role::read,
       .summary = "The names that stand for others, or what one of them leads to",
       .handler = handler<&ModelAliases::show>(this),
       .query = query_members,
       .outcomes = {{200, "The names"},
                    {404, "That name leads to no model"},
                    {409, "It leads to several"}},
       .answer = an_object},
      {.method = Method::delete_,
       .pattern = "/api/models/alias",
       .role = Role::write,
       .summary = "Forgets a name",
       .handler = handler<&ModelAliases::remove>(this),
       .query = query_members,
       .errors = ErrorForm::text,
       .answer = an_object}};
  for (const Method method : {Method::put, Method::post}) {
    rows.push_back({.method = method,
                    .pattern = "/api/models/alias",
                    .role = Role::write,
                    .summary = "Lets a name stand for another",
                    .handler = handler<&ModelAliases::put>(this),
                    .body = shape::object(put_members),
                    .outcomes = {{200, "It does"}, {409, "It is a combo's, or leads to itself"}},
                    .errors = ErrorForm::text,
                    .answer = an_object});
  }
  return rows;
}

net::Task<Status> ModelAliases::show(net::Exchange& exchange, Arguments arguments) {
  if (const json::Value asked = arguments.query.find("alias")) {
    co_return co_await resolve(exchange, std::string(asked.text()));
  }
  const auto now = with_.store.current();
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("aliases").begin_object();
  for (const ModelAlias& alias : now->model_aliases) writer.key(alias.name).text(alias.target);
  writer.end_object().key("catalogVersion").text(catalog_version).end_object();
  co_return co_await answer(exchange, 200, std::move(body), "");
}

net::Task<Status> ModelAliases::resolve(net::Exchange& exchange, std::string name) {
  const auto now = with_.store.current();
  const std::string target = follow(now->model_aliases, name).value_or("");
  const std::vector<Resolved> meanings = meanings_of(with_.catalog, *now, target);
  if (meanings.empty()) {
    co_return Error(Error::Kind::not_found, "That name leads to no model", "MODEL_NOT_MAPPED");
  }
  if (meanings.size() > 1) co_return co_await answer(exchange, 409, write_candidates(meanings), "");
  const Resolved& resolved = meanings.front();
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("alias").text(name).key("resolved").begin_object();
  writer.key("provider").text(resolved.provider).key("providerAlias").text(resolved.prefix);
  writer.key("model").text(resolved.model).key("qualifiedId").text(qualified(resolved));
  writer.key("source").text(target == name ? "catalog" : "alias").key("target").text(target);
  write_metadata(writer.key("metadata"), resolved.listed);
  writer.end_object().end_object();
  co_return co_await answer(exchange, 200, std::move(body), qualified(resolved));
}

net::Task<Status> ModelAliases::put(net::Exchange& exchange, Arguments arguments) {
  const ModelAlias alias{std::string(arguments.body.at("alias").text()),
                         std::string(arguments.body.at("model").text())};
  store::AuditEntry entry = changes_.entry(exchange, "model_alias.set");
  entry.resource_type = "model_alias";
  entry.target = alias.name;
  const auto work = [alias](sql::Session& session, store::AuditEntry& noted) -> Status {
    if (Status fit = check_alias(session, alias); !fit) return fit;
    std::string details;
    json::Writer(details).begin_object().key("model").text(alias.target).end_object();
    noted.details = json::Raw::trusted(std::move(details));
    return store::put_model_alias(session, alias);
  };
  Status done = co_await changes_.make(std::move(entry), work);
  if (!done) co_return done;
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("success").boolean(true).key("model").text(alias.target);
  writer.key("alias").text(alias.name).end_object();
  co_return co_await exchange.reply_json(200, std::move(body));
}

net::Task<Status> ModelAliases::remove(net::Exchange& exchange, Arguments arguments) {
  const std::string name(arguments.query.find("alias").text());
  if (name.empty()) co_return Error(Error::Kind::bad_request, "Alias required");
  store::AuditEntry entry = changes_.entry(exchange, "model_alias.removed");
  entry.resource_type = "model_alias";
  entry.target = name;
  const auto work = [name](sql::Session& session, store::AuditEntry& noted) {
    Result<bool> removed = store::delete_model_alias(session, name);
    if (removed && !*removed) noted.action.clear();
    return removed;
  };
  const Result<bool> removed = co_await changes_.make(std::move(entry), work);
  if (!removed) co_return removed.error();
  co_return co_await exchange.reply_json(200, R"({"success":true})");
}

}  // namespace omni::api
