#include "route/combo.h"

#include <algorithm>
#include <set>
#include <type_traits>
#include <utility>

#include "json/scratch_reader.h"
#include "route/resolve.h"

namespace omni::route {
namespace {

using json::Kind;
using json::Value;

void set_integer(Value value, auto& member) {
  if (value.kind() != Kind::number || value.integer() < 0) return;
  member = static_cast<std::remove_reference_t<decltype(member)>>(value.integer());
}

void set_number(Value value, double& member) {
  if (value.kind() == Kind::number && value.number() >= 0) member = value.number();
}

void set_millis(Value value, Millis& member) {
  if (value.kind() == Kind::number && value.integer() >= 0) member = Millis{value.integer()};
}

void set_patience(Value config, Patience& patience) {
  if (config.kind() != Kind::object) return;
  set_integer(config.find("maxRetries"), patience.retries);
  set_millis(config.find("retryDelayMs"), patience.retry_delay);
  set_millis(config.find("timeoutMs"), patience.first_word_max);
}

void read_hedge(Value config, Hedge& hedge) {
  const Value said = config.find("hedge");
  if (said.kind() != Kind::object) return;
  set_integer(said.find("percent"), hedge.percent_max);
  set_millis(said.find("afterMs"), hedge.after);
  set_millis(said.find("minMs"), hedge.after_min);
}

void read_weights(Value config, Weights& weights) {
  set_number(config.find("explorationRate"), weights.exploration);
  const Value named = config.find("weights");
  if (named.kind() != Kind::object) return;
  set_number(named.find("quota"), weights.quota);
  set_number(named.find("health"), weights.health);
  set_number(named.find("costInv"), weights.cost);
  set_number(named.find("latencyInv"), weights.latency);
  set_number(named.find("taskFit"), weights.ability);
  set_number(named.find("stability"), weights.stability);
  set_number(named.find("tierPriority"), weights.place);
}

void read_config(Value config, Combo& combo) {
  if (config.kind() != Kind::object) return;
  set_integer(config.find("concurrencyPerModel"), combo.concurrency);
  set_integer(config.find("maxComboDepth"), combo.depth_max);
  combo.depth_max = std::clamp<std::size_t>(combo.depth_max, 1, combo_depth_max);
  if (const Value track = config.find("trackMetrics"); track.kind() == Kind::boolean) {
    combo.track_metrics = track.boolean();
  }
  if (const Value min = config.find("cacheSimilarityMin"); min.kind() == Kind::number) {
    combo.cache_similarity_min = min.number();
  }
  read_weights(config, combo.weights);
  read_hedge(config, combo.hedge);
}

double ability_of(const catalog::Model& model) {
  constexpr double kinds = 3;
  return ((model.tools ? 1 : 0) + (model.images ? 1 : 0) + (model.thinking ? 1 : 0)) / kinds;
}

/// A model that a combo leads to.
struct Leaf {
  const Step* step;
  const Standing* standing;
};

void gather(const Combo& combo, std::set<const Combo*>& seen, std::vector<Leaf>& leaves) {
  if (!seen.insert(&combo).second) return;
  for (std::size_t i = 0; i < combo.steps.size(); ++i) {
    const Step& step = combo.steps[i];
    if (step.target) leaves.push_back({&step, &combo.standings[i]});
    if (step.nested != nullptr) gather(*step.nested, seen, leaves);
  }
}

std::vector<Leaf> leaves_of(const Combo& combo) {
  std::set<const Combo*> seen;
  std::vector<Leaf> leaves;
  gather(combo, seen, leaves);
  return leaves;
}

/// Makes the combos of one configuration ready.
class Preparing {
 public:
  Preparing(const Directory& directory, ComboMemory& memory)
      : directory_(directory), settings_(directory.configuration().settings), memory_(memory) {}

  std::deque<Combo> all();

 private:
  void prepare(const store::Combo& stored, Combo& combo) const;
  Step step_of(const store::ComboStep& stored, const store::Combo& of) const;
  Result<catalog::Target> target_of(const store::ComboStep& step) const;
  void add_patience(const store::Combo& of, Step& step) const;
  Standing stands(const Step& step) const;
  void link(Combo& combo, const store::Combo& stored);
  /// What is known of the models that a combo leads to becomes known of it: the best of them for
  /// whom it is a step, what all of them can for whoever reads lists.
  void sum_up(Combo& combo, const store::Combo& stored) const;
  void remember(Combo& combo) const;

  const Directory& directory_;
  const store::Settings& settings_;
  ComboMemory& memory_;
  std::deque<Combo> combos_;
};

std::deque<Combo> Preparing::all() {
  const std::vector<store::Combo>& stored = directory_.configuration().combos;
  for (const store::Combo& each : stored) prepare(each, combos_.emplace_back());
  for (std::size_t i = 0; i < stored.size(); ++i) link(combos_[i], stored[i]);
  for (std::size_t i = 0; i < stored.size(); ++i) sum_up(combos_[i], stored[i]);
  for (Combo& combo : combos_) remember(combo);
  return std::move(combos_);
}

void Preparing::prepare(const store::Combo& stored, Combo& combo) const {
  combo.id = stored.id;
  combo.name = stored.name;
  combo.strategy =
      &strategy_named(stored.strategy.empty() ? settings_.combo_strategy : stored.strategy);
  combo.active = stored.active;
  combo.hidden = stored.hidden;
  combo.concurrency = static_cast<std::uint64_t>(settings_.combo_concurrency_per_model);
  combo.depth_max = static_cast<std::size_t>(settings_.combo_max_depth);
  combo.track_metrics = settings_.combo_track_metrics;
  const json::ScratchReader reader;
  read_config(reader->read(stored.config.text()), combo);
  for (const store::ComboStep& step : stored.steps) {
    combo.steps.push_back(step_of(step, stored));
    combo.standings.push_back(stands(combo.steps.back()));
    combo.standings.back().weight = step.weight;
  }
}

Step Preparing::step_of(const store::ComboStep& stored, const store::Combo& of) const {
  Step step{.id = stored.id, .name = stored.name()};
  if (stored.model.empty()) {
    step.obstacle = "There is no combo " + stored.combo;
    return step;
  }
  Result<catalog::Target> target = target_of(stored);
  const auto& allowed = of.allowed_providers;
  if (!target) {
    step.obstacle = target.error().message();
  } else if (!allowed.empty() &&
             std::ranges::find(allowed, target->provider->id) == allowed.end()) {
    step.obstacle =
        "The combo " + of.name + " may not use the provider " + target->provider->shown_id();
  } else {
    step.target = *std::move(target);
    step.target->connection = stored.connection;
    add_patience(of, step);
    if (stored.timeout > Millis{0}) step.patience.first_word_max = stored.timeout;
  }
  return step;
}

Result<catalog::Target> Preparing::target_of(const store::ComboStep& step) const {
  const catalog::Provider* provider =
      step.provider.empty() ? nullptr : directory_.find_provider(step.provider);
  Result<Plan> plan = provider == nullptr ? resolve(directory_, step.model)
                                          : resolve_at(directory_, *provider, step.model);
  if (!plan) return plan.error();
  return catalog::Target(std::move(plan->targets.front()));
}

void Preparing::add_patience(const store::Combo& of, Step& step) const {
  step.patience = {.retries = settings_.combo_max_retries,
                   .retry_delay = Millis{settings_.combo_retry_delay_ms},
                   .first_word_max = Millis{settings_.combo_timeout_ms}};
  const json::ScratchReader overrides;
  set_patience(
      overrides->read(settings_.combo_provider_overrides.text()).find(step.target->provider->id),
      step.patience);
  const json::ScratchReader own;
  set_patience(own->read(of.config.text()), step.patience);
}

Standing Preparing::stands(const Step& step) const {
  Standing standing;
  if (!step.target) return standing;
  const catalog::Target& target = *step.target;
  const catalog::Price* price = directory_.price_of(*target.provider, target.model_id);
  if (price != nullptr) standing.price = price->rates.input;
  if (target.model == nullptr) return standing;
  standing.context_tokens = target.model->context_tokens;
  standing.ability = ability_of(*target.model);
  return standing;
}

void Preparing::link(Combo& combo, const store::Combo& stored) {
  for (std::size_t i = 0; i < combo.steps.size(); ++i) {
    Step& step = combo.steps[i];
    if (!stored.steps[i].model.empty()) continue;
    const auto found = std::ranges::find(combos_, step.name, &Combo::name);
    if (found == combos_.end()) continue;
    step.obstacle.clear();
    if (!found->active) step.obstacle = "The combo " + step.name + " is switched off";
    if (found->active) step.nested = &*found;
  }
}

void Preparing::sum_up(Combo& combo, const store::Combo& stored) const {
  for (std::size_t i = 0; i < combo.steps.size(); ++i) {
    if (combo.steps[i].nested == nullptr) continue;
    Standing& standing = combo.standings[i];
    for (const Leaf& leaf : leaves_of(*combo.steps[i].nested)) {
      const Standing& inner = *leaf.standing;
      if (inner.price && inner.price < standing.price.value_or(*inner.price + 1)) {
        standing.price = inner.price;
      }
      standing.context_tokens = std::max(standing.context_tokens, inner.context_tokens);
      standing.ability = std::max(standing.ability, inner.ability);
    }
  }
  catalog::Model& sum = combo.model;
  sum.id = sum.name = combo.name;
  sum.tools = sum.images = sum.thinking = true;
  std::int64_t context = 0;
  for (const Leaf& leaf : leaves_of(combo)) {
    const catalog::Model* model = leaf.step->target->model;
    sum.tools = sum.tools && model != nullptr && model->tools;
    sum.images = sum.images && model != nullptr && model->images;
    sum.thinking = sum.thinking && model != nullptr && model->thinking;
    const std::int64_t tokens = model == nullptr ? 0 : model->context_tokens;
    if (tokens > 0) context = context == 0 ? tokens : std::min(context, tokens);
  }
  sum.context_tokens = stored.context_length > 0 ? stored.context_length : context;
}

void Preparing::remember(Combo& combo) const {
  combo.state = &memory_.of(combo.id);
  std::vector<std::pair<std::string, std::string>> steps;
  for (const Step& step : combo.steps) steps.emplace_back(step.id, step.name);
  combo.tallies = combo.state->follow(steps);
}

/// Follows references from combo to combo.
class Nesting {
 public:
  explicit Nesting(std::span<const store::Combo> combos) : combos_(combos) {}

  Status check(const store::Combo& combo) {
    way_.push_back(&combo);
    Status fits = Nothing{};
    if (way_.size() > combo_depth_max) fits = refused("Combos stand too deep in each other");
    for (const store::ComboStep& step : combo.steps) {
      if (fits && step.model.empty()) fits = check_reference(combo, step.combo);
    }
    way_.pop_back();
    return fits;
  }

 private:
  Status check_reference(const store::Combo& combo, const std::string& name) {
    const auto found = std::ranges::find(combos_, name, &store::Combo::name);
    if (found == combos_.end()) {
      return Error(Error::Kind::bad_request,
                   "The combo " + combo.name + " names the combo " + name + ", which is not there");
    }
    if (std::ranges::find(way_, &*found) != way_.end()) return refused("Combos lead in a circle");
    return check(*found);
  }
  Error refused(std::string why) const {
    for (const store::Combo* combo : way_) {
      why.append(combo == way_.front() ? ": " : " > ").append(combo->name);
    }
    return {Error::Kind::bad_request, std::move(why)};
  }

  const std::span<const store::Combo> combos_;
  std::vector<const store::Combo*> way_;
};

}  // namespace

const catalog::Provider& combo_provider() {
  static const catalog::Provider provider = [] {
    catalog::Provider made;
    made.id = "combo";
    made.name = "Combos";
    return made;
  }();
  return provider;
}

std::deque<Combo> prepare_combos(const Directory& directory, ComboMemory& memory) {
  return Preparing(directory, memory).all();
}

Status check_nesting(std::span<const store::Combo> combos) {
  for (const store::Combo& combo : combos) {
    if (Status fits = Nesting(combos).check(combo); !fits) return fits;
  }
  return Nothing{};
}

std::optional<Millis> hedge_delay(const Combo& combo, const PlannedTarget& target) {
  const Hedge& hedge = combo.hedge;
  if (hedge.percent_max == 0 || target.depth == 0) return std::nullopt;
  if (hedge.after > Millis{0}) return hedge.after;
  const Place& place = target.way().back();
  const auto usual = place.combo->state->usual_first_word(*place.combo->tallies[place.step]);
  if (!usual) return std::nullopt;
  return std::max(*usual, hedge.after_min);
}

Visit::Visit(const PlannedTarget& target) : target_(target) {
  for (const Place& place : target_.way()) {
    place.combo->state->begin(*place.combo->tallies[place.step]);
  }
}

void blame(const PlannedTarget& target) {
  for (const Place& place : target.way()) {
    place.combo->state->blame(*place.combo->tallies[place.step]);
  }
}

void Visit::end(Ending ending, Millis took, std::optional<Millis> first_word) {
  if (std::exchange(over_, true)) return;
  for (const Place& place : target_.way()) {
    place.combo->state->end(*place.combo->tallies[place.step], ending, took, first_word);
  }
}

}  // namespace omni::route
