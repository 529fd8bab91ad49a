#include "api/connection_models.h"

#include <array>
#include <set>

#include "api/fetch_models.h"

namespace omni::api {
namespace {

using json::MemberShape;
using json::Presence;
using store::Connection;
namespace shape = json::shape;

constexpr std::array query_members{
    MemberShape{"refresh", shape::boolean(), Presence::optional, "The provider is asked anew."},
    MemberShape{"excludeHidden", shape::boolean(), Presence::optional,
                "Without those that are hidden."}};

std::vector<ListedModel> catalogue_models(const KnownProvider& provider) {
  std::vector<ListedModel> models;
  if (provider.listed() == nullptr) return models;
  for (const catalog::Model& model : provider.listed()->models) {
    models.push_back({model.id, model.name});
  }
  return models;
}

struct Answer {
  const Connection& connection;
  const std::vector<ListedModel>& models;
  std::string_view source;   // api, cache or local_catalog
  std::string_view warning;  // empty: none
};

std::set<std::string_view> hidden_models(const store::Configuration& configuration,
                                         std::string_view provider) {
  std::set<std::string_view> hidden;
  for (const store::ModelSwitches& switches : configuration.model_switches) {
    if (switches.hidden && switches.provider == provider) hidden.insert(switches.model);
  }
  return hidden;
}

std::string write_answer(const Answer& answer, const std::set<std::string_view>& left_out) {
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("provider").text(answer.connection.provider);
  writer.key("connectionId").text(answer.connection.id).key("models").begin_array();
  const bool local = answer.source == "local_catalog";
  for (const ListedModel& model : answer.models) {
    if (left_out.contains(model.id)) continue;
    writer.begin_object().key("id").text(model.id).key("name").text(model.name);
    writer.key("source").text(local ? "catalog" : "imported").end_object();
  }
  writer.end_array().key("source").text(answer.source);
  if (!answer.warning.empty()) writer.key("warning").text(answer.warning);
  writer.end_object();
  return body;
}

}  // namespace

std::vector<Route> ConnectionModels::routes() {
  return {{.method = net::Method::get,
           .pattern = "/api/providers/{id}/models",
           .role = net::Role::read,
           .summary = "The models of an account, as its provider lists them",
           .handler = handler<&ConnectionModels::list>(this),
           .query = query_members,
           .outcomes = {{200, "The models"},
                        {404, "There is no such account"},
                        {502, "The provider did not give its list"}},
           .errors = ErrorForm::text,
           .answer = an_object}};
}

ConnectionModels::Models ConnectionModels::remembered(const Connection& connection) {
  const std::lock_guard lock(mutex_);
  const auto found = remembered_.find(connection.id);
  const bool good = found != remembered_.end() && found->second.of == connection.updated_at;
  return good ? found->second.models : nullptr;
}

void ConnectionModels::remember(const Connection& connection, Models models) {
  const auto now = with_.store.current();
  const std::lock_guard lock(mutex_);
  std::erase_if(remembered_,
                [&](const auto& entry) { return find_connection(*now, entry.first) == nullptr; });
  remembered_[connection.id] = {connection.updated_at, std::move(models)};
}

net::Task<Status> ConnectionModels::list(net::Exchange& exchange, Arguments arguments) {
  const auto now = with_.store.current();
  const Connection* const found = find_connection(*now, exchange.param("id"));
  if (found == nullptr) co_return Error(Error::Kind::not_found, "Connection not found");
  const KnownProvider provider = find_provider(with_.catalog, *now, found->provider);
  if (!provider) co_return Error(Error::Kind::bad_request, "There is no such provider any more");
  std::set<std::string_view> left_out;
  if (arguments.query.find("excludeHidden").boolean()) {
    left_out = hidden_models(*now, found->provider);
  }
  const bool anew = arguments.query.find("refresh").boolean();
  if (const Models known = anew ? nullptr : remembered(*found)) {
    co_return co_await exchange.reply_json(200,
                                           write_answer({*found, *known, "cache", ""}, left_out));
  }
  const std::vector<ListedModel> own = catalogue_models(provider);
  if (provider.models_path().empty() && !own.empty()) {
    co_return co_await exchange.reply_json(
        200, write_answer({*found, own, "local_catalog", ""}, left_out));
  }
  Result<ModelList> models = co_await fetch_models(with_, *found, provider);
  if (models) {
    const auto kept = std::make_shared<const std::vector<ListedModel>>(std::move(models->models));
    remember(*found, kept);
    co_return co_await exchange.reply_json(200, write_answer({*found, *kept, "api", ""}, left_out));
  }
  if (models.error().kind() == Error::Kind::cancelled || own.empty()) co_return models.error();
  co_return co_await exchange.reply_json(
      200, write_answer({*found, own, "local_catalog", models.error().message()}, left_out));
}

}  // namespace omni::api
