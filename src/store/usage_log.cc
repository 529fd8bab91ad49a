#include "store/usage_log.h"

#include <array>
#include <iterator>
#include <limits>
#include <utility>

#include "store/sql/sqlite.h"

namespace omni::store {
namespace {

constexpr std::string_view insert_row =
    "INSERT INTO usage (timestamp, provider, model, connection_id, api_key_id, api_key_name, "
    "tokens_input, tokens_output, tokens_cache_read, tokens_cache_creation, tokens_reasoning, "
    "cost_nano, status, success, latency_ms, ttft_ms, error_code, combo) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)";

sql::Value unless_empty(const std::string& text) {
  if (text.empty()) return nullptr;
  return text;
}

Status insert(sql::Session& session, const UsageRow& row) {
  const auto time = std::chrono::duration_cast<Millis>(row.time.time_since_epoch()).count();
  const sql::Value ttft = row.ttft ? sql::Value(std::int64_t{row.ttft->count()}) : nullptr;
  return session.run(
      insert_row,
      {std::int64_t{time}, row.provider, row.model, unless_empty(row.connection_id),
       unless_empty(row.api_key_id), unless_empty(row.api_key_name), row.tokens.input,
       row.tokens.output, row.tokens.cache_read, row.tokens.cache_creation, row.tokens.reasoning,
       row.cost_nano, row.status, std::int64_t{row.success}, std::int64_t{row.latency.count()},
       ttft, unless_empty(row.error_code), unless_empty(row.combo)});
}

}  // namespace

UsageLog::UsageLog(const Surroundings& surroundings, Options options)
    : usage_(surroundings.usage),
      clock_(surroundings.clock),
      log_(surroundings.log),
      options_(options) {}

UsageLog::~UsageLog() {
  {
    std::unique_lock lock(mutex_);
    closing_ = true;
    rested_.notify_one();
    idle_.wait(lock, [this] { return !flushing_; });
    if (waiting_.empty() && writing_.empty()) return;
    flushing_ = true;
  }
  finish_flush(usage_.write_now([this](sql::Session& session) { return flush(session); }));
  const std::uint64_t lost = counts().waiting;
  if (lost > 0) log_.error("usage_lost", {{"rows", lost}});
}

void UsageLog::append(UsageRow row) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() + writing_.size() >= options_.rows_max) {
      ++counts_.refused;
    } else {
      waiting_.push_back(std::move(row));
      if (waiting_.size() == options_.rows_at_once) rested_.notify_one();
    }
    if (flushing_ || (retry_at_ && clock_.steady() < *retry_at_)) return;
    flushing_ = true;
  }
  start_flush();
}

void UsageLog::retry() {
  {
    const std::lock_guard lock(mutex_);
    if (flushing_ || (waiting_.empty() && writing_.empty())) return;
    flushing_ = true;
  }
  start_flush();
}

UsageLog::Counts UsageLog::counts() const {
  const std::lock_guard lock(mutex_);
  Counts counts = counts_;
  counts.waiting = waiting_.size() + writing_.size();
  return counts;
}

void UsageLog::start_flush() {
  usage_.write([this](sql::Session& session) { return flush(session); },
               [this](const Status& status) { finish_flush(status); });
}

Status UsageLog::flush(sql::Session& session) {
  {
    const std::lock_guard lock(mutex_);
    if (writing_.empty()) {
      writing_.swap(waiting_);
    } else {
      // What could not be written the last time goes first.
      std::ranges::move(waiting_, std::back_inserter(writing_));
      waiting_.clear();
    }
  }
  for (const UsageRow& row : writing_) {
    if (Status inserted = insert(session, row); !inserted) return inserted;
  }
  return Nothing();
}

void UsageLog::finish_flush(const Status& status) {
  Rows stored;  // freed after the lock, which appending threads wait for
  {
    std::unique_lock lock(mutex_);
    if (status) {
      stored.swap(writing_);
      note_success(stored.size());
      rest(lock);
    } else {
      note_failure(status.error());
    }
    flushing_ = status && !waiting_.empty();
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
                   [this] { return closing_ || waiting_.size() >= options_.rows_at_once; });
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

Result<bool> delete_old_usage(sql::Session& session, const UsageBounds& bounds) {
  const auto bytes = sql::sqlite_bytes_used(session);
  if (!bytes) return bytes.error();
  const std::int64_t before =
      *bytes > bounds.bytes_max ? std::numeric_limits<std::int64_t>::max() : to_millis(bounds.from);
  // Rows come in the order of time, or nearly so: the first are the oldest.
  const Status deleted = session.run(
      "DELETE FROM usage WHERE timestamp < $1 AND id IN "
      "(SELECT id FROM usage ORDER BY id LIMIT $2)",
      {before, bounds.rows_at_once});
  if (!deleted) return deleted.error();
  return session.rows_changed() == bounds.rows_at_once;
}

}  // namespace omni::store
