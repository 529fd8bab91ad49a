#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/text_map.h"
#include "chat/dialect.h"
#include "meter/durations.h"
#include "store/histogram.h"
#include "store/usage_row.h"

namespace omni::meter {

/// What the time of a request goes into, besides waiting for its turn.
enum class Phase : std::uint8_t { parse, policy, resolve, connect, stream };
inline constexpr std::array<std::string_view, 5> phase_names{"parse", "policy", "resolve",
                                                             "connect", "stream"};
/// Of one request; nothing where it did not come so far.
using Phases = std::array<std::optional<Micros>, phase_names.size()>;

/// Measures one phase after the other.
class Laps {
 public:
  /// Both outlive it.
  Laps(const Clock& clock, Phases& phases)
      : clock_(clock), phases_(phases), last_(clock.steady()) {}
  /// What has passed since the one before, added to what that phase has.
  void end(Phase phase);

 private:
  const Clock& clock_;
  Phases& phases_;
  Clock::Steady last_;
};

/// What came of a request or an attempt, as far as it is counted apart.
enum class Outcome : std::uint8_t { good, client_error, failure, left };
inline constexpr std::array<std::string_view, 4> outcome_names{"2xx", "4xx", "5xx", "499"};
Outcome outcome_of(int status);

/// How long things have taken since the start, in the buckets of the store.
struct Spread {
  store::Histogram histogram;
  Millis sum{0};

  void add(Millis span);
};

/// What happens in slots of ten seconds, for a bit more than five minutes.
class Recent {
 public:
  static constexpr Millis slot_length{10'000};
  static constexpr Millis window_max{300'000};

  struct Sums {
    Durations durations;
    std::int64_t failures = 0;  // ours or a provider's, and what was refused
  };
  void add(Clock::Steady now, Micros span, Outcome outcome = Outcome::good);
  /// Of those that ended in the window, to within a slot.
  Sums over(Clock::Steady now, Millis window) const;

 private:
  struct Slot {
    std::int64_t number = 0;
    Sums sums;
  };
  static std::int64_t number_of(Clock::Steady time);

  std::array<std::unique_ptr<Slot>, window_max / slot_length + 1> slots_;
};

/// What happens now, in memory and bounded: how many requests, how long they take, what they use.
/// For all threads; a request that is over costs a short lock, and one for each of its attempts.
class Traffic {
 public:
  /// Names beyond these are counted as `other`.
  static constexpr std::size_t providers_max = 256, models_max = 1024;
  static constexpr std::string_view other = "other";

  explicit Traffic(const Clock& clock);
  Traffic(const Traffic&) = delete;
  Traffic& operator=(const Traffic&) = delete;

  /// A request while it is answered.
  class Flight {
   public:
    explicit Flight(Traffic& traffic) : traffic_(traffic) { ++traffic_.in_flight_; }
    ~Flight() { --traffic_.in_flight_; }
    Flight(const Flight&) = delete;
    Flight& operator=(const Flight&) = delete;

   private:
    Traffic& traffic_;
  };
  std::int64_t in_flight() const { return in_flight_.load(std::memory_order_relaxed); }

  /// One that is over.  Who was asked last, if anybody was.
  struct Request {
    std::string_view provider, model;
    chat::Dialect dialect{};  // the client's
    int status = 0;
    bool remembered = false;  // it was answered without asking anybody
    Micros took{0};
    Phases phases;
  };
  void note(const Request& request);

  struct Attempt {
    std::string_view provider, model;
    int status = 0;
    Micros took{0};
    std::optional<Micros> first_word;
    store::UsageRow::Tokens tokens;
    std::int64_t cost_nano = 0;
  };
  void note(const Attempt& attempt);

  using Outcomes = std::array<std::uint64_t, outcome_names.size()>;
  struct ModelTotals {
    std::array<Outcomes, chat::all_dialects.size()> requests{};
    store::UsageRow::Tokens tokens;
    std::int64_t cost_nano = 0;
  };
  struct ProviderTotals {
    Outcomes attempts{};
    Spread latency, first_word;
    TextMap<ModelTotals> models;
  };
  /// Since the start.
  struct Totals {
    std::uint64_t requests = 0, failures = 0, remembered = 0;
    std::int64_t tokens = 0, cost_nano = 0;
    std::int64_t cost_nano_today = 0;  // of UTC, with what was spent before the start
    Spread latency;                    // of requests
    TextMap<ProviderTotals> providers;
  };
  Totals totals();
  /// The same without providers and histogram, for who asks each second.
  Totals sums();
  /// What was spent of the day before the start.
  void add_past(std::int64_t cost_nano);

  struct Look {
    Recent::Sums requests;
    std::array<Durations, phase_names.size()> phases;
    std::vector<std::pair<std::string, Durations>> providers;  // of their attempts, by name
  };
  Look look(Millis window) const;
  /// Of the requests alone.
  Recent::Sums recent(Millis window) const;

 private:
  struct Provider {
    ProviderTotals totals;
    Recent recent;
  };

  Provider& provider_of(std::string_view name);
  ModelTotals& model_of(Provider& provider, std::string_view name);
  void turn_day(Clock::Wall now);

  const Clock& clock_;
  std::atomic<std::int64_t> in_flight_ = 0;
  mutable std::mutex mutex_;
  Totals totals_;  // its providers stay empty
  std::int64_t day_;
  Recent recent_;
  std::array<Recent, phase_names.size()> phases_;
  TextMap<Provider> providers_;
  std::size_t models_ = 0;
};

}  // namespace omni::meter
