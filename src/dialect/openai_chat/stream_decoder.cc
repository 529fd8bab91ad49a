// data: {"id":"chatcmpl-…","object":"chat.completion.chunk","created":…,"model":"…",
//        "choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}],"usage":null}
// …
// data: [DONE]
//
// A delta has the members of a message, each with a piece of it.  Calls are told apart by an index
// which many providers leave out, or leave at 0 for all of them.

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "base/strings.h"
#include "chat/sequencer.h"
#include "dialect/framing.h"
#include "dialect/openai_chat/call_list.h"
#include "dialect/openai_chat/message.h"
#include "dialect/openai_failure.h"
#include "dialect/refrain.h"
#include "json/scratch_reader.h"

namespace omni::dialect::openai_chat {
namespace {

using chat::Part;
using chat::Sequencer;
using chat::ToolCall;
using json::Kind;
using json::Value;

constexpr std::string_view cut_off = "Upstream ended the stream before the answer was complete";
constexpr std::string_view invalid_json = "Invalid JSON in the provider's stream";
constexpr std::string_view too_much = "Upstream sent more than an answer may hold";

constexpr std::size_t head_bytes_max = 1U << 20;  // of what comes before the first choice

/// Which member of a delta a running text is from.
enum class Prose : std::uint8_t { none, text, refusal, reasoning };

struct ChoiceState {
  bool seen = false;
  Prose prose = Prose::none;
  Sequencer::Key key = 0;          // of the prose
  bool in_asides = false;          // the prose is told there as well
  std::optional<chat::Seal> seal;  // of the thoughts
  std::string word;                // why it ends, as far as is known
  std::string stop_sequence;
  CallList calls;
};

/// What a chunk says about a choice that no event has a name for.
struct Notes {
  Rest choice, message;
  Rest told;  // of the message as well, in events
};

class ChatStreamDecoder final : public StreamDecoder {
 public:
  void feed(std::string_view bytes, chat::EventSink& sink) override {
    listen(sink);
    if (!over_) frames_.feed(bytes);
    drain();
  }

  void finish(chat::EventSink& sink) override {
    listen(sink);
    frames_.finish();
    drain();
    if (over_) return;
    const bool complete = std::ranges::all_of(
        choices_, [](const ChoiceState& choice) { return !choice.seen || !choice.word.empty(); });
    complete ? end() : fail(cut_off);
  }

 private:
  void listen(chat::EventSink& sink) { refrain_.set_sink(sink); }

  void drain() {
    while (!over_) {
      const std::optional<SseReader::Event> event = frames_.next();
      if (!event) break;
      take(*event);
    }
    if (!over_ && frames_.too_long()) fail(too_much);
  }

  void take(const SseReader::Event& event);
  void read(const SseReader::Event& event);
  void chunk(Value root);
  bool read_head(std::string_view key, Value value);
  void usage(Value value);
  void begin();

  void choice(Value value, std::size_t position);
  ChoiceState* state_of(Value index, std::size_t position);
  void delta(ChoiceState& state, Value object, Notes& notes);
  void content(ChoiceState& state, Value content);
  void thoughts(ChoiceState& state, const WireMessage& message, Notes& notes);
  void say(ChoiceState& state, Prose prose, std::string_view text, std::uint32_t spelling = 0);
  void go_on(int choice, Sequencer::Key key, std::string_view text);
  void tell_whole(ChoiceState& state, Part part);
  void leave_prose(ChoiceState& state);
  void tell(ChoiceState& state, Notes notes);
  void end_choice(ChoiceState& state);

  void call(ChoiceState& state, const CallDelta& delta);
  void open(ChoiceState& state, Call& call);
  void close(ChoiceState& state, Call& call);

  void end();
  void fail(std::string_view message) {
    chat::Failure failure;
    failure.status = 502;
    failure.message = message;
    fail(failure);
  }
  void fail(const chat::Failure& failure) {
    if (std::exchange(over_, true)) return;
    refrain_.on(chat::ReplyFailed{failure});
  }

  int number_of(const ChoiceState& state) const {
    return static_cast<int>(&state - choices_.data());
  }

  SseReader frames_;
  Refrain refrain_;  // hears what is told, and passes it on
  Sequencer sequencer_{refrain_};
  int last_choice_ = 0;  // that went on, and which of its parts
  Sequencer::Key last_key_ = 0;
  int went_on_ = 0;  // parts of all choices, in this chunk
  std::vector<ChoiceState> choices_;
  Sequencer::Key next_key_ = 0;
  std::size_t held_bytes_ = 0;  // by all calls that wait for their names, so far
  bool begun_ = false;
  bool over_ = false;

  // Until the reply begins
  std::string id_, model_;
  std::int64_t created_ = 0;
  chat::Extras extras_;
  std::unordered_set<std::string> known_;  // their names
  std::size_t extras_bytes_ = 0;
  std::optional<chat::Usage> usage_;
  chat::Service service_{};
};

void ChatStreamDecoder::take(const SseReader::Event& event) {
  if (const std::optional<std::string_view> words = refrain_.words_of(event)) {
    go_on(last_choice_, last_key_, *words);
  } else {
    went_on_ = 0;
    refrain_.begin();
    read(event);
  }
  if (!over_ && sequencer_.overflowed()) fail(too_much);
}

void ChatStreamDecoder::read(const SseReader::Event& event) {
  if (trim(event.data) == "[DONE]") return end();
  const json::ScratchReader reader;
  const Value root = reader->read(event.data, Error::Kind::upstream);
  if (root.kind() != Kind::object) return fail(invalid_json);
  if (event.name == "error") return fail(openai::read_failure(root));
  chunk(root);
  if (reader->failed()) return fail(reader->finish().error().message());
  if (went_on_ == 1) refrain_.end(event);  // what waits for its turn is not told
}

void ChatStreamDecoder::chunk(Value root) {
  Value choices;
  Value usage_said;
  for (const auto [key, value] : root.members()) {
    if (key == "choices") {
      choices = value;
    } else if (key == "object") {
      // Other objects are no part of an answer: pings, reports of progress.
      const std::string_view object = text_if(value);
      if (!object.empty() && !object.starts_with("chat.completion")) return;
    } else if (key == "usage") {
      usage_said = value;
    } else if (key == "x_groq" && value.kind() == Kind::object) {
      if (!usage_said) usage_said = value.find("usage");
    } else if (key == "error" && openai::is_failure(value)) {
      return fail(openai::read_failure(root));
    } else if (!begun_ && !read_head(key, value)) {
      return fail(too_much);
    }
  }
  if (choices.kind() == Kind::array && !holds_nothing(choices)) {
    begin();
    std::size_t position = 0;
    for (const Value each : choices.items()) {
      if (!over_) choice(each, position++);
    }
  }
  if (over_ || !usage_said) return;
  if (const Value service = root.find("service_tier"))
    service_ = chat::service_of(text_if(service));
  usage(usage_said);
}

/// Azure says something before it knows what the reply is called.
bool ChatStreamDecoder::read_head(std::string_view key, Value value) {
  if (key == "id") {
    if (id_.empty()) id_ = text_if(value);
  } else if (key == "model") {
    if (model_.empty()) model_ = text_if(value);
  } else if (key == "created") {
    if (value.kind() == Kind::number) created_ = std::max(created_, whole_part(value));
  } else if (!value.is_null() && key != "obfuscation" && known_.emplace(key).second) {
    extras_bytes_ += key.size() + value.slice().size();
    if (extras_bytes_ > head_bytes_max) return false;
    keep(extras_, key, value);
  }
  return true;
}

void ChatStreamDecoder::begin() {
  if (std::exchange(begun_, true)) return;
  refrain_.on(chat::ReplyBegin{own, id_, model_, created_, &extras_});
  if (usage_) refrain_.on(chat::UsageSoFar{*usage_});
}

void ChatStreamDecoder::usage(Value value) {
  if (value.kind() != Kind::object) return;
  std::optional<chat::Usage> read = read_usage(value);
  if (!read) return;
  read->service = service_;
  if (begun_) {
    refrain_.on(chat::UsageSoFar{*read});
  } else {
    usage_ = std::move(read);
  }
}

ChoiceState* ChatStreamDecoder::state_of(Value index, std::size_t position) {
  std::size_t number = position;
  if (index.kind() == Kind::number) number = static_cast<std::size_t>(whole_part(index));
  if (number >= Sequencer::choices_max) {
    fail(too_much);
    return nullptr;
  }
  if (number >= choices_.size()) choices_.resize(number + 1);
  choices_[number].seen = true;
  return &choices_[number];
}

void ChatStreamDecoder::choice(Value value, std::size_t position) {
  if (value.kind() != Kind::object) return;
  ChoiceState* const state = state_of(value.find("index"), position);
  if (state == nullptr) return;
  Notes notes;
  Value message;
  std::string_view word;
  for (const auto [key, member] : value.members()) {
    if (key == "delta" || (key == "message" && !message)) {
      message = member;
    } else if (key == "finish_reason") {
      word = text_if(member);
    } else if (key == "usage") {
      usage(member);  // as Moonshot does
    } else if (key == "stop_reason" && is_stop_sequence(text_if(member))) {
      state->stop_sequence = member.text();
    } else if (key == "error" && openai::is_failure(member)) {
      return fail(openai::read_failure(value));
    } else if (key != "index" && says_something(member)) {
      notes.choice.add(extra_name(key), member);
    }
  }
  if (message.kind() == Kind::object) delta(*state, message, notes);
  tell(*state, std::move(notes));
  if (word == broken_off) return fail(broken_off_failure());
  if (!word.empty()) state->word = word;
}

void ChatStreamDecoder::delta(ChoiceState& state, Value object, Notes& notes) {
  std::vector<Part> pictures;
  const WireMessage message =
      WireMessage::read(object, chat::Role::assistant, [&](std::string_view key, Value value) {
        if (!says_something(value) || (key == "images" && read_pictures(value, pictures))) return;
        notes.message.add(key, value);
      });
  thoughts(state, message, notes);
  content(state, message.content);
  for (Part& picture : pictures) tell_whole(state, std::move(picture));
  say(state, Prose::refusal, text_if(message.refusal));
  if (message.tool_calls.kind() == Kind::array) {
    for (const Value item : message.tool_calls.items()) {
      if (!over_) call(state, CallDelta::read(item));
    }
  }
  if (message.function_call && !over_) call(state, CallDelta::read_old(message.function_call));
}

void ChatStreamDecoder::content(ChoiceState& state, Value content) {
  if (content.kind() != Kind::array) return say(state, Prose::text, text_if(content));
  for (const Value piece : content.items()) {
    if (const std::optional<Part> thought = read_thinking_piece(piece)) {
      say(state, Prose::reasoning, std::get<chat::Reasoning>(thought->body).text);
      continue;
    }
    Part part = read_piece(piece);
    const auto* text = std::get_if<chat::Text>(&part.body);
    text != nullptr ? say(state, Prose::text, text->text) : tell_whole(state, std::move(part));
  }
}

/// Thoughts that are told in details are told twice, in most streams: by `reasoning` and by the
/// list. Then an aside has both as they came, so that at home they go out together.
void ChatStreamDecoder::thoughts(ChoiceState& state, const WireMessage& message, Notes& notes) {
  const bool shorter = text_if(message.reasoning_content).empty();
  const Value said = shorter ? message.reasoning : message.reasoning_content;
  const std::string_view text = text_if(said);
  const Value items = message.reasoning_details;
  const bool detailed = items.kind() == Kind::array;
  const std::uint32_t aside = detailed ? spelled::in_asides : 0;
  say(state, Prose::reasoning, text, aside | (shorter ? spelled::as_reasoning : 0));
  if (!text.empty() && state.in_asides) {
    notes.told.add(shorter ? "reasoning" : "reasoning_content", said);
  }
  if (!detailed) return;
  notes.told.add("reasoning_details", items);
  for (const Value item : items.items()) {
    const ReasoningDetail detail = ReasoningDetail::read(item);
    if (text.empty()) {
      say(state, Prose::reasoning, detail.text, aside | spelled::as_details);
      say(state, Prose::reasoning, detail.summary, aside | spelled::as_details);
    }
    if (!detail.signature.empty() && state.prose == Prose::reasoning) {
      state.seal = chat::Seal{{}, std::string(detail.signature)};
    }
    if (!detail.data.empty()) tell_whole(state, encrypted_thought(detail.data));
  }
}

/// Goes on with the text that is being told, or begins another one.
void ChatStreamDecoder::say(ChoiceState& state, Prose prose, std::string_view text,
                            std::uint32_t spelling) {
  if (text.empty()) return;
  const int number = number_of(state);
  if (state.prose != prose || !sequencer_.is_open(number, state.key)) {
    leave_prose(state);
    Part seed;
    if (prose == Prose::refusal) seed.body = chat::Refusal{};
    if (prose == Prose::reasoning) seed.body = chat::Reasoning{};
    if (spelling != 0) spell(seed.extras, spelling);
    state.prose = prose;
    state.in_asides = (spelling & spelled::in_asides) != 0;
    state.key = next_key_++;
    sequencer_.open(number, state.key, std::move(seed));
  }
  go_on(number, state.key, text);
}

void ChatStreamDecoder::go_on(int choice, Sequencer::Key key, std::string_view text) {
  ++went_on_;
  last_choice_ = choice;
  last_key_ = key;
  sequencer_.delta(choice, key, text);
}

void ChatStreamDecoder::tell_whole(ChoiceState& state, Part part) {
  leave_prose(state);
  const Sequencer::Key key = next_key_++;
  sequencer_.open(number_of(state), key, std::move(part));
  sequencer_.close(number_of(state), key);
}

void ChatStreamDecoder::leave_prose(ChoiceState& state) {
  if (state.prose == Prose::none) return;
  sequencer_.close(number_of(state), state.key, state.seal ? &*state.seal : nullptr);
  state.prose = Prose::none;
  state.in_asides = false;
  state.seal.reset();
}

void ChatStreamDecoder::tell(ChoiceState& state, Notes notes) {
  const std::string message = std::move(notes.message).take();
  if (!message.empty()) notes.choice.add("message", message);
  const std::string told = std::move(notes.told).take();
  if (!told.empty()) notes.choice.add("=message", told);
  const std::string object = std::move(notes.choice).take();
  if (!object.empty() && !over_) sequencer_.aside_of_choice(number_of(state), own, object);
}

void ChatStreamDecoder::end_choice(ChoiceState& state) {
  leave_prose(state);
  for (Call& call : state.calls.all()) close(state, call);
  sequencer_.end(number_of(state), finish_of(state.word), state.word, state.stop_sequence);
}

/// Who says that all is said means it, even if no reason was given for each choice.  Not so who
/// gives a reason: some give one with every chunk, some before the last call.
void ChatStreamDecoder::end() {
  if (choices_.empty()) return fail(cut_off);
  for (ChoiceState& state : choices_) {
    if (state.seen) end_choice(state);
  }
  over_ = true;
  refrain_.on(chat::ReplyEnd{});
}

void ChatStreamDecoder::call(ChoiceState& state, const CallDelta& delta) {
  Call* call = state.calls.find(delta);
  if (call != nullptr && call->is_other(delta)) {
    close(state, *call);
    *call = {.index = call->index};
  } else if (call == nullptr) {
    call = state.calls.add(delta);
  }
  if (call == nullptr) return fail(too_much);
  call->learn(delta);
  if (!call->open && !call->name.empty()) open(state, *call);
  if (call->open) {
    go_on(number_of(state), call->key, delta.arguments);
  } else if (held_bytes_ += delta.arguments.size(); held_bytes_ > frame_bytes_max) {
    fail(too_much);
  } else {
    ++went_on_;
    call->held += delta.arguments;
  }
}

/// Only with its name, for nobody could do anything with a call of nothing.
void ChatStreamDecoder::open(ChoiceState& state, Call& call) {
  leave_prose(state);
  Part seed;
  ToolCall body;
  body.id = call.id;
  body.name = call.name;
  body.input.clear();
  body.form = call.form;
  seed.body = std::move(body);
  seed.seal = std::exchange(call.seal, std::nullopt);
  if (call.old) spell(seed.extras, spelled::old_call);
  call.open = true;
  call.key = next_key_++;
  sequencer_.open(number_of(state), call.key, std::move(seed));
  sequencer_.delta(number_of(state), call.key, std::exchange(call.held, {}));
}

void ChatStreamDecoder::close(ChoiceState& state, Call& call) {
  if (call.open) sequencer_.close(number_of(state), call.key, call.seal ? &*call.seal : nullptr);
}

}  // namespace

std::unique_ptr<StreamDecoder> make_stream_decoder() {
  return std::make_unique<ChatStreamDecoder>();
}

}  // namespace omni::dialect::openai_chat
