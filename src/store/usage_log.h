#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "store/call_row.h"
#include "store/database.h"
#include "store/journal.h"
#include "store/usage_row.h"

namespace omni::store {

/// The way of rows into usage.sqlite: whoever handles a request leaves its rows here and goes on,
/// and the writer takes all that wait in one transaction.  While they cannot be written they are
/// kept, up to a bound.  What was left here of usage is found again after the process was killed;
/// rows of calls, on which no money depends, are not.  Safe from any thread.
class UsageLog {
 public:
  struct Options {
    std::size_t rows_max = 100'000;  // of usage, some 40 MB
    std::size_t calls_max = 20'000;  // the same
    /// How long the writer rests after a group, so that in busy times rows come together in the
    /// next one: a transaction costs as much as ten rows.  After a quiet time a row is written at
    /// once.
    Millis rest{10};
    /// So many rows end the writer's rest.
    std::size_t rows_at_once = 1000;
    /// Files where rows stand until they are stored, for a process that is killed; empty: nowhere.
    std::string journal;
    std::size_t journal_bytes_max = std::size_t{64} << 20;  // of each of the two
    /// How long rows rest that could not be written; then the next one takes them along.
    Millis retry_after{1000};
  };
  struct Counts {
    std::uint64_t stored = 0;
    std::uint64_t waiting = 0;
    std::uint64_t refused = 0;  // came while no more could be kept
    std::uint64_t calls_refused = 0;
  };
  /// What outlives the log.
  struct Surroundings {
    Database& usage;
    const Clock& clock;
    const Log& log;
  };

  UsageLog(const Surroundings& surroundings, Options options);
  /// Writes what waits, if that can be.
  ~UsageLog();
  UsageLog(const UsageLog&) = delete;
  UsageLog& operator=(const UsageLog&) = delete;

  /// The row's number; 0 where no more can be kept.
  std::int64_t append(UsageRow row);
  void append(CallRow row);
  /// What is stored, with the number of the last row: it is there, and all before it, and none
  /// after it.
  using LookBack = std::function<Status(sql::Session& session, std::int64_t last)>;
  /// Waits for it, as `Database::write_now` does.  An error where rows cannot be written.
  Status look_back(const LookBack& look);
  /// Tries again to write what waits: to be called now and then, for when no more rows come.
  void retry();
  Counts counts() const;

 private:
  struct Rows {
    std::deque<UsageRow> usage;
    std::deque<CallRow> calls;

    std::size_t size() const { return usage.size() + calls.size(); }
  };
  struct Batch {
    Rows rows;
    std::unique_ptr<Journal> journal;
    std::size_t unguarded = 0;  // rows that are not in it

    void add(UsageRow row);
    void clear();
  };

  void open_journal(std::string_view end, Batch& batch);
  std::int64_t next_id();
  void wake_writer(std::unique_lock<std::mutex> lock);
  void start_flush();
  Status flush(sql::Session& session);
  void finish_flush(const Status& status);
  void rest(std::unique_lock<std::mutex>& lock);
  void note_failure(const Error& why);
  void note_success(std::size_t rows);

  Database& usage_;
  const Clock& clock_;
  const Log& log_;
  const Options options_;

  mutable std::mutex mutex_;
  std::condition_variable idle_;
  std::condition_variable rested_;
  Batch waiting_;
  Batch writing_;          // the writer's while `flushing_`
  bool flushing_ = false;  // or resting
  bool closing_ = false;
  std::int64_t last_id_ = 0;
  std::optional<Clock::Steady> retry_at_;  // while rows cannot be written
  Counts counts_;
};

}  // namespace omni::store
