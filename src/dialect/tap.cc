#include "dialect/tap.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "base/strings.h"
#include "chat/collector.h"
#include "dialect/framing.h"
#include "json/scratch_reader.h"

namespace omni::dialect {

using chat::Dialect;

namespace {

/// Whether a client can use the part: it has words, or is something else than words.
bool is_content(const chat::Part& part) {
  const bool words = std::holds_alternative<chat::Text>(part.body) ||
                     std::holds_alternative<chat::Refusal>(part.body) ||
                     std::holds_alternative<chat::Reasoning>(part.body);
  return !words || !chat::text_of(part).empty();
}

}  // namespace

/// Notes what a reply is about.
class Tap::Eye final : public chat::EventSink {
 public:
  explicit Eye(chat::EventSink* listener) : listener_(listener) {}

  void on(const chat::Event& event) override {
    std::visit([this](const auto& each) { see(each); }, event);
    if (listener_ != nullptr) listener_->on(event);
  }

  Seen seen;
  std::string id;  // of the reply

 private:
  void see(const chat::ReplyBegin& begin) {
    seen.model = begin.model;
    id = begin.id;
  }
  void see(const chat::PartBegin& begin) { seen.content |= is_content(begin.seed); }
  void see(const chat::PartDelta& delta) { seen.content |= !delta.text.empty(); }
  void see(const chat::UsageSoFar& usage) { seen.usage = usage.usage; }
  void see(const chat::ChoiceEnd& end) {
    if (end.choice == 0) seen.finish = end.finish;
  }
  void see(const chat::ReplyEnd&) { seen.ended = true; }
  void see(const chat::ReplyFailed& failed) {
    seen.failure = failed.failure;
    seen.ended = true;
  }
  void see(const chat::PartEnd&) {}
  void see(const chat::Aside&) {}

  chat::EventSink* listener_;
};

/// Passes frames on when they are whole, and leaves out the chunk that brings the usage and nothing
/// else where nobody has asked for it.
class Tap::Gate {
 public:
  Gate(Dialect dialect, const ReplyStyle& style)
      : by_lines_(dialect == Dialect::ollama),
        drops_usage_(dialect == Dialect::openai_chat && !style.include_usage) {}

  void feed(std::string_view bytes, std::string& out) {
    held_ += bytes;
    skip_lf();
    by_lines_ ? read_lines(bytes, out) : read_events(bytes, out);
    held_.erase(0, at_);
    begin_ += std::exchange(at_, 0);
  }

  /// The last frame is whole, even without its end.
  void finish(std::string& out) {
    events_.finish();
    lines_.finish();
    feed({}, out);
    out += held_;
  }

  /// Feeds bytes in which the decoder has met something that it could not read.  Passes on what
  /// came before a frame that is no JSON object; false if there is none, and all of it went by.
  bool feed_to_garbage(std::string_view bytes, std::string& out) {
    wary_ = true;
    feed(bytes, out);
    return !std::exchange(wary_, false);
  }

  bool too_long() const {
    // A frame may also be long by lines that nobody reads.
    return events_.too_long() || lines_.too_long() || held_.size() > 2 * frame_bytes_max;
  }
  /// Server-sent events so far.
  std::int64_t count() const { return count_; }

 private:
  static bool is_usage_chunk(std::string_view data);
  static bool is_garbage(std::string_view data);
  void read_lines(std::string_view bytes, std::string& out);
  void read_events(std::string_view bytes, std::string& out);
  void skip_lf();
  void pass(std::uint64_t until, std::string& out);
  void leave_out(std::uint64_t until);

  const bool by_lines_, drops_usage_;
  SseReader events_;
  LineSplitter lines_{LineSplitter::Ends::lf};
  std::string held_;         // what has not been passed on yet
  std::uint64_t begin_ = 0;  // where it stands among all bytes
  std::size_t at_ = 0;       // how much of it is done with
  std::int64_t count_ = 0;
  bool wary_ = false;     // of garbage, until some is met
  bool lf_left_ = false;  // what was left out may go on with the LF of its CRLF
};

bool Tap::Gate::is_usage_chunk(std::string_view data) {
  // Most chunks bring none, or null: they need not be read.
  const std::size_t key = data.rfind("\"usage\"");
  if (key == std::string_view::npos) return false;
  const std::size_t value = data.find_first_not_of(" :", data.find('"', key + 1) + 1);
  if (value == std::string_view::npos || data[value] != '{') return false;
  json::ScratchReader reader;
  const json::Value root = reader->read(data);
  if (root.kind() != json::Kind::object) return false;
  const json::Value choices = root.find("choices");
  if (choices.kind() != json::Kind::array || choices.items().begin() != nullptr) return false;
  return root.find("usage").kind() == json::Kind::object;
}

bool Tap::Gate::is_garbage(std::string_view data) {
  const std::string_view said = trim(data);
  if (said.empty() || said == "[DONE]") return false;
  json::ScratchReader reader;
  return reader->read(said).kind() != json::Kind::object;
}

void Tap::Gate::read_lines(std::string_view bytes, std::string& out) {
  lines_.feed(bytes);
  std::uint64_t whole = 0;
  while (const std::optional<std::string_view> line = lines_.next()) {
    if (wary_ && is_garbage(*line)) {
      wary_ = false;
      break;
    }
    whole = lines_.offset();
  }
  lines_.keep();
  pass(whole, out);
}

void Tap::Gate::read_events(std::string_view bytes, std::string& out) {
  events_.feed(bytes);
  while (const std::optional<SseReader::Event> event = events_.next()) {
    if (wary_ && is_garbage(event->data)) {
      wary_ = false;
      return pass(event->begin, out);
    }
    ++count_;
    if (!drops_usage_ || !is_usage_chunk(event->data)) continue;
    // An LF that stands first ends the event before: its CR had come alone.
    const std::uint64_t begin = std::max(event->begin, begin_ + at_);
    pass(begin + (held_[begin - begin_] == '\n' ? 1 : 0), out);
    leave_out(event->end);
  }
  pass(events_.begin(), out);
}

void Tap::Gate::skip_lf() {
  if (!lf_left_ || held_.empty()) return;
  lf_left_ = false;
  if (held_.front() == '\n') at_ = 1;
}

void Tap::Gate::pass(std::uint64_t until, std::string& out) {
  if (until <= begin_ + at_) return;
  out.append(held_, at_, until - begin_ - at_);
  at_ = until - begin_;
}

void Tap::Gate::leave_out(std::uint64_t until) {
  at_ = until - begin_;
  lf_left_ = at_ == held_.size() && held_.back() == '\r';
}

Tap::Tap(Dialect dialect, const ReplyStyle& style, chat::EventSink* listener)
    : dialect_(dialect),
      now_(style.now),
      decoder_(codec_for(dialect).stream_decoder()),
      eye_(std::make_unique<Eye>(listener)),
      gate_(std::make_unique<Gate>(dialect, style)) {}

Tap::~Tap() = default;

void Tap::feed(std::string_view bytes, std::string& out) {
  if (broken_) return;
  const bool failed_before = seen().failure.has_value();
  const std::size_t told = out.size();
  decoder_->feed(bytes, *eye_);
  if (failed_before || !seen().failure) {
    gate_->feed(bytes, out);
  } else if (gate_->feed_to_garbage(bytes, out) || out.size() == told) {
    return break_off(out);  // also what failed without a frame, as a bare error object does
  }
  if (gate_->too_long()) break_off(out);
}

// What the provider itself has said of a failure went by; what it could not say is said here.
void Tap::finish(std::string& out) {
  if (broken_ || seen().failure) return;
  if (!seen().ended) decoder_->finish(*eye_);
  seen().failure ? break_off(out) : gate_->finish(out);
}

/// Tells the failure in the place of the frame that has begun.
void Tap::break_off(std::string& out) {
  broken_ = true;
  if (!seen().ended) decoder_->finish(*eye_);
  if (!seen().failure) return;
  ReplyStyle style;
  style.model = seen().model;
  style.id = eye_->id;
  style.now = now_;
  style.events_told = gate_->count();
  codec_for(dialect_).stream_encoder(style, out)->on(chat::ReplyFailed{*seen().failure});
}

const Seen& Tap::seen() const { return eye_->seen; }

Seen look_at_reply(Dialect dialect, std::string_view body, chat::EventSink* listener) {
  Seen seen;
  seen.ended = true;
  auto decoded = codec_for(dialect).decode_reply(body);
  if (auto* failure = std::get_if<chat::Failure>(&decoded)) {
    seen.failure = std::move(*failure);
    return seen;
  }
  auto& reply = std::get<chat::Reply>(decoded);
  if (listener != nullptr) chat::replay(reply, *listener);
  seen.usage = std::move(reply.usage);
  seen.model = std::move(reply.model);
  if (!reply.choices.empty()) seen.finish = reply.choices.front().finish;
  for (const chat::Choice& choice : reply.choices) {
    seen.content |= std::any_of(choice.parts.begin(), choice.parts.end(), is_content);
  }
  return seen;
}

}  // namespace omni::dialect
