#include "chat/sequencer.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <string>
#include <utility>

namespace omni::chat {
namespace {

/// Follows the text of a tool call's input to see when its brackets are closed again.
class InputScan {
 public:
  void feed(std::string_view text) {
    for (std::size_t i = 0; i < text.size() && !complete_; ++i) {
      const char c = text[i];
      if (escaped_) {
        escaped_ = false;
      } else if (in_string_) {
        escaped_ = c == '\\';
        in_string_ = c != '"';
      } else {
        outside(c);
      }
    }
  }
  bool complete() const { return complete_; }

 private:
  void outside(char c) {
    switch (c) {
      case '"':
        in_string_ = true;
        break;
      case '{':
      case '[':
        ++depth_;
        break;
      case '}':
      case ']':
        complete_ = depth_ <= 1;
        --depth_;
        break;
      default:
        break;
    }
  }

  std::int64_t depth_ = 0;
  bool in_string_ = false;
  bool escaped_ = false;
  bool complete_ = false;
};

/// Holds back the head of an input that may yet turn out to be none at all: blanks, or null, which
/// models say for no arguments and which nobody takes for an object.
class InputHead {
 public:
  /// Takes the head off the text; what is left has begun the input.
  void take(std::string_view& text) {
    while (!begun_ && !text.empty()) {
      if (null_.substr(length_).starts_with(text.front())) {
        ++length_;
      } else if (!is_blank(text.front())) {
        begun_ = true;
        return;
      }
      text.remove_prefix(1);
    }
  }
  /// What was held back and is part of the input after all, once.
  std::string_view held() { return null_.substr(0, std::exchange(length_, std::size_t{0})); }
  bool is_nothing() const { return length_ == 0 || length_ == null_.size(); }

 private:
  static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

  static constexpr std::string_view null_ = "null";
  std::size_t length_ = 0;  // of what is held
  bool begun_ = false;
};

/// Text and thoughts are told first and proven afterwards, so their seals come with the end.
bool is_sealed_at_end(const Part& part) {
  if (const auto* reasoning = std::get_if<Reasoning>(&part.body)) return !reasoning->redacted;
  return std::holds_alternative<Text>(part.body) || std::holds_alternative<Refusal>(part.body);
}

bool is_cut(Finish finish) { return finish == Finish::length || finish == Finish::content_filter; }

/// What a part costs before its deltas come.
std::size_t bytes_of(const Part& seed) {
  std::size_t bytes = sizeof(Part) + (seed.seal ? seed.seal->bytes.size() : 0);
  if (const auto* media = std::get_if<Media>(&seed.body)) bytes += media->payload.size();
  if (const auto* opaque = std::get_if<Opaque>(&seed.body)) bytes += opaque->item.text().size();
  if (const auto* call = std::get_if<ToolCall>(&seed.body)) {
    bytes += call->id.size() + call->name.size();
  }
  for (const auto& [name, value] : seed.extras.members) bytes += name.size() + value.text().size();
  return bytes;
}

/// What the events of a part depend on besides its seed.
struct Trait {
  bool call = false;       // waits for its end; other parts end when another begins
  bool json = false;       // whose end can be seen
  bool reasoning = false;  // may have summaries

  static Trait of(const Part& part) {
    const auto* call = std::get_if<ToolCall>(&part.body);
    return {.call = call != nullptr,
            .json = call != nullptr && call->form != ToolCall::Form::freeform,
            .reasoning = std::holds_alternative<Reasoning>(part.body)};
  }
};

}  // namespace

/// A part that was opened and cannot be told yet.
struct Sequencer::Waiting {
  struct Run {
    std::size_t end;  // in text
    int summary;
  };
  Key key;
  Part seed;
  std::string text;
  std::vector<Run> runs;
  std::optional<Seal> seal;
  bool closed = false;
};

struct Sequencer::ChoiceState {
  bool begun = false;
  bool ended = false;
  bool called = false;
  int parts = 0;  // the live one is the last

  bool live = false;
  bool closed = false;  // the live one, before its time to go live came
  Key key = 0;
  Trait trait;
  InputHead head;
  InputScan input;
  int summary = -1;
  bool sealed = false;  // its seed told the seal
  std::optional<Seal> seal;

  std::deque<Waiting> waiting;  // in the order in which they were opened
  std::size_t waiting_bytes = 0;

  /// Whether it can be known that nothing more of the live one will come.
  bool is_over() const { return closed || (!waiting.empty() && (!trait.call || input.complete())); }

  Waiting* find_waiting(Key wanted) {
    const auto found = std::find_if(waiting.begin(), waiting.end(), [&](const Waiting& part) {
      return part.key == wanted && !part.closed;
    });
    return found == waiting.end() ? nullptr : &*found;
  }
};

Sequencer::Sequencer(EventSink& sink) : sink_(&sink) {}
Sequencer::~Sequencer() = default;

Sequencer::ChoiceState* Sequencer::find(int choice) {
  const auto index = static_cast<std::size_t>(choice);  // a negative one becomes too large
  return index < choices_.size() ? &choices_[index] : nullptr;
}

const Sequencer::ChoiceState* Sequencer::find(int choice) const {
  const auto index = static_cast<std::size_t>(choice);
  return index < choices_.size() ? &choices_[index] : nullptr;
}

/// The choice, begun now if it was not; nothing for one that has ended or must not be.
Sequencer::ChoiceState* Sequencer::begin(int choice) {
  if (choice < 0 || choice >= choices_max) {
    overflowed_ = true;
    return nullptr;
  }
  if (find(choice) == nullptr) choices_.resize(static_cast<std::size_t>(choice) + 1);
  ChoiceState* state = find(choice);
  state->begun = true;
  return state->ended ? nullptr : state;
}

/// Counts what is told; false if it is too much, and it must not be told.
bool Sequencer::has_room(std::size_t bytes) {
  if (bytes > reply_bytes_max - bytes_) overflowed_ = true;
  if (!overflowed_) bytes_ += bytes;
  return !overflowed_;
}

bool Sequencer::is_open(int choice, Key key) const {
  const ChoiceState* state = find(choice);
  if (state == nullptr) return false;
  if (state->live && state->key == key) return true;
  return std::any_of(state->waiting.begin(), state->waiting.end(),
                     [&](const Waiting& part) { return part.key == key && !part.closed; });
}

void Sequencer::open(int choice, Key key, Part seed) {
  ChoiceState* state = begin(choice);
  if (state == nullptr || is_open(choice, key) || !has_room(bytes_of(seed))) return;
  if (state->waiting.size() >= open_parts_max - 1) {
    overflowed_ = true;
    return;
  }
  if (auto* call = std::get_if<ToolCall>(&seed.body)) {
    call->input.clear();
    if (call->runner == ToolCall::Runner::client) state->called = true;
  }
  if (!state->waiting.empty() && !Trait::of(state->waiting.back().seed).call)
    state->waiting.back().closed = true;
  state->waiting.push_back({key, std::move(seed), {}, {}, {}});
  if (!state->live) start_next(*state, choice);
  settle(*state, choice);
}

void Sequencer::delta(int choice, Key key, std::string_view text, int summary) {
  ChoiceState* state = find(choice);
  if (state == nullptr || text.empty() || !has_room(text.size())) return;
  if (state->live && state->key == key) {
    tell(*state, choice, text, summary);
    return settle(*state, choice);
  }
  Waiting* part = state->find_waiting(key);
  if (part == nullptr) return;
  if (state->waiting_bytes + text.size() > waiting_bytes_max) {
    overflowed_ = true;
    return;
  }
  state->waiting_bytes += text.size();
  part->text.append(text);
  if (!part->runs.empty() && part->runs.back().summary == summary)
    part->runs.back().end = part->text.size();
  else
    part->runs.push_back({part->text.size(), summary});
}

void Sequencer::close(int choice, Key key, const Seal* seal) {
  ChoiceState* state = find(choice);
  if (state == nullptr || (seal != nullptr && !has_room(seal->bytes.size()))) return;
  if (state->live && state->key == key) {
    if (seal != nullptr) state->seal = *seal;
    state->closed = true;
    return settle(*state, choice);
  }
  if (Waiting* part = state->find_waiting(key)) {
    part->closed = true;
    if (seal != nullptr) part->seal = *seal;
  }
}

void Sequencer::aside(int choice, Dialect dialect, std::string_view object) {
  const ChoiceState* state = begin(choice);
  if (state == nullptr || !has_room(object.size())) return;
  sink_->on(Aside{choice, state->live ? state->parts - 1 : -1, dialect, object});
}

void Sequencer::aside_of_choice(int choice, Dialect dialect, std::string_view object) {
  if (begin(choice) == nullptr || !has_room(object.size())) return;
  sink_->on(Aside{choice, -1, dialect, object});
}

void Sequencer::end(int choice, Finish finish, std::string_view word,
                    std::string_view stop_sequence) {
  ChoiceState* state = begin(choice);
  if (state == nullptr) return;
  if (state->live) finish_live(*state, choice);
  while (!state->waiting.empty()) {
    start_next(*state, choice);
    finish_live(*state, choice);
  }
  state->ended = true;
  if (state->called && !is_cut(finish) && finish != Finish::tool_calls) {
    finish = Finish::tool_calls;
    word = {};  // says something else
  }
  sink_->on(ChoiceEnd{choice, finish, word, stop_sequence});
}

bool Sequencer::ended(int choice) const {
  const ChoiceState* state = find(choice);
  return state != nullptr && state->ended;
}

std::size_t Sequencer::choices() const {
  return static_cast<std::size_t>(std::count_if(
      choices_.begin(), choices_.end(), [](const ChoiceState& state) { return state.begun; }));
}

bool Sequencer::called(int choice) const {
  const ChoiceState* state = find(choice);
  return state != nullptr && state->called;
}

/// Of the live part.
void Sequencer::tell(ChoiceState& state, int choice, std::string_view text, int summary) {
  if (state.trait.json) {
    state.head.take(text);
    if (text.empty()) return;
    const std::string_view held = state.head.held();
    if (!held.empty()) sink_->on(PartDelta{choice, state.parts - 1, held, -1});
    state.input.feed(text);
  }
  if (!state.trait.reasoning || summary < 0) {
    summary = -1;
  } else {
    const int before = state.summary;
    state.summary = std::clamp(summary, std::max(before, 0), summaries_max - 1);
    summary = state.summary;
    // A summary costs something even where it is skipped.
    if (!has_room(static_cast<std::size_t>(summary - before) * sizeof(std::string))) return;
  }
  sink_->on(PartDelta{choice, state.parts - 1, text, summary});
}

void Sequencer::finish_live(ChoiceState& state, int choice) {
  state.live = false;
  if (!state.head.is_nothing()) {
    sink_->on(PartDelta{choice, state.parts - 1, state.head.held(), -1});
  }
  sink_->on(PartEnd{choice, state.parts - 1, state.seal && !state.sealed ? &*state.seal : nullptr});
}

/// Makes the part that has waited longest the live one, and tells what there is of it.
void Sequencer::start_next(ChoiceState& state, int choice) {
  Waiting part = std::move(state.waiting.front());
  state.waiting.pop_front();
  state.waiting_bytes -= part.text.size();
  state.live = true;
  state.closed = part.closed;
  state.key = part.key;
  state.trait = Trait::of(part.seed);
  state.head = {};
  state.input = {};
  state.summary = -1;
  state.seal = std::move(part.seal);
  if (is_sealed_at_end(part.seed)) {
    if (!state.seal) state.seal = std::move(part.seed.seal);
    part.seed.seal.reset();
  }
  state.sealed = part.seed.seal.has_value();
  sink_->on(PartBegin{choice, state.parts++, part.seed});
  std::size_t told = 0;
  for (const Waiting::Run& run : part.runs) {
    tell(state, choice, std::string_view(part.text).substr(told, run.end - told), run.summary);
    told = run.end;
  }
}

/// Ends the live part, and those after it, as far as they are over.
void Sequencer::settle(ChoiceState& state, int choice) {
  while (state.live && state.is_over()) {
    finish_live(state, choice);
    if (!state.waiting.empty()) start_next(state, choice);
  }
}

}  // namespace omni::chat
