// A frame of SSE is read here by other code than the product's, so that both can be wrong only in
// different ways.

#include "wire/ways.h"

#include <utility>

#include "base/strings.h"
#include "chat/collector.h"
#include "chat/grammar.h"
#include "json/reader.h"
#include "wire/telling.h"

namespace omni::wire {
namespace {

using chat::Dialect;

/// As the seals of an earlier answer are marked when they come back.
void stamp_seals(chat::Request& request, const std::string& issuer) {
  for (chat::Message& message : request.messages) {
    for (chat::Part& part : message.parts) {
      if (part.seal) part.seal->issuer = issuer;
    }
  }
}

bool is_on(const Case& scenario, std::string_view hint, bool otherwise) {
  const std::string said = scenario.hint(hint);
  return said.empty() ? otherwise : said == "true";
}

std::int64_t output_tokens_max(const Case& scenario) {
  const std::string said = scenario.hint("output_tokens_max");
  return said.empty() ? 64000 : static_cast<std::int64_t>(parse_unsigned(said).value_or(0));
}

/// Two listeners to the same events.
template <class First, class Second>
class Two final : public chat::EventSink {
 public:
  Two() = default;
  explicit Two(Second listener) : second(listener) {}
  void on(const chat::Event& event) override {
    first.on(event);
    second.on(event);
  }

  First first;
  Second second;
};

std::string violation_of(const chat::GrammarSink& grammar) {
  if (!grammar.violation().empty() || grammar.ended()) return grammar.violation();
  return "the reply has no end";
}

}  // namespace

Way::Way(const Case& scenario, Dialect client, Dialect provider)
    : client_(client),
      provider_(provider),
      model_(scenario.hint("model").empty() ? "upstream-model" : scenario.hint("model")),
      issuer_(scenario.hint("seal_issuer")),
      sent_(Error(Error::Kind::internal, "not sent")) {
  const RequestText text = request_of(scenario, client);
  Result<chat::Request> request = client_codec().decode_request({text.path, text.body});
  if (!request) {
    refusal_ =
        std::string(omni::name_of(request.error().kind())) + ": " + request.error().message();
    sent_ = request.error();
    return;
  }
  request_ = *std::move(request);
  const std::string sealed_by = scenario.hint("sealed_by");
  if (!sealed_by.empty()) stamp_seals(request_, sealed_by);
  dialect::EncodeHints hints;
  hints.model = model_;
  hints.seal_issuer = issuer_;
  hints.stream = request_.stream;
  hints.want_usage = is_on(scenario, "want_usage", true);
  hints.web_search = is_on(scenario, "web_search", false);
  hints.cache_marks = is_on(scenario, "cache_marks", false);
  hints.completion_token_limit = is_on(scenario, "completion_token_limit", false);
  hints.clean_schemas = is_on(scenario, "clean_schemas", true);
  hints.thinking_levels = is_on(scenario, "thinking_levels", false);
  hints.adaptive_thinking = is_on(scenario, "adaptive_thinking", false);
  hints.json_with_tools = is_on(scenario, "json_with_tools", false);
  hints.output_tokens_max = output_tokens_max(scenario);
  sent_ = provider_codec().encode_request(request_, hints);
}

dialect::ReplyStyle Way::style() const {
  dialect::ReplyStyle style = dialect::ReplyStyle::of(request_);
  style.id = "Zq3vB8nT5kXw1LmPc7RyD2hJ";
  style.now = 1767225600;
  return style;
}

Way::Answer Way::answer(std::string_view reply) const {
  Answer answer;
  auto decoded = provider_codec().decode_reply(reply);
  if (auto* const failure = std::get_if<chat::Failure>(&decoded)) {
    answer.text = client_codec().encode_error(*failure);
    answer.failure = std::move(*failure);
    return answer;
  }
  answer.reply = std::move(std::get<chat::Reply>(decoded));
  if (sent_) sent_->names.restore(answer.reply);
  answer.text = client_codec().encode_reply(answer.reply, style(), answer.losses);
  return answer;
}

Way::Told Way::tell(std::string_view stream) const {
  Told told;
  const dialect::ToolNames none;
  const auto decoder = provider_codec().stream_decoder();
  const auto encoder = client_codec().stream_encoder(style(), told.text);
  Two<chat::Collector, chat::EventSink&> both(*encoder);
  dialect::RestoreSink restore(sent_ ? sent_->names : none, both);
  chat::GrammarSink grammar(&restore);
  decoder->feed(stream, grammar);
  decoder->finish(grammar);
  told.violation = violation_of(grammar);
  told.losses = encoder->losses();
  told.failure = both.first.failure();
  told.reply = std::move(both.first).take();
  return told;
}

std::string Way::retell(const chat::Reply& reply) const {
  std::string text;
  const auto encoder = client_codec().stream_encoder(style(), text);
  chat::GrammarSink grammar(encoder.get());
  chat::replay(reply, grammar);
  return violation_of(grammar).empty() ? text : violation_of(grammar);
}

std::string Way::fail(int status, std::string_view body) const {
  return client_codec().encode_error(provider_codec().decode_error(status, body));
}

std::vector<Frame> frames_of(std::string_view stream) {
  std::vector<Frame> frames;
  if (stream.starts_with("[")) {
    json::Reader reader;
    for (const json::Value item : reader.read(stream).items()) {
      frames.push_back({"", std::string(item.slice())});
    }
    return frames;
  }
  Frame open;
  while (!stream.empty()) {
    std::string_view line = cut(stream, '\n');
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with("event: ")) open.event = line.substr(7);
    if (line.starts_with("data: ")) open.data = line.substr(6);
    if (line.starts_with("{")) frames.push_back({"", std::string(line)});
    if (line.empty() && !open.data.empty()) frames.push_back(std::exchange(open, Frame()));
  }
  return frames;
}

Gathered gather(Dialect dialect, const std::vector<std::string_view>& pieces) {
  Gathered gathered;
  Two<Recorder, chat::Collector> both;
  chat::GrammarSink grammar(&both);
  const auto decoder = dialect::codec_for(dialect).stream_decoder();
  for (const std::string_view piece : pieces) decoder->feed(piece, grammar);
  decoder->finish(grammar);
  gathered.violation = violation_of(grammar);
  gathered.events = both.first.text();
  gathered.failure = both.second.failure();
  gathered.reply = std::move(both.second).take();
  return gathered;
}

}  // namespace omni::wire
