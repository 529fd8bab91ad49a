#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "route/strategy.h"

namespace omni::route {

/// What became of the requests to one step of a combo.
struct Tally {
  std::string name;  // of the model or combo that the step is
  std::uint64_t requests = 0, successes = 0, failures = 0;
  Millis answering{0};  // all successes together
  std::uint64_t in_flight = 0;
  double health = 1, latency_ms = 0, deviation_ms = 0;  // lately
  std::uint64_t good_at = 0;  // which success of the combo was its last one; 0: none
};

/// Of a whole combo.
struct ComboMetrics {
  std::uint64_t requests = 0, successes = 0, failures = 0;
  std::uint64_t fallbacks = 0;  // steps that were passed over
  Millis answering{0};          // all requests together
  std::vector<Tally> steps;
};

/// Whether an order is made for a request that will be sent, or only to be looked at.
enum class Turn : std::uint8_t { taken, looked_at };

/// How an attempt at a step ended; `void_` where it says nothing about the step.
enum class Ending : std::uint8_t { good, bad, void_ };

/// What one combo remembers from request to request: whose turn it is, who answered last, and how
/// its steps do.  For all threads.
class ComboState {
 public:
  ComboState() = default;
  ComboState(const ComboState&) = delete;
  ComboState& operator=(const ComboState&) = delete;

  /// What is counted of each of these steps, which are all that there are now.
  std::vector<std::shared_ptr<Tally>> follow(
      std::span<const std::pair<std::string, std::string>> ids_and_names);

  struct Wish {
    const Strategy& strategy;
    std::span<const Standing> steps;  // what is set and listed of them
    std::span<const std::shared_ptr<Tally>> tallies;
    const Weights& weights;
    std::uint64_t concurrency;
    Turn turn;
  };
  struct Ordered {
    Order order;
    std::vector<double> scores;  // of `auto`, and only to be looked at
  };
  Ordered order(const Wish& wish, Random& random);

  void begin(Tally& tally);
  void end(Tally& tally, Ending ending, Millis took);
  /// A request that went to this combo is over.
  void close(Ending ending, std::uint64_t fallbacks, Millis took);

  ComboMetrics metrics() const;
  /// Forgets what it has counted, and nothing of what is going on.
  void reset();

 private:
  void deal(std::size_t cards, Random& random);

  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Tally>, std::less<>> tallies_;  // by the ids of steps
  std::uint64_t turn_ = 0;
  Order deck_;
  std::uint64_t goods_ = 0;
  ComboMetrics metrics_;
};

/// The states of all combos, which outlive every change of the configuration.  For all threads.
class ComboMemory {
 public:
  ComboMemory() = default;
  ComboMemory(const ComboMemory&) = delete;
  ComboMemory& operator=(const ComboMemory&) = delete;

  /// By the combo's id; made where there is none.
  std::shared_ptr<ComboState> of(std::string_view combo);
  /// Null where there is none.
  std::shared_ptr<ComboState> find(std::string_view combo) const;
  /// Forgets all combos but these.
  void keep_only(std::span<const std::string_view> combos);

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<ComboState>, std::less<>> states_;
};

}  // namespace omni::route
