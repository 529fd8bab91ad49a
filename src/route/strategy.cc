#include "route/strategy.h"

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>
#include <utility>

namespace omni::route {
namespace {

using Place = std::uint32_t;

Order in_list_order(std::size_t count) {
  Order order(count);
  std::iota(order.begin(), order.end(), Place{0});
  return order;
}

/// Those first of which `key` says least; of equals the earlier one.
template <class Key>
Order ascending(const Choosing& choosing, const Key& key) {
  Order order = in_list_order(choosing.steps.size());
  std::ranges::stable_sort(order, {}, [&](Place place) { return key(choosing.steps[place]); });
  return order;
}

/// Lets one go first; the others keep their order.
void put_first(Order& order, std::size_t at) {
  std::rotate(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(at),
              order.begin() + static_cast<std::ptrdiff_t>(at) + 1);
}

Order priority(const Choosing& choosing) { return in_list_order(choosing.steps.size()); }

/// In [0, 1).
double fraction(Random& random) {
  constexpr int unused_bits = 64 - std::numeric_limits<double>::digits;
  return static_cast<double>(random.bits() >> unused_bits) *
         (std::numeric_limits<double>::epsilon() / 2);
}

Order weighted(const Choosing& choosing) {
  Order order = ascending(choosing, [](const Standing& step) { return -step.weight; });
  double total = 0;
  for (const Standing& step : choosing.steps) total += step.weight;
  if (order.empty()) return order;
  std::size_t drawn = 0;
  if (total <= 0) {
    drawn = choosing.random.below(order.size());
  } else {
    double left = fraction(choosing.random) * total;
    while (drawn + 1 < order.size() && left >= choosing.steps[order[drawn]].weight) {
      left -= choosing.steps[order[drawn++]].weight;
    }
  }
  put_first(order, drawn);
  return order;
}

/// Who is busy is asked after those who are not: nobody waits.
Order round_robin(const Choosing& choosing) {
  Order order = in_list_order(choosing.steps.size());
  if (order.empty()) return order;
  std::rotate(order.begin(),
              order.begin() + static_cast<std::ptrdiff_t>(choosing.turn % order.size()),
              order.end());
  std::ranges::stable_partition(
      order, [&](Place place) { return choosing.steps[place].in_flight < choosing.concurrency; });
  return order;
}

Order random(const Choosing& choosing) {
  Order order = in_list_order(choosing.steps.size());
  for (std::size_t left = order.size(); left > 1; --left) {
    std::swap(order[left - 1], order[choosing.random.below(left)]);
  }
  return order;
}

Order least_used(const Choosing& choosing) {
  return ascending(choosing, [](const Standing& step) { return step.requests; });
}

Order cost_optimized(const Choosing& choosing) {
  return ascending(choosing, [](const Standing& step) {
    return step.price.value_or(std::numeric_limits<catalog::Rate>::max());
  });
}

Order context_optimized(const Choosing& choosing) {
  return ascending(choosing, [](const Standing& step) { return -step.context_tokens; });
}

Order last_known_good(const Choosing& choosing) {
  return ascending(choosing, [](const Standing& step) { return step.last_good ? 0 : 1; });
}

/// Of two that fail alike, that with less to do.
Order power_of_two(const Choosing& choosing) {
  Order order = in_list_order(choosing.steps.size());
  if (order.size() < 2) return order;
  const std::size_t one = choosing.random.below(order.size());
  const std::size_t step = 1 + choosing.random.below(order.size() - 1);
  const std::size_t other = (one + step) % order.size();
  const auto rank = [&](std::size_t place) {
    const Standing& standing = choosing.steps[place];
    return std::pair(-standing.health, standing.in_flight);
  };
  const auto [best, second] =
      rank(other) < rank(one) ? std::pair(other, one) : std::pair(one, other);
  put_first(order, second);
  put_first(order, best > second ? best : best + 1);
  return order;
}

/// A card of the deck after the other; behind it those that would come next.
Order strict_random(const Choosing& choosing) {
  Order order(choosing.deck.begin(), choosing.deck.end());
  if (order.empty()) return order;
  std::rotate(order.begin(),
              order.begin() + static_cast<std::ptrdiff_t>(choosing.turn % order.size()),
              order.end());
  return order;
}

Order automatic(const Choosing& choosing) {
  const std::vector<double> all = scores(choosing);
  Order order = in_list_order(all.size());
  std::ranges::stable_sort(order, std::greater<>(), [&](Place place) { return all[place]; });
  if (order.size() > 1 && choosing.weights.exploration > 0 &&
      fraction(choosing.random) < choosing.weights.exploration) {
    put_first(order, choosing.random.below(order.size()));
  }
  return order;
}

constexpr std::array rows{
    Strategy{"priority", "One after the other, in the order of the list.", priority},
    Strategy{"weighted", "The first is drawn by weight, the heaviest of the others follow.",
             weighted},
    Strategy{"round-robin", "Each goes first in its turn.", round_robin},
    Strategy{"random", "In any order.", random},
    Strategy{"least-used", "Those first that were asked least.", least_used},
    Strategy{"cost-optimized", "Those first that cost least, whose price nobody knows last.",
             cost_optimized},
    Strategy{"fill-first", "The first of the list until it cannot answer, as with priority.",
             priority},
    Strategy{"p2c", "Of any two that first which fails less and has less to do.", power_of_two},
    Strategy{"strict-random", "In any order, and none twice before all others have been first.",
             strict_random},
    Strategy{"auto", "Those first that are best in price, speed, health and the rest together.",
             automatic},
    Strategy{"lkgp", "That first which answered last.", last_known_good},
    Strategy{"context-optimized", "Those first that can read most at once.", context_optimized},
};

constexpr std::array<std::pair<std::string_view, std::string_view>, 2> old_names{{
    {"usage", "least-used"},
    {"context", "context-optimized"},
}};

}  // namespace

std::span<const Strategy> strategies() { return rows; }

const Strategy& strategy_named(std::string_view name) {
  for (const auto& [old, now] : old_names) {
    if (name == old) name = now;
  }
  const auto found = std::ranges::find(rows, name, &Strategy::name);
  return found == rows.end() ? rows.front() : *found;
}

std::vector<double> scores(const Choosing& choosing) {
  const std::span<const Standing> steps = choosing.steps;
  const Weights& weights = choosing.weights;
  double cheapest = std::numeric_limits<double>::infinity();
  double fastest = cheapest;
  for (const Standing& step : steps) {
    if (step.price) cheapest = std::min(cheapest, static_cast<double>(*step.price));
    if (step.latency_ms > 0) fastest = std::min(fastest, step.latency_ms);
  }
  std::vector<double> all;
  all.reserve(steps.size());
  for (const Standing& step : steps) {
    const double price = step.price ? static_cast<double>(*step.price) : 0;
    const double cost = !step.price ? 0 : price > 0 ? cheapest / price : 1;
    // Whom nobody has asked yet may be the fastest, and who does not answer is not fast.
    const double latency = step.health * (step.latency_ms > 0 ? fastest / step.latency_ms : 1);
    const double stability =
        step.health *
        (step.latency_ms > 0 ? step.latency_ms / (step.latency_ms + step.deviation_ms) : 1);
    const double place = 1 - static_cast<double>(all.size()) / static_cast<double>(steps.size());
    all.push_back(weights.quota / static_cast<double>(1 + step.in_flight) +
                  weights.health * step.health + weights.cost * cost + weights.latency * latency +
                  weights.ability * step.ability + weights.stability * stability +
                  weights.place * place);
  }
  return all;
}

}  // namespace omni::route
