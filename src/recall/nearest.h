#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "recall/partition.h"
#include "recall/vector.h"

namespace omni::recall {

/// Finds what is most alike among what was kept in the same partition.  A partition is a print of
/// everything that has to be equal; what stands for a vector is a key, which the user looks up.
/// In memory, bounded over all partitions, the least used go first; for all threads.  A search
/// takes some hundred microseconds, keeping about a millisecond, in which nobody searches; fifty
/// once, when a partition begins its large graph.
class Nearest {
 public:
  /// At which, with equal marks, the wrong one is rarely found: tests/similarity has the numbers.
  /// Another model of embeddings may want another one.
  static constexpr float likeness_min_default = 0.95F;

  struct Limits {
    std::size_t entries_max = 0, bytes_max = 0;
  };
  struct Counts {
    std::size_t entries = 0, bytes = 0, partitions = 0;
    std::uint64_t hits = 0, misses = 0, evictions = 0;
  };
  struct Match {
    std::string key;
    float likeness = 0;
  };

  Nearest(const Clock& clock, const Limits& limits) : clock_(clock), limits_(limits) {}
  Nearest(const Nearest&) = delete;
  Nearest& operator=(const Nearest&) = delete;

  std::optional<Match> find(std::string_view partition, const Vector& to, float likeness_min);
  /// In the place of what had this key.
  void keep(std::string_view partition, const std::string& key, Vector vector, Millis lifetime);

  void forget(const std::string& key);
  /// How many there were.
  std::size_t forget(const std::function<bool(const std::string& key)>& which);
  /// Frees what is over; it is not found without this either.
  void sweep();
  Counts counts();

 private:
  using Partitions = std::map<std::string, Partition, std::less<>>;
  struct Entry;
  using ByEnd = std::multimap<Clock::Steady, Entry*>;
  struct Entry {
    Place place;
    Partitions::iterator partition;
    ByEnd::iterator end;
    std::size_t bytes = 0;
    /// When it was last found, in ticks; `counted` may not know of it yet.
    std::atomic<std::uint64_t> used = 0;
    std::uint64_t counted = 0;
  };

  void drop(Entry& entry);
  void drop_expired();
  Entry& least_used();

  const Clock& clock_;
  const Limits limits_;
  std::shared_mutex mutex_;  // shared by those who only search
  Partitions partitions_;
  std::unordered_map<std::string, Entry> by_key_;
  std::map<std::uint64_t, Entry*> by_use_;  // by what `counted` says
  ByEnd by_end_;
  std::size_t bytes_ = 0;
  std::uint64_t evictions_ = 0;
  std::atomic<std::uint64_t> ticks_ = 0, hits_ = 0, misses_ = 0;
};

}  // namespace omni::recall
