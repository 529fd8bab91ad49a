#include "pipeline/item_memory.h"

#include "json/scratch_reader.h"

namespace omni::pipeline {
namespace {

using json::Kind;
using json::Value;

std::string key_of(std::string_view owner, std::string_view id) {
  return std::string(owner).append("\n").append(id);
}

std::string_view text_of(Value value) {
  return value.kind() == Kind::text ? value.text() : std::string_view();
}

}  // namespace

void ItemMemory::keep(std::string_view owner, std::string_view id, std::string_view item) {
  Entry entry{.key = key_of(owner, id), .item = std::string(item), .used = clock_.steady()};
  const std::lock_guard lock(mutex_);
  if (const auto known = by_key_.find(entry.key); known != by_key_.end()) forget(known->second);
  if (entry.bytes() > limits_.bytes_max) return;
  bytes_ += entry.bytes();
  entries_.push_front(std::move(entry));
  by_key_.emplace(entries_.front().key, entries_.begin());
  while (bytes_ > limits_.bytes_max) forget(std::prev(entries_.end()));
}

void ItemMemory::restore(std::string_view owner, std::string& body) {
  if (body.find("item_reference") == std::string::npos) return;
  const json::ScratchReader reader;
  const Value root = reader->read(body);
  const Value input = root.kind() == Kind::object ? root.find("input") : Value();
  if (input.kind() != Kind::array) return;
  std::string restored;
  std::string_view rest = body;
  std::size_t room = limits_.bytes_max;
  for (const Value item : input.items()) {
    if (item.kind() != Kind::object || text_of(item.find("type")) != "item_reference") continue;
    const auto known = find(owner, text_of(item.find("id")));
    if (!known || known->size() > room) continue;
    room -= known->size();
    const std::string_view name = item.slice();
    restored.append(rest.data(), name.data()).append(*known);
    rest.remove_prefix(static_cast<std::size_t>(name.data() + name.size() - rest.data()));
  }
  if (restored.empty()) return;
  restored += rest;
  body = std::move(restored);
}

std::optional<std::string> ItemMemory::find(std::string_view owner, std::string_view id) {
  const std::string key = key_of(owner, id);
  const std::lock_guard lock(mutex_);
  const auto known = by_key_.find(key);
  if (known == by_key_.end()) return std::nullopt;
  const Entries::iterator entry = known->second;
  const Clock::Steady now = clock_.steady();
  if (now - entry->used > limits_.age_max) {
    forget(entry);
    return std::nullopt;
  }
  entry->used = now;
  entries_.splice(entries_.begin(), entries_, entry);
  return entry->item;
}

void ItemMemory::forget(Entries::iterator entry) {
  bytes_ -= entry->bytes();
  by_key_.erase(entry->key);
  entries_.erase(entry);
}

}  // namespace omni::pipeline
