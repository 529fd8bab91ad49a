// Tells a reply as events, numbered from 0:
//
//     event: response.created
//     data: {"type":"response.created","response":{…},"sequence_number":0}
//
//     event: response.output_item.added
//     data: {"type":"response.output_item.added","output_index":0,"item":{…},"sequence_number":2}
//
// An item's output_index is used by one added and one done event.  Its pieces have added, delta and
// done events in between.  The last event holds the whole answer.

#include <string>
#include <utility>

#include "base/strings.h"
#include "dialect/framing.h"
#include "dialect/ids.h"
#include "dialect/openai_responses/response.h"
#include "dialect/openai_responses/wire.h"
#include "json/scratch_reader.h"

namespace omni::dialect::openai_responses {

using chat::Finish;
using chat::Part;
using chat::Reasoning;
using chat::ToolCall;
using json::Kind;
using json::Value;
using json::Writer;

namespace {

/// What can be told of a part piece by piece: its events, and the member of the done event.
struct Telling {
  std::string_view delta, done, member;
};
constexpr Telling text_telling{"response.output_text.delta", "response.output_text.done", "text"};
constexpr Telling refusal_telling{"response.refusal.delta", "response.refusal.done", "refusal"};
constexpr Telling thought_telling{"response.reasoning_text.delta", "response.reasoning_text.done",
                                  "text"};
constexpr Telling summary_telling{"response.reasoning_summary_text.delta",
                                  "response.reasoning_summary_text.done", "text"};
constexpr Telling call_telling{"response.function_call_arguments.delta",
                               "response.function_call_arguments.done", "arguments"};
constexpr Telling freeform_telling{"response.custom_tool_call_input.delta",
                                   "response.custom_tool_call_input.done", "input"};

constexpr int no_thought = -2;  // -1 is the text of a Reasoning, others are numbers of summaries

/// Text inside of the brackets of several arrays.
void append_inside(std::string& inside, std::string_view array) {
  array.remove_prefix(1);
  array.remove_suffix(1);
  if (trim(array).empty()) return;
  if (!inside.empty()) inside.push_back(',');
  inside.append(array);
}

void set_extra(chat::Extras& extras, std::string_view name, const std::string& inside) {
  std::string all;
  const json::Raw* before = find_extra(extras, name);
  if (before != nullptr && before->text().starts_with('[')) append_inside(all, before->text());
  if (!all.empty()) all.push_back(',');
  std::string array = "[" + all + inside + "]";
  std::erase_if(extras.members, [&](const auto& member) { return member.first == name; });
  extras.dialect = own;
  extras.members.emplace_back(name, json::Raw::trusted(std::move(array)));
}

class Encoder final : public StreamEncoder {
 public:
  Encoder(const ReplyStyle& style, std::string& out)
      : out_(out),
        style_(style),
        model_(style.model),
        id_(style.id),
        output_(face_, style.request, losses_),
        sequence_(style.events_told) {
    style_.model = model_;
    style_.id = id_;
  }

  void on(const chat::Event& event) override {
    if (!ended_) std::visit([this](const auto& told) { tell(told); }, event);
  }
  void heartbeat() override {
    if (!ended_) out_ += ": keepalive\n\n";
  }
  const Losses& losses() const override { return losses_; }

 private:
  // Events of the reply, in the order of event.h
  void tell(const chat::ReplyBegin& begin);
  void tell(const chat::PartBegin& begin);
  void tell(const chat::PartDelta& delta);
  void tell(const chat::PartEnd& end);
  void tell(const chat::Aside& aside);
  void tell(const chat::UsageSoFar& so_far) { usage_ = so_far.usage; }
  void tell(const chat::ChoiceEnd& end);
  void tell(const chat::ReplyEnd& end);
  void tell(const chat::ReplyFailed& failed);

  template <class Fill>
  void event(std::string_view type, const Fill& fill) {
    out_.append("event: ").append(type).append("\ndata: ");
    const std::size_t data = out_.size();
    Writer out(out_);
    out.begin_object().key("type").text(type);
    fill(out);
    out.key("sequence_number").integer(sequence_++).end_object();
    flatten(out_, data);
    out_ += "\n\n";
  }
  void response_event(std::string_view type, const ResponseState& state) {
    event(type, [&](Writer& out) { write_response(out.key("response"), face_, state); });
  }
  void item_event(std::string_view type, std::string_view item) {
    event(type,
          [&](Writer& out) { out.key("output_index").integer(index_).key("item").raw(item); });
  }
  /// An event about a piece of the open item; `number` is the name of the piece's index.
  template <class Fill>
  void piece_event(std::string_view type, std::string_view number, const Fill& fill) {
    event(type, [&](Writer& out) {
      out.key("item_id").text(item_id_).key("output_index").integer(index_);
      if (!number.empty()) out.key(number).integer(piece_);
      fill(out);
    });
  }

  void open_item();
  void close_item(OutputWriter::Stage stage);
  void write_item(std::string& to, OutputWriter::Stage stage);
  void begin_part();
  void end_part();
  void begin_thought(int number);
  void end_thought();
  void tell_thought(Reasoning& reasoning, const chat::PartDelta& delta);
  void write_part(Writer& out);
  void thought_part(std::string_view type, std::string_view text);
  void expect(const Telling& telling, std::string_view number);
  void write_delta(std::string_view text);
  void end_text(const Telling& telling, std::string_view text);
  void end_call(const ToolCall& call);
  void annotate(Value annotations);

  std::string& out_;
  ReplyStyle style_;
  std::string model_, id_;  // of the style
  Losses losses_;
  ResponseFace face_;
  OutputWriter output_;
  std::int64_t sequence_;
  bool begun_ = false;
  bool ended_ = false;

  // The open item, if there is one
  std::vector<Part> parts_;
  std::string item_id_;
  int index_ = 0;  // of it or of the next one
  int piece_ = 0;  // content_index or summary_index
  int thought_ = no_thought;
  int summaries_ = 0;     // of the Reasoning so far
  bool skipping_ = true;  // the live part has no place
  std::string delta_head_, delta_tail_;
  std::string annotations_, logprobs_, logprobs_next_;  // of the live text, without brackets
  int annotation_count_ = 0;

  // What the last event repeats
  std::string items_ = "[";
  std::string output_text_;
  std::optional<chat::Usage> usage_;
  Finish finish_ = Finish::stop;
  std::string finish_word_;
};

void Encoder::tell(const chat::ReplyBegin& begin) {
  face_ = ResponseFace::of(begin, style_, losses_);
  if (face_.id.empty()) face_.id = prefixed_id("resp_", style_.id);
  begun_ = true;
  if (sequence_ > 0) return;  // of a stream that goes on
  ResponseState state;
  state.status = "in_progress";
  response_event("response.created", state);
  response_event("response.in_progress", state);
}

// Items

void Encoder::tell(const chat::PartBegin& begin) {
  if (begin.choice != 0) {
    losses_.add(loss::extra_choices);
    return;
  }
  skipping_ = !output_.takes(begin.seed);
  if (skipping_) return;
  const bool goes_on = !parts_.empty() && output_.goes_on(begin.seed);
  if (!parts_.empty() && !goes_on) close_item(OutputWriter::Stage::done);
  parts_.push_back(begin.seed);
  if (auto* call = std::get_if<ToolCall>(&parts_.back().body)) {
    call->input.clear();
    output_.complete(parts_.back(), index_);
  }
  if (!goes_on) open_item();
  begin_part();
}

void Encoder::open_item() {
  item_id_ = output_.id_of(parts_.front(), index_);
  std::string item;
  write_item(item, OutputWriter::Stage::begun);
  item_event("response.output_item.added", item);
}

void Encoder::close_item(OutputWriter::Stage stage) {
  if (parts_.empty()) return;
  if (items_.size() > 1) items_.push_back(',');
  const std::size_t start = items_.size();
  write_item(items_, stage);
  const std::string_view item = std::string_view(items_).substr(start);
  item_event("response.output_item.done", item);
  if (style_.items != nullptr && !face_.home()) style_.items->on_item(item_id_, item);
  parts_.clear();
  ++index_;
}

void Encoder::write_item(std::string& to, OutputWriter::Stage stage) {
  std::vector<const Part*> parts;
  for (const Part& part : parts_) parts.push_back(&part);
  Writer out(to);
  output_.write(out, parts, item_id_, stage);
}

// Parts

void Encoder::begin_part() {
  piece_ = static_cast<int>(parts_.size()) - 1;
  thought_ = no_thought;
  summaries_ = 0;
  annotations_.clear();
  logprobs_.clear();
  logprobs_next_.clear();
  annotation_count_ = 0;
  const Part& part = parts_.back();
  const bool is_text = std::holds_alternative<chat::Text>(part.body);
  if (is_text || std::holds_alternative<chat::Refusal>(part.body)) {
    piece_event("response.content_part.added", "content_index",
                [&](Writer& out) { write_part(out); });
    expect(is_text ? text_telling : refusal_telling, "content_index");
  } else if (const auto* call = std::get_if<ToolCall>(&part.body)) {
    expect(call->form == ToolCall::Form::freeform ? freeform_telling : call_telling, {});
  }
}

void Encoder::write_part(Writer& out) {
  out.key("part");
  ItemWriter(out, {.source = face_.source, .hints = nullptr, .names = nullptr}, losses_)
      .piece(parts_.back(), chat::Role::assistant);
}

/// Prepares all of a delta event but its text and its number.
void Encoder::expect(const Telling& telling, std::string_view number) {
  delta_head_.assign("event: ").append(telling.delta).append("\ndata: {\"type\":\"");
  delta_head_.append(telling.delta).append("\",\"item_id\":\"");
  append_json_escaped(delta_head_, item_id_);
  delta_head_.append("\",\"output_index\":").append(std::to_string(index_));
  if (!number.empty()) {
    delta_head_.append(",\"").append(number).append("\":").append(std::to_string(piece_));
  }
  delta_head_.append(",\"delta\":\"");
  const bool has_logprobs = telling.delta == text_telling.delta;
  delta_tail_ = has_logprobs ? "\",\"logprobs\":[" : "\",\"sequence_number\":";
}

void Encoder::write_delta(std::string_view text) {
  out_ += delta_head_;
  append_json_escaped(out_, text);
  out_ += delta_tail_;
  if (delta_tail_.back() == '[') {
    out_ += logprobs_next_;
    logprobs_next_.clear();
    out_ += "],\"sequence_number\":";
  }
  append_number(out_, static_cast<std::uint64_t>(sequence_++));
  out_ += "}\n\n";
}

void Encoder::tell(const chat::PartDelta& delta) {
  if (delta.choice != 0 || skipping_ || parts_.empty()) return;
  Part& part = parts_.back();
  if (auto* reasoning = std::get_if<Reasoning>(&part.body)) return tell_thought(*reasoning, delta);
  if (delta.text.empty()) return;
  if (auto* text = std::get_if<chat::Text>(&part.body)) {
    text->text += delta.text;
  } else if (auto* call = std::get_if<ToolCall>(&part.body)) {
    call->input += delta.text;
  } else if (auto* refusal = std::get_if<chat::Refusal>(&part.body)) {
    refusal->text += delta.text;
  } else {
    return;
  }
  write_delta(delta.text);
}

void Encoder::tell(const chat::PartEnd& end) {
  if (end.choice != 0 || skipping_ || parts_.empty()) return;
  if (end.seal != nullptr) parts_.back().seal = *end.seal;
  end_part();
  skipping_ = true;
}

void Encoder::end_part() {
  Part& part = parts_.back();
  if (!annotations_.empty()) set_extra(part.extras, "annotations", annotations_);
  if (!logprobs_.empty()) set_extra(part.extras, "logprobs", logprobs_);
  if (const auto* text = std::get_if<chat::Text>(&part.body)) {
    end_text(text_telling, text->text);
    if (!face_.home()) output_text_ += text->text;
  } else if (const auto* refusal = std::get_if<chat::Refusal>(&part.body)) {
    end_text(refusal_telling, refusal->text);
  } else if (std::holds_alternative<Reasoning>(part.body)) {
    end_thought();
  } else if (auto* call = std::get_if<ToolCall>(&part.body)) {
    if (call->input.empty() && call->form != ToolCall::Form::freeform) call->input = "{}";
    end_call(*call);
  }
}

void Encoder::end_text(const Telling& telling, std::string_view text) {
  piece_event(telling.done, "content_index", [&](Writer& out) {
    out.key(telling.member).text(text);
    if (telling.done == text_telling.done) out.key("logprobs").raw("[" + logprobs_ + "]");
  });
  piece_event("response.content_part.done", "content_index", [&](Writer& out) { write_part(out); });
}

void Encoder::end_call(const ToolCall& call) {
  const bool freeform = call.form == ToolCall::Form::freeform;
  const Telling& telling = freeform ? freeform_telling : call_telling;
  piece_event(telling.done, {}, [&](Writer& out) {
    if (!freeform) out.key("name").text(call.name);
    out.key(telling.member).text(call.input);
  });
}

// Thoughts

void Encoder::tell_thought(Reasoning& reasoning, const chat::PartDelta& delta) {
  begin_thought(delta.summary);
  if (thought_ < 0 && face_.home()) {
    reasoning.text += delta.text;
  } else {
    reasoning.summary.resize(static_cast<std::size_t>(summaries_));
    reasoning.summary.back() += delta.text;
  }
  if (!delta.text.empty()) write_delta(delta.text);
}

/// Strangers' thoughts are shown as a summary, there being no other that clients look at.
void Encoder::begin_thought(int number) {
  if (thought_ == number) return;
  end_thought();
  thought_ = number;
  if (number < 0 && face_.home()) {
    piece_ = 0;
    piece_event("response.content_part.added", "content_index", [&](Writer& out) {
      out.key("part").raw(R"({"type":"reasoning_text","text":""})");
    });
    return expect(thought_telling, "content_index");
  }
  piece_ = summaries_++;
  piece_event("response.reasoning_summary_part.added", "summary_index",
              [&](Writer& out) { out.key("part").raw(R"({"type":"summary_text","text":""})"); });
  expect(summary_telling, "summary_index");
}

void Encoder::end_thought() {
  if (thought_ == no_thought) return;
  const auto& reasoning = std::get<Reasoning>(parts_.back().body);
  const bool is_text = thought_ < 0 && face_.home();
  const std::string_view text = is_text ? reasoning.text : reasoning.summary.back();
  const Telling& telling = is_text ? thought_telling : summary_telling;
  const std::string_view number = is_text ? "content_index" : "summary_index";
  piece_event(telling.done, number, [&](Writer& out) { out.key(telling.member).text(text); });
  piece_event(is_text ? "response.content_part.done" : "response.reasoning_summary_part.done",
              number, [&](Writer& out) {
                out.key("part").begin_object();
                out.key("type").text(is_text ? "reasoning_text" : "summary_text");
                out.key("text").text(text).end_object();
              });
  thought_ = no_thought;
}

// Asides

void Encoder::tell(const chat::Aside& aside) {
  if (aside.choice != 0) return;
  if (aside.dialect != own || !face_.home()) return declare_foreign(aside.object, losses_);
  const json::ScratchReader reader;
  const Value object = reader->read(aside.object);
  if (object.kind() != Kind::object) return;
  const bool is_text = !parts_.empty() && std::holds_alternative<chat::Text>(parts_.back().body);
  chat::Extras later;
  for (const auto [key, value] : object.members()) {
    if (aside.part < 0) {
      keep(later, key, value);
    } else if (!skipping_ && is_text && value.kind() == Kind::array) {
      if (key == "annotations") annotate(value);
      if (key == "logprobs") {
        append_inside(logprobs_, value.slice());
        append_inside(logprobs_next_, value.slice());
        flatten(logprobs_next_, 0);
      }
    }
  }
  if (!later.members.empty()) face_.update(later);
}

void Encoder::annotate(Value annotations) {
  append_inside(annotations_, annotations.slice());
  for (const Value annotation : annotations.items()) {
    piece_event("response.output_text.annotation.added", "content_index", [&](Writer& out) {
      out.key("annotation_index").integer(annotation_count_++);
      out.key("annotation").raw(annotation.slice());
    });
  }
}

// The end

void Encoder::tell(const chat::ChoiceEnd& end) {
  if (end.choice != 0) return;
  finish_ = end.finish;
  finish_word_ = end.finish_word;
  if (finish_ == Finish::paused) losses_.add(loss::finish_reason, "paused");
  const bool cut = finish_ == Finish::length || finish_ == Finish::content_filter;
  close_item(cut ? OutputWriter::Stage::cut : OutputWriter::Stage::done);
}

void Encoder::tell(const chat::ReplyEnd& /*end*/) {
  const Ending ending =
      ending_for(finish_, face_.home() ? std::string_view(finish_word_) : std::string_view{});
  items_.push_back(']');
  ResponseState state;
  state.status = ending.status;
  state.reason = ending.reason;
  state.output = items_;
  state.output_text = output_text_;
  state.usage = usage_ ? &*usage_ : nullptr;
  response_event(ending.status == "incomplete" ? "response.incomplete" : "response.completed",
                 state);
  ended_ = true;
}

void Encoder::tell(const chat::ReplyFailed& failed) {
  const chat::Failure& failure = failed.failure;
  // Readers want to be told of an answer before they are told that it failed.
  if (!begun_) tell(chat::ReplyBegin{});
  event("error", [&](Writer& out) {
    const std::string_view code = failure.code.empty() ? failure_code(failure) : failure.code;
    out.key("code").text(code).key("message").text(failure.message).key("param");
    if (failure.param.empty()) {
      out.null();
    } else {
      out.text(failure.param);
    }
  });
  items_.push_back(']');
  ResponseState state;
  state.status = "failed";
  state.output = items_;
  state.output_text = output_text_;
  state.usage = usage_ ? &*usage_ : nullptr;
  state.failure = &failure;
  response_event("response.failed", state);
  ended_ = true;
}

}  // namespace

std::unique_ptr<StreamEncoder> make_stream_encoder(const ReplyStyle& style, std::string& out) {
  return std::make_unique<Encoder>(style, out);
}

}  // namespace omni::dialect::openai_responses
