#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "catalog/price.h"

namespace omni::route {

/// How one step of a combo stands at the moment of choosing: what is set and listed of it, and what
/// is remembered.
struct Standing {
  double weight = 0;
  std::optional<catalog::Rate> price;  // of input; empty: nobody knows
  std::int64_t context_tokens = 0;     // 0: nobody knows
  double ability = 0;                  // how much of all that models can do; 0 to 1

  std::uint64_t requests = 0;  // that were sent to it
  std::uint64_t in_flight = 0;
  double health = 1;        // the share of its latest attempts that went well
  double latency_ms = 0;    // of those, lately; 0: nobody knows
  double deviation_ms = 0;  // from that
  bool last_good = false;   // the last answer of the combo was its
};

/// How much each quality counts for `auto`.
struct Weights {
  double quota = 0.2;  // how little it has to do now
  double health = 0.25;
  double cost = 0.2;      // how cheap it is
  double latency = 0.15;  // how fast
  double ability = 0.1;
  double stability = 0.1;  // how much alike its answers are in time
  double place = 0.05;     // how early it stands in the list
  double exploration = 0;  // how often another goes first, so that it gets a chance
};

/// What an order is made of.
struct Choosing {
  std::span<const Standing> steps;
  std::span<const std::uint32_t> deck;  // shuffled, as long as the steps
  std::uint64_t turn = 0;               // how many requests came before
  std::uint64_t concurrency = 3;        // beyond which round-robin prefers another
  const Weights& weights;
  Random& random;
};

/// Places of steps, in the order in which they are to be tried: each once.
using Order = std::vector<std::uint32_t>;

/// One way to choose from a combo: a name and a function of plain facts.
struct Strategy {
  std::string_view name;
  std::string_view help;  // a sentence for people
  Order (*order)(const Choosing&);
};

std::span<const Strategy> strategies();
/// Also by the names that they once had; `priority` where nobody knows the name.
const Strategy& strategy_named(std::string_view name);

/// What `auto` thinks of each step; the more the better.
std::vector<double> scores(const Choosing& choosing);

}  // namespace omni::route
