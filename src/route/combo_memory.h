#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "route/first_words.h"
#include "route/strategy.h"

namespace omni::route {

/// What became of the requests to one step of a combo.
struct Tally {
  std::string name;  // of the model or combo that the step is
  std::uint64_t requests = 0, successes = 0, failures = 0;
  Millis answering{0};  // all successes together
  std::uint64_t in_flight = 0;
  double health = 1, latency_ms = 0, deviation_ms = 0;  // lately
  FirstWords first_words;
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
  /// Lasts as long as the state.
  std::vector<Tally*> follow(std::span<const std::pair<std::string, std::string>> ids_and_names);

  struct Wish {
    const Strategy& strategy;
    std::span<const Standing> steps;  // what is set and listed of them
    std::span<Tally* const> tallies;
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
  /// `first_word` is how long it took to say something, or how long in vain it was waited for.
  void end(Tally& tally, Ending ending, Millis took, std::optional<Millis> first_word = {});
  /// An attempt that ended as `void_` was a failure of the step after all.
  void blame(Tally& tally);
  /// Within what time 19 of 20 say something; nothing where nobody knows.
  std::optional<Millis> usual_first_word(const Tally& tally) const;

  /// A request came of which so many in a hundred may be sent to a second target as well.
  void earn_hedge(std::int64_t percent);
  /// Whether this one may: then it is counted as sent.
  bool spend_hedge();
  /// A request that went to this combo is over.
  void close(Ending ending, std::uint64_t fallbacks, Millis took);

  ComboMetrics metrics() const;
  /// Forgets what it has counted, and nothing of what is going on.
  void reset();

 private:
  void deal(std::size_t cards, Random& random);

  mutable std::mutex mutex_;
  std::map<std::string, Tally, std::less<>> tallies_;  // by ids, also of steps that were taken out
  std::vector<Tally*> present_;
  std::uint64_t turn_ = 0;
  Order deck_;
  std::uint64_t goods_ = 0;
  std::int64_t hedge_percent_ = 0;  // saved up; a hundred are one
  ComboMetrics metrics_;
};

/// The states of all combos, which outlive every change of the configuration: a few hundred bytes
/// for each that there has been since the start.  For all threads.
class ComboMemory {
 public:
  ComboMemory() = default;
  ComboMemory(const ComboMemory&) = delete;
  ComboMemory& operator=(const ComboMemory&) = delete;

  /// By the combo's id; made where there is none.  Lasts as long as the memory, for requests may be
  /// on their way to a combo that is gone.
  ComboState& of(std::string_view combo);
  /// Null where there is none.
  ComboState* find(std::string_view combo);

 private:
  std::mutex mutex_;
  std::map<std::string, ComboState, std::less<>> states_;
};

}  // namespace omni::route
