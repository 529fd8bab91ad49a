#include "dialect/lane.h"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "base/assert.h"
#include "dialect/framing.h"
#include "dialect/gemini/path.h"
#include "json/envelope.h"
#include "json/scratch_reader.h"

namespace omni::dialect {

using chat::Dialect;
using json::Envelope;
using json::Raw;

namespace {

Error no_object() { return {Error::Kind::bad_request, "Invalid JSON body"}; }

Raw raw_of(bool value) { return Raw::trusted(value ? "true" : "false"); }

bool is_null(const Envelope::Member* member) {
  return member == nullptr || member->value == "null";
}

/// The edits that make a body say what the hints say.
class Edits {
 public:
  Edits(const Envelope& body, const EncodeHints& hints) : body_(body), hints_(hints) {}

  void model() {
    if (!hints_.model.empty()) edits_.push_back({"model", Raw::quote(hints_.model)});
  }

  /// `silent` is what a body means that says nothing.
  void stream(bool silent) {
    const Envelope::Member* said = body_.find("stream");
    const bool streams = is_null(said) ? silent : said->value == "true";
    if (streams != hints_.stream) edits_.push_back({"stream", raw_of(hints_.stream)});
  }

  /// OpenAI refuses the options where there is no stream.
  void stream_options() {
    const Envelope::Member* said = body_.find("stream_options");
    if (!hints_.stream) {
      if (said != nullptr) edits_.push_back({"stream_options", std::nullopt});
    } else if (hints_.want_usage) {
      ask_for_usage(said);
    }
  }

  std::string made(std::string_view text) const {
    return edits_.empty() ? std::string(text) : body_.splice(edits_);
  }

 private:
  void ask_for_usage(const Envelope::Member* said) {
    if (is_null(said)) {
      edits_.push_back({"stream_options", Raw::trusted(R"({"include_usage":true})")});
      return;
    }
    const Result<Envelope> options = Envelope::scan(said->value);
    if (!options) return;  // no object: the provider will say so
    edits_.push_back(
        {"stream_options", Raw::trusted(options->splice({{"include_usage", raw_of(true)}}))});
  }

  const Envelope& body_;
  const EncodeHints& hints_;
  std::vector<Envelope::Edit> edits_;
};

/// Where conversations are held, after the provider's base address.
std::string_view path_of(Dialect dialect) {
  switch (dialect) {
    case Dialect::openai_chat:
      return "/chat/completions";
    case Dialect::openai_responses:
      return "/responses";
    case Dialect::anthropic:
      return "/messages";
    case Dialect::ollama:
      return "/api/chat";
    case Dialect::gemini:
      break;  // has a path for each model
  }
  OMNI_ASSERT(false);
}

/// The query goes along where it belongs to the dialect ("?beta=true"); elsewhere it may hold a
/// key.
std::string_view query_of(std::string_view path) {
  const std::size_t mark = path.find('?');
  return mark == std::string_view::npos ? std::string_view() : path.substr(mark);
}

Result<Outbound> forward_gemini(const Inbound& inbound, const EncodeHints& hints) {
  std::string model(hints.model);
  if (model.empty()) {
    Result<gemini::Asked> asked = gemini::read_path(inbound.path);
    if (!asked) return std::move(asked).error();
    model = std::move(asked->model);
  }
  Outbound out;
  out.path = hints.stream ? gemini::path_of_stream(model) : gemini::path_of_reply(model);
  out.body = inbound.body;
  return out;
}

}  // namespace

Result<Outbound> forward_request(Dialect dialect, const Inbound& inbound,
                                 const EncodeHints& hints) {
  const Result<Envelope> body = Envelope::scan(inbound.body);
  if (!body) return no_object();
  if (dialect == Dialect::gemini) return forward_gemini(inbound, hints);

  Edits edits(*body, hints);
  edits.model();
  edits.stream(dialect == Dialect::ollama);
  if (dialect == Dialect::openai_chat) edits.stream_options();

  Outbound out;
  out.path = path_of(dialect);
  if (dialect == Dialect::anthropic) out.path += query_of(inbound.path);
  out.body = edits.made(inbound.body);
  return out;
}

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
  void on(const chat::Event& event) override {
    std::visit([this](const auto& each) { see(each); }, event);
  }

  Seen seen;

 private:
  void see(const chat::ReplyBegin& begin) { seen.model = begin.model; }
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
};

/// Leaves out the chunk that brings the usage and nothing else.  The start of an event is held back
/// until it is whole, for only then is it known.
class Tap::UsageFilter {
 public:
  void feed(std::string_view bytes, std::string& out) {
    reader_.feed(bytes);
    pass(bytes, out);
  }

  void finish(std::string& out) {
    reader_.finish();
    pass({}, out);
  }

 private:
  static bool is_usage_chunk(std::string_view data);
  void pass(std::string_view bytes, std::string& out);

  SseReader reader_;
  std::string held_;         // what came before and was not passed on
  std::uint64_t begin_ = 0;  // where it stands among all bytes
  bool lf_left_ = false;     // what was left out may go on with the LF of its CRLF
};

bool Tap::UsageFilter::is_usage_chunk(std::string_view data) {
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

void Tap::UsageFilter::pass(std::string_view bytes, std::string& out) {
  const auto append = [&](std::uint64_t from, std::uint64_t to) {
    const std::size_t begin = from - begin_, end = to - begin_, held = held_.size();
    if (begin < held) out.append(held_, begin, std::min(end, held) - begin);
    if (end > held) out += bytes.substr(std::max(begin, held) - held, end - std::max(begin, held));
  };
  const std::uint64_t end = begin_ + held_.size() + bytes.size();
  const auto byte = [&](std::uint64_t at) {
    const std::size_t place = at - begin_;
    return place < held_.size() ? held_[place] : bytes[place - held_.size()];
  };

  std::uint64_t passed = begin_;
  if (lf_left_ && begin_ < end) {
    lf_left_ = false;
    if (byte(begin_) == '\n') ++passed;
  }
  while (const std::optional<SseReader::Event> event = reader_.next()) {
    if (!is_usage_chunk(event->data)) continue;
    // An LF that stands first ends the event before: its CR had come alone.
    const std::uint64_t event_begin = std::max(event->begin, passed);
    append(passed, event_begin + (byte(event_begin) == '\n' ? 1 : 0));
    passed = event->end;
    lf_left_ = passed == end && byte(end - 1) == '\r';
  }
  const std::uint64_t whole = reader_.too_long() ? end : std::max(passed, reader_.begin());
  append(passed, whole);

  if (const std::size_t done = whole - begin_; done <= held_.size()) {
    held_.erase(0, done);
    held_ += bytes;
  } else {
    held_ = bytes.substr(done - held_.size());
  }
  begin_ = whole;
}

Tap::Tap(Dialect dialect, const ReplyStyle& style)
    : decoder_(codec_for(dialect).stream_decoder()), eye_(std::make_unique<Eye>()) {
  if (dialect == Dialect::openai_chat && !style.include_usage) {
    filter_ = std::make_unique<UsageFilter>();
  }
}

Tap::~Tap() = default;

void Tap::feed(std::string_view bytes, std::string& out) {
  decoder_->feed(bytes, *eye_);
  if (filter_) {
    filter_->feed(bytes, out);
  } else {
    out += bytes;
  }
}

void Tap::finish(std::string& out) {
  decoder_->finish(*eye_);
  if (filter_) filter_->finish(out);
}

const Seen& Tap::seen() const { return eye_->seen; }

Seen look_at_reply(Dialect dialect, std::string_view body) {
  Seen seen;
  seen.ended = true;
  auto decoded = codec_for(dialect).decode_reply(body);
  if (auto* failure = std::get_if<chat::Failure>(&decoded)) {
    seen.failure = std::move(*failure);
    return seen;
  }
  auto& reply = std::get<chat::Reply>(decoded);
  seen.usage = std::move(reply.usage);
  seen.model = std::move(reply.model);
  if (!reply.choices.empty()) seen.finish = reply.choices.front().finish;
  for (const chat::Choice& choice : reply.choices) {
    seen.content |= std::any_of(choice.parts.begin(), choice.parts.end(), is_content);
  }
  return seen;
}

}  // namespace omni::dialect
