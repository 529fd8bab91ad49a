#include "api/availability.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "api/breaker_json.h"
#include "api/known_providers.h"

namespace omni::api {
namespace {

using account::Accounts;
using account::Breakers;
using json::MemberShape;
using json::Presence;
namespace shape = json::shape;

constexpr std::array<std::string_view, 1> actions{"clearCooldown"};
constexpr std::array question_members{
    MemberShape{"model", shape::text(1, 256), Presence::required,
                "As clients write it; with an action, as the provider does, or * for all."},
    MemberShape{"action", shape::choice(actions), Presence::optional,
                "Ends the rest of that model, or of all of them."},
    MemberShape{"provider", shape::text(1, 120), Presence::optional, "For an action: whose."}};

constexpr std::array list_query{
    MemberShape{"all", shape::boolean(), Presence::optional, "With those that can be used."}};

/// Everybody who serves a model of that name, and what it is called there.
std::vector<NamedModel> who_serves(const catalog::Catalog& catalog, const store::Configuration& now,
                                   std::string_view name) {
  if (name.find('/') != std::string_view::npos) {
    const auto named = find_named_model(catalog, now, name);
    return named ? std::vector{*named} : std::vector<NamedModel>();
  }
  std::vector<NamedModel> all;
  const auto is_added = [&](std::string_view provider) {
    return std::ranges::any_of(now.custom_models, [&](const store::CustomModel& model) {
      return model.provider == provider && model.id == name;
    });
  };
  const auto add = [&](const KnownProvider& provider) {
    if (provider.find_model(name) != nullptr || is_added(provider.id())) {
      all.push_back({provider, name});
    }
  };
  for (const catalog::Provider& provider : catalog.providers()) add(KnownProvider(provider));
  for (const store::ProviderNode& node : now.provider_nodes) add(KnownProvider(node));
  return all;
}

struct State {
  std::string_view status = "active";
  std::optional<Clock::Wall> until;
};

/// By their connections.
using Rests = std::map<std::string, std::vector<Accounts::RestShown>, std::less<>>;

Rests rests_by_connection(std::vector<Accounts::RestShown> all) {
  Rests rests;
  for (Accounts::RestShown& rest : all) rests[rest.connection].push_back(std::move(rest));
  return rests;
}

/// The gravest of what keeps it.
State state_of(const Surroundings& with, const Rests& rests, const store::Connection& connection,
               std::string_view model) {
  if (!connection.active) return {.status = "disabled"};
  const Clock::Wall now = with.clock.wall();
  if (const auto refusal = with.breakers.obstacle(connection.provider, model)) {
    return {.status = "breaker_open", .until = now + refusal->over_in};
  }
  State state;
  const auto found = rests.find(connection.id);
  if (found == rests.end()) return state;
  for (const Accounts::RestShown& rest : found->second) {
    if (!rest.model.empty() && rest.model != model) continue;
    if (connection.updated_at > rest.noted) continue;
    if (state.status == "cooldown" && !rest.binding) continue;
    state.status = rest.binding ? "cooldown" : "unavailable";
    state.until = std::max(state.until.value_or(rest.until), rest.until);
  }
  return state;
}

}  // namespace

std::vector<Route> Availability::routes() {
  return {{.method = net::Method::get,
           .pattern = "/api/models/availability",
           .role = net::Role::read,
           .summary = "The models and accounts that cannot be used now",
           .handler = handler<&Availability::list>(this),
           .query = list_query,
           .answer = an_object},
          {.method = net::Method::post,
           .pattern = "/api/models/availability",
           .role = net::Role::write,
           .summary = "Whether a model can be used now, or ends its rest",
           .handler = handler<&Availability::answer>(this),
           .body = shape::object(question_members),
           .outcomes = {{200, "Its accounts"}, {404, "Nobody serves it"}},
           .errors = ErrorForm::text,
           .answer = an_object}};
}

/// Each model of an active account, once for each account that can be asked for it.
void Availability::write_available(json::Writer& writer, const store::Configuration& now) const {
  const Rests rests = rests_by_connection(with_.accounts.rests());
  writer.key("available").begin_array();
  const auto write = [&](const store::Connection& connection, const std::string& model) {
    const State state = state_of(with_, rests, connection, model);
    if (state.status != "active" && state.status != "unavailable") return;
    writer.begin_object().key("provider").text(connection.provider).key("model").text(model);
    writer.key("connectionId").text(connection.id);
    writer.key("connectionName").text(connection.name).end_object();
  };
  for (const store::Connection& connection : now.connections) {
    const KnownProvider provider = find_provider(with_.catalog, now, connection.provider);
    if (provider && provider.listed() != nullptr) {
      for (const catalog::Model& model : provider.listed()->models) write(connection, model.id);
    }
    for (const store::CustomModel& model : now.custom_models) {
      if (model.provider != connection.provider) continue;
      if (provider.find_model(model.id) == nullptr) write(connection, model.id);
    }
  }
  writer.end_array();
}

net::Task<Status> Availability::list(net::Exchange& exchange, Arguments arguments) {
  const auto now = with_.store.current();
  std::int64_t count = 0;
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("models").begin_array();
  for (const Accounts::RestShown& rest : with_.accounts.rests()) {
    write_rest(writer, rest, *now);
    ++count;
  }
  for (const Breakers::Shown& shown : with_.breakers.all()) {
    if (shown.row.state == store::BreakerRow::State::closed) continue;
    writer.begin_object().key("provider").text(shown.row.provider);
    writer.key("model").text(shown.model.empty() ? "*" : shown.model);
    writer.key("status").text("breaker_open");
    writer.key("until").text(iso8601(with_.clock.wall() + shown.retry_after)).end_object();
    ++count;
  }
  writer.end_array().key("unavailableCount").integer(count);
  if (arguments.query.find("all").boolean()) write_available(writer, *now);
  writer.end_object();
  co_return co_await exchange.reply_json(200, std::move(body));
}

net::Task<Status> Availability::answer(net::Exchange& exchange, Arguments arguments) {
  if (arguments.body.find("action")) return clear(exchange, arguments);
  return show_model(exchange, std::string(arguments.body.find("model").text()));
}

net::Task<Status> Availability::clear(net::Exchange& exchange, Arguments arguments) {
  const auto now = with_.store.current();
  std::string model(arguments.body.find("model").text());
  const std::string name(arguments.body.find("provider").text());
  KnownProvider provider = find_provider(with_.catalog, *now, name);
  if (name.empty()) {
    if (const auto named = find_named_model(with_.catalog, *now, model)) {
      provider = named->provider;
      model = named->id;
    }
  }
  if (!provider) co_return Error(Error::Kind::not_found, "There is no such provider");
  for (const store::Connection& connection : now->connections) {
    if (connection.provider != provider.id()) continue;
    with_.accounts.wake(connection.id, model == "*" ? std::string_view() : model);
  }
  store::AuditEntry entry = changes_.entry(exchange, "provider.cooldown.cleared");
  entry.resource_type = "provider";
  entry.target = std::string(provider.id()) + "/" + model;
  if (Status noted = co_await changes_.note(std::move(entry)); !noted) co_return noted;
  co_return co_await exchange.reply_json(200, R"({"ok":true})");
}

net::Task<Status> Availability::show_model(net::Exchange& exchange, std::string name) {
  const auto now = with_.store.current();
  const std::vector<NamedModel> served = who_serves(with_.catalog, *now, name);
  if (served.empty()) co_return Error(Error::Kind::not_found, "Nobody serves this model");
  const Rests rests = rests_by_connection(with_.accounts.rests());
  bool available = false;
  std::string rows;
  json::Writer writer(rows);
  writer.begin_array();
  for (const NamedModel& named : served) {
    for (const store::Connection& connection : now->connections) {
      if (connection.provider != named.provider.id()) continue;
      const State state = state_of(with_, rests, connection, named.id);
      const bool usable = state.status == "active" || state.status == "unavailable";
      available = available || usable;
      writer.begin_object().key("provider").text(connection.provider);
      writer.key("connectionId").text(connection.id).key("connectionName").text(connection.name);
      writer.key("available").boolean(usable).key("status").text(state.status).key("until");
      if (state.until) {
        writer.text(iso8601(*state.until));
      } else {
        writer.null();
      }
      writer.end_object();
    }
  }
  writer.end_array();
  std::string body;
  json::Writer out(body);
  out.begin_object().key("model").text(name).key("available").boolean(available);
  out.key("providers").raw(rows).end_object();
  co_return co_await exchange.reply_json(200, std::move(body));
}

}  // namespace omni::api
