#include "adapt/seal_memory.h"

#include <algorithm>
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
constexpr char call_mark = 'c';

// Two kinds of keys in one memory: of a seal by its bytes, of a call by its id and input.
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

/// Hands each part that a memory may know to `take`, with its key.
template <typename Request, typename Take>
void for_each_key(Request& request, const Take& take) {
  for (auto& message : request.messages) {
    for (auto& part : message.parts) {
      const auto* call = std::get_if<chat::ToolCall>(&part.body);
      if (part.seal) {
        if (part.seal->issuer.empty()) take(part, key_of(*part.seal));
      } else if (call != nullptr) {
        if (std::string key = key_of(*call); !key.empty()) take(part, std::move(key));
      }
    }
  }
}

}  // namespace

void SealMemory::note(const chat::Seal& seal) {
  remember({.key = key_of(seal),
            .seal = {.issuer = seal.issuer, .bytes = {}},
            .redacted = false,
            .noted = {}});
}

void SealMemory::note_redacted(const chat::Seal& seal) {
  remember({.key = key_of(seal),
            .seal = {.issuer = seal.issuer, .bytes = {}},
            .redacted = true,
            .noted = {}});
}

void SealMemory::note_call(const chat::ToolCall& call, const chat::Seal& seal) {
  note(seal);
  std::string key = key_of(call);
  if (key.empty()) return;
  remember({.key = std::move(key), .seal = seal, .redacted = false, .noted = {}});
}

void SealMemory::recall(chat::Request& request) {
  std::vector<std::pair<chat::Part*, std::string>> keys;  // hashed before anybody has to wait
  for_each_key(request, [&](chat::Part& part, std::string key) {
    keys.emplace_back(&part, std::move(key));
  });
  const std::lock_guard lock(mutex_);
  for (const auto& [part, key] : keys) {
    const Entry* entry = find(key);
    if (entry == nullptr) continue;
    if (part->seal) {
      part->seal->issuer = entry->seal.issuer;
    } else {
      part->seal = entry->seal;
    }
    auto* thoughts = std::get_if<chat::Reasoning>(&part->body);
    if (thoughts != nullptr && entry->redacted) thoughts->redacted = true;
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
  std::vector<std::pair<const chat::Part*, std::string>> keys;
  for_each_key(request, [&](const chat::Part& part, std::string key) {
    keys.emplace_back(&part, std::move(key));
  });
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(keys, [&](const auto& each) {
    const Entry* entry = find(each.second);
    return entry != nullptr && each.first->seal.has_value() != (entry->seal.issuer == provider);
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
  const std::size_t bytes = entry.key.size() + entry.seal.bytes.size();
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
  bytes_ -= entry->key.size() + entry->seal.bytes.size();
  const auto issuer = issuers_.find(entry->seal.issuer);
  if (entry->key.front() == call_mark) --issuer->second.calls;
  if (--issuer->second.all == 0) issuers_.erase(issuer);
  by_key_.erase(entry->key);
  entries_.erase(entry);
}

namespace {

class SealNoter final : public EventFilter {
 public:
  SealNoter(SealMemory& memory, std::string provider, chat::EventSink& next)
      : EventFilter(next), memory_(memory), provider_(std::move(provider)) {}

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
    bool redacted = false;
    std::optional<chat::ToolCall> call;
    std::optional<chat::Seal> seal;
  };

  void on_begin(const chat::PartBegin& begin) {
    chat::Part seed = begin.seed;
    open_ = {.choice = begin.choice, .redacted = false, .call = {}, .seal = {}};
    if (auto* call = std::get_if<chat::ToolCall>(&seed.body)) {
      if (call->id.empty()) {
        call->id = dialect::made_id("call_", reply_id_, begin.choice, begin.part);
      }
      call->input.clear();
      open_.call = *call;
    } else if (const auto* thoughts = std::get_if<chat::Reasoning>(&seed.body)) {
      open_.redacted = thoughts->redacted;
    }
    if (seed.seal) note(*seed.seal);
    next_.on(chat::PartBegin{begin.choice, begin.part, seed});
  }

  void on_delta(const chat::PartDelta& delta) {
    if (open_.call && delta.choice == open_.choice) open_.call->input += delta.text;
  }

  void on_end(const chat::PartEnd& end) {
    std::optional<chat::Seal> seal;
    if (end.seal != nullptr) note(seal.emplace(*end.seal));
    next_.on(chat::PartEnd{end.choice, end.part, seal ? &*seal : nullptr});
    if (end.choice == open_.choice) note_call();
  }

  void note(chat::Seal& seal) {
    seal.issuer = provider_;
    if (open_.call) {
      open_.seal = seal;
    } else if (open_.redacted) {
      memory_.note_redacted(seal);
    } else {
      memory_.note(seal);
    }
  }

  /// Only with its whole input.
  void note_call() {
    if (!open_.call || !open_.seal) return;
    if (open_.call->form != chat::ToolCall::Form::freeform) chat::check_input(*open_.call);
    memory_.note_call(*open_.call, *open_.seal);
    open_ = {};
  }

  SealMemory& memory_;
  std::string provider_;
  std::string reply_id_;
  Open open_;  // choices are rarely told interleaved, and a mix-up costs a seal at worst
};

class SealWatcher final : public chat::EventSink {
 public:
  SealWatcher(SealMemory& memory, std::string provider)
      : noter_(memory, std::move(provider), nobody_) {}
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
  return std::make_unique<SealNoter>(memory, std::move(provider), next);
}

std::unique_ptr<chat::EventSink> watch_seals(SealMemory& memory, std::string provider) {
  return std::make_unique<SealWatcher>(memory, std::move(provider));
}

}  // namespace omni::adapt
