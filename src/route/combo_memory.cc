#include "route/combo_memory.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace omni::route {
namespace {

constexpr double share_of_newest = 0.2;
constexpr std::int64_t one_hedge = 100;
/// So many may come together after a quiet time.
constexpr std::int64_t hedges_saved_max = 10;

void move_towards(double& value, double newest) { value += (newest - value) * share_of_newest; }

void fail(Tally& tally) {
  move_towards(tally.health, 0);
  ++tally.failures;
}

}  // namespace

std::vector<Tally*> ComboState::follow(
    std::span<const std::pair<std::string, std::string>> ids_and_names) {
  const std::scoped_lock lock(mutex_);
  present_.clear();
  for (const auto& [id, name] : ids_and_names) {
    Tally& tally = tallies_[id];
    // Another model under the same id begins anew.
    if (tally.name != name) tally = {.name = name, .in_flight = tally.in_flight};
    present_.push_back(&tally);
  }
  return present_;
}

ComboState::Ordered ComboState::order(const Wish& wish, Random& random) {
  std::vector<Standing> steps(wish.steps.begin(), wish.steps.end());
  const std::scoped_lock lock(mutex_);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const Tally& tally = *wish.tallies[i];
    steps[i].requests = tally.requests;
    steps[i].in_flight = tally.in_flight;
    steps[i].health = tally.health;
    steps[i].latency_ms = tally.latency_ms;
    steps[i].deviation_ms = tally.deviation_ms;
    steps[i].last_good = tally.good_at != 0 && tally.good_at == goods_;
  }
  if (deck_.size() != steps.size()) deal(steps.size(), random);
  const Choosing choosing{.steps = steps,
                          .deck = deck_,
                          .turn = turn_,
                          .concurrency = wish.concurrency,
                          .weights = wish.weights,
                          .random = random};
  Ordered ordered{.order = wish.strategy.order(choosing), .scores = {}};
  if (wish.turn == Turn::looked_at) {
    if (wish.strategy.name == "auto") ordered.scores = scores(choosing);
    return ordered;
  }
  ++turn_;
  if (!steps.empty() && turn_ % steps.size() == 0) deal(steps.size(), random);
  return ordered;
}

void ComboState::deal(std::size_t cards, Random& random) {
  deck_.resize(cards);
  std::iota(deck_.begin(), deck_.end(), std::uint32_t{0});
  for (std::size_t left = cards; left > 1; --left) {
    std::swap(deck_[left - 1], deck_[random.below(left)]);
  }
}

void ComboState::begin(Tally& tally) {
  const std::scoped_lock lock(mutex_);
  ++tally.requests;
  ++tally.in_flight;
}

void ComboState::end(Tally& tally, Ending ending, Millis took, std::optional<Millis> first_word) {
  const std::scoped_lock lock(mutex_);
  --tally.in_flight;
  if (first_word) tally.first_words.add(*first_word);
  if (ending == Ending::void_) return;
  if (ending == Ending::bad) return fail(tally);
  move_towards(tally.health, 1);
  const auto latency = static_cast<double>(took.count());
  if (++tally.successes == 1) tally.latency_ms = latency;
  move_towards(tally.deviation_ms, std::abs(latency - tally.latency_ms));
  move_towards(tally.latency_ms, latency);
  tally.answering += took;
  tally.good_at = ++goods_;
}

void ComboState::blame(Tally& tally) {
  const std::scoped_lock lock(mutex_);
  fail(tally);
}

std::optional<Millis> ComboState::usual_first_word(const Tally& tally) const {
  const std::scoped_lock lock(mutex_);
  return tally.first_words.usual();
}

void ComboState::earn_hedge(std::int64_t percent) {
  const std::scoped_lock lock(mutex_);
  hedge_percent_ = std::min(hedge_percent_ + percent, hedges_saved_max * one_hedge);
}

bool ComboState::spend_hedge() {
  const std::scoped_lock lock(mutex_);
  if (hedge_percent_ < one_hedge) return false;
  hedge_percent_ -= one_hedge;
  return true;
}

void ComboState::close(Ending ending, std::uint64_t fallbacks, Millis took) {
  if (ending == Ending::void_) return;
  const std::scoped_lock lock(mutex_);
  ++metrics_.requests;
  ++(ending == Ending::good ? metrics_.successes : metrics_.failures);
  metrics_.fallbacks += fallbacks;
  metrics_.answering += took;
}

ComboMetrics ComboState::metrics() const {
  const std::scoped_lock lock(mutex_);
  ComboMetrics metrics = metrics_;
  for (const Tally* tally : present_) metrics.steps.push_back(*tally);
  return metrics;
}

void ComboState::reset() {
  const std::scoped_lock lock(mutex_);
  metrics_ = {};
  for (Tally* tally : present_) *tally = {.name = tally->name, .in_flight = tally->in_flight};
}

ComboState& ComboMemory::of(std::string_view combo) {
  const std::scoped_lock lock(mutex_);
  return states_.try_emplace(std::string(combo)).first->second;
}

ComboState* ComboMemory::find(std::string_view combo) {
  const std::scoped_lock lock(mutex_);
  const auto found = states_.find(combo);
  return found == states_.end() ? nullptr : &found->second;
}

}  // namespace omni::route
