#include "recall/nearest.h"

#include <mutex>
#include <utility>

namespace omni::recall {
namespace {

constexpr std::size_t entry_bytes = 500;  // with its places in the maps, and an empty partition

/// A model that changes its dimensions begins anew.
std::string name_of(std::string_view partition, const Vector& vector) {
  return std::string(partition) + '/' + std::to_string(vector.dimensions());
}

}  // namespace

std::optional<Nearest::Match> Nearest::find(std::string_view partition, const Vector& to,
                                            float likeness_min) {
  const std::shared_lock lock(mutex_);
  const auto known = partitions_.find(name_of(partition, to));
  Partition::Hit hit;
  if (known != partitions_.end()) hit = known->second.nearest(to, clock_.steady());
  if (hit.place == nullptr || hit.likeness < likeness_min) {
    ++misses_;
    return std::nullopt;
  }
  ++hits_;
  by_key_.find(hit.place->key)->second.used = ++ticks_;
  return Match{hit.place->key, hit.likeness};
}

void Nearest::keep(std::string_view partition, const std::string& key, Vector vector,
                   Millis lifetime) {
  const std::size_t bytes =
      vector.bytes().size() + Graph::link_bytes + 2 * key.size() + partition.size() + entry_bytes;
  const std::lock_guard lock(mutex_);
  drop_expired();
  if (const auto known = by_key_.find(key); known != by_key_.end()) drop(known->second);
  if (bytes > limits_.bytes_max || limits_.entries_max == 0 || lifetime <= Millis{0}) return;
  while (by_key_.size() >= limits_.entries_max || bytes_ + bytes > limits_.bytes_max) {
    drop(least_used());
    ++evictions_;
  }
  const auto in = partitions_.try_emplace(name_of(partition, vector), vector.dimensions()).first;
  Entry& entry = by_key_[key];
  entry.partition = in;
  entry.bytes = bytes;
  entry.place.key = key;
  entry.place.over = clock_.steady() + lifetime;
  entry.used = entry.counted = ++ticks_;
  bytes_ += bytes;
  by_use_.emplace(entry.counted, &entry);
  entry.end = by_end_.emplace(entry.place.over, &entry);
  in->second.add(entry.place, std::move(vector));
}

/// Who was found since its use was last counted is counted again, and is not the least used then.
Nearest::Entry& Nearest::least_used() {
  for (;;) {
    Entry& entry = *by_use_.begin()->second;
    if (entry.used == entry.counted) return entry;
    auto node = by_use_.extract(by_use_.begin());
    node.key() = entry.counted = entry.used;
    by_use_.insert(std::move(node));
  }
}

void Nearest::drop(Entry& entry) {
  bytes_ -= entry.bytes;
  by_use_.erase(entry.counted);
  by_end_.erase(entry.end);
  entry.partition->second.remove(entry.place);
  if (entry.partition->second.empty()) partitions_.erase(entry.partition);
  by_key_.erase(by_key_.find(entry.place.key));
}

void Nearest::drop_expired() {
  const Clock::Steady now = clock_.steady();
  while (!by_end_.empty() && now >= by_end_.begin()->first) drop(*by_end_.begin()->second);
}

void Nearest::forget(const std::string& key) {
  const std::lock_guard lock(mutex_);
  if (const auto known = by_key_.find(key); known != by_key_.end()) drop(known->second);
}

std::size_t Nearest::forget(const std::function<bool(const std::string& key)>& which) {
  const std::lock_guard lock(mutex_);
  drop_expired();
  std::size_t forgotten = 0;
  for (auto at = by_key_.begin(); at != by_key_.end();) {
    const auto each = at++;
    if (!which(each->first)) continue;
    drop(each->second);
    ++forgotten;
  }
  return forgotten;
}

void Nearest::sweep() {
  const std::lock_guard lock(mutex_);
  drop_expired();
}

Nearest::Counts Nearest::counts() {
  const std::lock_guard lock(mutex_);
  drop_expired();
  return {.entries = by_key_.size(),
          .bytes = bytes_,
          .partitions = partitions_.size(),
          .hits = hits_,
          .misses = misses_,
          .evictions = evictions_};
}

}  // namespace omni::recall
