// Writes the events that stream_decoder.cc shows.  A text or a thought that turns out to say
// nothing leaves no block, for clients send blocks back and providers refuse empty ones.

#include <algorithm>
#include <optional>
#include <string>
#include <variant>

#include "base/strings.h"
#include "dialect/anthropic/failure.h"
#include "dialect/anthropic/reply.h"
#include "dialect/anthropic/stream.h"
#include "dialect/anthropic/usage.h"
#include "dialect/framing.h"
#include "json/scratch_reader.h"

namespace omni::dialect::anthropic {
namespace {

using chat::Part;

constexpr std::size_t asides_max = 64;

/// The member that brings a part's text, with what stands before it in a delta.
std::string_view delta_head(const Part& part) {
  if (std::holds_alternative<chat::Reasoning>(part.body)) {
    return R"({"type":"thinking_delta","thinking":")";
  }
  if (std::holds_alternative<chat::ToolCall>(part.body)) {
    return R"({"type":"input_json_delta","partial_json":")";
  }
  return R"({"type":"text_delta","text":")";
}

/// The block that is open, or was kept back until it says something.
struct Block {
  std::string start;  // not sent yet
  std::string delta_prefix;
  bool sealed_at_end = false;  // thoughts that can be read
  bool freeform = false;
  bool text_came = false;
  int summary = -1;
};

class Encoder final : public StreamEncoder {
 public:
  Encoder(const ReplyStyle& style, std::string& out)
      : style_(style), model_(style.model), id_(style.id), out_(out) {
    style_.model = model_;
    style_.id = id_;
  }

  void on(const chat::Event& event) override {
    std::visit([this](const auto& told) { tell(told); }, event);
  }
  void heartbeat() override {
    if (!over_) out_ += "event: ping\ndata: {\"type\":\"ping\"}\n\n";
  }
  const Losses& losses() const override { return losses_; }

 private:
  void tell(const chat::ReplyBegin& begin);
  void tell(const chat::PartBegin& begin);
  void tell(const chat::PartDelta& delta);
  void tell(const chat::PartEnd& end);
  void tell(const chat::Aside& aside);
  void tell(const chat::UsageSoFar& so_far);
  void tell(const chat::ChoiceEnd& end);
  void tell(const chat::ReplyEnd& end);
  void tell(const chat::ReplyFailed& failed);

  void start_message();
  void start_block();
  bool continue_summary(const chat::PartDelta& delta);
  void aside_of_part(std::string_view object);
  void aside_of_choice(std::string_view object);
  void write_delta(std::string_view delta);
  void write_message_delta();
  std::string block_prefix(std::string_view event) const;

  ReplyStyle style_;
  std::string model_, id_;
  std::string& out_;
  Losses losses_;
  WireMessage message_;
  std::string reply_model_;
  chat::Extras extras_;
  std::optional<chat::Usage> usage_;
  bool begun_ = false;
  bool started_ = false;
  bool over_ = false;
  std::size_t index_ = 0;
  std::optional<Block> block_;
  json::RawMembers asides_;
  chat::Finish finish_{};
  std::string finish_word_, stop_sequence_;
};

void Encoder::tell(const chat::ReplyBegin& begin) {
  message_.at_home = begin.source == own;
  message_.id = message_id(begin.id, style_, message_);
  if (model_.empty()) model_ = begin.model;
  message_.model = model_;
  if (begin.extras != nullptr) extras_ = *begin.extras;
  message_.extras = &extras_;
  begun_ = true;
}

/// Waits for the first word after ReplyBegin, which may be the usage that belongs in here.
void Encoder::start_message() {
  if (started_ || !begun_) return;
  started_ = true;
  message_.usage = usage_ ? &*usage_ : nullptr;
  out_ += "event: message_start\ndata: {\"type\":\"message_start\",\"message\":";
  const std::size_t message = out_.size();
  json::Writer out(out_);
  write_message(out, message_, losses_);
  flatten(out_, message);
  out_ += "}\n\n";
}

void Encoder::tell(const chat::UsageSoFar& so_far) {
  usage_ = so_far.usage;
  start_message();
}

std::string Encoder::block_prefix(std::string_view event) const {
  std::string prefix = "event: ";
  prefix.append(event).append("\ndata: {\"type\":\"").append(event).append("\",\"index\":");
  append_number(prefix, index_);
  return prefix;
}

void Encoder::tell(const chat::PartBegin& begin) {
  start_message();
  if (begin.choice != 0) return losses_.add(loss::extra_choices);
  if (!takes_reply_part(message_, begin.seed, losses_)) return;
  const Part& seed = begin.seed;
  const auto* call = std::get_if<chat::ToolCall>(&seed.body);
  const auto* reasoning = std::get_if<chat::Reasoning>(&seed.body);

  Block& block = block_.emplace();
  block.sealed_at_end = reasoning != nullptr && !reasoning->redacted;
  block.start = block_prefix("content_block_start") + ",\"content_block\":";
  const std::size_t content = block.start.size();
  json::Writer out(block.start);
  write_reply_part(out, seed, message_, index_, losses_);
  flatten(block.start, content);
  block.start += "}\n\n";
  block.delta_prefix = block_prefix("content_block_delta") + ",\"delta\":";
  block.delta_prefix += delta_head(seed);
  const bool may_say_nothing = std::holds_alternative<chat::Text>(seed.body) ||
                               std::holds_alternative<chat::Refusal>(seed.body) ||
                               block.sealed_at_end;
  if (message_.at_home || !may_say_nothing) start_block();

  block.freeform = call != nullptr && call->form == chat::ToolCall::Form::freeform;
  if (block.freeform) out_.append(block.delta_prefix).append(R"({\"input\":\""}})").append("\n\n");
}

void Encoder::start_block() {
  out_ += block_->start;
  block_->start.clear();
}

void Encoder::tell(const chat::PartDelta& delta) {
  if (delta.choice != 0 || !block_ || delta.text.empty()) return;
  Block& block = *block_;
  const int summary_before = block.summary;
  if (!continue_summary(delta)) return;
  if (!block.start.empty()) start_block();
  out_ += block.delta_prefix;
  if (delta.summary >= 0 && summary_before >= 0 && summary_before != delta.summary) {
    out_ += R"(\n\n)";
  }
  if (block.freeform) {
    std::string inside;
    append_json_escaped(inside, delta.text);
    append_json_escaped(out_, inside);
  } else {
    append_json_escaped(out_, delta.text);
  }
  out_ += "\"}}\n\n";
}

/// Whether a delta is to be told: summaries are for thoughts that have no text.
bool Encoder::continue_summary(const chat::PartDelta& delta) {
  if (delta.summary < 0) {
    block_->text_came = true;
    return true;
  }
  block_->summary = delta.summary;
  return !block_->text_came;
}

void Encoder::write_delta(std::string_view delta) {
  if (!block_->start.empty()) start_block();
  out_.append(block_prefix("content_block_delta")).append(",\"delta\":");
  const std::size_t data = out_.size();
  out_.append(delta);
  flatten(out_, data);
  out_ += "}\n\n";
}

void Encoder::tell(const chat::PartEnd& end) {
  if (end.choice != 0 || !block_) return;
  if (end.seal != nullptr && block_->sealed_at_end) {
    std::string delta = R"({"type":"signature_delta","signature":")";
    append_json_escaped(delta, end.seal->bytes);
    write_delta(delta.append("\"}"));
  }
  if (block_->freeform) out_.append(block_->delta_prefix).append(R"(\"}"}})").append("\n\n");
  if (block_->start.empty()) {
    out_.append(block_prefix("content_block_stop")).append("}\n\n");
    ++index_;
  }
  block_.reset();
}

void Encoder::tell(const chat::Aside& aside) {
  start_message();
  if (aside.choice != 0) return;
  if (aside.dialect != own) {
    declare_foreign(aside.object, losses_);
  } else if (aside.part < 0) {
    aside_of_choice(aside.object);
  } else if (block_) {
    aside_of_part(aside.object);
  }
}

/// Citations, or a delta as it came that we do not know.
void Encoder::aside_of_part(std::string_view object) {
  json::ScratchReader reader;
  const json::Value root = reader->read(object);
  if (!type_of(root).empty()) return write_delta(object);
  const json::Value citations = root.find("citations");
  if (citations.kind() != json::Kind::array) return;
  for (const json::Value citation : citations.items()) {
    std::string delta = R"({"type":"citations_delta","citation":)";
    write_delta(delta.append(citation.slice()).append("}"));
  }
}

void Encoder::aside_of_choice(std::string_view object) {
  json::ScratchReader reader;
  for (const auto [key, value] : reader->read(object).members()) {
    const auto known = std::ranges::find(
        asides_, key, [](const auto& member) -> std::string_view { return member.first; });
    if (known != asides_.end()) {
      known->second = value.raw();
    } else if (asides_.size() < asides_max) {
      asides_.emplace_back(key, value.raw());
    }
  }
}

void Encoder::tell(const chat::ChoiceEnd& end) {
  if (end.choice != 0) return losses_.add(loss::extra_choices);
  finish_ = end.finish;
  finish_word_ = message_.at_home ? end.finish_word : std::string_view{};
  stop_sequence_ = end.stop_sequence;
}

void Encoder::tell(const chat::ReplyEnd& /*end*/) {
  start_message();
  out_ += "event: message_delta\ndata: ";
  const std::size_t data = out_.size();
  write_message_delta();
  flatten(out_, data);
  out_ += "\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
  over_ = true;
}

void Encoder::write_message_delta() {
  json::Writer out(out_);
  const auto write_asides = [&](bool beside) {
    for (const auto& [name, value] : asides_) {
      if (stands_beside_delta(name) == beside) out.key(name).raw(value);
    }
  };
  const auto is_told = [&](std::string_view name) {
    return std::ranges::any_of(asides_, [&](const auto& member) { return member.first == name; });
  };
  out.begin_object().key("type").text("message_delta").key("delta").begin_object();
  out.key("stop_reason").text(stop_reason_of(finish_, finish_word_, stop_sequence_));
  out.key("stop_sequence");
  if (stop_sequence_.empty()) {
    out.null();
  } else {
    out.text(stop_sequence_);
  }
  for (const std::string_view name : {"container", "stop_details"}) {
    if (!is_told(name)) out.key(name).null();
  }
  write_asides(false);
  out.end_object().key("usage");
  write_usage(out, usage_ ? &*usage_ : nullptr, UsageOf::message_delta);
  write_asides(true);
  out.end_object();
}

void Encoder::tell(const chat::ReplyFailed& failed) {
  out_.append("event: error\ndata: ").append(encode_error(failed.failure)).append("\n\n");
  over_ = true;
}

}  // namespace

std::unique_ptr<StreamEncoder> make_stream_encoder(const ReplyStyle& style, std::string& out) {
  return std::make_unique<Encoder>(style, out);
}

}  // namespace omni::dialect::anthropic
