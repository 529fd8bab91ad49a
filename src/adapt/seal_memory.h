#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "adapt/step.h"
#include "base/clock.h"
#include "chat/event.h"
#include "chat/request.h"

namespace omni::adapt {

/// Remembers who issued a seal, so that it goes back to him alone, and the seals of tool calls, for
/// clients whose dialect has no place to send them back.  Bounded by count, bytes and age; what is
/// forgotten costs the model its earlier thoughts, never the request.  For all threads.
class SealMemory {
 public:
  struct Limits {
    std::size_t entries_max = 10'000;
    std::size_t bytes_max = std::size_t{32} << 20;
    Millis age_max = std::chrono::hours(24);
  };

  SealMemory(const Clock& clock, const Limits& limits) : clock_(clock), limits_(limits) {}
  SealMemory(const SealMemory&) = delete;
  SealMemory& operator=(const SealMemory&) = delete;

  /// A provider has sealed thoughts, or a call, which is known again by id and input.  An id that
  /// is only a count is none.
  void note(const chat::Seal& seal);
  /// Likewise, and the seal holds the thoughts themselves.
  void note_redacted(const chat::Seal& seal);
  void note_call(const chat::ToolCall& call, const chat::Seal& seal);

  /// Names the issuer of each seal of the request, and gives calls without a seal the one they had.
  void recall(chat::Request& request);

  /// Whether another one than this provider has issued a seal in the request.
  bool knows_foreign(const chat::Request& request, std::string_view provider);

  std::size_t size() const;

 private:
  struct Entry {
    std::string key;
    chat::Seal seal;  // of a call: whole; else only the issuer
    bool redacted = false;
    Clock::Steady noted;
  };
  using Entries = std::list<Entry>;

  void remember(Entry entry);
  const Entry* find(const std::string& key);
  void forget(Entries::iterator entry);

  const Clock& clock_;
  const Limits limits_;
  mutable std::mutex mutex_;
  Entries entries_;                                                 // the newest first
  std::unordered_map<std::string_view, Entries::iterator> by_key_;  // views into entries_
  std::size_t bytes_ = 0;
};

/// Marks the seals of a provider's reply as his, tells a SealMemory of them, and gives calls that
/// came without an id one, so that they can be known again.
std::unique_ptr<EventFilter> note_seals(SealMemory& memory, std::string provider,
                                        chat::EventSink& next);

/// Only tells the memory: for a reply that goes by as bytes.
std::unique_ptr<chat::EventSink> watch_seals(SealMemory& memory, std::string provider);

}  // namespace omni::adapt
