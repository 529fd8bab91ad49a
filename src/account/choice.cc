#include "account/choice.h"

#include <algorithm>
#include <utility>

namespace omni::account {
namespace {

using Uses = std::span<Use* const>;

std::size_t place_of(Uses uses, Uses::iterator found) {
  return static_cast<std::size_t>(found - uses.begin());
}

std::size_t longest_ago(Uses uses) {
  return place_of(uses,
                  std::ranges::min_element(uses, {}, [](const Use* use) { return use->last; }));
}

std::size_t latest(Uses uses) {
  return place_of(uses,
                  std::ranges::max_element(uses, {}, [](const Use* use) { return use->last; }));
}

std::size_t in_turn(Uses uses, std::int64_t in_a_row_max) {
  const std::size_t present = latest(uses);
  const Use& use = *uses[present];
  return use.last != 0 && use.in_a_row < in_a_row_max ? present : longest_ago(uses);
}

std::int64_t health(const Use& use) {
  return 100 - (use.failures_in_row > 0 ? 20 : 0) - 10 * use.failures_in_row;
}

/// Of those that are as healthy the one that has less to do.
std::size_t better_of_two(Uses uses, Random& random) {
  if (uses.size() == 1) return 0;
  const std::size_t one = random.below(uses.size());
  std::size_t two = random.below(uses.size() - 1);
  if (two >= one) ++two;
  const auto worth = [&](std::size_t place) {
    return std::pair(health(*uses[place]), -uses[place]->running);
  };
  return worth(two) > worth(one) ? two : one;
}

bool is_in_deck(const Use& use, std::uint64_t deck) { return use.deck < deck; }

/// The deck that is dealt from: a new one once all are out of the last.
std::uint64_t deck_of(Uses uses) {
  std::uint64_t deck = 0;
  for (const Use* use : uses) deck = std::max(deck, use->deck);
  const bool any =
      std::ranges::any_of(uses, [&](const Use* use) { return is_in_deck(*use, deck); });
  return any ? deck : deck + 1;
}

std::size_t deal(Uses uses, Random& random) {
  const std::uint64_t deck = deck_of(uses);
  const auto left = static_cast<std::uint64_t>(
      std::ranges::count_if(uses, [&](const Use* use) { return is_in_deck(*use, deck); }));
  std::uint64_t skipped = random.below(left);
  const auto found = std::ranges::find_if(
      uses, [&](const Use* use) { return is_in_deck(*use, deck) && skipped-- == 0; });
  (*found)->deck = deck;
  return place_of(uses, found);
}

}  // namespace

std::size_t choose(const Picking& picking, Uses uses, Random& random) {
  switch (picking.strategy) {
    case Strategy::fill_first:
      return 0;
    case Strategy::round_robin:
      return in_turn(uses, picking.in_a_row_max);
    case Strategy::p2c:
      return better_of_two(uses, random);
    case Strategy::random:
      return random.below(uses.size());
    case Strategy::least_used:
      return longest_ago(uses);
    case Strategy::strict_random:
      return deal(uses, random);
  }
  return 0;
}

void note_use(Uses uses, std::size_t place, std::uint64_t number) {
  Use& use = *uses[place];
  const bool again = use.last != 0 && latest(uses) == place;
  use.in_a_row = again ? use.in_a_row + 1 : 1;
  use.last = number;
}

}  // namespace omni::account
