// What memory knows of the table is noted as the writer works, before its transaction is on disk:
// if that fails a look finds nothing, and the next sweep counts anew.

#include "recall/archive.h"

#include <algorithm>
#include <utility>

#include "recall/answer_text.h"

namespace omni::recall {
namespace {

using store::CachedAnswer;

/// Of answers that wait for the writer.  Each counts as some at least, so that they are not many
/// either: others wait in the same queue.
constexpr std::size_t bytes_waiting_max = std::size_t{16} << 20;
constexpr std::size_t bytes_waiting_min = bytes_waiting_max / 512;
/// So that others write in between.
constexpr std::size_t swept_at_once = 200;

std::size_t hash_of(std::string_view print) { return std::hash<std::string_view>()(print); }

Shown shown_of(const CachedAnswer& row) {
  return {.print = row.print,
          .model = row.model,
          .hits = static_cast<std::uint64_t>(row.hits),
          .tokens_saved = row.tokens_saved,
          .created = row.created,
          .expires = row.expires};
}

CachedAnswer row_of(const Shown& shown) {
  return {.print = shown.print,
          .model = shown.model,
          .created = shown.created,
          .expires = shown.expires,
          .hits = static_cast<std::int64_t>(shown.hits),
          .tokens_saved = shown.tokens_saved};
}

/// A bound that is reached is left by a good deal, so that not every new answer sweeps.
std::int64_t goal(std::int64_t there, std::size_t most) {
  const auto bound = static_cast<std::int64_t>(most);
  return there > bound ? bound - bound / 16 : bound;
}

}  // namespace

Status Archive::follow(store::Database& database) {
  database_ = &database;
  return database.read_now([this](sql::Session& session) {
    const std::lock_guard lock(mutex_);
    prints_.clear();
    bytes_ = 0;
    return store::read_cached_answers(session, [this](const CachedAnswer& row) {
      prints_.insert(hash_of(row.print));
      bytes_ += static_cast<std::size_t>(row.bytes);
    });
  });
}

bool Archive::has(std::string_view print) const {
  const std::lock_guard lock(mutex_);
  return prints_.contains(hash_of(print));
}

Archive::Counts Archive::counts() const {
  const std::lock_guard lock(mutex_);
  return {.entries = prints_.size(), .bytes = bytes_};
}

bool Archive::is_full() const {
  const Counts there = counts();
  return there.entries > limits_.entries_max || there.bytes > limits_.bytes_max;
}

void Archive::find(std::string print, Told told) {
  const auto heard = std::make_shared<const Told>(std::move(told));
  database_->read(
      [this, heard, print = std::move(print)](sql::Session& session) {
        (*heard)(read(session, print));
        return Status(Nothing{});
      },
      [heard](const Status& status) {
        if (!status) (*heard)(std::nullopt);
      });
}

std::optional<Kept> Archive::read(sql::Session& session, const std::string& print) const {
  std::string text;
  const Result<std::optional<CachedAnswer>> row = store::find_cached_answer(session, print, text);
  if (!row || !*row || (*row)->expires <= clock_.wall()) return std::nullopt;
  std::optional<Answer> answer = read_answer(text);
  if (!answer) return std::nullopt;
  return Kept{.answer = std::make_shared<const Answer>(*std::move(answer)),
              .shown = shown_of(**row)};
}

void Archive::keep(const std::string& print, const Shared& answer, Millis lifetime) {
  if (database_ == nullptr || limits_.entries_max == 0 || lifetime <= Millis{0}) return;
  if (answer->bytes > std::min(limits_.answer_bytes_max, limits_.bytes_max)) return;
  const std::size_t bytes = std::max(answer->bytes, bytes_waiting_min);
  if (bytes_waiting_.fetch_add(bytes) + bytes > bytes_waiting_max) {
    bytes_waiting_ -= bytes;
    return;
  }
  const Clock::Wall now = clock_.wall();
  Shown shown{.print = print, .model = answer->model, .created = now, .expires = now + lifetime};
  database_->write([this, answer, shown = std::move(shown)](
                       sql::Session& session) { return store(session, shown, *answer); },
                   [this, bytes](const Status&) {
                     bytes_waiting_ -= bytes;
                     if (is_full()) sweep();
                   });
}

Status Archive::store(sql::Session& session, const Shown& shown, const Answer& answer) {
  const std::string text = to_text(answer);
  CachedAnswer row = row_of(shown);
  row.bytes = static_cast<std::int64_t>(text.size());
  if (Status stored = store::store_cached_answer(session, row, text); !stored) return stored;
  const std::lock_guard lock(mutex_);
  prints_.insert(hash_of(shown.print));
  bytes_ += text.size();
  return Nothing{};
}

void Archive::note(std::vector<Shown> uses) {
  if (database_ == nullptr || uses.empty()) return;
  database_->write(
      [uses = std::move(uses)](sql::Session& session) {
        Status noted = Nothing{};
        for (auto use = uses.begin(); noted && use != uses.end(); ++use) {
          noted = store::note_cached_hits(session, row_of(*use));
        }
        return noted;
      },
      [](const Status&) {});
}

void Archive::sweep() {
  if (database_ == nullptr || sweeping_.exchange(true)) return;
  database_->write([this](sql::Session& session) { return sweep(session); },
                   [this](const Status& status) {
                     sweeping_ = false;
                     if (status && more_to_sweep_) sweep();
                   });
}

Status Archive::sweep(sql::Session& session) {
  const Result<store::CachedSums> there = store::sum_up_cached_answers(session);
  if (!there) return there.error();
  auto [answers, bytes] = *there;
  const std::int64_t answers_goal = goal(answers, limits_.entries_max);
  const std::int64_t bytes_goal = goal(bytes, limits_.bytes_max);
  const Clock::Wall now = clock_.wall();
  std::vector<std::string> gone;
  std::unordered_set<std::size_t> left;
  more_to_sweep_ = false;
  Status done = store::read_cached_answers(session, [&](const CachedAnswer& row) {
    const bool goes = row.expires <= now || answers > answers_goal || bytes > bytes_goal;
    if (!goes || gone.size() == swept_at_once) {
      more_to_sweep_ |= goes;
      left.insert(hash_of(row.print));
      return;
    }
    gone.push_back(row.print);
    --answers, bytes -= row.bytes;
  });
  for (auto print = gone.begin(); done && print != gone.end(); ++print) {
    done = store::delete_cached_answer(session, *print);
  }
  if (!done) return done;
  const std::lock_guard lock(mutex_);
  prints_ = std::move(left);
  bytes_ = static_cast<std::size_t>(bytes);
  return Nothing{};
}

Result<std::vector<Shown>> Archive::all(sql::Session& session) const {
  std::vector<Shown> all;
  const Clock::Wall now = clock_.wall();
  const Status done = store::read_cached_answers(session, [&](const CachedAnswer& row) {
    if (row.expires > now) all.push_back(shown_of(row));
  });
  if (!done) return done.error();
  std::ranges::reverse(all);
  return all;
}

Result<std::vector<std::string>> Archive::forget(sql::Session& session, const Which& which) {
  const Result<std::vector<Shown>> there = all(session);
  if (!there) return there.error();
  std::vector<std::string> gone;
  for (const Shown& shown : *there) {
    if (!which(shown)) continue;
    Status done = store::delete_cached_answer(session, shown.print);
    if (!done) return done.error();
    gone.push_back(shown.print);
  }
  const Result<store::CachedSums> left = store::sum_up_cached_answers(session);
  if (!left) return left.error();
  const std::lock_guard lock(mutex_);
  for (const std::string& print : gone) prints_.erase(hash_of(print));
  bytes_ = static_cast<std::size_t>(left->bytes);
  return gone;
}

}  // namespace omni::recall
