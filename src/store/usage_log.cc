#include "store/usage_log.h"

#include <algorithm>
#include <utility>

#include "store/rollup.h"

namespace omni::store {
namespace {

/// What was stored already, before this process or another one was told so, is summed up already.
Status store_usage(sql::Session& session, const std::deque<UsageRow>& rows) {
  Rollup rollup;
  for (const UsageRow& row : rows) {
    const Result<bool> inserted = insert(session, row);
    if (!inserted) return inserted.error();
    if (*inserted) rollup.add(row);
  }
  return rollup.store(session);
}

}  // namespace

UsageLog::UsageLog(const Surroundings& surroundings, Options options)
    : usage_(surroundings.usage),
      clock_(surroundings.clock),
      log_(surroundings.log),
      options_(std::move(options)) {
  const Status found = usage_.read_now([this](sql::Session& session) {
    return session.run(
        "SELECT max(id) FROM usage UNION ALL SELECT max(id) FROM calls", {},
        [this](const sql::Row& row) { last_id_ = std::max(last_id_, row.integer(0)); });
  });
  if (!found) log_.error("usage_not_read", {{"reason", found.error().message()}});
  if (options_.journal.empty()) return;
  open_journal(".0", waiting_);
  open_journal(".1", writing_);
  const std::size_t rows = counts().waiting;
  if (rows == 0) return;
  log_.info("usage_recovered", {{"rows", rows}});
  // Whoever looks into the database from now on finds them there, if that can be.
  closing_ = true;  // nobody rests meanwhile
  flushing_ = true;
  start_flush();
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [this] { return !flushing_; });
  closing_ = false;
}

/// What a process that was killed has left there waits to be written again.
void UsageLog::open_journal(std::string_view end, Batch& batch) {
  std::size_t unreadable = 0;
  Result<std::unique_ptr<Journal>> journal = Journal::open(
      options_.journal + std::string(end), options_.journal_bytes_max, [&](std::string_view bytes) {
        std::optional<UsageRow> row = decode_usage_row(bytes);
        unreadable += row ? 0 : 1;
        if (!row) return;
        last_id_ = std::max(last_id_, row->id);
        batch.rows.usage.push_back(*std::move(row));
      });
  if (unreadable > 0) log_.error("usage_unreadable", {{"rows", unreadable}});
  if (!journal) {
    log_.error("usage_unguarded", {{"reason", journal.error().message()}});
    return;
  }
  batch.journal = *std::move(journal);
}

UsageLog::~UsageLog() {
  std::unique_lock lock(mutex_);
  closing_ = true;
  rested_.notify_one();
  idle_.wait(lock, [this] { return !flushing_; });
  if (waiting_.rows.size() + writing_.rows.size() > 0) {
    flushing_ = true;
    lock.unlock();
    start_flush();
    lock.lock();
    idle_.wait(lock, [this] { return !flushing_; });
  }
  const std::size_t lost = waiting_.unguarded + writing_.unguarded;
  const std::size_t kept = waiting_.rows.usage.size() + writing_.rows.usage.size() - lost;
  if (lost > 0) log_.error("usage_lost", {{"rows", lost}});
  if (kept > 0) log_.info("usage_left", {{"rows", kept}});
}

std::int64_t UsageLog::append(UsageRow row) {
  std::int64_t id = 0;
  std::unique_lock lock(mutex_);
  if (waiting_.rows.usage.size() + writing_.rows.usage.size() >= options_.rows_max) {
    ++counts_.refused;
  } else {
    id = row.id = next_id();
    waiting_.add(std::move(row));
  }
  wake_writer(std::move(lock));
  return id;
}

void UsageLog::append(CallRow row) {
  shorten(row);
  std::unique_lock lock(mutex_);
  if (waiting_.rows.calls.size() + writing_.rows.calls.size() >= options_.calls_max) {
    ++counts_.calls_refused;
  } else {
    row.id = next_id();
    waiting_.rows.calls.push_back(std::move(row));
  }
  wake_writer(std::move(lock));
}

std::int64_t UsageLog::next_id() {
  return last_id_ = std::max(last_id_ + 1, to_millis(clock_.wall()) * ids_per_millisecond);
}

void UsageLog::wake_writer(std::unique_lock<std::mutex> lock) {
  if (waiting_.rows.size() == options_.rows_at_once) rested_.notify_one();
  if (flushing_ || (retry_at_ && clock_.steady() < *retry_at_)) return;
  flushing_ = true;
  lock.unlock();
  start_flush();
}

void UsageLog::retry() {
  {
    const std::lock_guard lock(mutex_);
    if (flushing_ || waiting_.rows.size() + writing_.rows.size() == 0) return;
    flushing_ = true;
  }
  start_flush();
}

void UsageLog::Batch::add(UsageRow row) {
  // Where the journal has no room the row is as safe as the process.
  if (journal == nullptr || !journal->append(encode(row))) ++unguarded;
  rows.usage.push_back(std::move(row));
}

void UsageLog::Batch::clear() {
  rows = {};
  unguarded = 0;
  if (journal != nullptr) journal->clear();
}

UsageLog::Counts UsageLog::counts() const {
  const std::lock_guard lock(mutex_);
  Counts counts = counts_;
  counts.waiting = waiting_.rows.usage.size() + writing_.rows.usage.size();
  return counts;
}

void UsageLog::start_flush() {
  usage_.write([this](sql::Session& session) { return flush(session); },
               [this](const Status& status) { finish_flush(status); });
}

/// What could not be written the last time goes first, and alone: rows stay in their journal.
Status UsageLog::flush(sql::Session& session) {
  {
    const std::lock_guard lock(mutex_);
    if (writing_.rows.size() == 0) std::swap(writing_, waiting_);
  }
  for (const CallRow& row : writing_.rows.calls) {
    if (Status inserted = insert(session, row); !inserted) return inserted;
  }
  return store_usage(session, writing_.rows.usage);
}

/// What waits goes on waiting, and is found stored when its turn comes.
Status UsageLog::look_back(const LookBack& look) {
  return usage_.write_now([&](sql::Session& session) -> Status {
    std::deque<UsageRow> rows;
    std::int64_t last = 0;
    {
      const std::lock_guard lock(mutex_);
      rows = writing_.rows.usage;
      rows.insert(rows.end(), waiting_.rows.usage.begin(), waiting_.rows.usage.end());
      last = last_id_;
    }
    if (Status stored = store_usage(session, rows); !stored) return stored;
    return look(session, last);
  });
}

void UsageLog::finish_flush(const Status& status) {
  Rows stored;  // freed after the lock, which appending threads wait for
  {
    std::unique_lock lock(mutex_);
    if (status) {
      stored = std::exchange(writing_.rows, {});
      writing_.clear();
      note_success(stored.usage.size());
      rest(lock);
    } else {
      note_failure(status.error());
    }
    flushing_ = status && waiting_.rows.size() > 0;
    if (!flushing_) {
      idle_.notify_all();
      return;
    }
  }
  start_flush();
}

/// On the writer's thread, which has nothing else to do meanwhile.
void UsageLog::rest(std::unique_lock<std::mutex>& lock) {
  rested_.wait_for(lock, options_.rest,
                   [this] { return closing_ || waiting_.rows.size() >= options_.rows_at_once; });
}

void UsageLog::note_failure(const Error& why) {
  if (!retry_at_) {
    log_.error("usage_not_stored", {{"reason", why.message()}, {"rows_max", options_.rows_max}});
  }
  retry_at_ = clock_.steady() + options_.retry_after;
}

void UsageLog::note_success(std::size_t rows) {
  counts_.stored += rows;
  if (!std::exchange(retry_at_, std::nullopt)) return;
  log_.info("usage_stored_again", {{"rows", rows}, {"refused", counts_.refused}});
}

}  // namespace omni::store
