// Chunks as stream_decoder.cc reads them, as events
//
//     data: {"candidates":[{"content":{"parts":[{"text":"Hel"}],"role":"model"},"index":0}],
//            "modelVersion":"…","responseId":"…"}
//
// with CRLF and neither names nor [DONE], or as one JSON list.  Every chunk but the text in it was
// prepared when the reply began.  Why each candidate ended stands in the last one, with the usage.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "dialect/framing.h"
#include "dialect/gemini/failure.h"
#include "dialect/gemini/parts.h"
#include "dialect/gemini/stream.h"
#include "dialect/gemini/wire.h"
#include "json/scratch_reader.h"

namespace omni::dialect::gemini {

using chat::Finish;
using chat::Part;

namespace {

constexpr std::string_view parts_open = R"({"candidates":[{"content":{"parts":[)";
constexpr std::string_view call_too_long = "Upstream sent a tool call of too many bytes";
constexpr std::string_view parts_close = R"(],"role":"model"},"index":)";

/// What is known of one candidate.
struct Candidate {
  bool thoughts = false;     // the open part is one of thoughts
  int summary = -1;          // its last one
  std::optional<Part> held;  // a part that is written when it ends
  bool ended = false;
  std::string finish_word;
};

class Encoder final : public StreamEncoder {
 public:
  Encoder(const ReplyStyle& style, std::string& out)
      : out_(out), model_(style.model), id_(style.id), as_list_(style.json_array) {}

  void on(const chat::Event& event) override {
    if (!done_) std::visit([this](const auto& told) { tell(told); }, event);
  }
  void heartbeat() override {
    if (!as_list_ && !done_) out_ += ": keepalive\r\n\r\n";
  }
  const Losses& losses() const override { return losses_; }

 private:
  void tell(const chat::ReplyBegin& begin);
  void tell(const chat::PartBegin& begin);
  void tell(const chat::PartDelta& delta);
  void tell(const chat::PartEnd& end);
  void tell(const chat::Aside& aside);
  void tell(const chat::UsageSoFar& usage);
  void tell(const chat::ChoiceEnd& end);
  void tell(const chat::ReplyEnd& end);
  void tell(const chat::ReplyFailed& failed);

  Candidate& candidate(int choice);
  void open_frame();
  void close_frame();
  /// What follows the parts of a chunk with one candidate.
  void close_parts(int choice);
  void text(int choice, std::string_view text);
  void held(int choice, const Part& part);
  void declare(const chat::Aside& aside);
  void end_list();

  std::string& out_;
  std::string model_, id_;
  const bool as_list_;
  bool home_ = false;
  bool first_ = true;      // no frame yet
  std::size_t frame_ = 0;  // where the open one begins
  bool done_ = false;
  std::string tail_;  // of every chunk: its members after the candidates, and the closing brace
  std::string usage_;
  std::vector<Candidate> candidates_;
  ToolNames none_;
  Losses losses_;
};

void Encoder::open_frame() {
  if (as_list_) {
    out_ += first_ ? "[" : ",\r\n";
  } else {
    out_ += "data: ";
  }
  first_ = false;
  frame_ = out_.size();
}

void Encoder::close_frame() {
  if (as_list_) return;
  flatten(out_, frame_);
  out_ += "\r\n\r\n";
}

void Encoder::close_parts(int choice) {
  out_ += parts_close;
  append_number(out_, static_cast<std::uint64_t>(choice));
  out_ += "}]";
  out_ += tail_;
  close_frame();
}

Candidate& Encoder::candidate(int choice) {
  const auto index = static_cast<std::size_t>(choice);
  if (index >= candidates_.size()) candidates_.resize(index + 1);
  return candidates_[index];
}

void Encoder::tell(const chat::ReplyBegin& begin) {
  home_ = begin.source == own;
  if (model_.empty()) model_ = begin.model;
  if (home_ || !begin.id.empty()) id_ = begin.id;
  json::Writer writer(tail_);
  ObjectWriter members(writer, own);
  if (!model_.empty()) members.key("modelVersion").text(model_);
  if (!id_.empty()) members.key("responseId").text(id_);
  if (begin.extras != nullptr) members.extras(*begin.extras, losses_);
  members.end();
  tail_.front() = tail_ == "{}" ? ' ' : ',';
}

void Encoder::tell(const chat::PartBegin& begin) {
  Candidate& of = candidate(begin.choice);
  of.thoughts = std::holds_alternative<chat::Reasoning>(begin.seed.body);
  of.summary = -1;
  of.held.reset();
  const bool flows = of.thoughts || std::holds_alternative<chat::Text>(begin.seed.body);
  if (!flows || begin.seed.seal) {
    of.held = begin.seed;
  } else if (begin.seed.extras.dialect != own) {
    declare_foreign(begin.seed.extras, own, losses_);
  } else if (!begin.seed.extras.members.empty()) {
    held(begin.choice, begin.seed);
  }
}

/// A refusal flows too, and is declared when it ends.
void Encoder::tell(const chat::PartDelta& delta) {
  Candidate& of = candidate(delta.choice);
  if (of.held) {
    if (auto* call = std::get_if<chat::ToolCall>(&of.held->body)) {
      const bool fits = call->input.size() + delta.text.size() <= frame_bytes_max;
      if (!fits) return tell(chat::ReplyFailed{bad_upstream(call_too_long)});
      call->input.append(delta.text);
      return;
    }
  }
  if (delta.summary > of.summary && of.summary >= 0) text(delta.choice, "\n\n");
  of.summary = delta.summary;
  text(delta.choice, delta.text);
}

void Encoder::text(int choice, std::string_view text) {
  open_frame();
  out_ += parts_open;
  out_ += candidate(choice).thoughts ? R"({"thought":true,"text":")" : R"({"text":")";
  append_json_escaped(out_, text);
  out_ += "\"}";
  close_parts(choice);
}

void Encoder::tell(const chat::PartEnd& end) {
  Candidate& of = candidate(end.choice);
  std::optional<Part> part = std::exchange(of.held, std::nullopt);
  if (!part) {
    if (end.seal == nullptr) return;
    part.emplace();  // no text, but the seal of the text before it
    if (of.thoughts) part->body = chat::Reasoning{};
  }
  if (end.seal != nullptr) part->seal = *end.seal;
  auto* call = std::get_if<chat::ToolCall>(&part->body);
  if (call != nullptr && call->form != chat::ToolCall::Form::freeform) chat::check_input(*call);
  held(end.choice, *part);
}

void Encoder::held(int choice, const Part& part) {
  const PartTerms terms{{}, none_, losses_, home_, true};
  if (!admits(part, terms)) return;
  if (std::holds_alternative<chat::Refusal>(part.body) && !part.seal) return;  // its text flowed
  open_frame();
  out_ += parts_open;
  json::Writer writer(out_);
  write_part(writer, part, terms);
  close_parts(choice);
}

void Encoder::declare(const chat::Aside& aside) {
  chat::Extras extras;
  extras.dialect = aside.dialect;
  json::ScratchReader reader;
  for (const auto [name, value] : reader->read(aside.object).members())
    extras.members.emplace_back(name, value.raw());
  declare_foreign(extras, own, losses_);
}

/// Members of the open part go with an empty text, others with the candidate.
void Encoder::tell(const chat::Aside& aside) {
  if (aside.dialect != own) return declare(aside);
  const std::string_view object = trim(aside.object);
  if (object.find('"') == std::string_view::npos) return;
  const std::string_view inside = object.substr(1, object.size() - 2);
  open_frame();
  if (aside.part >= 0) {
    out_.append(parts_open).append(R"({"text":"",)").append(inside).append("}");
    return close_parts(aside.choice);
  }
  out_.append(R"({"candidates":[{"index":)");
  append_number(out_, static_cast<std::uint64_t>(aside.choice));
  out_.append(",").append(inside).append("}]").append(tail_);
  close_frame();
}

void Encoder::tell(const chat::UsageSoFar& usage) {
  usage_.clear();
  json::Writer writer(usage_);
  write_usage(writer, usage.usage);
}

void Encoder::tell(const chat::ChoiceEnd& end) {
  if (!home_ && end.finish == Finish::paused) losses_.add(loss::finish_reason);
  Candidate& of = candidate(end.choice);
  of.ended = true;
  of.finish_word = home_ && !end.finish_word.empty() ? end.finish_word : word_of(end.finish);
}

void Encoder::tell(const chat::ReplyEnd&) {
  open_frame();
  out_ += R"({"candidates":[)";
  bool first = true;
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    if (!candidates_[i].ended) continue;
    if (!std::exchange(first, false)) out_ += ",";
    out_ += R"({"content":{"parts":[{"text":""}],"role":"model"},"finishReason":")";
    append_json_escaped(out_, candidates_[i].finish_word);
    out_ += R"(","index":)";
    append_number(out_, i);
    out_ += "}";
  }
  out_ += "]";
  if (!usage_.empty()) out_.append(R"(,"usageMetadata":)").append(usage_);
  out_ += tail_;
  close_frame();
  end_list();
}

void Encoder::tell(const chat::ReplyFailed& failed) {
  open_frame();
  out_ += encode_error(failed.failure);
  close_frame();
  end_list();
}

void Encoder::end_list() {
  if (as_list_) out_ += "]";
  done_ = true;
}

}  // namespace

std::unique_ptr<StreamEncoder> stream_encoder(const ReplyStyle& style, std::string& out) {
  return std::make_unique<Encoder>(style, out);
}

}  // namespace omni::dialect::gemini
