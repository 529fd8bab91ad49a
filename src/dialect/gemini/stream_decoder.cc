// Server-sent events or a JSON list of chunks, each of which is a reply that continues the one
// before it:
//
//     data: {"candidates": [{"content": {"parts": [{"text": "Hel"}], "role": "model"}, "index":
//     0}],
//            "usageMetadata": {…}, "modelVersion": "…", "responseId": "…"}
//
// Texts in a row are one part, and so are thoughts.  A call comes whole.  A part with a signature
// and no text seals what was said before it.  The finish reason may be followed by more chunks, and
// some models tell it in every one, so only the end of the bytes is the end of the answer.

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "chat/sequencer.h"
#include "dialect/framing.h"
#include "dialect/gemini/array_reader.h"
#include "dialect/gemini/failure.h"
#include "dialect/gemini/parts.h"
#include "dialect/gemini/reply.h"
#include "dialect/gemini/stream.h"
#include "json/scratch_reader.h"

namespace omni::dialect::gemini {

using chat::Failure;
using chat::Finish;
using chat::Part;
using json::Kind;
using json::Value;

namespace {

constexpr std::string_view broken_json = "Invalid JSON in the provider's stream";
constexpr std::string_view cut_off = "Upstream ended the stream before the answer was complete";
constexpr std::string_view too_long = "Upstream sent an event of too many bytes";

/// What the listener has been told of one candidate.
struct Told {
  enum class Open : std::uint8_t { nothing, text, thoughts };
  bool seen = false;  // candidates may be numbered with gaps
  Open open = Open::nothing;
  chat::Sequencer::Key key = 0;  // of the part that is open, or was last
  std::string finish_word, finish_message;
  std::string aside;  // the last one
};

class Decoder final : public StreamDecoder {
 public:
  void feed(std::string_view bytes, chat::EventSink& sink) override;
  void finish(chat::EventSink& sink) override;

 private:
  enum class Framing : std::uint8_t { unknown, events, list };

  void listen(chat::EventSink& sink);
  bool knows_framing(std::string_view& bytes);
  void drain();

  void chunk(std::string_view data);
  void reply(Value root);
  void usage(Value object);
  void candidate(Value object, std::size_t position);
  void content(int choice, Value content);
  void part(int choice, Value value);
  void text(int choice, const PartView& view);
  void whole(int choice, Part part);
  void aside(int choice, const chat::Extras& extras);

  Told& told(int choice);
  void open(int choice, Told::Open kind);
  void close(int choice, std::string_view signature);
  void end();
  void fail(const Failure& failure);

  chat::EventSink* sink_ = nullptr;
  std::optional<chat::Sequencer> sequencer_;
  Framing framing_ = Framing::unknown;
  SseReader events_;
  ArrayReader list_;
  std::vector<Told> candidates_;
  std::string scratch_;
  bool begun_ = false;
  bool content_ = false;  // something of an answer has come
  bool refused_ = false;  // the prompt
  bool done_ = false;
};

// ---- Frames

void Decoder::listen(chat::EventSink& sink) {
  sink_ = &sink;
  if (sequencer_) {
    sequencer_->set_sink(sink);
  } else {
    sequencer_.emplace(sink);
  }
}

/// A list begins with a bracket, and an object that stands alone with a brace; blanks and a BOM may
/// stand before either.
bool Decoder::knows_framing(std::string_view& bytes) {
  if (framing_ != Framing::unknown) return true;
  const std::size_t first = bytes.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  if (first == std::string_view::npos) return false;
  bytes.remove_prefix(first);
  const bool list = bytes.front() == '[' || bytes.front() == '{';
  framing_ = list ? Framing::list : Framing::events;
  return true;
}

void Decoder::feed(std::string_view bytes, chat::EventSink& sink) {
  if (done_ || !knows_framing(bytes)) return;
  listen(sink);
  if (framing_ == Framing::list) {
    list_.feed(bytes);
  } else {
    events_.feed(bytes);
  }
  drain();
}

void Decoder::drain() {
  if (framing_ == Framing::list) {
    while (!done_) {
      const auto object = list_.next();
      if (!object) break;
      chunk(*object);
    }
  } else {
    while (!done_) {
      const auto event = events_.next();
      if (!event) break;
      chunk(event->data);
    }
  }
  if (!done_ && (list_.too_long() || events_.too_long())) fail(bad_upstream(too_long));
}

void Decoder::finish(chat::EventSink& sink) {
  if (done_) return;
  listen(sink);
  events_.finish();
  drain();
  if (!done_) end();
}

// ---- Chunks

void Decoder::chunk(std::string_view data) {
  if (data == "[DONE]") return;  // some imitations say so
  json::ScratchReader reader;
  Value root = reader->read(data, Error::Kind::upstream);
  if (root.kind() == Kind::array) {
    for (const Value item : std::exchange(root, {}).items()) root = item;
  }
  if (root.kind() != Kind::object) return fail(bad_upstream(broken_json));
  reply(unwrapped(root));
  if (!done_ && !reader->finish()) fail(bad_upstream(broken_json));
}

void Decoder::reply(Value root) {
  Value candidates, counts;
  std::string_view id, model;
  std::int64_t created = 0;
  chat::Extras extras;
  for (const auto [name, value] : root.members()) {
    if (name == "candidates") {
      candidates = value;
    } else if (name == "usageMetadata") {
      counts = value;
    } else if (name == "modelVersion" && !value.is_null()) {
      model = value.text();
    } else if (name == "responseId" && !value.is_null()) {
      id = value.text();
    } else if (name == "error" && !value.is_null()) {
      return fail(read_failure(root));
    } else {
      if (name == "promptFeedback" && !value.is_null())
        refused_ = refused_ || !block_reason(value).empty();
      if (name == "createTime" && !value.is_null()) created = seconds_of(value.text());
      if (!begun_) keep(extras, at_top, name, value);
    }
  }
  if (!begun_) {
    begun_ = true;
    sink_->on(chat::ReplyBegin{own, id, model, created, &extras});
  }
  if (candidates.kind() != Kind::null) {
    std::size_t position = 0;
    for (const Value item : candidates.items()) {
      candidate(item, position++);
      if (done_) return;
    }
  }
  if (counts.kind() == Kind::object) usage(counts);
  if (sequencer_->overflowed()) fail(bad_upstream("Upstream sent too many parts"));
}

void Decoder::usage(Value object) {
  const chat::Usage usage = read_usage(object);
  sink_->on(chat::UsageSoFar{usage});
}

Told& Decoder::told(int choice) {
  const auto index = static_cast<std::size_t>(choice);
  if (index >= candidates_.size()) candidates_.resize(index + 1);
  candidates_[index].seen = true;
  return candidates_[index];
}

void Decoder::candidate(Value object, std::size_t position) {
  auto number = static_cast<std::int64_t>(position);
  Value content_value;
  std::string_view finish, message;
  chat::Extras extras;
  for (const auto [name, value] : object.members()) {
    if (name == "content") {
      content_value = value;
    } else if (value.is_null()) {
      continue;
    } else if (name == "finishReason") {
      finish = value.text();
    } else if (name == "index") {
      number = value.integer();
    } else {
      if (name == "finishMessage") message = value.text();
      keep(extras, at_top, name, value);
    }
  }
  if (number < 0 || number >= chat::Sequencer::choices_max)
    return fail(bad_upstream("Upstream sent too many candidates"));
  const int choice = static_cast<int>(number);
  told(choice);
  if (content_value.kind() == Kind::object) content(choice, content_value);
  if (!finish.empty()) told(choice).finish_word = finish;
  if (!message.empty()) told(choice).finish_message = message;
  if (!extras.members.empty()) aside(choice, extras);
}

void Decoder::content(int choice, Value content) {
  for (const auto [name, value] : content.members()) {
    if (name != "parts" || value.is_null()) continue;
    for (const Value item : value.items()) part(choice, item);
  }
}

/// What is no event of its own: ratings, citations, where an answer was found.  Models that tell
/// the same with every chunk are heard once.
void Decoder::aside(int choice, const chat::Extras& extras) {
  scratch_.clear();
  json::Writer writer(scratch_);
  writer.begin_object();
  for (const auto& [name, value] : extras.members) writer.key(wire_name(name)).raw(value);
  writer.end_object();
  Told& told_before = told(choice);
  if (told_before.aside == scratch_) return;
  told_before.aside = scratch_;
  sequencer_->aside_of_choice(choice, own, scratch_);
}

// ---- Parts

void Decoder::part(int choice, Value value) {
  PartView view = look_at_part(value);
  if (view.kind == PartView::Kind::text) return text(choice, view);
  whole(choice, read_part(value, std::move(view)));
}

void Decoder::open(int choice, Told::Open kind) {
  Told& candidate = told(choice);
  if (candidate.open == kind) return;
  close(choice, {});
  Part seed;
  if (kind == Told::Open::thoughts) seed.body = chat::Reasoning{};
  sequencer_->open(choice, ++candidate.key, std::move(seed));
  candidate.open = kind;
  content_ = true;
}

void Decoder::close(int choice, std::string_view signature) {
  Told& candidate = told(choice);
  if (candidate.open == Told::Open::nothing) return;
  candidate.open = Told::Open::nothing;
  if (signature.empty()) return sequencer_->close(choice, candidate.key);
  const chat::Seal seal{{}, std::string(signature)};
  sequencer_->close(choice, candidate.key, &seal);
}

void Decoder::text(int choice, const PartView& view) {
  const std::string_view text = view.text.text();
  const bool sealed = !view.signature.empty();
  if (text.empty() && !sealed) return;
  const bool seals_open = text.empty() && told(choice).open != Told::Open::nothing;
  if (!seals_open) open(choice, view.thought ? Told::Open::thoughts : Told::Open::text);
  const chat::Sequencer::Key key = told(choice).key;
  if (!text.empty()) sequencer_->delta(choice, key, text);
  if (sealed) close(choice, view.signature);
}

void Decoder::whole(int choice, Part part) {
  close(choice, {});
  std::string input;
  if (auto* call = std::get_if<chat::ToolCall>(&part.body)) {
    if (call->name.empty()) return;  // nobody could run it
    input = std::move(call->input);
    call->input.clear();
  }
  const chat::Sequencer::Key key = ++told(choice).key;
  sequencer_->open(choice, key, std::move(part));
  sequencer_->delta(choice, key, input);
  sequencer_->close(choice, key);
  content_ = true;
}

// ---- The end

void Decoder::end() {
  if (refused_ && candidates_.empty()) told(0).finish_word = word_of(Finish::content_filter);
  if (candidates_.empty()) return fail(bad_upstream(cut_off));
  for (const Told& candidate : candidates_) {
    if (!candidate.seen) continue;
    if (candidate.finish_word.empty()) return fail(bad_upstream(cut_off));
    const bool broken = finish_row(candidate.finish_word).broken && !content_;
    if (broken) return fail(broken_answer(candidate.finish_word, candidate.finish_message));
  }
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    if (!candidates_[i].seen) continue;
    const int choice = static_cast<int>(i);
    const std::string_view word = candidates_[i].finish_word;
    Finish finish = finish_row(word).finish;
    if (finish == Finish::stop && sequencer_->called(choice)) finish = Finish::tool_calls;
    sequencer_->end(choice, finish, word, {});
  }
  done_ = true;
  sink_->on(chat::ReplyEnd{});
}

void Decoder::fail(const Failure& failure) {
  done_ = true;
  sink_->on(chat::ReplyFailed{failure});
}

}  // namespace

std::unique_ptr<StreamDecoder> stream_decoder() { return std::make_unique<Decoder>(); }

}  // namespace omni::dialect::gemini
