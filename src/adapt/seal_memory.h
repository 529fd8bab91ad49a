#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <map>
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

/// Remembers who issued a seal, so that it goes back to him alone, and the seals of thoughts and
/// tool calls, for clients whose dialect has no place to send them back.  Thoughts are known again
/// by their text, a call by its id and its input, for there are providers whose ids are the same in
/// every conversation; for that reason no text is remembered, which could be another caller's.
/// Bounded by count, bytes and age; what is forgotten costs the model its earlier thoughts, never
/// the request.  For all threads.
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

  /// A provider has sealed thoughts, or a call.
  void note(const chat::Seal& seal);
  /// Likewise, and the seal holds the thoughts themselves.
  void note_redacted(const chat::Seal& seal);
  /// Likewise, with the text of thoughts that can be read.
  void note_thoughts(const std::string& text, const chat::Seal& seal);
  void note_call(const chat::ToolCall& call, const chat::Seal& seal);

  /// Names the issuer of each seal of a request that goes to this provider.  Thoughts and calls
  /// that he has sealed get their seal again.
  void recall(chat::Request& request, std::string_view provider);

  /// Whether it can know a seal that another one than this provider has issued.
  bool knows_others(std::string_view provider) const;
  /// Whether it can know a call that this provider has sealed.
  bool knows_calls_of(std::string_view provider) const;
  /// Whether the request holds a seal of another one, or lacks one that this provider has issued.
  bool is_needed(const chat::Request& request, std::string_view provider);

  std::size_t size() const;

 private:
  struct Entry {
    std::string key;
    chat::Seal seal;  // known by its bytes: only the issuer
    bool redacted = false;
    Clock::Steady noted;

    std::size_t bytes() const { return key.size() + seal.bytes.size(); }
  };
  using Entries = std::list<Entry>;
  /// How many entries there are of an issuer.
  struct Count {
    std::size_t all = 0, calls = 0;
  };

  void remember(Entry entry);
  const Entry* find(const std::string& key);
  void forget(Entries::iterator entry);

  const Clock& clock_;
  const Limits limits_;
  mutable std::mutex mutex_;
  Entries entries_;                                                 // the newest first
  std::unordered_map<std::string_view, Entries::iterator> by_key_;  // views into entries_
  std::map<std::string, Count, std::less<>> issuers_;
  std::size_t bytes_ = 0;
};

/// Marks the seals of a provider's reply as his, tells a SealMemory of them, and gives calls that
/// came without an id one, so that they can be known again.
std::unique_ptr<EventFilter> note_seals(SealMemory& memory, std::string provider,
                                        chat::EventSink& next);

/// Only tells the memory who has sealed what: for a reply that goes by as bytes, whose client
/// speaks the provider's dialect and has got the seals himself.
std::unique_ptr<chat::EventSink> watch_seals(SealMemory& memory, std::string provider);

}  // namespace omni::adapt
