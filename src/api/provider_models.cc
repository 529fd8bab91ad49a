#include "api/provider_models.h"

#include <algorithm>
#include <array>

#include "api/model_switches.h"

namespace omni::api {
namespace {

using json::MemberShape;
using json::Presence;
using store::CustomModel;
using store::ModelSwitches;
namespace shape = json::shape;

constexpr json::Shape provider_shape = shape::text(1, 120);
constexpr json::Shape model_id = shape::text(1, 240).like(json::format::name);
constexpr std::array<std::string_view, 7> api_formats{
    "chat-completions",     "responses",    "embeddings",        "rerank",
    "audio-transcriptions", "audio-speech", "images-generations"};
constexpr std::array<std::string_view, 8> endpoint_names{
    "chat",  "embeddings",           "rerank",       "images",
    "audio", "audio-transcriptions", "audio-speech", "images-generations"};
constexpr json::Shape endpoint = shape::choice(endpoint_names);

constexpr std::array model_members{
    MemberShape{"provider", provider_shape, Presence::required, "Whose model."},
    MemberShape{"modelId", model_id, Presence::required, "As the provider knows it."},
    MemberShape{"modelName", shape::text(0, 240).or_null(), Presence::optional,
                "What people call it."},
    MemberShape{"source", shape::text(0, 80), Presence::optional, "Who says so; manual."},
    MemberShape{"apiFormat", shape::choice(api_formats), Presence::optional,
                "What it answers; chat-completions."},
    MemberShape{"supportedEndpoints", shape::list(endpoint, 1, endpoint_names.size()),
                Presence::optional, "What it is for; chat."}};
constexpr std::array list_query{
    MemberShape{"provider", provider_shape, Presence::optional, "Whose; without, of all."}};
constexpr std::array hide_query{
    MemberShape{"provider", provider_shape, Presence::required, "Whose."},
    MemberShape{"modelId", model_id, Presence::optional, "Which model."}};
constexpr std::array hide_members{
    MemberShape{"isHidden", shape::boolean(), Presence::required, "It is left out of lists."},
    MemberShape{"modelIds", shape::list(model_id, 0, 10'000), Presence::optional, "And these."}};
constexpr std::array remove_query{
    MemberShape{"provider", provider_shape, Presence::required, "Whose."},
    MemberShape{"model", model_id, Presence::optional, "Which model."},
    MemberShape{"all", shape::boolean(), Presence::optional, "All of the provider."}};

std::vector<MemberShape> members_of_change() {
  std::vector<MemberShape> members(model_members.begin(), model_members.end());
  const std::span<const MemberShape> switches = model_switch_members();
  members.insert(members.end(), switches.begin(), switches.end());
  return members;
}

const ModelSwitches* find_switches(std::span<const ModelSwitches> all, std::string_view provider,
                                   std::string_view model) {
  const auto found = std::ranges::find_if(all, [&](const ModelSwitches& switches) {
    return switches.provider == provider && switches.model == model;
  });
  return found == all.end() ? nullptr : &*found;
}

void write_model(json::Writer& writer, const CustomModel& model, const ModelSwitches* switches) {
  writer.begin_object().key("id").text(model.id).key("name").text(model.name);
  writer.key("source").text(model.source).key("apiFormat").text(model.api_format);
  writer.key("supportedEndpoints").begin_array();
  for (const std::string& name : model.endpoints) writer.text(name);
  writer.end_array();
  if (switches != nullptr) write_model_switches(writer, *switches);
  writer.end_object();
}

void write_models_of(json::Writer& writer, const store::Configuration& now,
                     std::string_view provider) {
  writer.begin_array();
  for (const CustomModel& model : now.custom_models) {
    if (model.provider != provider) continue;
    write_model(writer, model, find_switches(now.model_switches, provider, model.id));
  }
  writer.end_array();
}

/// Of one provider, or with an empty name of all.
void write_overrides(json::Writer& writer, std::span<const ModelSwitches> all,
                     std::string_view provider) {
  writer.begin_array();
  for (const ModelSwitches& switches : all) {
    if (!provider.empty() && switches.provider != provider) continue;
    writer.begin_object().key("id").text(switches.model);
    writer.key("provider").text(switches.provider);
    write_model_switches(writer, switches);
    writer.end_object();
  }
  writer.end_array();
}

bool is_imported(const CustomModel& model) { return model.source == "imported"; }

/// Whatever a user says of a model makes it his.
void apply(CustomModel& model, json::Value body) {
  if (const json::Value name = body.find("modelName")) model.name = name.text();
  if (const json::Value source = body.find("source")) model.source = source.text();
  if (model.name.empty()) model.name = model.id;
  if (const json::Value form = body.find("apiFormat")) model.api_format = form.text();
  if (const json::Value names = body.find("supportedEndpoints")) {
    model.endpoints.clear();
    for (const json::Value name : names.items()) model.endpoints.emplace_back(name.text());
  }
  if (is_imported(model)) model.source = CustomModel().source;
}

Result<ModelSwitches> load_switches(sql::Session& session, const std::string& provider,
                                    const std::string& model) {
  const auto all = store::load_model_switches(session);
  if (!all) return all.error();
  const ModelSwitches* const found = find_switches(*all, provider, model);
  return found == nullptr ? ModelSwitches{.provider = provider, .model = model} : *found;
}

Result<std::optional<CustomModel>> load_model(sql::Session& session, const std::string& provider,
                                              const std::string& id) {
  const auto all = store::load_custom_models(session);
  if (!all) return all.error();
  const auto found = std::ranges::find_if(
      *all, [&](const CustomModel& model) { return model.provider == provider && model.id == id; });
  return found == all->end() ? std::optional<CustomModel>() : *found;
}

/// Besides which one it is, and its switches.
bool says_model(json::Value body) {
  return body.find("modelName") || body.find("source") || body.find("apiFormat") ||
         body.find("supportedEndpoints");
}

/// What the body says of the model and of its switches.
Status change_model(sql::Session& session, const CustomModel& key, json::Value body) {
  Result<std::optional<CustomModel>> model = load_model(session, key.provider, key.id);
  if (!model) return model.error();
  if (*model && says_model(body)) {
    apply(**model, body);
    if (Status put = store::put_custom_model(session, **model); !put) return put;
  }
  Result<ModelSwitches> switches = load_switches(session, key.provider, key.id);
  if (!switches) return switches.error();
  if (Status applied = apply_model_switches(*switches, body); !applied) return applied;
  return store::put_model_switches(session, *switches);
}

/// Of each, whether it is hidden; what else was said about it stays.
Status hide_models(sql::Session& session, std::vector<ModelSwitches> wanted) {
  const auto all = store::load_model_switches(session);
  if (!all) return all.error();
  for (ModelSwitches& switches : wanted) {
    const auto* const before = find_switches(*all, switches.provider, switches.model);
    if (before != nullptr) switches.settings = before->settings;
    if (Status put = store::put_model_switches(session, switches); !put) return put;
  }
  return Nothing{};
}

/// Whether there was such a model.  One that its server lists would come back, and is hidden.
Result<bool> remove_model(sql::Session& session, const CustomModel& key) {
  const Result<std::optional<CustomModel>> model = load_model(session, key.provider, key.id);
  if (!model) return model.error();
  if (!*model || !is_imported(**model)) {
    return store::delete_custom_model(session, key.provider, key.id);
  }
  Status hidden =
      hide_models(session, {{.provider = key.provider, .model = key.id, .hidden = true}});
  if (!hidden) return hidden.error();
  return true;
}

}  // namespace

std::vector<Route> ProviderModels::routes() {
  using net::Method;
  using net::Role;
  static const std::vector<MemberShape> change_members = members_of_change();
  return {{.method = Method::get,
           .pattern = "/api/provider-models",
           .role = Role::read,
           .summary = "Models that users have added, and what was said about models",
           .handler = handler<&ProviderModels::list>(this),
           .query = list_query,
           .answer = an_object},
          {.method = Method::post,
           .pattern = "/api/provider-models",
           .role = Role::write,
           .summary = "Adds a model to a provider",
           .handler = handler<&ProviderModels::add>(this),
           .body = shape::object(model_members),
           .answer = an_object},
          {.method = Method::put,
           .pattern = "/api/provider-models",
           .role = Role::write,
           .summary = "Changes a model that was added, or says how one is to be called",
           .handler = handler<&ProviderModels::change>(this),
           .body = shape::object(change_members),
           .answer = an_object},
          {.method = Method::patch,
           .pattern = "/api/provider-models",
           .role = Role::write,
           .summary = "Hides models from lists, or shows them again",
           .handler = handler<&ProviderModels::hide>(this),
           .query = hide_query,
           .body = shape::object(hide_members),
           .answer = an_object},
          {.method = Method::delete_,
           .pattern = "/api/provider-models",
           .role = Role::write,
           .summary = "Takes a model away that was added, or all of a provider",
           .handler = handler<&ProviderModels::remove>(this),
           .query = remove_query,
           .answer = an_object}};
}

Result<std::string> ProviderModels::provider_id(std::string_view name) const {
  const KnownProvider found = find_provider(with_.catalog, *with_.store.current(), name);
  if (!found) return Error(Error::Kind::bad_request, "Invalid provider");
  return std::string(found.id());
}

store::AuditEntry ProviderModels::about(const net::Exchange& exchange, std::string_view action,
                                        std::string target) const {
  store::AuditEntry entry = changes_.entry(exchange, action);
  entry.resource_type = "model";
  entry.target = std::move(target);
  return entry;
}

net::Task<Status> ProviderModels::list(net::Exchange& exchange, Arguments arguments) {
  const auto now = with_.store.current();
  std::string whose;
  if (const json::Value asked = arguments.query.find("provider")) {
    const KnownProvider known = find_provider(with_.catalog, *now, asked.text());
    whose = known ? known.id() : asked.text();
  }
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("models");
  if (!whose.empty()) {
    write_models_of(writer, *now, whose);
  } else {
    writer.begin_object();
    std::string_view last;  // they come by provider
    for (const CustomModel& model : now->custom_models) {
      if (model.provider == last) continue;
      last = model.provider;
      write_models_of(writer.key(last), *now, last);
    }
    writer.end_object();
  }
  write_overrides(writer.key("modelCompatOverrides"), now->model_switches, whose);
  writer.end_object();
  co_return co_await exchange.reply_json(200, std::move(body));
}

net::Task<Status> ProviderModels::add(net::Exchange& exchange, Arguments arguments) {
  Result<std::string> whose = provider_id(arguments.body.at("provider").text());
  if (!whose) co_return whose.error();
  CustomModel model{.provider = *std::move(whose),
                    .id = std::string(arguments.body.at("modelId").text())};
  apply(model, arguments.body);
  store::AuditEntry entry = about(exchange, "model.added", model.provider + "/" + model.id);
  Status done =
      co_await changes_.make(std::move(entry), [model](sql::Session& session, store::AuditEntry&) {
        return store::put_custom_model(session, model);
      });
  if (!done) co_return done;
  const auto now = with_.store.current();
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("model");
  write_model(writer, model, find_switches(now->model_switches, model.provider, model.id));
  writer.end_object();
  co_return co_await exchange.reply_json(200, std::move(body));
}

net::Task<Status> ProviderModels::change(net::Exchange& exchange, Arguments arguments) {
  Result<std::string> whose = provider_id(arguments.body.at("provider").text());
  if (!whose) co_return whose.error();
  const CustomModel key{.provider = *std::move(whose),
                        .id = std::string(arguments.body.at("modelId").text())};
  store::AuditEntry entry = about(exchange, "model.updated", key.provider + "/" + key.id);
  const auto work = [key, text = std::string(arguments.body.slice())](
                        sql::Session& session, store::AuditEntry&) -> Status {
    json::Reader reader;
    return change_model(session, key, reader.read(text));
  };
  Status done = co_await changes_.make(std::move(entry), work);
  if (!done) co_return done;
  const auto now = with_.store.current();
  const auto custom = std::ranges::find_if(now->custom_models, [&](const CustomModel& model) {
    return model.provider == key.provider && model.id == key.id;
  });
  std::string body;
  json::Writer writer(body);
  writer.begin_object();
  if (custom != now->custom_models.end()) {
    write_model(writer.key("model"), *custom,
                find_switches(now->model_switches, key.provider, key.id));
  } else {
    writer.key("ok").boolean(true);
    write_overrides(writer.key("modelCompatOverrides"), now->model_switches, key.provider);
  }
  writer.end_object();
  co_return co_await exchange.reply_json(200, std::move(body));
}

net::Task<Status> ProviderModels::hide(net::Exchange& exchange, Arguments arguments) {
  const Result<std::string> whose = provider_id(arguments.query.at("provider").text());
  if (!whose) co_return whose.error();
  const bool hidden = arguments.body.at("isHidden").boolean();
  std::vector<ModelSwitches> wanted;
  const auto want = [&](json::Value model) {
    wanted.push_back({.provider = *whose, .model = std::string(model.text()), .hidden = hidden});
  };
  if (const json::Value one = arguments.query.find("modelId")) want(one);
  for (const json::Value item : arguments.body.find("modelIds").items()) want(item);
  if (wanted.empty()) co_return Error(Error::Kind::bad_request, "modelId is required");
  store::AuditEntry entry =
      about(exchange, hidden ? "model.hidden" : "model.shown",
            wanted.size() == 1 ? *whose + "/" + wanted.front().model : *whose);
  const auto work = [wanted](sql::Session& session, store::AuditEntry&) {
    return hide_models(session, wanted);
  };
  Status done = co_await changes_.make(std::move(entry), work);
  if (!done) co_return done;
  const auto now = with_.store.current();
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("ok").boolean(true);
  write_overrides(writer.key("modelCompatOverrides"), now->model_switches, *whose);
  writer.end_object();
  co_return co_await exchange.reply_json(200, std::move(body));
}

net::Task<Status> ProviderModels::remove(net::Exchange& exchange, Arguments arguments) {
  const Result<std::string> whose = provider_id(arguments.query.at("provider").text());
  if (!whose) co_return whose.error();
  if (arguments.query.find("all").boolean()) {
    Status done =
        co_await changes_.make(about(exchange, "model.removed", *whose),
                               [whose = *whose](sql::Session& session, store::AuditEntry&) {
                                 return store::delete_custom_models(session, whose);
                               });
    if (!done) co_return done;
    co_return co_await exchange.reply_json(200, R"({"cleared":true})");
  }
  const std::string model(arguments.query.find("model").text());
  if (model.empty()) co_return Error(Error::Kind::bad_request, "model is required");
  const CustomModel key{.provider = *whose, .id = model};
  const auto work = [key](sql::Session& session, store::AuditEntry& entry) {
    Result<bool> removed = remove_model(session, key);
    if (removed && !*removed) entry.action.clear();
    return removed;
  };
  const Result<bool> removed =
      co_await changes_.make(about(exchange, "model.removed", *whose + "/" + model), work);
  if (!removed) co_return removed.error();
  co_return co_await exchange.reply_json(200,
                                         *removed ? R"({"removed":true})" : R"({"removed":false})");
}

}  // namespace omni::api
