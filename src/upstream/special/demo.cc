// A request becomes a reply by the model's part, the reply becomes pieces by the dialect's codec,
// and the pieces suffer what is to go wrong.

#include "upstream/special/demo.h"

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>

#include "base/hash.h"
#include "base/strings.h"
#include "chat/collector.h"
#include "chat/failure.h"
#include "dialect/anthropic/thread.h"
#include "dialect/ollama/load.h"
#include "json/reader.h"
#include "upstream/special/demo_lists.h"
#include "upstream/special/demo_models.h"
#include "upstream/special/demo_services.h"
#include "upstream/special/telling.h"

namespace omni::upstream {
namespace {

using chat::Dialect;

constexpr std::size_t words_before_failure = 5;
constexpr std::int64_t retry_after_seconds = 7;
constexpr std::size_t id_length = 24;
constexpr std::int64_t choices_max = 128;

bool is_sse(const chat::Request& request) {
  return request.source != Dialect::ollama && !request.stream_as_array;
}

/// Letters and digits that follow from the request.
std::string id_of(std::string_view body, std::string_view salt) {
  std::string text(salt);
  return to_hex(sha256(text.append(body))).substr(0, id_length);
}

void name_calls(chat::Choice& choice, const DemoAsk& ask) {
  const std::string prefix = ask.dialect == Dialect::anthropic ? "toolu_" : "call_";
  std::size_t number = 0;
  for (chat::Part& part : choice.parts) {
    auto* call = std::get_if<chat::ToolCall>(&part.body);
    if (call == nullptr) continue;
    call->id = prefix + id_of(ask.body, std::to_string(number++));
    choice.finish = chat::Finish::tool_calls;
  }
}

/// Ends the text where the request wants it to end.
void end_in_time(chat::Choice& choice, const chat::Request& request) {
  constexpr std::int64_t boundless = std::numeric_limits<std::int64_t>::max() / 4;
  const auto tokens_max = std::min(request.max_output_tokens.value_or(boundless), boundless);
  for (chat::Part& part : choice.parts) {
    auto* said = std::get_if<chat::Text>(&part.body);
    if (said == nullptr) continue;
    for (const std::string& stop : request.sampling.stop) {
      const std::size_t at = stop.empty() ? std::string::npos : said->text.find(stop);
      if (at == std::string::npos) continue;
      said->text.resize(at);
      choice.stop_sequence = stop;
    }
    if (tokens_in(said->text) <= tokens_max) continue;
    std::size_t end = static_cast<std::size_t>(tokens_max) * 4;
    while (end > 0 && (static_cast<unsigned char>(said->text[end]) & 0xC0) == 0x80) --end;
    said->text.resize(end);
    choice.finish = chat::Finish::length;
    choice.stop_sequence.clear();
  }
}

chat::Usage usage_of(const chat::Request& request, const chat::Choice& choice,
                     std::int64_t choices) {
  chat::Usage usage;
  usage.input_fresh = std::max<std::int64_t>(1, tokens_in(request));
  for (const chat::Part& part : choice.parts) {
    const std::int64_t tokens = tokens_in(chat::text_of(part));
    const bool thought = std::holds_alternative<chat::Reasoning>(part.body);
    (thought ? usage.output_reasoning : usage.output_text) += tokens * choices;
    if (thought) usage.input_cache_read = usage.input_fresh / 2;
  }
  usage.input_fresh -= usage.input_cache_read;
  return usage;
}

chat::Reply reply_of(const DemoAsk& ask, const chat::Request& request, const DemoModel& model) {
  chat::Reply reply;
  // As if it came from elsewhere, so that the codec writes all that its dialect wants.
  reply.source = ask.dialect == Dialect::ollama ? Dialect::openai_chat : Dialect::ollama;
  reply.model = request.model;
  reply.created = ask.now;
  chat::Choice& choice = reply.choices.emplace_back();
  choice.parts = model.say(request);
  end_in_time(choice, request);
  name_calls(choice, ask);
  const auto choices =
      std::clamp<std::int64_t>(request.sampling.choices.value_or(1), 1, choices_max);
  reply.usage = usage_of(request, choice, choices);
  reply.choices.resize(static_cast<std::size_t>(choices), chat::Choice(choice));
  return reply;
}

Played write_stream(const DemoAsk& ask, const chat::Request& request, const DemoModel& model) {
  const std::string id = id_of(ask.body, "answer");
  dialect::ReplyStyle style = dialect::ReplyStyle::of(request);
  style.id = id;
  style.now = ask.now;
  Telling::Pace pace{model.word_pause, std::nullopt};
  if (model.fault == Fault::error_midstream) pace.words_before_failure = words_before_failure;
  Telling telling(dialect::codec_for(ask.dialect), style, pace);
  chat::replay(reply_of(ask, request, model), telling);
  Played played;
  const std::string_view type = is_sse(request)           ? "text/event-stream"
                                : request.stream_as_array ? "application/json"
                                                          : "application/x-ndjson";
  played.fields = {{"content-type", std::string(type)}, {"cache-control", "no-cache"}};
  played.pieces = std::move(telling).take();
  return played;
}

/// A whole answer comes after the time that it would take to tell it.
Played write_whole(const DemoAsk& ask, const chat::Request& request, const DemoModel& model) {
  if (model.fault == Fault::error_midstream) {
    return error_answer(ask.dialect, 529, "Overloaded: the demo model fails, as its name asks.");
  }
  const std::string id = id_of(ask.body, "answer");
  dialect::ReplyStyle style = dialect::ReplyStyle::of(request);
  style.id = id;
  style.now = ask.now;
  const chat::Reply reply = reply_of(ask, request, model);
  dialect::Losses losses;
  Played played =
      Played::json(200, dialect::codec_for(ask.dialect).encode_reply(reply, style, losses));
  const std::string text = chat::text_of(reply.choices.front().parts.front());
  played.head_pause = model.word_pause * std::ranges::count(text, ' ');
  return played;
}

// --- what goes wrong ---

void keep_half(std::vector<Played::Piece>& pieces) {
  if (pieces.size() > 1) return pieces.resize(pieces.size() / 2);
  for (Played::Piece& piece : pieces) piece.bytes.resize(piece.bytes.size() / 2);
}

/// An event that looks like the dialect's, for clients pass over events of names that they do not
/// know.
std::string nonsense_for(const chat::Request& request) {
  const std::string_view nonsense = "{\"demo\": tru\n";
  if (!request.stream || !is_sse(request)) return std::string(nonsense);
  const bool named = request.source == Dialect::anthropic;
  return std::string(named ? "event: content_block_delta\ndata: " : "data: ")
      .append(nonsense)
      .append("\n");
}

void spoil(Played& played, const chat::Request& request) {
  if (!request.stream) played.pieces.clear();
  const auto middle = static_cast<std::ptrdiff_t>(played.pieces.size() / 2);
  played.pieces.insert(played.pieces.begin() + middle, {Millis{0}, nonsense_for(request)});
}

Played page_of_a_proxy() {
  Played played;
  played.status = 502;
  played.fields = {{"content-type", "text/html"}};
  played.pieces.push_back({Millis{0},
                           "<html>\n<head><title>502 Bad Gateway</title></head>\n<body>\n"
                           "<center><h1>502 Bad Gateway</h1></center>\n</body>\n</html>\n"});
  return played;
}

Played with_fault(Played played, Fault fault, const chat::Request& request) {
  switch (fault) {
    case Fault::no_head:
      played.head_pause = net::forever;
      break;
    case Fault::silent:
    case Fault::cut:
      keep_half(played.pieces);
      played.end = fault == Fault::cut ? Played::End::broken : Played::End::silent;
      break;
    case Fault::cut_early:
      played.pieces.clear();
      played.end = Played::End::broken;
      break;
    case Fault::garbage:
      spoil(played, request);
      break;
    case Fault::html:
      return page_of_a_proxy();
    case Fault::empty:
      played.pieces.clear();
      break;
    case Fault::none:
    case Fault::refused:          // never gets here
    case Fault::error_midstream:  // is told
      break;
  }
  return played;
}

Played answer(const DemoAsk& ask, const chat::Request& request) {
  if (dialect::anthropic::continues_thread(request)) {
    const chat::Failure failure = dialect::anthropic::thread_not_found();
    return Played::json(failure.status, dialect::codec_for(ask.dialect).encode_error(failure));
  }
  const std::string_view name = ask.acts_as.empty() ? std::string_view(request.model) : ask.acts_as;
  const DemoModel* model = find_demo_model(name);
  if (model == nullptr) {
    return error_answer(ask.dialect, 404, "The model `" + request.model + "` does not exist.");
  }
  if (model->fault == Fault::refused) {
    const int status = status_asked(name);
    return error_answer(
        ask.dialect, status,
        "The demo model fails with status " + std::to_string(status) + ", as its name asks.");
  }
  Played played =
      request.stream ? write_stream(ask, request, *model) : write_whole(ask, request, *model);
  played.head_pause += model->head_pause;
  return with_fault(std::move(played), model->fault, request);
}

/// What is answered to an Ollama client that says nothing.
std::optional<std::string> load(const DemoAsk& ask) {
  if (ask.dialect != Dialect::ollama) return std::nullopt;
  const Result<json::Envelope> body = json::Envelope::scan(ask.body);
  if (!body || !dialect::ollama::only_loads(*body)) return std::nullopt;
  return dialect::ollama::encode_loaded(*body, ask.now);
}

// --- counting ---

/// The path of the request whose tokens are counted, where this asks for a count.
std::optional<std::string> path_counted(std::string_view path) {
  path = path.substr(0, path.find('?'));
  constexpr std::array<std::pair<std::string_view, std::string_view>, 3> actions{
      {{"/count_tokens", ""}, {"/input_tokens", ""}, {":countTokens", ":generateContent"}}};
  for (const auto& [action, plain] : actions) {
    if (!path.ends_with(action)) continue;
    return std::string(path.substr(0, path.size() - action.size())).append(plain);
  }
  return std::nullopt;
}

/// Gemini's count may wrap the request up.
std::string body_counted(const DemoAsk& ask) {
  json::Reader reader;
  const json::Value body = reader.read(ask.body);
  if (ask.dialect != Dialect::gemini || body.kind() != json::Kind::object) {
    return std::string(ask.body);
  }
  const json::Value wrapped = body.find("generateContentRequest");
  return std::string(wrapped ? wrapped.slice() : ask.body);
}

}  // namespace

Played error_answer(Dialect dialect, int status, std::string message) {
  chat::Failure failure;
  failure.status = status;
  failure.message = std::move(message);
  const bool later = status == 429 || status == 503;
  if (later) failure.retry_after_ms = retry_after_seconds * 1'000;
  Played played = Played::json(status, dialect::codec_for(dialect).encode_error(failure));
  if (later) played.fields.emplace_back("retry-after", std::to_string(retry_after_seconds));
  return played;
}

Played demo_answer(const DemoAsk& ask) {
  if (ask.method == "GET") return Played::json(200, list_of_models(ask.dialect));
  if (std::optional<Played> made = demo_service(ask)) return *std::move(made);
  if (std::optional<std::string> loaded = load(ask)) return Played::json(200, *std::move(loaded));
  const std::optional<std::string> counted = path_counted(ask.path);
  const std::string path = counted.value_or(std::string(ask.path));
  const std::string body = counted ? body_counted(ask) : std::string(ask.body);
  const Result<chat::Request> request =
      dialect::codec_for(ask.dialect).decode_request({path, body});
  if (!request) {
    const chat::Failure failure = chat::Failure::of(request.error());
    return error_answer(ask.dialect, failure.status, failure.message);
  }
  if (counted) return Played::json(200, count_of_tokens(ask.dialect, tokens_in(*request)));
  return answer(ask, *request);
}

net::Task<Result<std::unique_ptr<Answer>>> answer_demo(const DemoAsk& ask) {
  return play(demo_answer(ask));
}

}  // namespace omni::upstream
