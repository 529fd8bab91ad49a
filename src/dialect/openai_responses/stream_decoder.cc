// Reads the events of a stream:
//
//     event: response.output_text.delta
//     data: {"type":"response.output_text.delta","item_id":"msg_1","output_index":0,
//            "content_index":0,"delta":"Hel","logprobs":[],"sequence_number":4}
//
// Events that are not known mean nothing.

#include <array>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "chat/sequencer.h"
#include "dialect/framing.h"
#include "dialect/openai_responses/response.h"
#include "dialect/openai_responses/response_reader.h"
#include "dialect/openai_responses/stream_items.h"
#include "dialect/openai_responses/wire.h"
#include "json/scratch_reader.h"

namespace omni::dialect::openai_responses {

using chat::Failure;
using json::Kind;
using json::Value;

namespace {

struct ItemEvent {
  std::string_view type;
  void (StreamItems::*handle)(const EventFields&);
};
constexpr std::array<ItemEvent, 14> item_events{{
    {"response.output_text.delta", &StreamItems::on_text},
    {"response.function_call_arguments.delta", &StreamItems::on_call},
    {"response.reasoning_summary_text.delta", &StreamItems::on_summary},
    {"response.reasoning_text.delta", &StreamItems::on_thought},
    {"response.custom_tool_call_input.delta", &StreamItems::on_call},
    {"response.refusal.delta", &StreamItems::on_refusal},
    {"response.output_item.added", &StreamItems::on_added},
    {"response.output_item.done", &StreamItems::on_done},
    {"response.content_part.added", &StreamItems::on_piece_added},
    {"response.content_part.done", &StreamItems::on_piece_done},
    {"response.output_text.done", &StreamItems::on_text_done},
    {"response.output_text.annotation.added", &StreamItems::on_annotation},
    {"response.reasoning_text.done", &StreamItems::on_thought_done},
    {"response.reasoning_summary_text.done", &StreamItems::on_summary_done},
}};

/// Events with the whole answer in them.
enum class Phase { begun, ended };
struct ResponseEvent {
  std::string_view type;
  Phase phase;
};
constexpr std::array<ResponseEvent, 6> response_events{{{"response.created", Phase::begun},
                                                        {"response.in_progress", Phase::begun},
                                                        {"response.queued", Phase::begun},
                                                        {"response.completed", Phase::ended},
                                                        {"response.incomplete", Phase::ended},
                                                        {"response.failed", Phase::ended}}};

class Decoder final : public StreamDecoder {
 public:
  void feed(std::string_view bytes, chat::EventSink& sink) override {
    if (ended_) return;
    hear(sink);
    events_.feed(bytes);
    read_events();
  }

  void finish(chat::EventSink& sink) override {
    if (ended_) return;
    hear(sink);
    events_.finish();
    read_events();
    if (!ended_) fail("Upstream ended the stream before the answer was complete");
  }

 private:
  struct Nobody final : chat::EventSink {
    void on(const chat::Event& /*event*/) override {}
  };

  void hear(chat::EventSink& sink) {
    sink_ = &sink;
    sequencer_.set_sink(sink);
  }
  bool overflowed() const { return sequencer_.overflowed() || items_.overflowed(); }
  void read_events();
  void read_event(const SseReader::Event& event);
  void dispatch(EventFields& fields);
  void begin(Value response);
  void end(const EventFields& fields);
  void tell_late_members(const ResponseParts& read);
  void fail(std::string message);
  void fail(const Failure& failure);

  SseReader events_;
  Nobody nobody_;
  chat::EventSink* sink_ = &nobody_;
  chat::Sequencer sequencer_{nobody_};
  StreamItems items_{sequencer_};
  chat::Extras extras_;  // as they were told
  bool begun_ = false;
  bool ended_ = false;
};

void Decoder::read_events() {
  while (!ended_) {
    const std::optional<SseReader::Event> event = events_.next();
    if (!event) break;
    read_event(*event);
    if (!ended_ && overflowed()) fail("Upstream sent more than an answer can hold");
  }
  if (!ended_ && events_.too_long()) fail("Upstream sent an event of too many bytes");
}

void Decoder::read_event(const SseReader::Event& event) {
  if (event.data == "[DONE]") return;
  const json::ScratchReader reader;
  const Value root = reader->read(event.data, Error::Kind::upstream);
  if (root.kind() == Kind::object) {
    EventFields fields = EventFields::read(root, event.name);
    dispatch(fields);
  }
  if (!ended_ && (root.kind() != Kind::object || reader->failed())) {
    fail("Invalid JSON in the provider's stream");
  }
}

void Decoder::dispatch(EventFields& fields) {
  for (const ItemEvent& row : item_events) {
    if (row.type != fields.type) continue;
    if (!begun_) begin(Value{});
    fields.item = items_.index_of(fields);
    return (items_.*row.handle)(fields);
  }
  for (const ResponseEvent& row : response_events) {
    if (row.type != fields.type) continue;
    begin(fields.response);
    if (row.phase == Phase::ended) end(fields);
    return;
  }
  if (fields.type == "error" || (fields.type.empty() && fields.has_error)) {
    Failure failure = read_failure(fields.whole);
    if (failure.type == "error") failure.type.clear();
    fail(failure);
  }
}

void Decoder::begin(Value response) {
  if (begun_) return;
  begun_ = true;
  const ResponseParts read = response ? read_response(response) : ResponseParts{};
  extras_ = read.extras;
  extras_.dialect = own;
  std::erase_if(extras_.members, [](const auto& member) { return member.first == "output_text"; });
  sink_->on(chat::ReplyBegin{own, read.id, read.model, read.created, &extras_});
}

void Decoder::end(const EventFields& fields) {
  const ResponseParts read = fields.response ? read_response(fields.response) : ResponseParts{};
  if (const std::optional<Failure> failure = read_response_failure(read)) return fail(*failure);
  if (fields.type == "response.failed") return fail("The provider's answer failed");
  items_.finish_all(read.output);
  if (const std::optional<chat::Usage> usage = read_usage(read)) {
    sink_->on(chat::UsageSoFar{*usage});
  }
  tell_late_members(read);
  if (overflowed() || !fields.whole) return;  // it failed on the way
  EndingWord ending = read_ending(read);
  if (!read.status && fields.type == "response.incomplete") ending.finish = chat::Finish::length;
  sequencer_.end(0, ending.finish, ending.word, {});
  ended_ = true;
  sink_->on(chat::ReplyEnd{});
}

/// Such as the time at which it was completed.
void Decoder::tell_late_members(const ResponseParts& read) {
  json::RawMembers late;
  std::unordered_map<std::string_view, const json::Raw*> told;
  for (const auto& [name, value] : extras_.members) told.emplace(name, &value);
  for (const auto& [name, value] : read.extras.members) {
    const auto before = told.find(name);
    const bool same = before != told.end() && *before->second == value;
    if (!same && name != "output_text" && value.text() != "null") late.emplace_back(name, value);
  }
  if (!late.empty()) sequencer_.aside(0, own, object_of(late).text());
}

void Decoder::fail(std::string message) {
  Failure failure;
  failure.status = 502;
  failure.message = std::move(message);
  fail(failure);
}

void Decoder::fail(const Failure& failure) {
  ended_ = true;
  sink_->on(chat::ReplyFailed{failure});
}

}  // namespace

std::unique_ptr<StreamDecoder> make_stream_decoder() { return std::make_unique<Decoder>(); }

}  // namespace omni::dialect::openai_responses
