// What stream_decoder.cc reads, as strict clients expect it: the role alone in the first chunk of a
// choice, calls numbered from 0, id and name of a call told once, one finish_reason for each
// choice, usage in a chunk of its own if it was asked for, one [DONE].

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "dialect/framing.h"
#include "dialect/openai_chat/message.h"
#include "dialect/openai_failure.h"
#include "json/scratch_reader.h"

namespace omni::dialect::openai_chat {
namespace {

using chat::ToolCall;

struct ChoiceState {
  bool begun = false;
  int calls = 0;       // begun so far
  std::string before;  // of a delta of the open part; empty where it is not told
  std::string after;
  bool is_call = false;       // the open part is one that takes an object
  bool is_reasoning = false;  // likewise
  bool said = false;          // something of the open part was told
  bool thought = false;       // something of an earlier Reasoning was told
  int summary = -1;
};

void append_seal(std::string& out, const chat::Seal& seal) {
  out += R"(,"extra_content":{"google":{"thought_signature":")";
  append_json_escaped(out, seal.bytes);
  out += R"("}})";
}

class ChatStreamEncoder final : public StreamEncoder {
 public:
  ChatStreamEncoder(const ReplyStyle& style, std::string& out)
      : style_(style), model_(style.model), id_(style.id), out_(out) {
    style_.model = model_;
    style_.id = id_;
    tail_ = style.include_usage ? "}],\"usage\":null}\n\n" : "}]}\n\n";
  }

  void on(const chat::Event& event) override {
    if (over_) return;
    std::visit([this](const auto& each) { tell(each); }, event);
  }
  void heartbeat() override {
    if (!over_) out_ += ": keepalive\n\n";
  }
  const Losses& losses() const override { return losses_; }

 private:
  void tell(const chat::ReplyBegin& begin);
  void tell(const chat::PartBegin& begin);
  void tell(const chat::PartDelta& delta);
  void tell(const chat::PartEnd& end);
  void tell(const chat::Aside& aside);
  void tell(const chat::UsageSoFar& so_far) {
    if (style_.include_usage) usage_ = so_far.usage;
  }
  void tell(const chat::ChoiceEnd& end);
  void tell(const chat::ReplyEnd& end);
  void tell(const chat::ReplyFailed& failed);

  void begin_part(const chat::PartBegin& begin, const chat::Text& text);
  void begin_part(const chat::PartBegin& begin, const chat::Refusal& refusal);
  void begin_part(const chat::PartBegin& begin, const chat::Reasoning& reasoning);
  void begin_part(const chat::PartBegin& begin, const ToolCall& call);
  void begin_part(const chat::PartBegin& begin, const chat::Media& media);
  void begin_part(const chat::PartBegin& begin, const chat::ToolResult& result);
  void begin_part(const chat::PartBegin& begin, const chat::Opaque& opaque);

  /// With its first chunk, which says the role.
  ChoiceState& choice(int number);
  /// Everything of a chunk up to its delta, and from there on.
  void open_chunk(std::string& out, int number) const;
  void close_chunk(std::string& out) const;
  /// Prepares the deltas of the open part, whose text will stand between these.
  void set_frame(int number, std::string_view before, std::string_view after);

  ReplyStyle style_;
  const std::string model_, id_;  // what the style shows
  std::string& out_;
  Losses losses_;
  ClientIds ids_;
  bool home_ = false;
  bool over_ = false;
  std::string head_;  // data: {…,"choices":[{"index":
  std::string once_;  // members of the first chunk alone
  std::string tail_;
  std::vector<ChoiceState> choices_;
  std::optional<chat::Usage> usage_;
};

/// Members of the reply that are words or numbers stand in every chunk, as OpenAI has them, lists
/// and objects in the first one.
void ChatStreamEncoder::tell(const chat::ReplyBegin& begin) {
  home_ = begin.source == own;
  ids_ = ClientIds(begin.source, begin.id, style_);
  head_ = "data: {\"id\":\"";
  append_json_escaped(head_, ids_.reply());
  head_ += R"(","object":"chat.completion.chunk","created":)";
  append_number(head_, static_cast<std::uint64_t>(std::max<std::int64_t>(
                           begin.created != 0 ? begin.created : style_.now, 0)));
  head_ += R"(,"model":")";
  append_json_escaped(head_, model_.empty() ? begin.model : std::string_view(model_));
  head_ += '"';
  if (begin.extras == nullptr) return;
  declare_foreign(*begin.extras, own, losses_);
  if (begin.extras->dialect != own) return;
  for (const auto& [name, value] : begin.extras->members) {
    const char first = value.text().front();
    std::string& place = first == '{' || first == '[' ? once_ : head_;
    place += ",\"";
    append_json_escaped(place, name);
    place.append("\":").append(value.text());
  }
  flatten(head_, 0);
  flatten(once_, 0);
}

ChoiceState& ChatStreamEncoder::choice(int number) {
  const auto index = static_cast<std::size_t>(number);
  if (index >= choices_.size()) choices_.resize(index + 1);
  ChoiceState& state = choices_[index];
  if (std::exchange(state.begun, true)) return state;
  open_chunk(out_, number);
  once_.clear();
  out_ += R"("role":"assistant","content":"")";
  close_chunk(out_);
  return state;
}

void ChatStreamEncoder::open_chunk(std::string& out, int number) const {
  out.append(head_).append(once_).append(R"(,"choices":[{"index":)");
  append_number(out, static_cast<std::uint64_t>(number));
  out += R"(,"delta":{)";
}

void ChatStreamEncoder::close_chunk(std::string& out) const {
  out.append(R"(},"finish_reason":null)").append(tail_);
}

void ChatStreamEncoder::set_frame(int number, std::string_view before, std::string_view after) {
  ChoiceState& state = choice(number);
  state.before.clear();
  open_chunk(state.before, number);
  state.before += before;
  state.after = after;
  close_chunk(state.after);
}

void ChatStreamEncoder::tell(const chat::PartBegin& begin) {
  ChoiceState& state = choice(begin.choice);
  state.before.clear();
  state.is_call = false;
  state.is_reasoning = false;
  state.said = false;
  state.summary = -1;
  declare_foreign(begin.seed.extras, own, losses_);
  std::visit([&](const auto& body) { begin_part(begin, body); }, begin.seed.body);
}

void ChatStreamEncoder::begin_part(const chat::PartBegin& begin, const chat::Text&) {
  set_frame(begin.choice, R"("content":")", "\"");
}

void ChatStreamEncoder::begin_part(const chat::PartBegin& begin, const chat::Refusal&) {
  set_frame(begin.choice, R"("refusal":")", "\"");
}

/// Thoughts that came in details go out with them, in an aside.
void ChatStreamEncoder::begin_part(const chat::PartBegin& begin, const chat::Reasoning&) {
  const chat::Extras& extras = begin.seed.extras;
  choice(begin.choice).is_reasoning = true;
  if (is_spelled(extras, spelled::in_asides)) return;
  const bool shorter = is_spelled(extras, spelled::as_reasoning);
  set_frame(begin.choice, shorter ? R"("reasoning":")" : R"("reasoning_content":")", "\"");
}

void ChatStreamEncoder::begin_part(const chat::PartBegin& begin, const ToolCall& call) {
  if (call.runner == ToolCall::Runner::provider) return losses_.add(loss::hosted_call, call.name);
  ChoiceState& state = choice(begin.choice);
  const bool custom = call.form == ToolCall::Form::freeform;
  if (is_spelled(begin.seed.extras, spelled::old_call)) {
    open_chunk(out_, begin.choice);
    out_ += R"("function_call":)";
    json::Writer(out_)
        .begin_object()
        .key("name")
        .text(call.name)
        .key("arguments")
        .text("")
        .end_object();
    close_chunk(out_);
    set_frame(begin.choice, R"("function_call":{"arguments":")", "\"}");
  } else {
    const std::string index = std::to_string(state.calls++);
    const std::string id = ids_.of_call(call, begin.choice, begin.part, losses_);
    open_chunk(out_, begin.choice);
    out_.append(R"("tool_calls":[{"index":)").append(index).append(R"(,"id":")");
    append_json_escaped(out_, id);
    out_ += custom ? R"(","type":"custom","custom":)" : R"(","type":"function","function":)";
    json::Writer function(out_);
    function.begin_object().key("name").text(call.name);
    function.key(custom ? "input" : "arguments").text("").end_object();
    if (begin.seed.seal) append_seal(out_, *begin.seed.seal);
    out_ += "}]";
    close_chunk(out_);
    std::string before = R"("tool_calls":[{"index":)" + index;
    before += custom ? R"(,"custom":{"input":")" : R"(,"function":{"arguments":")";
    set_frame(begin.choice, before, "\"}}]");
  }
  state.is_call = !custom;
}

void ChatStreamEncoder::begin_part(const chat::PartBegin& begin, const chat::Media& media) {
  if (!is_picture(media)) return losses_.add(loss::output_media);
  open_chunk(out_, begin.choice);
  const std::size_t from = out_.size();
  out_ += R"("images":)";
  json::Writer images(out_);
  const chat::Part* const picture = &begin.seed;
  const ToolNames no_names;
  write_list(images, Parts(&picture, 1), {.losses = losses_, .names = no_names, .home = home_});
  flatten(out_, from);
  close_chunk(out_);
}

void ChatStreamEncoder::begin_part(const chat::PartBegin&, const chat::ToolResult&) {
  losses_.add(loss::hosted_call);
}

void ChatStreamEncoder::begin_part(const chat::PartBegin& begin, const chat::Opaque& opaque) {
  if (opaque.dialect != own) return losses_.add(loss::foreign_item, type_of(opaque.item));
  open_chunk(out_, begin.choice);
  const std::size_t from = out_.size();
  out_.append(R"("content":[)").append(opaque.item.text()).push_back(']');
  flatten(out_, from);
  close_chunk(out_);
}

void ChatStreamEncoder::tell(const chat::PartDelta& delta) {
  ChoiceState& state = choice(delta.choice);
  if (state.before.empty() || delta.text.empty()) return;
  out_ += state.before;
  if (state.is_reasoning) {
    // Where the dialect has one text for them, a blank line stands between two thoughts.
    const bool next = state.said ? delta.summary != state.summary : state.thought;
    if (next) out_ += "\\n\\n";
    state.summary = delta.summary;
    state.thought = true;
  }
  state.said = true;
  append_json_escaped(out_, delta.text);
  out_ += state.after;
}

void ChatStreamEncoder::tell(const chat::PartEnd& end) {
  ChoiceState& state = choice(end.choice);
  if (state.is_call && !state.said) {
    out_.append(state.before).append("{}").append(state.after);
  }
  if (state.is_call && end.seal != nullptr) {
    open_chunk(out_, end.choice);
    out_.append(R"("tool_calls":[{"index":)").append(std::to_string(state.calls - 1));
    append_seal(out_, *end.seal);
    out_ += "}]";
    close_chunk(out_);
  }
  state.is_call = false;
  state.before.clear();
}

/// The members of the choice, with those of its delta under the name "message".
void ChatStreamEncoder::tell(const chat::Aside& aside) {
  if (aside.dialect != own || !home_) return declare_foreign(aside.object, losses_);
  const json::ScratchReader reader;
  const json::Value root = reader->read(aside.object);
  choice(aside.choice);
  const std::size_t from = out_.size();
  open_chunk(out_, aside.choice);
  out_.pop_back();  // the writer has a bracket of its own
  json::Writer delta(out_);
  delta.begin_object();
  for (const auto [name, value] : root.members()) {
    if (wire_name(name) != "message" || value.kind() != json::Kind::object) continue;
    for (const auto [inner_name, inner] : value.members()) delta.key(inner_name).raw(inner.slice());
  }
  delta.end_object();
  for (const auto [name, value] : root.members()) {
    if (wire_name(name) == "message") continue;
    out_ += ",\"";
    append_json_escaped(out_, wire_name(name));
    out_.append("\":").append(value.slice());
  }
  flatten(out_, from);
  out_.append(R"(,"finish_reason":null)").append(tail_);
}

void ChatStreamEncoder::tell(const chat::ChoiceEnd& end) {
  choice(end.choice);
  if (end.finish == chat::Finish::paused && !home_) losses_.add(loss::finish_reason);
  open_chunk(out_, end.choice);
  out_ += R"(},"finish_reason":")";
  append_json_escaped(out_, finish_word(end.finish, home_ ? end.finish_word : std::string_view{}));
  out_ += '"';
  if (home_ && !end.stop_sequence.empty()) {
    out_ += R"(,"stop_reason":")";
    append_json_escaped(out_, end.stop_sequence);
    out_ += '"';
  }
  out_ += tail_;
}

void ChatStreamEncoder::tell(const chat::ReplyEnd&) {
  over_ = true;
  if (usage_) {
    const std::size_t from = out_.size();
    out_.append(head_).append(R"(,"choices":[],"usage":)");
    json::Writer usage(out_);
    write_usage(usage, *usage_);
    flatten(out_, from);
    out_ += "}\n\n";
  }
  out_ += "data: [DONE]\n\n";
}

void ChatStreamEncoder::tell(const chat::ReplyFailed& failed) {
  over_ = true;
  out_.append("data: ").append(openai::encode_error(failed.failure)).append("\n\ndata: [DONE]\n\n");
}

}  // namespace

std::unique_ptr<StreamEncoder> make_stream_encoder(const ReplyStyle& style, std::string& out) {
  return std::make_unique<ChatStreamEncoder>(style, out);
}

}  // namespace omni::dialect::openai_chat
