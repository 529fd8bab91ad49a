#include "recall/answers.h"

#include <utility>

namespace omni::recall {
std::int64_t tokens_of(const Answer& answer) {
  const std::optional<chat::Usage>& usage = answer.reply.usage;
  return usage ? usage->input() + usage->output() : 0;
}

Lead::Lead(Lead&& other) noexcept
    : answers_(std::exchange(other.answers_, nullptr)), print_(std::move(other.print_)) {}

Lead::~Lead() {
  if (answers_ != nullptr) answers_->give_up(print_);
}

void Lead::bring(const Shared& answer, Millis lifetime) {
  std::exchange(answers_, nullptr)->bring(print_, answer, lifetime);
}

void Lead::bring_back(Kept kept) {
  std::exchange(answers_, nullptr)->bring_back(print_, std::move(kept));
}

std::optional<Found> Answers::find(const std::string& print, const MakeFollower& follower) {
  const std::lock_guard lock(mutex_);
  if (Shared answer = use(print)) return answer;
  const auto [flight, first] = on_the_way_.try_emplace(print);
  if (!first) {
    const std::uint64_t place = ++places_;
    flight->second.emplace(place, follower(place));
    return std::nullopt;
  }
  ++counts_.misses;
  return Lead(*this, print);
}

Shared Answers::find_instead(const std::string& print) {
  const std::lock_guard lock(mutex_);
  Shared answer = use(print);
  if (answer != nullptr) --counts_.misses;
  return answer;
}

bool Answers::has(const std::string& print) {
  const std::lock_guard lock(mutex_);
  const auto known = by_print_.find(print);
  return known != by_print_.end() && clock_.steady() < known->second->over;
}

Shared Answers::use(const std::string& print) {
  const auto known = by_print_.find(print);
  if (known == by_print_.end()) return nullptr;
  const Entries::iterator entry = known->second;
  if (clock_.steady() >= entry->over) {
    drop(entry);
    return nullptr;
  }
  entries_.splice(entries_.begin(), entries_, entry);
  ++entry->shown.hits;
  entry->shown.tokens_saved += tokens_of(*entry->answer);
  note_use(*entry->answer);
  return entry->answer;
}

void Answers::leave(const std::string& print, std::uint64_t place) {
  Followers::node_type left;  // goes when the lock is gone
  const std::lock_guard lock(mutex_);
  const auto flight = on_the_way_.find(print);
  if (flight != on_the_way_.end()) left = flight->second.extract(place);
}

Answers::Followers Answers::leave_waiting(const std::string& print) {
  return std::move(on_the_way_.extract(print).mapped());
}

void Answers::bring(const std::string& print, const Shared& answer, Millis lifetime) {
  Followers waiting;
  {
    const std::lock_guard lock(mutex_);
    waiting = leave_waiting(print);
    for (std::size_t i = 0; i < waiting.size(); ++i) note_use(*answer);
    const Clock::Wall now = clock_.wall();
    keep({.answer = answer,
          .shown =
              {.print = print, .model = answer->model, .created = now, .expires = now + lifetime}},
         0);
  }
  for (const auto& [place, follower] : waiting) follower->hear(answer);
}

void Answers::bring_back(const std::string& print, Kept kept) {
  const Shared answer = kept.answer;
  Followers waiting;
  {
    const std::lock_guard lock(mutex_);
    waiting = leave_waiting(print);
    const std::uint64_t before = kept.shown.hits, told = 1 + waiting.size();
    --counts_.misses;
    for (std::uint64_t i = 0; i < told; ++i) note_use(*answer);
    kept.shown.hits += told;
    kept.shown.tokens_saved += static_cast<std::int64_t>(told) * tokens_of(*answer);
    keep(std::move(kept), before);
  }
  for (const auto& [place, follower] : waiting) follower->hear(answer);
}

void Answers::give_up(const std::string& print) {
  Followers::node_type next;
  Followers waiting;
  {
    const std::lock_guard lock(mutex_);
    const auto flight = on_the_way_.find(print);
    if (limits_.heir == Heir::nobody || flight->second.empty()) {
      waiting = std::move(flight->second);
      on_the_way_.erase(flight);
    } else {
      next = flight->second.extract(flight->second.begin());
    }
  }
  if (!next.empty()) next.mapped()->hear(Lead(*this, print));
  for (const auto& [place, follower] : waiting) follower->hear(Unanswered());
}

void Answers::keep(Kept kept, std::uint64_t hits_taken) {
  const Clock::Steady now = clock_.steady();
  const Clock::Steady over = now + (kept.shown.expires - clock_.wall());
  Entry entry{.shown = std::move(kept.shown),
              .answer = std::move(kept.answer),
              .over = over,
              .hits_taken = hits_taken};
  if (over <= now || entry.answer->bytes > limits_.answer_bytes_max ||
      entry.bytes() > limits_.bytes_max) {
    return;
  }
  counts_.bytes += entry.bytes();
  entries_.push_front(std::move(entry));
  by_print_.emplace(entries_.front().shown.print, entries_.begin());
  while (now >= entries_.back().over) drop(std::prev(entries_.end()));
  while (entries_.size() > limits_.entries_max || counts_.bytes > limits_.bytes_max) {
    drop(std::prev(entries_.end()));
    ++counts_.evictions;
  }
}

std::vector<Shown> Answers::take_uses() {
  const std::lock_guard lock(mutex_);
  std::vector<Shown> uses;
  for (Entry& entry : entries_) {
    const std::uint64_t hits = entry.shown.hits - entry.hits_taken;
    if (hits == 0) continue;
    entry.hits_taken = entry.shown.hits;
    uses.push_back({.print = entry.shown.print,
                    .model = entry.shown.model,
                    .hits = hits,
                    .tokens_saved = static_cast<std::int64_t>(hits) * tokens_of(*entry.answer)});
  }
  return uses;
}

void Answers::sweep() {
  const std::lock_guard lock(mutex_);
  drop_expired();
}

void Answers::note_use(const Answer& answer) {
  ++counts_.hits;
  counts_.tokens_saved += tokens_of(answer);
  counts_.cost_nano_saved += answer.cost_nano;
}

void Answers::drop(Entries::iterator entry) {
  counts_.bytes -= entry->bytes();
  by_print_.erase(entry->shown.print);
  entries_.erase(entry);
}

void Answers::drop_expired() {
  const Clock::Steady now = clock_.steady();
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    const auto each = entry++;
    if (now >= each->over) drop(each);
  }
}

std::size_t Answers::forget(const std::function<bool(const Shown&)>& which) {
  const std::lock_guard lock(mutex_);
  drop_expired();
  std::size_t forgotten = 0;
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    const auto each = entry++;
    if (!which(each->shown)) continue;
    drop(each);
    ++forgotten;
  }
  return forgotten;
}

Answers::Counts Answers::counts() {
  const std::lock_guard lock(mutex_);
  drop_expired();
  Counts counts = counts_;
  counts.entries = entries_.size();
  for (const auto& [print, followers] : on_the_way_) counts.waiting += followers.size();
  return counts;
}

std::vector<Shown> Answers::all() {
  const std::lock_guard lock(mutex_);
  drop_expired();
  std::vector<Shown> all;
  for (const Entry& entry : entries_) all.push_back(entry.shown);
  return all;
}

}  // namespace omni::recall
