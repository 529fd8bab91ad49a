#include "api/models.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "api/known_providers.h"
#include "api/model_aliases.h"
#include "route/combo.h"

namespace omni::api {
namespace {

using json::MemberShape;
using json::Presence;
namespace shape = json::shape;

constexpr std::array list_query{MemberShape{"all", shape::boolean(), Presence::optional,
                                            "Those as well that cannot be used now."}};

/// A model as lists show it, of the catalogue or of a user.
struct Shown {
  std::string_view id, name;
  const catalog::Model* listed = nullptr;
  const store::CustomModel* custom = nullptr;
};

std::string_view type_of(const store::CustomModel& model) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> types{{
      {"embeddings", "embedding"},
      {"rerank", "rerank"},
      {"audio-transcriptions", "audio"},
      {"audio-speech", "audio"},
      {"images-generations", "image"},
  }};
  for (const auto& [form, type] : types) {
    if (model.api_format == form) return type;
  }
  return "chat";
}

std::string_view type_of(const Shown& model) {
  using Kind = catalog::Model::Kind;
  if (model.custom != nullptr) return type_of(*model.custom);
  const Kind kind = model.listed->kind;
  return kind == Kind::transcription || kind == Kind::speech ? "audio" : catalog::name_of(kind);
}

/// All of a provider, each once; a user's word goes before the catalogue's.
std::vector<Shown> models_of(const store::Configuration& now, const KnownProvider& provider) {
  std::vector<Shown> models;
  std::set<std::string_view> added;
  for (const store::CustomModel& model : now.custom_models) {
    if (model.provider != provider.id()) continue;
    added.insert(model.id);
    models.push_back({model.id, model.name, provider.find_model(model.id), &model});
  }
  if (provider.listed() == nullptr) return models;
  for (const catalog::Model& model : provider.listed()->models) {
    if (!added.contains(model.id)) models.push_back({model.id, model.name, &model, nullptr});
  }
  return models;
}

void write_capabilities(json::Writer& writer, const catalog::Model& model) {
  writer.key("capabilities").begin_object().key("tool_calling").boolean(model.tools);
  writer.key("vision").boolean(model.images).key("reasoning").boolean(model.thinking);
  writer.key("thinking").boolean(model.thinking).end_object();
  if (model.context_tokens > 0) writer.key("context_length").integer(model.context_tokens);
  if (model.output_tokens > 0) writer.key("max_output_tokens").integer(model.output_tokens);
  writer.key("input_modalities").begin_array().text("text");
  if (model.images) writer.text("image");
  if (model.audio) writer.text("audio");
  if (model.documents) writer.text("pdf");
  writer.end_array().key("output_modalities").begin_array();
  writer.text(model.kind == catalog::Model::Kind::image    ? "image"
              : model.kind == catalog::Model::Kind::speech ? "audio"
                                                           : "text");
  writer.end_array();
}

std::string full_name(const KnownProvider& provider, const Shown& model) {
  return std::string(provider.prefix()).append("/").append(model.id);
}

/// Calls `take` for each provider: of the catalogue, then of users.
template <class Take>
void for_each_provider(const catalog::Catalog& catalog, const store::Configuration& now,
                       const Take& take) {
  for (const catalog::Provider& provider : catalog.providers()) take(KnownProvider(provider));
  for (const store::ProviderNode& node : now.provider_nodes) take(KnownProvider(node));
}

using ModelNames = std::set<std::pair<std::string_view, std::string_view>>;

ModelNames hidden_models(const store::Configuration& now) {
  ModelNames hidden;
  for (const store::ModelSwitches& switches : now.model_switches) {
    if (switches.hidden) hidden.emplace(switches.provider, switches.model);
  }
  return hidden;
}

void write_combos(json::Writer& writer, const store::Configuration& now) {
  const catalog::Provider& provider = route::combo_provider();
  const bool any = std::ranges::any_of(now.combos, &store::Combo::active);
  writer.key(provider.id).begin_object().key("provider").text(provider.name);
  writer.key("active").boolean(any).key("models").begin_array();
  for (const store::Combo& combo : now.combos) {
    writer.begin_object().key("id").text(combo.name).key("name").text(combo.name);
    writer.key("type").text("chat").key("custom").boolean(false);
    writer.key("hidden").boolean(combo.hidden || !combo.active).end_object();
  }
  writer.end_array().end_object();
}

/// A name that stands for it; empty: none does.
std::string_view alias_of(const store::Configuration& now, std::string_view target) {
  const auto found = std::ranges::find(now.model_aliases, target, &store::ModelAlias::target);
  return found == now.model_aliases.end() ? std::string_view() : std::string_view(found->name);
}

}  // namespace

std::vector<Route> Models::routes() {
  return {{.method = net::Method::get,
           .pattern = "/api/models",
           .role = net::Role::read,
           .summary = "The models that can be used",
           .handler = handler<&Models::list>(this),
           .query = list_query,
           .answer = an_object},
          {.method = net::Method::get,
           .pattern = "/api/models/catalog",
           .role = net::Role::read,
           .summary = "All providers and their models, and what these can do",
           .handler = handler<&Models::show_catalog>(this),
           .answer = an_object}};
}

net::Task<Status> Models::list(net::Exchange& exchange, Arguments arguments) {
  const auto now = with_.store.current();
  const bool all = arguments.query.find("all").boolean();
  const ModelNames hidden = hidden_models(*now);
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("models").begin_array();
  for_each_provider(with_.catalog, *now, [&](const KnownProvider& provider) {
    const bool available = is_available(*now, provider);
    if (!all && !available) return;
    for (const Shown& model : models_of(*now, provider)) {
      const bool usable = available && !hidden.contains({provider.id(), model.id});
      if (!all && !usable) continue;
      const std::string full = full_name(provider, model);
      writer.begin_object().key("provider").text(provider.id()).key("model").text(model.id);
      writer.key("name").text(model.name).key("fullModel").text(full);
      writer.key("alias").text(alias_of(*now, full));
      writer.key("available").boolean(usable).end_object();
    }
  });
  writer.end_array().end_object();
  co_return co_await exchange.reply_json(200, std::move(body));
}

net::Task<Status> Models::show_catalog(net::Exchange& exchange, Arguments) {
  const auto now = with_.store.current();
  const ModelNames hidden = hidden_models(*now);
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("catalog").begin_object();
  for_each_provider(with_.catalog, *now, [&](const KnownProvider& provider) {
    writer.key(provider.prefix()).begin_object().key("provider").text(provider.name());
    writer.key("active").boolean(is_available(*now, provider)).key("models").begin_array();
    for (const Shown& model : models_of(*now, provider)) {
      writer.begin_object().key("id").text(full_name(provider, model));
      writer.key("name").text(model.name).key("type").text(type_of(model));
      writer.key("custom").boolean(model.custom != nullptr);
      writer.key("hidden").boolean(hidden.contains({provider.id(), model.id}));
      if (model.listed != nullptr) write_capabilities(writer, *model.listed);
      writer.end_object();
    }
    writer.end_array().end_object();
  });
  write_combos(writer, *now);
  writer.end_object().key("catalogVersion").text(catalog_version).end_object();
  co_return co_await exchange.reply_json(200, std::move(body));
}

}  // namespace omni::api
