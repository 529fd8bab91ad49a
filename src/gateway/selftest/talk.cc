#include "gateway/selftest/talk.h"

#include <array>
#include <variant>

#include "chat/collector.h"
#include "chat/grammar.h"
#include "dialect/codec.h"
#include "gateway/selftest/stage.h"

namespace omni::gateway::selftest {
namespace {

using chat::Dialect;

Error broken(std::string why) { return {Error::Kind::internal, std::move(why)}; }

class Counter final : public chat::EventSink {
 public:
  explicit Counter(chat::EventSink& next) : next_(next) {}
  void on(const chat::Event& event) override {
    ++count_;
    next_.on(event);
  }
  std::size_t count() const { return count_; }

 private:
  chat::EventSink& next_;
  std::size_t count_ = 0;
};

Result<Told> read_stream(const dialect::Codec& codec, const std::string& body) {
  chat::Collector collector;
  Counter counter(collector);
  chat::GrammarSink grammar(&counter);
  const auto decoder = codec.stream_decoder();
  decoder->feed(body, grammar);
  decoder->finish(grammar);
  if (!grammar.violation().empty()) return broken("the stream is amiss: " + grammar.violation());
  if (!grammar.ended()) return broken("the stream has no end");
  const bool failed = collector.failure().has_value();
  return Told{std::move(collector).take(), counter.count(), failed};
}

Result<Told> read_whole(const dialect::Codec& codec, const std::string& body) {
  auto decoded = codec.decode_reply(body);
  if (const auto* failure = std::get_if<chat::Failure>(&decoded)) return broken(failure->message);
  return Told{std::get<chat::Reply>(std::move(decoded))};
}

chat::Message message_of(chat::Role role, chat::Part part) {
  chat::Message message{.role = role, .parts = {}, .name = {}, .extras = {}};
  message.parts.push_back(std::move(part));
  return message;
}

chat::Part text_part(std::string text) { return {chat::Text{std::move(text)}, {}, {}, {}}; }

}  // namespace

chat::Request request_to(const std::string& model, const std::string& words) {
  chat::Request request;
  request.model = model;
  request.max_output_tokens = 4096;
  request.messages.push_back(message_of(chat::Role::user, text_part(words)));
  chat::Tool tool;
  tool.name = tool_name;
  tool.description = "Looks a word up.";
  tool.schema = json::Raw::trusted(
      R"({"type":"object","properties":{"word":{"type":"string"}},"required":["word"]})");
  request.tools.push_back(std::move(tool));
  return request;
}

void add_result(chat::Request& request, const chat::ToolCall& call, const std::string& found) {
  request.messages.push_back(message_of(chat::Role::assistant, {call, {}, {}, {}}));
  chat::ToolResult result;
  result.call_id = call.id;
  result.name = call.name;
  result.content.push_back(text_part(found));
  request.messages.push_back(message_of(chat::Role::tool, {std::move(result), {}, {}, {}}));
}

Result<Question> question_of(const chat::Request& request, const Manner& manner) {
  chat::Request said = request;
  said.source = manner.dialect;
  said.stream = said.stream_usage = manner.stream;
  dialect::EncodeHints hints;
  hints.model = request.model;
  hints.stream = hints.want_usage = manner.stream;
  auto outbound = dialect::codec_for(manner.dialect).encode_request(said, hints);
  if (!outbound) return outbound.error();
  Question question =
      post_json(target_of(manner.dialect, outbound->path), std::move(outbound->body));
  for (dialect::Header& header : outbound->headers) question.fields.push_back(std::move(header));
  return question;
}

std::string target_of(Dialect dialect, std::string_view path) {
  std::string target(dialect == Dialect::gemini ? "/v1beta" : "/v1");
  if (dialect == Dialect::ollama) target.clear();
  return target.append(path);
}

Result<Told> read(const Heard& heard, const Manner& manner) {
  const dialect::Codec& codec = dialect::codec_for(manner.dialect);
  if (heard.status != 200) {
    return broken("status " + std::to_string(heard.status) + ", " +
                  codec.decode_error(heard.status, heard.body).message);
  }
  return manner.stream ? read_stream(codec, heard.body) : read_whole(codec, heard.body);
}

Result<Told> talk(Stage& stage, const House& house, const chat::Request& request,
                  const Manner& manner) {
  const Result<Question> question = question_of(request, manner);
  const Result<Heard> heard = question ? stage.ask(house, *question) : question.error();
  Result<Told> told = heard ? read(*heard, manner) : heard.error();
  if (told) return told;
  std::string who(name_of(manner.dialect));
  who.append(manner.stream ? ", as a stream, of " : ", whole, of ").append(request.model);
  return Error(told.error().kind(), who.append(": ").append(told.error().message()));
}

std::string words_of(const chat::Reply& reply) {
  std::string words;
  for (const chat::Choice& choice : reply.choices) {
    for (const chat::Part& part : choice.parts) {
      if (const auto* text = std::get_if<chat::Text>(&part.body)) words.append(text->text);
    }
  }
  return words;
}

const chat::ToolCall* call_of(const chat::Reply& reply) {
  for (const chat::Choice& choice : reply.choices) {
    for (const chat::Part& part : choice.parts) {
      if (const auto* call = std::get_if<chat::ToolCall>(&part.body)) return call;
    }
  }
  return nullptr;
}

}  // namespace omni::gateway::selftest
