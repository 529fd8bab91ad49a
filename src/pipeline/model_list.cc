#include "pipeline/model_list.h"

#include <algorithm>
#include <array>

#include "identity/model_rule.h"
#include "route/policies.h"
#include "route/resolve.h"

namespace omni::pipeline {
namespace {

using catalog::Model;
using catalog::Provider;

/// Gathers entries of one kind.
class Listing {
 public:
  Listing(const View& view, const Permit& permit, Names names, bool everything)
      : view_(view), permit_(permit), names_(names), everything_(everything) {}

  void add(Model::Kind kind, bool added) {
    for (const Provider* provider : view_.directory.providers()) {
      if (!shows(*provider)) continue;
      for (const Model* model : view_.directory.models_of(*provider)) {
        if (model->kind != kind || view_.directory.was_added(*provider, *model) != added) continue;
        add_names(*provider, *model, added);
      }
    }
  }

  void add_combos() {
    for (const route::Combo& combo : view_.directory.combos()) {
      if (!combo.active || combo.hidden || !permit_.allows_model(combo.name, combo.name)) continue;
      entries_.push_back({combo.name, "", &route::combo_provider(), &combo.model, false});
    }
  }

  std::vector<ModelEntry> take() && { return std::move(entries_); }

 private:
  /// What is built in is for whoever has nothing else yet: it would stand in the way of real
  /// models.
  bool shows(const Provider& provider) const {
    return everything_ || !view_.directory.accounts_of(provider).empty();
  }

  void add_names(const Provider& provider, const Model& model, bool added) {
    std::string first = provider.prefix() + "/" + model.id;
    std::string second = provider.id + "/" + model.id;
    if (!permit_.allows_model(first, second) || is_blocked(first, provider, model)) return;
    const bool two =
        names_ == Names::all && first != second && provider.category != Provider::Category::node;
    if (two) {
      entries_.push_back({first, "", &provider, &model, added});
      entries_.push_back({std::move(second), std::move(first), &provider, &model, added});
    } else {
      entries_.push_back({std::move(first), "", &provider, &model, added});
    }
  }

  bool is_blocked(std::string_view name, const Provider& provider, const Model& model) const {
    const catalog::Target target{.provider = &provider, .model = &model, .model_id = model.id};
    return route::is_blocked(view_.directory.configuration().policies,
                             {.model = name, .key_id = permit_.key_id()}, target);
  }

  const View& view_;
  const Permit& permit_;
  const Names names_;
  const bool everything_;
  std::vector<ModelEntry> entries_;
};

}  // namespace

std::vector<ModelEntry> list_models(const View& view, const Permit& permit, Names names) {
  Listing listing(view, permit, names, !view.directory.anyone_has_an_account());
  constexpr std::array kinds{Model::Kind::chat,   Model::Kind::embedding,
                             Model::Kind::image,  Model::Kind::transcription,
                             Model::Kind::speech, Model::Kind::rerank};
  listing.add_combos();
  for (const Model::Kind kind : kinds) listing.add(kind, false);
  for (const Model::Kind kind : kinds) listing.add(kind, true);
  return std::move(listing).take();
}

std::vector<ModelEntry> list_kind(const View& view, const Permit& permit, Model::Kind kind) {
  Listing listing(view, permit, Names::first, true);
  listing.add(kind, false);
  listing.add(kind, true);
  return std::move(listing).take();
}

std::optional<ModelEntry> find_model(const View& view, const Permit& permit,
                                     std::string_view name) {
  Result<route::Plan> plan = route::resolve(view.directory, name);
  if (!plan) return std::nullopt;
  if (plan->combo != nullptr) {
    if (!permit.allows_model(name, plan->combo->name)) return std::nullopt;
    return ModelEntry{.name = std::string(name),
                      .parent = {},
                      .provider = &route::combo_provider(),
                      .model = &plan->combo->model,
                      .added = false};
  }
  if (!permit.narrow(name, *plan)) return std::nullopt;
  const catalog::Target& target = plan->targets.front();
  if (target.model == nullptr) return std::nullopt;
  return ModelEntry{.name = std::string(name),
                    .parent = {},
                    .provider = target.provider,
                    .model = target.model,
                    .added = view.directory.was_added(*target.provider, *target.model)};
}

}  // namespace omni::pipeline
