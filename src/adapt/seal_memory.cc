#include "adapt/seal_memory.h"

#include <map>
#include <optional>
#include <utility>
#include <variant>

#include "base/hash.h"
#include "dialect/call_ids.h"
#include "dialect/ids.h"
#include "json/scratch_reader.h"

namespace omni::adapt {
namespace {

/// The same text for the same value, however its spaces, escapes and numbers are written and its
/// members ordered, for clients read the input of a call and write it again.
void append_value(std::string& out, json::Value value) {
  switch (value.kind()) {
    case json::Kind::object: {
      std::map<std::string_view, json::Value> members;
      for (const auto [key, member] : value.members()) members.insert_or_assign(key, member);
      out.push_back('{');
      for (const auto& [key, member] : members) {
        out.append(json::Raw::quote(key).text());
        append_value(out, member);
      }
      out.push_back('}');
      return;
    }
    case json::Kind::array:
      out.push_back('[');
      for (const json::Value item : value.items()) append_value(out, item);
      out.push_back(']');
      return;
    case json::Kind::text:
      out.append(json::Raw::quote(value.text()).text());
      return;
    case json::Kind::number:
      out.append(std::to_string(value.number())).push_back(',');
      return;
    default:
      out.append(value.slice()).push_back(',');
  }
}

std::string canonical(std::string_view input) {
  std::string out;
  const json::ScratchReader reader;
  append_value(out, reader->read(input));
  return out.empty() ? std::string(input) : out;
}

// Two kinds of keys in one memory: of a seal by its bytes, of a call by id and input.  Its name is
// not yet the client's when a reply passes by.
std::string key_of_seal(std::string_view bytes) {
  const Sha256 hash = sha256(bytes);
  return "s" + std::string(reinterpret_cast<const char*>(hash.data()), hash.size());
}
std::string key_of_call(const chat::ToolCall& call) {
  const Sha256 hash = sha256(canonical(call.input));
  std::string key = "c";
  key.append(reinterpret_cast<const char*>(hash.data()), hash.size()).append(call.id);
  return key;
}

/// Whether the id tells a call from those of other conversations.
bool names_one(const chat::ToolCall& call) {
  return !call.id.empty() && !dialect::CallIds::is_count(call.id);
}

}  // namespace

void SealMemory::note(const chat::Seal& seal) {
  remember({.key = key_of_seal(seal.bytes),
            .seal = {.issuer = seal.issuer, .bytes = {}},
            .redacted = false,
            .noted = {}});
}

void SealMemory::note_redacted(const chat::Seal& seal) {
  remember({.key = key_of_seal(seal.bytes),
            .seal = {.issuer = seal.issuer, .bytes = {}},
            .redacted = true,
            .noted = {}});
}

void SealMemory::note_call(const chat::ToolCall& call, const chat::Seal& seal) {
  note(seal);
  if (names_one(call)) {
    remember({.key = key_of_call(call), .seal = seal, .redacted = false, .noted = {}});
  }
}

void SealMemory::recall(chat::Request& request) {
  const std::lock_guard lock(mutex_);
  for (chat::Message& message : request.messages) {
    if (message.role != chat::Role::assistant) continue;
    for (chat::Part& part : message.parts) {
      auto* call = std::get_if<chat::ToolCall>(&part.body);
      if (part.seal && part.seal->issuer.empty()) {
        const Entry* entry = find(key_of_seal(part.seal->bytes));
        if (entry == nullptr) continue;
        part.seal->issuer = entry->seal.issuer;
        auto* thoughts = std::get_if<chat::Reasoning>(&part.body);
        if (thoughts != nullptr && entry->redacted) thoughts->redacted = true;
      } else if (!part.seal && call != nullptr && names_one(*call)) {
        const Entry* entry = find(key_of_call(*call));
        if (entry != nullptr) part.seal = entry->seal;
      }
    }
  }
}

bool SealMemory::knows_foreign(const chat::Request& request, std::string_view provider) {
  const std::lock_guard lock(mutex_);
  for (const chat::Message& message : request.messages) {
    for (const chat::Part& part : message.parts) {
      if (!part.seal) continue;
      const Entry* entry = find(key_of_seal(part.seal->bytes));
      if (entry != nullptr && entry->seal.issuer != provider) return true;
    }
  }
  return false;
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
    std::optional<chat::Seal> seal;  // that stood in the seed of a call, whose input is yet to come
  };

  void on_begin(const chat::PartBegin& begin) {
    chat::Part seed = begin.seed;
    open_ = {.choice = begin.choice, .redacted = false, .call = {}, .seal = {}};
    if (auto* call = std::get_if<chat::ToolCall>(&seed.body)) {
      if (call->id.empty()) {
        call->id = dialect::made_id("call_", reply_id_, begin.choice, begin.part);
      }
      open_.call = *call;
      open_.call->input.clear();
    } else if (const auto* thoughts = std::get_if<chat::Reasoning>(&seed.body)) {
      open_.redacted = thoughts->redacted;
    }
    if (seed.seal) {
      seed.seal->issuer = provider_;
      open_.call ? void(open_.seal = seed.seal) : note(*seed.seal);
    }
    next_.on(chat::PartBegin{begin.choice, begin.part, seed});
  }

  void on_delta(const chat::PartDelta& delta) {
    if (open_.call && delta.choice == open_.choice) open_.call->input += delta.text;
  }

  void on_end(const chat::PartEnd& end) {
    if (open_.seal && end.choice == open_.choice) note(*open_.seal);
    if (end.seal == nullptr) return next_.on(end);
    chat::Seal seal = *end.seal;
    note(seal);
    next_.on(chat::PartEnd{end.choice, end.part, &seal});
  }

  void note(chat::Seal& seal) {
    seal.issuer = provider_;
    if (open_.call) {
      chat::check_input(*open_.call);
      memory_.note_call(*open_.call, seal);
    } else if (open_.redacted) {
      memory_.note_redacted(seal);
    } else {
      memory_.note(seal);
    }
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
