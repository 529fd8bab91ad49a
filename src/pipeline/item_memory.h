#pragma once

#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "dialect/codec.h"

namespace omni::pipeline {

/// Remembers the items of answers to clients of OpenAI Responses, which may name an item in their
/// next turn instead of sending it, and ask a provider that has never heard of it.  Each owner
/// finds its own alone.  Bounded by bytes and by the time since an item was last asked for; who
/// names a forgotten one is told to send it whole.  Ids are ours, and are those of one item each.
/// For all threads.
class ItemMemory {
 public:
  struct Limits {
    std::size_t bytes_max = std::size_t{32} << 20;
    Millis age_max = std::chrono::hours(24);
  };

  ItemMemory(const Clock& clock, const Limits& limits) : clock_(clock), limits_(limits) {}
  ItemMemory(const ItemMemory&) = delete;
  ItemMemory& operator=(const ItemMemory&) = delete;

  void keep(std::string_view owner, std::string_view id, std::string_view item);
  /// Puts the items that a request names in the place of their names, as many bytes as are kept at
  /// most: names are short, and one may come often.  Names of others stay; the provider may know
  /// them.
  void restore(std::string_view owner, std::string& body);

 private:
  struct Entry {
    std::string key, item;
    Clock::Steady used;

    /// With what the containers need for it.
    std::size_t bytes() const { return key.size() + item.size() + 200; }
  };
  using Entries = std::list<Entry>;

  std::optional<std::string> find(std::string_view owner, std::string_view id);
  void forget(Entries::iterator entry);

  const Clock& clock_;
  const Limits limits_;
  std::mutex mutex_;
  Entries entries_;                                                 // the last used first
  std::unordered_map<std::string_view, Entries::iterator> by_key_;  // views into entries_
  std::size_t bytes_ = 0;
};

/// Keeps the items of one answer.
class ItemKeeper final : public dialect::ItemSink {
 public:
  ItemKeeper(ItemMemory& memory, std::string_view owner) : memory_(memory), owner_(owner) {}
  void on_item(std::string_view id, std::string_view item) override {
    memory_.keep(owner_, id, item);
  }

 private:
  ItemMemory& memory_;
  const std::string_view owner_;
};

}  // namespace omni::pipeline
