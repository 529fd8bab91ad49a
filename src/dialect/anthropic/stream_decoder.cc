// The events of a streamed answer, each with an event line that repeats its type:
//
//     message_start {"message":{"id","model","usage",…,"content":[]}}
//     content_block_start {"index":0,"content_block":{"type":"thinking","thinking":"",…}}
//     content_block_delta {"index":0,"delta":{"type":"thinking_delta","thinking":"…"}}
//         text_delta {"text"}   input_json_delta {"partial_json"}   signature_delta {"signature"}
//         citations_delta {"citation"}
//     content_block_stop {"index":0}
//     message_delta {"delta":{"stop_reason","stop_sequence",…},"usage":{…}}   message_stop
//     ping   error {"error":{"type","message"}}

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "chat/sequencer.h"
#include "dialect/anthropic/blocks.h"
#include "dialect/anthropic/failure.h"
#include "dialect/anthropic/stream.h"
#include "dialect/anthropic/unknown_block.h"
#include "dialect/anthropic/usage.h"
#include "dialect/framing.h"
#include "dialect/refrain.h"
#include "json/scratch_reader.h"

namespace omni::dialect::anthropic {
namespace {

using chat::Part;
using chat::Sequencer;
using json::Value;

/// What a delta brings, and what a block takes.
enum class Brings : std::uint8_t { nothing, text, thoughts, input, signature, citation };
struct DeltaType {
  std::string_view type;
  std::string_view member;
  Brings brings;
};
constexpr std::array delta_types{DeltaType{"text_delta", "text", Brings::text},
                                 DeltaType{"input_json_delta", "partial_json", Brings::input},
                                 DeltaType{"thinking_delta", "thinking", Brings::thoughts},
                                 DeltaType{"signature_delta", "signature", Brings::signature},
                                 DeltaType{"citations_delta", "citation", Brings::citation}};

/// A block that has begun and not stopped.
struct Block {
  std::int64_t index = 0;
  Sequencer::Key key = 0;
  Brings takes = Brings::nothing;
  std::string held;  // a signature; the input that a call began with, as long as no other comes
  std::unique_ptr<UnknownBlock> unknown;
};

class Decoder final : public StreamDecoder {
 public:
  void feed(std::string_view bytes, chat::EventSink& sink) override {
    if (ended_) return;
    refrain_.set_sink(sink);
    events_.feed(bytes);
    drain();
  }

  void finish(chat::EventSink& sink) override {
    if (ended_) return;
    refrain_.set_sink(sink);
    events_.finish();
    drain();
    if (ended_) return;
    if (stopped_) {
      end();
    } else {
      fail("Upstream ended the stream before the answer was complete");
    }
  }

 private:
  struct Frame {
    std::string_view type;
    std::int64_t index = 0;
    Value root, message, block, delta, usage, error;
  };
  struct FrameType {
    std::string_view type;
    void (Decoder::*read)(const Frame&);
  };
  static const std::array<FrameType, 7> frame_types;

  void drain();
  void take(const SseReader::Event& event);
  void read(const SseReader::Event& event);
  void message_start(const Frame& frame);
  void block_start(const Frame& frame);
  void block_delta(const Frame& frame);
  void block_stop(const Frame& frame);
  void message_delta(const Frame& frame);
  void message_stop(const Frame&) { end(); }
  void error(const Frame& frame) { fail(failure_of(frame.root)); }

  void begin(const chat::ReplyBegin& begin) {
    if (!std::exchange(begun_, true)) refrain_.on(begin);
  }
  void tell_usage(Value usage);
  std::string take_beginning(Block& block, Part& part);
  void take(Block& block, const DeltaType& type, Value payload);
  /// Of the open block, or how many there are.
  std::size_t find(std::int64_t index) const;
  void close(std::size_t number);
  bool holds_too_much() const;
  void end();
  void fail(std::string message);
  void fail(const chat::Failure& failure);

  SseReader events_;
  Refrain refrain_;  // hears what is told, and passes it on
  Sequencer sequencer_{refrain_};
  Sequencer::Key last_key_ = 0;  // of the part that a delta went to
  std::vector<Block> blocks_;
  Sequencer::Key next_key_ = 0;
  std::string usage_;  // the object so far
  std::string finish_word_, stop_sequence_;
  bool begun_ = false;
  bool stopped_ = false;  // a stop_reason has come
  bool ended_ = false;
};

constexpr std::array<Decoder::FrameType, 7> Decoder::frame_types{{
    {"content_block_delta", &Decoder::block_delta},
    {"content_block_start", &Decoder::block_start},
    {"content_block_stop", &Decoder::block_stop},
    {"message_start", &Decoder::message_start},
    {"message_delta", &Decoder::message_delta},
    {"message_stop", &Decoder::message_stop},
    {"error", &Decoder::error},
}};

void Decoder::drain() {
  while (!ended_) {
    const auto event = events_.next();
    if (!event) break;
    take(*event);
  }
  if (!ended_ && events_.too_long()) fail("Upstream sent an event of too many bytes");
}

void Decoder::take(const SseReader::Event& event) {
  if (const std::optional<std::string_view> words = refrain_.words_of(event)) {
    sequencer_.delta(0, last_key_, *words);
  } else {
    refrain_.begin();
    read(event);
  }
  if (!ended_ && (sequencer_.overflowed() || holds_too_much())) {
    fail("Upstream sent more than can be kept");
  }
}

void Decoder::read(const SseReader::Event& event) {
  if (event.data == "[DONE]") return;
  json::ScratchReader reader;
  Frame frame;
  frame.root = reader->read(event.data, Error::Kind::upstream);
  frame.type = event.name;
  for (const auto [key, value] : frame.root.members()) {
    if (key == "type") {
      frame.type = value.text();
    } else if (key == "index") {
      frame.index = value.integer();
    } else if (key == "delta") {
      frame.delta = value;
    } else if (key == "content_block") {
      frame.block = value;
    } else if (key == "message") {
      frame.message = value;
    } else if (key == "usage" && value.kind() == json::Kind::object) {
      frame.usage = value;
    } else if (key == "error") {
      frame.error = value;
    }
  }
  const auto* const type = std::ranges::find(frame_types, frame.type, &FrameType::type);
  if (type != frame_types.end()) {
    (this->*type->read)(frame);
  } else if (frame.error && !frame.error.is_null()) {
    error(frame);
  }
  if (ended_) return;
  if (reader->failed() || frame.root.kind() != json::Kind::object) {
    return fail("Invalid JSON in the provider's stream");
  }
  refrain_.end(event);
}

void Decoder::message_start(const Frame& frame) {
  static constexpr std::array<std::string_view, 5> of_every_start{"type", "role", "content",
                                                                  "stop_reason", "stop_sequence"};
  chat::ReplyBegin reply{.source = own};
  chat::Extras extras{.dialect = own};
  Value usage;
  for (const auto [key, value] : frame.message.members()) {
    if (key == "id") {
      reply.id = value.text();
    } else if (key == "model") {
      reply.model = value.text();
    } else if (key == "usage" && value.kind() == json::Kind::object) {
      usage = value;
    } else if (std::ranges::find(of_every_start, key) == of_every_start.end()) {
      keep(own, extras, key, value);
    }
  }
  reply.extras = &extras;
  begin(reply);
  if (usage) tell_usage(usage);
}

void Decoder::tell_usage(Value usage) {
  usage_ = merge_usage(usage_, usage).text();
  json::ScratchReader reader;
  refrain_.on(chat::UsageSoFar{decode_usage(reader->read(usage_))});
}

void Decoder::block_start(const Frame& frame) {
  if (frame.block.kind() != json::Kind::object) return;
  begin({.source = own});
  if (const std::size_t open = find(frame.index); open < blocks_.size()) close(open);
  Block& block = blocks_.emplace_back();
  block.index = frame.index;
  block.key = next_key_++;
  Part part = decode_block(frame.block, Place::reply);
  if (std::holds_alternative<chat::Opaque>(part.body)) {
    block.unknown = std::make_unique<UnknownBlock>(frame.block);
    return;
  }
  const std::string beginning = take_beginning(block, part);
  sequencer_.open(0, block.key, std::move(part));
  if (!beginning.empty()) sequencer_.delta(0, block.key, beginning);
}

/// Makes a seed of a part and gives what was said of it already.
std::string Decoder::take_beginning(Block& block, Part& part) {
  if (auto* text = std::get_if<chat::Text>(&part.body)) {
    block.takes = Brings::text;
    return std::exchange(text->text, {});
  }
  if (auto* call = std::get_if<chat::ToolCall>(&part.body)) {
    block.takes = Brings::input;
    if (call->form == chat::ToolCall::Form::object && call->input != "{}") block.held = call->input;
    call->input.clear();
    call->form = chat::ToolCall::Form::object;
    part.extras.spelling &= ~static_cast<std::uint32_t>(input_as_it_is);
    return {};
  }
  auto& reasoning = std::get<chat::Reasoning>(part.body);
  if (reasoning.redacted) return {};
  block.takes = Brings::thoughts;
  if (part.seal) block.held = part.seal->bytes;
  part.seal.reset();
  return std::exchange(reasoning.text, {});
}

void Decoder::block_delta(const Frame& frame) {
  const std::size_t number = find(frame.index);
  if (number == blocks_.size()) return;
  Block& block = blocks_[number];
  if (block.unknown != nullptr) return block.unknown->take(frame.delta);
  const std::string_view type = type_of(frame.delta);
  const auto* const row = std::ranges::find(delta_types, type, &DeltaType::type);
  if (row != delta_types.end()) {
    take(block, *row, frame.delta.find(row->member));
  } else if (!type.empty()) {
    sequencer_.aside(0, own, frame.delta.slice());
  }
}

void Decoder::take(Block& block, const DeltaType& type, Value payload) {
  if (type.brings == Brings::signature) {
    if (block.takes == Brings::thoughts) block.held = payload.text();
  } else if (type.brings == Brings::citation) {
    if (block.takes != Brings::text || payload.kind() != json::Kind::object) return;
    std::string object = R"({"citations":[)";
    object.append(payload.slice()).append("]}");
    sequencer_.aside(0, own, object);
  } else if (type.brings == block.takes && !payload.text().empty()) {
    if (block.takes == Brings::input) block.held.clear();
    last_key_ = block.key;
    sequencer_.delta(0, block.key, payload.text());
  }
}

void Decoder::block_stop(const Frame& frame) {
  if (const std::size_t number = find(frame.index); number < blocks_.size()) close(number);
}

std::size_t Decoder::find(std::int64_t index) const {
  return static_cast<std::size_t>(std::ranges::find(blocks_, index, &Block::index) -
                                  blocks_.begin());
}

void Decoder::close(std::size_t number) {
  const Block block = std::move(blocks_[number]);
  blocks_.erase(blocks_.begin() + static_cast<std::ptrdiff_t>(number));
  if (block.unknown != nullptr) {
    Part part;
    part.body = chat::Opaque{own, block.unknown->whole()};
    sequencer_.open(0, block.key, std::move(part));
    return sequencer_.close(0, block.key);
  }
  if (block.takes == Brings::thoughts && !block.held.empty()) {
    const chat::Seal seal{{}, block.held};
    return sequencer_.close(0, block.key, &seal);
  }
  if (block.takes == Brings::input && !block.held.empty()) {
    sequencer_.delta(0, block.key, block.held);
  }
  sequencer_.close(0, block.key);
}

bool Decoder::holds_too_much() const {
  std::size_t bytes = 0;
  for (const Block& block : blocks_) {
    bytes += block.held.size() + (block.unknown != nullptr ? block.unknown->bytes() : 0);
  }
  return bytes > frame_bytes_max || blocks_.size() > Sequencer::open_parts_max;
}

void Decoder::message_delta(const Frame& frame) {
  begin({.source = own});
  std::string rest;
  json::Writer out(rest);
  out.begin_object();
  const std::size_t nothing = rest.size();
  for (const auto [key, value] : frame.delta.members()) {
    if (value.is_null()) continue;
    if (key == "stop_reason") {
      finish_word_ = value.text();
      stopped_ = true;
    } else if (key == "stop_sequence") {
      stop_sequence_ = value.text();
    } else {
      out.key(key).raw(value.slice());
    }
  }
  while (stopped_ && !blocks_.empty()) close(0);
  for (const auto [key, value] : frame.root.members()) {
    if (!value.is_null() && stands_beside_delta(key)) out.key(key).raw(value.slice());
  }
  if (rest.size() > nothing) sequencer_.aside(0, own, rest.append("}"));
  if (frame.usage) tell_usage(frame.usage);
}

void Decoder::end() {
  begin({.source = own});
  while (!blocks_.empty()) close(0);
  if (sequencer_.overflowed()) return fail("Upstream sent more than can be kept");
  ended_ = true;
  sequencer_.end(0, finish_of(finish_word_), finish_word_, stop_sequence_);
  refrain_.on(chat::ReplyEnd{});
}

void Decoder::fail(std::string message) {
  chat::Failure failure;
  failure.status = 502;
  failure.message = std::move(message);
  fail(failure);
}

void Decoder::fail(const chat::Failure& failure) {
  ended_ = true;
  refrain_.on(chat::ReplyFailed{failure});
}

}  // namespace

std::unique_ptr<StreamDecoder> make_stream_decoder() { return std::make_unique<Decoder>(); }

}  // namespace omni::dialect::anthropic
