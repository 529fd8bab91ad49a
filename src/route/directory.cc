#include "route/directory.h"

#include <algorithm>

#include "base/strings.h"
#include "base/wildcard.h"
#include "json/scratch_reader.h"
#include "route/node_provider.h"

namespace omni::route {

using catalog::Model;
using catalog::Provider;

namespace {

Model::Kind kind_of(const store::CustomModel& model) {
  const auto serves = [&](std::string_view endpoint) {
    return std::ranges::find(model.endpoints, endpoint) != model.endpoints.end();
  };
  if (serves("chat")) return Model::Kind::chat;
  if (serves("embeddings")) return Model::Kind::embedding;
  if (serves("images") || serves("images-generations")) return Model::Kind::image;
  if (serves("audio") || serves("audio-transcriptions")) return Model::Kind::transcription;
  if (serves("audio-speech")) return Model::Kind::speech;
  return serves("rerank") ? Model::Kind::rerank : Model::Kind::chat;
}

Model model_of(const store::CustomModel& custom, const Provider& provider) {
  Model model;
  model.id = custom.id;
  model.name = custom.name.empty() ? custom.id : custom.name;
  model.kind = kind_of(custom);
  model.tools = model.kind == Model::Kind::chat;
  model.quirks = provider.quirks_of(custom.id);
  if (custom.api_format == "responses") model.dialects = {chat::Dialect::openai_responses};
  return model;
}

/// Of two patterns that fit, that with the higher number says more about the name.
int specificity(std::string_view pattern) {
  constexpr int literal = 10, star = -50, question = -5;
  int score = static_cast<int>(pattern.size());
  for (const char c : pattern) score += c == '*' ? star : c == '?' ? question : literal;
  return score;
}

}  // namespace

Directory::Directory(std::shared_ptr<const catalog::Catalog> catalog,
                     std::shared_ptr<const store::Configuration> configuration, ComboMemory* memory)
    : catalog_(std::move(catalog)), configuration_(std::move(configuration)) {
  for (const Provider& provider : catalog_->providers()) providers_.push_back(&provider);
  add_nodes();
  add_models();
  add_accounts();
  add_prices();
  add_aliases();
  combos_ = prepare_combos(*this, memory == nullptr ? own_memory_ : *memory);
  for (const Combo& combo : combos_) combos_by_name_.emplace(combo.name, &combo);
}

void Directory::add_nodes() {
  for (const store::ProviderNode& node : configuration_->provider_nodes) {
    const Provider& provider = nodes_.emplace_back(provider_of(node));
    providers_.push_back(&provider);
    nodes_by_name_.emplace(to_lower(node.id), &provider);
    nodes_by_name_.emplace(to_lower(node.prefix), &provider);
  }
}

void Directory::add_models() {
  for (const store::CustomModel& custom : configuration_->custom_models) {
    const Provider* provider = find_provider(custom.provider);
    if (provider == nullptr || provider->find_model(custom.id) != nullptr) continue;
    added_[provider].push_back(model_of(custom, *provider));
    if (custom.source == "imported") imported_.emplace(provider, custom.id);
  }
  for (const store::ModelSwitches& switches : configuration_->model_switches) {
    const Provider* provider = find_provider(switches.provider);
    if (provider != nullptr && switches.hidden) hidden_.emplace(provider, switches.model);
  }
}

void Directory::add_accounts() {
  for (const store::Connection& connection : configuration_->connections) {
    const Provider* provider = find_provider(connection.provider);
    if (provider != nullptr && connection.active) accounts_[provider].push_back(&connection);
  }
}

void Directory::add_prices() {
  for (const store::UserPrice& row : configuration_->user_prices) {
    const Provider* provider = find_provider(row.provider);
    if (provider == nullptr) continue;
    if (auto price = catalog::parse_price(row.price.text())) {
      prices_.insert_or_assign({provider, row.model}, *std::move(price));
    }
  }
}

void Directory::add_aliases() {
  aliases_ = configuration_->model_aliases;
  json::ScratchReader reader;
  for (const json::Value row :
       reader->read(configuration_->settings.wildcard_aliases.text()).items()) {
    aliases_.push_back({.name = std::string(row.at("pattern").text()),
                        .target = std::string(row.at("target").text())});
  }
}

const Provider* Directory::find_provider(std::string_view name) const {
  if (const Provider* found = catalog_->find(name)) return found;
  const auto found = nodes_by_name_.find(to_lower(name));
  return found == nodes_by_name_.end() ? nullptr : found->second;
}

std::span<const store::Connection* const> Directory::accounts_of(const Provider& provider) const {
  const auto found = accounts_.find(&provider);
  if (found == accounts_.end()) return {};
  return found->second;
}

bool Directory::can_answer(const Provider& provider) const {
  return provider.category == Provider::Category::builtin || !accounts_of(provider).empty();
}

const Model* Directory::find_model(const Provider& provider, std::string_view id) const {
  if (const Model* listed = provider.find_model(id)) return listed;
  const auto added = added_.find(&provider);
  if (added == added_.end()) return nullptr;
  const auto found = std::ranges::find(added->second, id, &Model::id);
  return found == added->second.end() ? nullptr : &*found;
}

std::vector<const Model*> Directory::models_of(const Provider& provider) const {
  std::vector<const Model*> models;
  const auto take = [&](const auto& some) {
    for (const Model& model : some) {
      if (!hidden_.contains({&provider, model.id})) models.push_back(&model);
    }
  };
  take(provider.models);
  if (const auto added = added_.find(&provider); added != added_.end()) take(added->second);
  return models;
}

bool Directory::was_added(const Provider& provider, const Model& model) const {
  return provider.find_model(model.id) != &model;
}

std::vector<Directory::Listing> Directory::who_has(std::string_view model) const {
  std::vector<Listing> all;
  for (const auto& listing : catalog_->who_lists(model)) {
    all.push_back({.provider = listing.provider, .model = listing.model});
  }
  for (const auto& [provider, models] : added_) {
    const auto found = std::ranges::find(models, model, &Model::id);
    if (found == models.end()) continue;
    all.push_back({provider, &*found, imported_.contains({provider, found->id})});
  }
  return all;
}

std::string_view Directory::exact_alias_of(std::string_view name) const {
  const auto found = std::ranges::find(aliases_, name, &store::ModelAlias::name);
  return found == aliases_.end() ? std::string_view() : std::string_view(found->target);
}

std::string_view Directory::wildcard_alias_of(std::string_view name) const {
  const store::ModelAlias* best = nullptr;
  for (const store::ModelAlias& alias : aliases_) {
    if (!is_wildcard(alias.name)) continue;
    if (!matches_wildcard(alias.name, name, LetterCase::ignored)) continue;
    if (best == nullptr || specificity(alias.name) > specificity(best->name)) best = &alias;
  }
  return best == nullptr ? std::string_view() : std::string_view(best->target);
}

const Combo* Directory::find_combo(std::string_view name) const {
  const auto found = combos_by_name_.find(name);
  return found == combos_by_name_.end() ? nullptr : found->second;
}

const catalog::Price* Directory::price_of(const Provider& provider, std::string_view model) const {
  const auto own = prices_.find({&provider, std::string(model)});
  if (own != prices_.end()) return &own->second;
  const Model* listed = find_model(provider, model);
  return listed != nullptr && listed->price ? &*listed->price : nullptr;
}

}  // namespace omni::route
