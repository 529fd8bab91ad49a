#include "route/draw.h"

#include <algorithm>
#include <charconv>

namespace omni::route {
namespace {

bool same(const catalog::Target& a, const catalog::Target& b) {
  return a.provider == b.provider && a.model_id == b.model_id && a.ending == b.ending &&
         a.connection == b.connection;
}

/// "0.83"
std::string two_digits(double number) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.begin(), text.end(), number, std::chars_format::fixed, 2);
  return {text.begin(), end.ptr};
}

/// "best chooses by auto: groq/llama (0.83), openai/gpt-4o (0.71)"
std::string telling(const Combo& combo, const ComboState::Ordered& ordered) {
  std::string text = combo.name;
  text.append(" chooses by ").append(combo.strategy->name);
  const char* between = ": ";
  for (const std::uint32_t place : ordered.order) {
    text.append(between).append(combo.steps[place].name);
    if (!ordered.scores.empty()) {
      text.append(" (").append(two_digits(ordered.scores[place])).append(")");
    }
    between = ", ";
  }
  return text;
}

class Drawing {
 public:
  Drawing(Plan& plan, Random& random) : plan_(plan), random_(random) {}

  void add(const Combo& combo, Turn turn);

 private:
  void add_step(const Step& step, Turn turn);
  void add_target(const Step& step);
  void note_obstacle(const std::string& name, const std::string& why);

  Plan& plan_;
  Random& random_;
  std::vector<const Combo*> seen_;  // a combo's targets come once
  PlannedTarget way_;               // without a target yet
};

void Drawing::add(const Combo& combo, Turn turn) {
  seen_.push_back(&combo);
  const ComboState::Ordered ordered = combo.state->order({.strategy = *combo.strategy,
                                                          .steps = combo.standings,
                                                          .tallies = combo.tallies,
                                                          .weights = combo.weights,
                                                          .concurrency = combo.concurrency,
                                                          .turn = turn},
                                                         random_);
  plan_.reasons.push_back(telling(combo, ordered));
  Place& place = way_.places[way_.depth++];
  place.combo = &combo;
  for (const std::uint32_t step : ordered.order) {
    place.step = step;
    add_step(combo.steps[step], turn);
    turn = Turn::looked_at;  // a combo that is not the first has no turn before it is asked
  }
  --way_.depth;
}

void Drawing::add_step(const Step& step, Turn turn) {
  if (step.target) return add_target(step);
  if (step.nested == nullptr) return note_obstacle(step.name, step.obstacle);
  if (std::ranges::find(seen_, step.nested) != seen_.end()) return;
  if (way_.depth == plan_.combo->depth_max) return note_obstacle(step.name, "It stands too deep");
  add(*step.nested, turn);
}

void Drawing::note_obstacle(const std::string& name, const std::string& why) {
  plan_.reasons.push_back(name + " cannot be asked: " + why);
  plan_.obstacles.push_back(name + " (" + why + ")");
}

void Drawing::add_target(const Step& step) {
  const bool there = std::ranges::any_of(
      plan_.targets, [&](const PlannedTarget& other) { return same(other, *step.target); });
  if (there) return;
  PlannedTarget& target = plan_.targets.emplace_back(way_);
  static_cast<catalog::Target&>(target) = *step.target;
  target.patience = step.patience;
}

}  // namespace

void draw(Plan& plan, Random& random, Turn turn) {
  if (plan.combo == nullptr) return;
  plan.targets.reserve(plan.combo->steps.size());
  Drawing(plan, random).add(*plan.combo, turn);
}

}  // namespace omni::route
