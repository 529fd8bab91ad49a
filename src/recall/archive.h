#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/clock.h"
#include "recall/answer.h"
#include "store/cached_answers.h"
#include "store/database.h"

namespace omni::recall {

/// Answers that outlive the memory of them and the process: in a table, bounded, the oldest go
/// first.  Whoever has a request to answer never waits for the database: what is not there is known
/// without it, and what is to be kept is written behind him.  For all threads.
class Archive {
 public:
  struct Limits {
    std::size_t entries_max = 0, bytes_max = 0;
    std::size_t answer_bytes_max = 0;
  };
  struct Counts {
    std::size_t entries = 0, bytes = 0;
  };
  using Which = std::function<bool(const Shown&)>;
  using Told = std::function<void(std::optional<Kept>)>;

  Archive(const Clock& clock, const Limits& limits) : clock_(clock), limits_(limits) {}
  Archive(const Archive&) = delete;
  Archive& operator=(const Archive&) = delete;

  /// Until then it has nothing and keeps nothing.  The database goes before the archive.
  Status follow(store::Database& database);

  /// Whether it is worth to look; a rare mistake costs that look.
  bool has(std::string_view print) const;
  /// `told` hears on the reader's thread, or at once; of nothing where it is gone, over or
  /// unreadable.
  void find(std::string print, Told told);
  /// May be left out where too much waits to be written.
  void keep(const std::string& print, const Shared& answer, Millis lifetime);
  /// Hits that the memory has had.
  void note(std::vector<Shown> uses);
  /// Deletes what is over and what is too much, in small steps.
  void sweep();

  // For works of that database, on its threads.

  /// The newest first.
  Result<std::vector<Shown>> all(sql::Session& session) const;
  /// The prints of those that there were.
  Result<std::vector<std::string>> forget(sql::Session& session, const Which& which);

  Counts counts() const;
  const Limits& limits() const { return limits_; }

 private:
  Status store(sql::Session& session, const Shown& shown, const Answer& answer);
  Status sweep(sql::Session& session);
  std::optional<Kept> read(sql::Session& session, const std::string& print) const;
  bool is_full() const;

  const Clock& clock_;
  const Limits limits_;
  store::Database* database_ = nullptr;
  std::atomic<std::size_t> bytes_waiting_ = 0;
  std::atomic<bool> sweeping_ = false;
  bool more_to_sweep_ = false;  // the writer's

  mutable std::mutex mutex_;
  /// Hashes, so that many are little: what they are is in the table.
  std::unordered_set<std::size_t> prints_;
  std::size_t bytes_ = 0;
};

}  // namespace omni::recall
