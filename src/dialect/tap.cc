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
      witness_(listener),
      gate_(std::make_unique<Gate>(dialect, style)) {}

Tap::~Tap() = default;

void Tap::feed(std::string_view bytes, std::string& out) {
  if (broken_) return;
  const bool failed_before = seen().failure.has_value();
  const std::size_t told = out.size();
  decoder_->feed(bytes, witness_);
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
  if (!seen().ended) decoder_->finish(witness_);
  seen().failure ? break_off(out) : gate_->finish(out);
}

/// Tells the failure in the place of the frame that has begun.
void Tap::break_off(std::string& out) {
  broken_ = true;
  if (!seen().ended) decoder_->finish(witness_);
  if (!seen().failure) return;
  ReplyStyle style;
  style.model = seen().model;
  style.id = witness_.id();
  style.now = now_;
  style.events_told = gate_->count();
  codec_for(dialect_).stream_encoder(style, out)->on(chat::ReplyFailed{*seen().failure});
}

Seen look_at_reply(Dialect dialect, std::string_view body, chat::EventSink* listener) {
  auto decoded = codec_for(dialect).decode_reply(body);
  Witness witness(listener);
  if (auto* failure = std::get_if<chat::Failure>(&decoded)) {
    witness.on(chat::ReplyFailed{*failure});
  } else {
    chat::replay(std::get<chat::Reply>(decoded), witness);
  }
  return witness.seen();
}

}  // namespace omni::dialect
