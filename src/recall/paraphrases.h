#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <string_view>

#include "recall/answers.h"
#include "recall/nearest.h"

namespace omni::recall {

/// The answers of a cache by what their questions mean, so that one in other words finds the answer
/// to the most alike of those that it may be compared with.  What the cache no longer has is not
/// found here either.  In memory; for all threads.
class Paraphrases {
 public:
  static constexpr int failures_max = 3;
  static constexpr Millis rest{60'000};

  struct Counts {
    std::size_t entries = 0, bytes = 0;
    std::uint64_t hits = 0, misses = 0;
  };

  Paraphrases(const Clock& clock, Answers& cache, const Nearest::Limits& limits)
      : clock_(clock), cache_(cache), nearest_(clock, limits) {}
  Paraphrases(const Paraphrases&) = delete;
  Paraphrases& operator=(const Paraphrases&) = delete;

  /// To who was to bring an answer; null where nothing is alike enough.
  Shared find(std::string_view partition, const Vector& to, float likeness_min);
  /// For as long as the cache has an answer with this print.  Not on a loop: see Nearest::keep.
  void keep(std::string_view partition, const std::string& print, Vector vector, Millis lifetime);
  /// Frees what the cache no longer has.
  void sweep();
  Counts counts();

  /// Whether this model may be asked for vectors: not while it rests after failures in a row.
  bool may_ask(std::string_view model);
  void note_success();
  /// Whether it rests from now on.
  bool note_failure(const std::string& model);

 private:
  const Clock& clock_;
  Answers& cache_;
  Nearest nearest_;
  std::atomic<std::uint64_t> hits_ = 0, misses_ = 0;

  std::mutex mutex_;
  std::string failing_;  // the model that failed last
  int failures_ = 0;
  Clock::Steady rests_until_{};
};

}  // namespace omni::recall
