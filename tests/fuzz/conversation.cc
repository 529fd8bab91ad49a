#include "conversation.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/strings.h"
#include "chat/collector.h"
#include "chat/grammar.h"
#include "chat/test_chat.h"
#include "dialect/codec.h"
#include "dialect/extras.h"
#include "dialect/framing.h"
#include "dialect/test_json.h"
#include "target.h"

namespace omni::fuzz {
namespace {

using chat::Dialect;
using chat::Reply;
using dialect::Codec;
using dialect::codec_for;
using dialect::Losses;
using dialect::ReplyStyle;

/// What nests deeper is not told on: elsewhere the same value may stand a few levels further down,
/// where it is too deep for us to read.
constexpr std::size_t depth_max = 200;

/// Where a Gemini client would have sent it; the other dialects do not look.
constexpr std::string_view path = "/v1beta/models/m:streamGenerateContent?alt=sse";

/// An object with two members of one name says nothing certain.
bool is_clear(json::Value value, std::size_t depth = 0) {
  if (depth > depth_max) return false;
  if (value.kind() == json::Kind::array) {
    for (const json::Value item : value.items()) {
      if (!is_clear(item, depth + 1)) return false;
    }
  } else if (value.kind() == json::Kind::object) {
    std::set<std::string_view> names;
    for (const auto [name, member] : value.members()) {
      if (!names.insert(name).second || !is_clear(member, depth + 1)) return false;
    }
  }
  return true;
}

bool is_clear(std::string_view json) {
  json::Reader reader;
  return is_clear(reader.read(json));
}

bool is_clear_stream(Dialect dialect, std::string_view bytes) {
  dialect::LineReader lines;
  dialect::SseReader events;
  bool clear = is_clear(bytes);  // of Gemini it may be one list
  if (dialect == Dialect::ollama) {
    lines.feed(bytes);
    lines.finish();
    while (const auto line = lines.next()) clear = clear && is_clear(*line);
  } else {
    events.feed(bytes);
    events.finish();
    while (const auto event = events.next()) clear = clear && is_clear(event->data);
  }
  return clear;
}

void require_same(std::string_view a, std::string_view b) {
  const std::string first = dialect::canonical(a), second = dialect::canonical(b);
  if (first != second) std::fprintf(stderr, "%s\n%s\n", first.c_str(), second.c_str());
  require(first == second, "it says the same");
}

/// An encoder may only lose what its codec has declared that it may.
void require_declared(const Losses& losses, std::span<const dialect::LossRow* const> rows) {
  for (const Losses::Entry& entry : losses.entries()) {
    require(std::ranges::find(rows, entry.row) != rows.end(), "a codec declares what it may lose");
  }
}

void require_presentable(const chat::Failure& failure) {
  require(failure.status >= 400 && failure.status <= 599, "a failure has a status of one");
  for (const Dialect each : chat::all_dialects) {
    require(json::Raw::parse(codec_for(each).encode_error(failure)).operator bool(),
            "an error is JSON");
  }
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n\f\v") == std::string_view::npos;
}

/// Nothing is said that every dialect has a place for: what is left of such a conversation may be
/// none, which no provider takes.
bool is_silent(const chat::Request& request) {
  for (const chat::Message& message : request.messages) {
    if (message.role == chat::Role::system || message.role == chat::Role::developer) continue;
    for (const chat::Part& part : message.parts) {
      const auto* call = std::get_if<chat::ToolCall>(&part.body);
      const bool called = call != nullptr && call->runner == chat::ToolCall::Runner::client;
      const bool said = std::holds_alternative<chat::Text>(part.body) && !is_blank(text_of(part));
      if (said || called) return false;
    }
  }
  return true;
}

/// Arguments of blanks or null come back as the object that they stand for.
bool is_mended(json::Value part, json::Value whole) {
  if (part.kind() != json::Kind::text || whole.text() != "{}") return false;
  const std::string_view said = trim(part.text());
  return said.empty() || said == "null";
}

/// Whether all that `part` says stands in `whole`, which may say more.
bool is_within(json::Value part, json::Value whole) {
  if (dialect::holds_nothing(part) && (!whole || dialect::holds_nothing(whole))) return true;
  if (part.kind() != whole.kind()) return false;
  if (part.kind() == json::Kind::object) {
    for (const auto [name, member] : part.members()) {
      if (!is_within(member, whole.find(name))) return false;
    }
    return true;
  }
  if (part.kind() != json::Kind::array)
    return dialect::canonical(part) == dialect::canonical(whole) || is_mended(part, whole);
  std::vector<json::Value> items;
  for (const json::Value item : whole.items()) items.push_back(item);
  std::size_t number = 0;
  for (const json::Value item : part.items()) {
    if (number == items.size() || !is_within(item, items[number++])) return false;
  }
  return number == items.size();
}

void require_within(std::string_view part, std::string_view whole) {
  json::Reader small, large;
  require(is_within(small.read(part), large.read(whole)), "home has all that came");
}

/// How a client reads it that named no model and brings its own id and time.
ReplyStyle style() {
  ReplyStyle style;
  style.id = "0123456789abcdefghijklmn";
  style.now = 1700000000;
  style.include_usage = true;
  return style;
}

/// The answer's own words, whether it helped or refused.
std::vector<std::string> texts_in(const Reply& reply) {
  std::vector<std::string> out;
  if (reply.choices.empty()) return out;
  for (const chat::Part& part : reply.choices.front().parts) {
    const bool said = std::holds_alternative<chat::Text>(part.body) ||
                      std::holds_alternative<chat::Refusal>(part.body);
    if (said) out.push_back(text_of(part));
  }
  return out;
}

/// Not every dialect keeps texts in several pieces, or knows whether a refusal came first.
void require_texts(const Reply& told, const Reply& arrived) {
  std::string before, after;
  for (const std::string& text : texts_in(told)) before += text;
  for (const std::string& text : texts_in(arrived)) after += text;
  require(before.size() == after.size(), "no text is lost or added");
  for (const std::string& text : texts_in(told))
    require(after.find(text) != std::string::npos, "the texts arrive");
}

/// The calls of the client's tools: name and arguments, which are told apart from what is none.
std::vector<std::string> calls_in(const Reply& reply) {
  std::vector<std::string> out;
  if (reply.choices.empty()) return out;
  for (const chat::Part& part : reply.choices.front().parts) {
    const auto* call = std::get_if<chat::ToolCall>(&part.body);
    if (call == nullptr || call->runner == chat::ToolCall::Runner::provider) continue;
    if (call->name.empty()) continue;  // nobody can run it, so a codec may leave it out
    const bool object = call->form == chat::ToolCall::Form::object && is_clear(call->input);
    out.push_back(call->name + (object ? dialect::canonical(call->input) : ""));
  }
  return out;
}

/// Whether an answer that ended so says it in another dialect as well: a cut in all of them, a call
/// and a plain end in all of them, a filter in all but Ollama.
void require_same_finish(const Reply& told, const Reply& arrived, Dialect to) {
  using enum chat::Finish;
  if (told.choices.empty()) return;
  const chat::Finish finish = told.choices.front().finish;
  const bool calls = !calls_in(told).empty();
  const bool certain = finish == length || (finish == tool_calls && calls) ||
                       (finish == stop && !calls) ||
                       (finish == content_filter && to != Dialect::ollama);
  if (certain) require(arrived.choices.front().finish == finish, "it ended for the same reason");
}

/// A call without object arguments may have got some on the way.
void require_arrived(const Reply& told, const Reply& arrived, Dialect to) {
  require_texts(told, arrived);
  const std::vector<std::string> before = calls_in(told), after = calls_in(arrived);
  require(before.size() == after.size(), "as many calls arrive");
  for (std::size_t i = 0; i < before.size(); ++i)
    require(after[i].starts_with(before[i]), "the calls arrive");
  require_same_finish(told, arrived, to);
}

/// All texts of a conversation, each behind a line end.
std::string texts_in(const chat::Request& request) {
  std::string out;
  for (const chat::Message& message : request.messages) {
    for (const chat::Part& part : message.parts) {
      if (std::holds_alternative<chat::Text>(part.body)) out.append("\n").append(text_of(part));
    }
  }
  return out;
}

/// The calls of the client's tools, by wire name, with the arguments that are an object.
std::vector<std::string> calls_in(const chat::Request& request, const dialect::ToolNames& names) {
  std::vector<std::string> out;
  for (const chat::Message& message : request.messages) {
    if (message.role != chat::Role::assistant) continue;
    for (const chat::Part& part : message.parts) {
      const auto* call = std::get_if<chat::ToolCall>(&part.body);
      if (call == nullptr || call->runner == chat::ToolCall::Runner::provider) continue;
      if (call->name.empty()) continue;
      const bool object = call->form == chat::ToolCall::Form::object && is_clear(call->input);
      out.push_back(std::string(names.wire(call->space, call->name)) +
                    (object ? dialect::canonical(call->input) : ""));
    }
  }
  return out;
}

/// Whatever was said and called is there, in the provider's dialect.  The last words may lose the
/// blanks at their end, which Anthropic refuses.
void require_said(const chat::Request& said, const dialect::ToolNames& names,
                  const chat::Request& arrived) {
  const std::string there = texts_in(arrived);
  for (const chat::Message& message : said.messages) {
    for (const chat::Part& part : message.parts) {
      const auto* text = std::get_if<chat::Text>(&part.body);
      if (text == nullptr || is_blank(text->text)) continue;
      if (text->text.starts_with("x-anthropic-billing-header")) continue;
      require(there.find(trim(text->text)) != std::string::npos, "what was said arrives");
    }
  }
  const std::vector<std::string> before = calls_in(said, names), after = calls_in(arrived, {});
  require(before.size() == after.size(), "as many calls arrive");
  for (std::size_t i = 0; i < before.size(); ++i)
    require(after[i].starts_with(before[i]), "the calls arrive");
}

/// The codec, of whichever dialect, writes the reply and reads what it has written.
void tell_reply(const Reply& reply, const Codec& to) {
  Losses losses;
  const std::string body = to.encode_reply(reply, style(), losses);
  require_declared(losses, to.reply_losses());
  const auto read = to.decode_reply(body);
  const auto* arrived = std::get_if<Reply>(&read);
  if (reply.choices.empty()) return;  // nothing is no answer in every dialect
  require(arrived != nullptr, "what we write can be read");
  require_arrived(reply, *arrived, to.dialect());
  require_same(body, to.encode_reply(*arrived, style(), losses));
}

/// Passes on to several.
class Fork final : public chat::EventSink {
 public:
  explicit Fork(std::vector<chat::EventSink*> sinks) : sinks_(std::move(sinks)) {}
  void on(const chat::Event& event) override {
    for (chat::EventSink* const sink : sinks_) sink->on(event);
  }

 private:
  std::vector<chat::EventSink*> sinks_;
};

/// Where a number is given, in pieces whose lengths follow from it.
void decode(const Codec& codec, std::string_view bytes, chat::EventSink& sink,
            std::optional<std::uint8_t> cut_by = {}) {
  chat::GrammarSink grammar(&sink);
  const auto decoder = codec.stream_decoder();
  std::uint32_t chance = cut_by.value_or(0) + 1U;
  while (cut_by && !bytes.empty()) {
    chance = chance * 1664525U + 1013904223U;
    const std::size_t length = std::min<std::size_t>(1 + (chance >> 24) % 40, bytes.size());
    const std::string piece(bytes.substr(0, length));  // so that a view kept too long is seen
    decoder->feed(piece, grammar);
    bytes.remove_prefix(length);
  }
  if (!bytes.empty()) decoder->feed(bytes, grammar);
  decoder->finish(grammar);
  decoder->feed("\n", grammar);
  decoder->finish(grammar);
  require(grammar.violation().empty() && grammar.ended(), "the stream obeys the grammar and ends");
}

/// Another dialect's encoder listens to the stream, and its decoder reads what was written.
void tell_stream(const Codec& from, std::string_view bytes, const ReplyStyle& style,
                 const Codec& to) {
  chat::Collector before;
  std::string written;
  const auto encoder = to.stream_encoder(style, written);
  Fork fork({&before, encoder.get()});
  decode(from, bytes, fork);
  encoder->heartbeat();
  require_declared(encoder->losses(), to.reply_losses());

  chat::Collector after;
  if (style.json_array) {
    const auto array = json::Raw::parse(written);
    if (before.complete())
      require(array && array->text().front() == '[', "a whole stream is an array");
    return;
  }
  decode(to, written, after);
  require(before.complete() == after.complete(), "a stream that arrives is as complete");
  if (after.failure()) require_presentable(*after.failure());
  if (before.complete()) require_arrived(before.reply(), after.reply(), to.dialect());
}

}  // namespace

void request(Dialect dialect, std::string_view body) {
  const Codec& home = codec_for(dialect);
  const auto read = home.decode_request({path, body});
  if (!read) return require(!read.error().message().empty(), "an error says something");
  dialect::EncodeHints hints;
  hints.stream = read->stream;
  const auto same = home.encode_request(*read, hints);
  require(same.operator bool(), "home takes what came");
  for (const dialect::Losses::Entry& lost : same->losses.entries())
    require(lost.row == &dialect::loss::reasoning, "home loses thoughts that nobody keeps alone");
  if (!is_clear(body)) return;
  if (same->losses.empty()) require_within(body, same->body);

  hints.model = "m";
  for (const Dialect each : chat::all_dialects) {
    const Codec& to = codec_for(each);
    const auto sent = to.encode_request(*read, hints);
    if (!sent) {
      require(!sent.error().message().empty(), "an error says something");
      continue;
    }
    require_declared(sent->losses, to.request_losses());
    const auto arrived = to.decode_request({sent->path, sent->body});
    if (!arrived) {
      require(is_silent(*read), "the other dialect reads what we write");
      continue;
    }
    if (each != dialect) require_said(*read, sent->names, *arrived);
    // Some things are spelled in several ways, a data URI for one; ours is the last word.
    const auto once = to.encode_request(*arrived, hints);
    require(once.operator bool(), "what arrived can be sent again");
    const auto same_again = to.decode_request({once->path, once->body});
    require(same_again.operator bool(), "what was sent again can be read");
    const auto twice = to.encode_request(*same_again, hints);
    require(twice && dialect::canonical(once->body) == dialect::canonical(twice->body),
            "a second way changes nothing");
  }
}

void reply(Dialect dialect, std::string_view body) {
  const Codec& home = codec_for(dialect);
  require_presentable(home.decode_error(500, body));
  const auto read = home.decode_reply(body);
  if (const auto* failed = std::get_if<chat::Failure>(&read)) return require_presentable(*failed);
  if (!is_clear(body)) return;
  Losses losses;
  home.encode_reply(std::get<Reply>(read), style(), losses);
  require(losses.empty(), "home loses nothing");
  for (const Dialect each : chat::all_dialects) tell_reply(std::get<Reply>(read), codec_for(each));
}

void stream(Dialect dialect, std::string_view bytes) {
  if (bytes.empty()) return;
  const auto cut_by = static_cast<std::uint8_t>(bytes.front());
  bytes.remove_prefix(1);
  const Codec& home = codec_for(dialect);
  chat::RecordingSink whole(chat::RecordingSink::Deltas::merged);
  chat::RecordingSink pieces(chat::RecordingSink::Deltas::merged);
  decode(home, bytes, whole);
  decode(home, bytes, pieces, cut_by);
  require(whole.lines == pieces.lines, "pieces change nothing");

  if (!is_clear_stream(dialect, bytes)) return;
  for (const Dialect each : chat::all_dialects) tell_stream(home, bytes, style(), codec_for(each));
  ReplyStyle array = style();
  array.json_array = true;
  tell_stream(home, bytes, array, codec_for(Dialect::gemini));
}

}  // namespace omni::fuzz
