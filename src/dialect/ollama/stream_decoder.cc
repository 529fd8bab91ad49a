// One JSON document a line.  Each has a piece of the message; a tool call comes whole in one of
// them, also in the last, which alone has done: true.  Where something goes wrong on the way, the
// line
// {"error": "…"} is the last.

#include <utility>

#include "chat/sequencer.h"
#include "dialect/error_body.h"
#include "dialect/framing.h"
#include "dialect/ollama/message.h"
#include "dialect/ollama/reply.h"
#include "dialect/ollama/wire.h"
#include "json/scratch_reader.h"

namespace omni::dialect::ollama {
namespace {

class Decoder final : public StreamDecoder {
 public:
  void feed(std::string_view bytes, chat::EventSink& sink) override {
    if (ended_) return;
    lines_.feed(bytes);
    take_lines(sink);
  }

  void finish(chat::EventSink& sink) override {
    if (ended_) return;
    lines_.finish();
    take_lines(sink);
    if (!ended_) fail(sink, broken("Upstream ended the stream before the answer was complete"));
  }

 private:
  /// What of the message is being told.
  enum class Telling : std::uint8_t { nothing, thinking, content };

  void take_lines(chat::EventSink& sink);
  void line(const json::Reader& reader, json::Value object, chat::EventSink& sink);
  void begin(const WireLine& line, chat::EventSink& sink);
  void message(const WireMessage& message);
  void tell(Telling what, std::string_view text);
  void tell_whole(chat::Part part);
  void aside(const WireLine& line, const WireMessage& message);
  void fail(chat::EventSink& sink, const chat::Failure& failure);

  LineReader lines_;
  std::optional<chat::Sequencer> sequencer_;  // once the reply has begun
  Telling telling_ = Telling::nothing;
  chat::Sequencer::Key key_ = 0;  // of the part that is told
  bool ended_ = false;
};

void Decoder::take_lines(chat::EventSink& sink) {
  if (sequencer_) sequencer_->set_sink(sink);
  while (const std::optional<std::string_view> text = lines_.next()) {
    const json::ScratchReader reader;
    const json::Value root = reader->read(*text, Error::Kind::upstream);
    if (root.kind() == json::Kind::object) line(*reader, root, sink);
    if (ended_) return;
    if (reader->failed() || root.kind() != json::Kind::object)
      return fail(sink, broken("Invalid JSON in the provider's stream"));
  }
  if (lines_.too_long()) fail(sink, broken("Upstream sent a line of too many bytes"));
}

void Decoder::line(const json::Reader& reader, json::Value object, chat::EventSink& sink) {
  WireLine line = WireLine::read(object);
  if (line.error) return fail(sink, read_error_object(502, object));
  if (!sequencer_) {
    if (!line.message && !line.model && !line.done) return;
    begin(line, sink);
  }
  const bool done = line.done.boolean();
  const std::optional<chat::Usage> usage = line.take_usage();
  const WireMessage message = line.message ? WireMessage::read(line.message) : WireMessage{};
  if (!line.rest.empty() || !message.rest.empty()) aside(line, message);
  this->message(message);
  const std::string_view word = line.done_reason.text();
  if (reader.failed()) return;
  if (sequencer_->overflowed()) return fail(sink, broken("Upstream sent more than can be kept"));
  if (usage) sink.on(chat::UsageSoFar{*usage});
  if (!done) return;
  sequencer_->end(0, finish_of(word), word, {});
  sink.on(chat::ReplyEnd{});
  ended_ = true;
}

void Decoder::begin(const WireLine& line, chat::EventSink& sink) {
  const chat::Extras extras = line.head_extras();
  sink.on(
      chat::ReplyBegin{own, {}, line.model.text(), seconds_of(line.created_at.text()), &extras});
  sequencer_.emplace(sink);
}

void Decoder::message(const WireMessage& message) {
  tell(Telling::thinking, message.thinking.text());
  tell(Telling::content, message.content.text());
  for (const json::Value image : message.images.items()) tell_whole(read_image(image));
  for (const json::Value item : message.tool_calls.items()) tell_whole(read_call(item));
}

void Decoder::tell(Telling what, std::string_view text) {
  if (text.empty()) return;
  if (telling_ != what) {
    telling_ = what;
    chat::Part seed;
    if (what == Telling::thinking) seed.body = chat::Reasoning{};
    sequencer_->open(0, ++key_, std::move(seed));
  }
  sequencer_->delta(0, key_, text);
}

void Decoder::tell_whole(chat::Part part) {
  telling_ = Telling::nothing;
  std::string input;
  if (auto* call = std::get_if<chat::ToolCall>(&part.body)) {
    input = std::exchange(call->input, {});
    call->form = chat::ToolCall::Form::object;  // whoever gathers it will see
  }
  sequencer_->open(0, ++key_, std::move(part));
  if (!input.empty()) sequencer_->delta(0, key_, input);
  sequencer_->close(0, key_);
}

/// What only Ollama says, save what holds nothing.
void Decoder::aside(const WireLine& line, const WireMessage& message) {
  chat::Extras extras;
  const auto add = [](json::RawMembers& to, const json::RawMembers& from) {
    for (const auto& member : from) {
      const std::string_view value = member.second.text();
      if (value != "null" && value != R"("")" && value != "[]") to.push_back(member);
    }
  };
  json::RawMembers of_message;
  add(extras.members, line.rest);
  add(of_message, message.rest);
  keep_inner(own, extras, "message", of_message);
  if (!extras.members.empty()) sequencer_->aside(0, own, object_of(extras.members).text());
}

void Decoder::fail(chat::EventSink& sink, const chat::Failure& failure) {
  sink.on(chat::ReplyFailed{failure});
  ended_ = true;
}

}  // namespace

std::unique_ptr<StreamDecoder> stream_decoder() { return std::make_unique<Decoder>(); }

}  // namespace omni::dialect::ollama
