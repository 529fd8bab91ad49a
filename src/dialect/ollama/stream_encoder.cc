// Writes the lines that stream_decoder.cc reads.  A piece of text is the line's head, which was
// made once, the text and a tail; a tool call is gathered and goes as a line of its own.

#include <utility>

#include "base/strings.h"
#include "dialect/framing.h"
#include "dialect/ollama/message.h"
#include "dialect/ollama/reply.h"
#include "dialect/ollama/wire.h"
#include "json/scratch_reader.h"

namespace omni::dialect::ollama {
namespace {

/// What is told aside waits no longer than this for a line to go with.
constexpr std::size_t waiting_bytes_max = std::size_t{16} << 10;

class Encoder final : public StreamEncoder {
 public:
  Encoder(const ReplyStyle& style, std::string& out)
      : style_(style), model_(style.model), out_(out) {
    style_.model = model_;
  }

  void on(const chat::Event& event) override {
    if (!done_) std::visit([this](const auto& each) { tell(each); }, event);
  }
  void heartbeat() override {}
  const Losses& losses() const override { return losses_; }

 private:
  void tell(const chat::ReplyBegin& begin);
  void tell(const chat::PartBegin& begin);
  void tell(const chat::PartDelta& delta);
  void tell(const chat::PartEnd& end);
  void tell(const chat::Aside& aside);
  void tell(const chat::UsageSoFar& so_far) { usage_ = so_far.usage; }
  void tell(const chat::ChoiceEnd& end);
  void tell(const chat::ReplyEnd& end);
  void tell(const chat::ReplyFailed& failed);

  enum class Place : std::uint8_t { between, last };

  bool is_first(int choice);
  /// Of the open part.
  void say(std::string_view text);
  /// Nothing if the part has no place on a line, which is declared.
  void say_whole(const chat::Part& part);
  void write_line(Said& said, Place place);

  ReplyStyle style_;
  std::string model_;  // what the style's is a view of
  std::string& out_;
  Losses losses_;
  chat::Dialect source_{};
  LineHead head_;
  std::string before_content_, before_thinking_;
  chat::Part part_;  // the open one, a call with its input so far
  int summary_ = -1;
  chat::Choice choice_;  // how it ended
  std::optional<chat::Usage> usage_;
  chat::Extras waiting_;  // what was told aside, for the next line
  bool done_ = false;
};

bool Encoder::is_first(int choice) {
  if (choice != 0) losses_.add(loss::extra_choices);
  return choice == 0;
}

void Encoder::tell(const chat::ReplyBegin& begin) {
  source_ = begin.source;
  if (begin.extras != nullptr) declare_foreign(*begin.extras, own, losses_);
  head_ = LineHead(begin, style_);
  json::Writer out(before_content_);
  ObjectWriter line(out, own);
  head_.write(line);
  line.key("message");
  before_content_ += R"({"role":"assistant","content":")";
  before_thinking_ = before_content_ + R"(","thinking":")";
}

void Encoder::tell(const chat::PartBegin& begin) {
  if (!is_first(begin.choice)) return;
  part_ = begin.seed;
  summary_ = -1;
  if (!std::holds_alternative<chat::ToolCall>(part_.body)) say_whole(part_);
}

void Encoder::tell(const chat::PartDelta& delta) {
  if (!is_first(delta.choice)) return;
  if (auto* const call = std::get_if<chat::ToolCall>(&part_.body)) {
    const bool fits = call->input.size() + delta.text.size() <= frame_bytes_max;
    if (!fits)
      return tell(chat::ReplyFailed{broken("Upstream sent a tool call of too many bytes")});
    call->input.append(delta.text);
  } else {
    if (summary_ >= 0 && delta.summary > summary_) say("\n\n");
    summary_ = delta.summary;
    say(delta.text);
  }
}

void Encoder::tell(const chat::PartEnd& end) {
  if (!is_first(end.choice)) return;
  auto* const call = std::get_if<chat::ToolCall>(&part_.body);
  if (call == nullptr) return;
  if (call->form != chat::ToolCall::Form::freeform) chat::check_input(*call);
  say_whole(part_);
}

void Encoder::tell(const chat::Aside& aside) {
  if (!is_first(aside.choice)) return;
  if (aside.dialect != own) return declare_foreign(aside.object, losses_);
  chat::Extras extras;
  const json::ScratchReader reader;
  for (const auto [key, value] : reader->read(aside.object).members())
    keep(own, extras, key, value);
  merge(waiting_, extras);
  std::size_t bytes = 0;
  for (const auto& [name, value] : waiting_.members) bytes += name.size() + value.text().size();
  if (bytes < waiting_bytes_max) return;
  Said nothing(Said::In::reply, losses_);
  write_line(nothing, Place::between);
}

void Encoder::tell(const chat::ChoiceEnd& end) {
  if (!is_first(end.choice)) return;
  choice_.finish = end.finish;
  choice_.finish_word = end.finish_word;
}

void Encoder::tell(const chat::ReplyEnd& /*end*/) {
  Said nothing(Said::In::reply, losses_);
  write_line(nothing, Place::last);
  done_ = true;
}

void Encoder::tell(const chat::ReplyFailed& failed) {
  out_.append(encode_error(failed.failure)) += '\n';
  done_ = true;
}

void Encoder::say(std::string_view text) {
  const bool thought = std::holds_alternative<chat::Reasoning>(part_.body);
  if (waiting_.members.empty()) {
    out_.append(thought ? before_thinking_ : before_content_);
    append_json_escaped(out_, text);
    out_.append("\"},\"done\":false}\n");
    return;
  }
  chat::Part piece;
  if (thought) {
    piece.body = chat::Reasoning{std::string(text), {}};
  } else {
    piece.body = chat::Text{std::string(text)};
  }
  say_whole(piece);
}

void Encoder::say_whole(const chat::Part& part) {
  Said said(Said::In::reply, losses_);
  said.add(part);
  if (!said.empty()) write_line(said, Place::between);
}

void Encoder::write_line(Said& said, Place place) {
  const std::size_t begin = out_.size();
  json::Writer out(out_);
  ObjectWriter line(out, own);
  head_.write(line);
  ObjectWriter message(line.key("message"), own);
  message.key("role").text("assistant");
  said.write(message, {}, {});
  message.end(inner(own, waiting_, "message"), losses_);
  if (place == Place::last) {
    write_end(line, choice_, source_, usage_, losses_);
  } else {
    line.key("done").boolean(false);
  }
  line.end(waiting_, losses_);
  flatten(out_, begin);
  out_ += '\n';
  waiting_.members.clear();
}

}  // namespace

std::unique_ptr<StreamEncoder> stream_encoder(const ReplyStyle& style, std::string& out) {
  return std::make_unique<Encoder>(style, out);
}

}  // namespace omni::dialect::ollama
