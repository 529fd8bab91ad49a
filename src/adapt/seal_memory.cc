#include "adapt/seal_memory.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <variant>
#include <vector>

#include "base/hash.h"
#include "dialect/call_ids.h"
#include "dialect/ids.h"
#include "json/scratch_reader.h"

namespace omni::adapt {
namespace {

constexpr char seal_mark = 's';
constexpr char thoughts_mark = 't';
constexpr char call_mark = 'c';

// The keys in one memory: of a seal by its bytes, of thoughts by their text, of a call by its id
// and input.
std::string key_of(char mark, std::string_view bytes) {
  const Sha256 hash = sha256(bytes);
  return mark + std::string(reinterpret_cast<const char*>(hash.data()), hash.size());
}
std::string key_of(const chat::Seal& seal) { return key_of(seal_mark, seal.bytes); }

/// The same for a value however it is spelled, for many clients keep it as an object and write it
/// anew: blanks, escapes and the order of members do not count.
void append_value(std::string& out, json::Value value) {
  const auto append_text = [&](std::string_view text) {
    out.append(std::to_string(text.size())).append("\"").append(text);
  };
  if (value.kind() == json::Kind::object) {
    std::map<std::string_view, json::Value> sorted;
    for (const auto [key, member] : value.members()) sorted.insert_or_assign(key, member);
    out += '{';
    for (const auto& [key, member] : sorted) {
      append_text(key);
      append_value(out, member);
    }
    out += '}';
  } else if (value.kind() == json::Kind::array) {
    out += '[';
    for (const json::Value item : value.items()) append_value(out, item);
    out += ']';
  } else if (value.kind() == json::Kind::text) {
    append_text(value.text());
  } else {
    out.append(value.slice()).append(" ");
  }
}

/// Empty for a call that cannot be known again.  The name does not count: a provider may know the
/// tool by another one than the client.
std::string key_of(const chat::ToolCall& call) {
  if (call.id.empty() || dialect::is_counted_id(call.id)) return {};
  std::string text = call.id + '\n';
  if (call.form == chat::ToolCall::Form::object) {
    const json::ScratchReader reader;
    append_value(text, reader->read(call.input));
  } else {
    text += call.input;
  }
  return key_of(call_mark, text);
}

/// The key of a part that a memory may know; empty for others.
std::string key_of(const chat::Part& part) {
  if (part.seal) return part.seal->issuer.empty() ? key_of(*part.seal) : std::string();
  if (const auto* call = std::get_if<chat::ToolCall>(&part.body)) return key_of(*call);
  if (!std::holds_alternative<chat::Reasoning>(part.body)) return {};
  const std::string text = chat::text_of(part);
  return text.empty() ? std::string() : key_of(thoughts_mark, text);
}

/// The parts that a memory may know with their keys, hashed before anybody has to wait for it.
template <typename Part, typename Request>
std::vector<std::pair<Part*, std::string>> keys_of(Request& request) {
  std::vector<std::pair<Part*, std::string>> keys;
  for (auto& message : request.messages) {
    for (Part& part : message.parts) {
      if (std::string key = key_of(part); !key.empty()) keys.emplace_back(&part, std::move(key));
    }
  }
  return keys;
}

}  // namespace

void SealMemory::note(const chat::Seal& seal) {
  remember({.key = key_of(seal), .seal = {.issuer = seal.issuer, .bytes = {}}});
}

void SealMemory::note_redacted(const chat::Seal& seal) {
  remember({.key = key_of(seal), .seal = {.issuer = seal.issuer, .bytes = {}}, .redacted = true});
}

void SealMemory::note_thoughts(const std::string& text, const chat::Seal& seal) {
  note(seal);
  if (!text.empty()) remember({.key = key_of(thoughts_mark, text), .seal = seal});
}

void SealMemory::note_call(const chat::ToolCall& call, const chat::Seal& seal) {
  note(seal);
  std::string key = key_of(call);
  if (!key.empty()) remember({.key = std::move(key), .seal = seal});
}

void SealMemory::recall(chat::Request& request, std::string_view provider) {
  const auto keys = keys_of<chat::Part>(request);
  const std::lock_guard lock(mutex_);
  for (const auto& [part, key] : keys) {
    const Entry* entry = find(key);
    if (entry != nullptr && part->seal) {
      part->seal->issuer = entry->seal.issuer;
      auto* thoughts = std::get_if<chat::Reasoning>(&part->body);
      if (thoughts != nullptr && entry->redacted) thoughts->redacted = true;
    } else if (entry != nullptr && entry->seal.issuer == provider) {
      part->seal = entry->seal;
    }
  }
}

bool SealMemory::knows_others(std::string_view provider) const {
  const std::lock_guard lock(mutex_);
  return issuers_.size() > (issuers_.contains(provider) ? 1U : 0U);
}

bool SealMemory::knows_calls_of(std::string_view provider) const {
  const std::lock_guard lock(mutex_);
  const auto known = issuers_.find(provider);
  return known != issuers_.end() && known->second.calls > 0;
}

bool SealMemory::is_needed(const chat::Request& request, std::string_view provider) {
  const auto keys = keys_of<const chat::Part>(request);
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(keys, [&](const auto& each) {
    const Entry* entry = find(each.second);
    const bool sealed = each.first->seal.has_value();
    return entry != nullptr && sealed != (entry->seal.issuer == provider);
  });
}

std::size_t SealMemory::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

void SealMemory::remember(Entry entry) {
  const std::lock_guard lock(mutex_);
  if (const auto known = by_key_.find(entry.key); known != by_key_.end()) forget(known->second);
  entry.noted = clock_.steady();
  const std::size_t bytes = entry.bytes();
  if (bytes > limits_.bytes_max) return;
  Count& count = issuers_[entry.seal.issuer];
  ++count.all;
  if (entry.key.front() == call_mark) ++count.calls;
  entries_.push_front(std::move(entry));
  by_key_.emplace(entries_.front().key, entries_.begin());
  bytes_ += bytes;
  while (entries_.size() > limits_.entries_max || bytes_ > limits_.bytes_max) {
    forget(std::prev(entries_.end()));
  }
}

const SealMemory::Entry* SealMemory::find(const std::string& key) {
  const auto known = by_key_.find(key);
  if (known == by_key_.end()) return nullptr;
  if (clock_.steady() - known->second->noted > limits_.age_max) {
    forget(known->second);
    return nullptr;
  }
  entries_.splice(entries_.begin(), entries_, known->second);
  return &entries_.front();
}

void SealMemory::forget(Entries::iterator entry) {
  bytes_ -= entry->bytes();
  const auto issuer = issuers_.find(entry->seal.issuer);
  if (entry->key.front() == call_mark) --issuer->second.calls;
  if (--issuer->second.all == 0) issuers_.erase(issuer);
  by_key_.erase(entry->key);
  entries_.erase(entry);
}

namespace {

/// What is noted besides who has sealed what.
enum class Noted : std::uint8_t { issuers, thoughts };

class SealNoter final : public EventFilter {
 public:
  SealNoter(SealMemory& memory, std::string provider, Noted noted, chat::EventSink& next)
      : EventFilter(next), memory_(memory), provider_(std::move(provider)), noted_(noted) {}

  void on(const chat::Event& event) override {
    if (const auto* begin = std::get_if<chat::ReplyBegin>(&event)) reply_id_ = begin->id;
    if (const auto* begin = std::get_if<chat::PartBegin>(&event)) return on_begin(*begin);
    if (const auto* delta = std::get_if<chat::PartDelta>(&event)) on_delta(*delta);
    if (const auto* end = std::get_if<chat::PartEnd>(&event)) return on_end(*end);
    next_.on(event);
  }

 private:
  struct Open {
    int choice = -1;
    chat::Part part;  // of a call all that is told, of thoughts what can be noted
    int summary = -1;
  };

  void on_begin(const chat::PartBegin& begin) {
    chat::Part seed = begin.seed;
    auto* call = std::get_if<chat::ToolCall>(&seed.body);
    if (call != nullptr) call->input.clear();
    if (call != nullptr && call->id.empty()) {
      call->id = dialect::made_id("call_", reply_id_, begin.choice, begin.part);
    }
    open_ = {};
    open_.choice = begin.choice;
    if (call != nullptr || std::holds_alternative<chat::Reasoning>(seed.body)) {
      open_.part.body = seed.body;
    }
    if (seed.seal) note(*seed.seal);
    next_.on(chat::PartBegin{begin.choice, begin.part, seed});
  }

  void on_delta(const chat::PartDelta& delta) {
    if (delta.choice != open_.choice) return;
    if (auto* call = std::get_if<chat::ToolCall>(&open_.part.body)) call->input += delta.text;
    auto* thoughts = std::get_if<chat::Reasoning>(&open_.part.body);
    if (thoughts == nullptr || noted_ != Noted::thoughts) return;
    if (open_.summary >= 0 && delta.summary != open_.summary) thoughts->text += "\n\n";
    open_.summary = delta.summary;
    thoughts->text += delta.text;
  }

  void on_end(const chat::PartEnd& end) {
    std::optional<chat::Seal> seal;
    if (end.seal != nullptr) note(seal.emplace(*end.seal));
    next_.on(chat::PartEnd{end.choice, end.part, seal ? &*seal : nullptr});
    if (end.choice == open_.choice) close(std::exchange(open_, {}).part);
  }

  void note(chat::Seal& seal) {
    seal.issuer = provider_;
    open_.part.seal = seal;
  }

  /// Only what is whole.
  void close(chat::Part part) {
    if (auto* call = std::get_if<chat::ToolCall>(&part.body)) return close_call(*call, part.seal);
    if (!part.seal) return;
    const auto* thoughts = std::get_if<chat::Reasoning>(&part.body);
    if (thoughts != nullptr && thoughts->redacted) {
      memory_.note_redacted(*part.seal);
    } else if (thoughts != nullptr && noted_ == Noted::thoughts) {
      memory_.note_thoughts(thoughts->text, *part.seal);
    } else {
      memory_.note(*part.seal);
    }
  }

  void close_call(chat::ToolCall& call, const std::optional<chat::Seal>& seal) {
    if (!seal) return;
    if (call.form != chat::ToolCall::Form::freeform) chat::check_input(call);
    memory_.note_call(call, *seal);
  }

  SealMemory& memory_;
  std::string provider_;
  Noted noted_;
  std::string reply_id_;
  Open open_;  // choices are rarely told interleaved, and a mix-up costs a seal at worst
};

class SealWatcher final : public chat::EventSink {
 public:
  SealWatcher(SealMemory& memory, std::string provider)
      : noter_(memory, std::move(provider), Noted::issuers, nobody_) {}
  void on(const chat::Event& event) override { noter_.on(event); }

 private:
  class Nobody final : public chat::EventSink {
    void on(const chat::Event& /*event*/) override {}
  };
  Nobody nobody_;
  SealNoter noter_;
};

}  // namespace

std::unique_ptr<EventFilter> note_seals(SealMemory& memory, std::string provider,
                                        chat::EventSink& next) {
  return std::make_unique<SealNoter>(memory, std::move(provider), Noted::thoughts, next);
}

std::unique_ptr<chat::EventSink> watch_seals(SealMemory& memory, std::string provider) {
  return std::make_unique<SealWatcher>(memory, std::move(provider));
}

}  // namespace omni::adapt
