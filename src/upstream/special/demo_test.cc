// The built-in provider, asked in every dialect and read by that dialect's own decoders.

#include "upstream/special/demo.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "chat/collector.h"
#include "chat/grammar.h"
#include "json/raw.h"
#include "json/reader.h"
#include "upstream/special/demo_lists.h"
#include "upstream/special/demo_models.h"

namespace omni::upstream {
namespace {

using chat::Dialect;
using chat::Part;

constexpr std::string_view two_tools =
    R"(,"tools":[{"type":"function","function":{"name":"weather","parameters":{"type":"object",
       "properties":{"city":{"type":"string"},"days":{"type":"integer"}},
       "required":["city","days"]}}},{"type":"function","function":{"name":"clock",
       "parameters":{"type":"object","properties":{}}}}])";
constexpr std::string_view hello = R"([{"role":"user","content":"Hello, dear world"}])";

/// A request of OpenAI Chat, said in a dialect.
dialect::Outbound said_in(Dialect dialect, const std::string& chat_body, bool stream) {
  const Result<chat::Request> request =
      dialect::codec_for(Dialect::openai_chat).decode_request({"/chat/completions", chat_body});
  EXPECT_TRUE(request) << request.error().message();
  dialect::EncodeHints hints;
  hints.stream = stream;
  hints.want_usage = true;
  Result<dialect::Outbound> out = dialect::codec_for(dialect).encode_request(*request, hints);
  EXPECT_TRUE(out) << out.error().message();
  return *std::move(out);
}

std::string chat_body(std::string_view model, std::string_view messages, std::string_view more) {
  std::string body = R"({"model":")";
  body.append(model).append(R"(","messages":)").append(messages).append(more).append("}");
  return body;
}

std::string bytes_of(const Played& played) {
  std::string bytes;
  for (const Played::Piece& piece : played.pieces) bytes.append(piece.bytes);
  return bytes;
}

/// What a client of the dialect makes of an answer.
struct Heard {
  chat::Reply reply;
  std::optional<chat::Failure> failure;

  std::string text() const {
    std::string out;
    if (reply.choices.empty()) return out;
    for (const Part& part : reply.choices.front().parts) {
      if (std::holds_alternative<chat::Text>(part.body)) out.append(chat::text_of(part));
    }
    return out;
  }
  std::vector<chat::ToolCall> calls() const {
    std::vector<chat::ToolCall> out;
    if (reply.choices.empty()) return out;
    for (const Part& part : reply.choices.front().parts) {
      if (const auto* call = std::get_if<chat::ToolCall>(&part.body)) out.push_back(*call);
    }
    return out;
  }
};

Heard hear_stream(Dialect dialect, const Played& played) {
  chat::Collector collector;
  chat::GrammarSink grammar(&collector);
  const auto decoder = dialect::codec_for(dialect).stream_decoder();
  for (const Played::Piece& piece : played.pieces) decoder->feed(piece.bytes, grammar);
  decoder->finish(grammar);
  EXPECT_EQ(grammar.violation(), "");
  return {collector.reply(), collector.failure()};
}

Heard hear_whole(Dialect dialect, const Played& played) {
  const dialect::Codec& codec = dialect::codec_for(dialect);
  const std::string body = bytes_of(played);
  if (played.status != 200) return {{}, codec.decode_error(played.status, body)};
  std::variant<chat::Reply, chat::Failure> heard = codec.decode_reply(body);
  if (auto* failure = std::get_if<chat::Failure>(&heard)) return {{}, *failure};
  return {std::get<chat::Reply>(heard), std::nullopt};
}

class Demo : public testing::TestWithParam<std::tuple<Dialect, bool>> {
 protected:
  Dialect dialect() const { return std::get<0>(GetParam()); }
  bool stream() const { return std::get<1>(GetParam()); }

  Played play(std::string_view model, std::string_view messages = hello,
              std::string_view more = {}) const {
    const dialect::Outbound out = said_in(dialect(), chat_body(model, messages, more), stream());
    return demo_answer({dialect(), out.path, out.body, "POST", 1'767'225'600, {}});
  }
  Heard hear(const Played& played) const {
    return stream() && played.status == 200 ? hear_stream(dialect(), played)
                                            : hear_whole(dialect(), played);
  }
  Heard ask(std::string_view model, std::string_view messages = hello,
            std::string_view more = {}) const {
    return hear(play(model, messages, more));
  }
};

INSTANTIATE_TEST_SUITE_P(EveryDialect, Demo,
                         testing::Combine(testing::ValuesIn(chat::all_dialects), testing::Bool()),
                         [](const auto& info) {
                           return std::string(chat::name_of(std::get<0>(info.param))) +
                                  (std::get<1>(info.param) ? "_stream" : "_whole");
                         });

TEST_P(Demo, EchoSaysWhatTheUserSaid) {
  const Heard heard = ask("echo");
  ASSERT_FALSE(heard.failure) << heard.failure->message;
  EXPECT_EQ(heard.text(), "Hello, dear world");
  EXPECT_EQ(heard.reply.choices.front().finish, chat::Finish::stop);
  EXPECT_EQ(heard.reply.model, "echo");
  ASSERT_TRUE(heard.reply.usage);
  EXPECT_EQ(heard.reply.usage->input(), 8);
  EXPECT_EQ(heard.reply.usage->output(), 5);
}

TEST_P(Demo, IsTheSameEveryTime) {
  EXPECT_EQ(bytes_of(play("tools", hello, two_tools)), bytes_of(play("tools", hello, two_tools)));
}

TEST_P(Demo, SlowComesWordByWord) {
  const Played played = play("slow");
  Millis total = played.head_pause;
  for (const Played::Piece& piece : played.pieces) total += piece.pause;
  EXPECT_NEAR(static_cast<double>(total.count()), 2'000, 60);
  EXPECT_EQ(hear(played).text().substr(0, 11), "Lorem ipsum");
}

TEST_P(Demo, LoremIsLongAndEndsWhereItIsTold) {
  EXPECT_GT(ask("lorem").text().size(), 1'500U);
  const Heard brief = ask("lorem", hello, R"(,"max_tokens":20)");
  EXPECT_EQ(brief.text().size(), 80U);
  EXPECT_EQ(brief.reply.choices.front().finish, chat::Finish::length);
}

TEST_P(Demo, ToolIsCalledWithArgumentsThatFit) {
  const Heard heard = ask("tool", hello, two_tools);
  ASSERT_FALSE(heard.failure) << heard.failure->message;
  ASSERT_EQ(heard.calls().size(), 1U);
  const chat::ToolCall call = heard.calls().front();
  EXPECT_EQ(call.name, "weather");
  EXPECT_EQ(call.form, chat::ToolCall::Form::object);
  EXPECT_EQ(call.input, R"({"city":"demo","days":1})");
  EXPECT_EQ(heard.reply.choices.front().finish, chat::Finish::tool_calls);
}

TEST_P(Demo, ToolsThatTheUserNamesAreCalledAsAskedFor) {
  constexpr std::string_view wanted =
      R"([{"role":"user","content":"Please:\nclock {\"zone\":\"UTC\"}\nclock now\nradio {}\n)"
      R"(weather {\"city\":\"Bern\"}"}])";
  const std::vector<chat::ToolCall> calls = ask("tool", wanted, two_tools).calls();
  ASSERT_EQ(calls.size(), 2U);
  EXPECT_EQ(calls[0].name + calls[0].input, R"(clock{"zone":"UTC"})");
  EXPECT_EQ(calls[1].name + calls[1].input, R"(weather{"city":"Bern"})");
}

TEST_P(Demo, ToolResultIsQuoted) {
  const Heard heard = ask("tool", R"([{"role":"user","content":"Weather?"},
      {"role":"assistant","tool_calls":[{"id":"c1","type":"function","function":
       {"name":"weather","arguments":"{}"}}]},
      {"role":"tool","tool_call_id":"c1","content":"It rains."}])",
                          two_tools);
  EXPECT_EQ(heard.text(), "The tool said: It rains.");
}

TEST_P(Demo, SeveralToolsAreCalledAtOnce) {
  const std::vector<chat::ToolCall> calls = ask("tools", hello, two_tools).calls();
  ASSERT_EQ(calls.size(), 3U);
  EXPECT_EQ(calls[0].name, "weather");
  EXPECT_EQ(calls[1].name, "clock");
  EXPECT_EQ(calls[2].input, R"({"city":"demo","days":1})");
}

TEST_P(Demo, ThoughtsComeFirst) {
  const Heard heard = ask("think");
  ASSERT_FALSE(heard.failure);
  const std::vector<Part>& parts = heard.reply.choices.front().parts;
  ASSERT_GE(parts.size(), 2U);
  EXPECT_TRUE(std::holds_alternative<chat::Reasoning>(parts.front().body));
  EXPECT_NE(chat::text_of(parts.front()).find("The user said"), std::string::npos);
  const bool seals = dialect() == Dialect::anthropic || dialect() == Dialect::openai_responses;
  if (seals) EXPECT_EQ(parts.front().seal->bytes, "ZGVtby1zZWFsLW9mLXRob3VnaHRz");
  EXPECT_EQ(heard.text(), "I have thought about it: Hello, dear world");
  const bool counts = dialect() != Dialect::ollama && dialect() != Dialect::anthropic;
  if (counts) EXPECT_GT(heard.reply.usage->output_reasoning, 5);
  if (dialect() != Dialect::ollama) EXPECT_EQ(heard.reply.usage->input_cache_read, 4);
}

TEST_P(Demo, JsonFitsTheSchema) {
  const Heard heard = ask("json", hello, R"(,"response_format":{"type":"json_schema",
      "json_schema":{"name":"x","schema":{"type":"object","properties":{"n":{"type":"integer"}},
      "required":["n"],"additionalProperties":false}}})");
  EXPECT_EQ(heard.text(), R"({"n":1})");
}

TEST_P(Demo, FailsAsItsNameAsks) {
  for (const int status : {400, 401, 429, 500, 503}) {
    const std::string name = "fail-" + std::to_string(status);
    const Played played = play(name);
    EXPECT_EQ(played.status, status);
    const Heard heard = hear(played);
    ASSERT_TRUE(heard.failure);
    EXPECT_NE(heard.failure->message.find("as its name asks"), std::string::npos);
    const bool later = status == 429 || status == 503;
    EXPECT_EQ(played.fields.back(), later ? dialect::Header("retry-after", "7")
                                          : dialect::Header("content-type", "application/json"));
  }
  EXPECT_EQ(play("fail").status, 500);
}

TEST_P(Demo, UnknownModelIsNotFound) {
  EXPECT_EQ(play("no-such").status, 404);
  EXPECT_EQ(play("fail-200").status, 404);
}

TEST_P(Demo, CutAnswerIsHalfOfOne) {
  for (const std::string_view name : {"cut", "stall"}) {
    const Played played = play(name);
    EXPECT_EQ(played.end, name == "cut" ? Played::End::broken : Played::End::silent);
    EXPECT_FALSE(played.pieces.empty());
    EXPECT_TRUE(hear(played).failure);
  }
  EXPECT_TRUE(play("cut-early").pieces.empty());
  EXPECT_EQ(play("cut-early").end, Played::End::broken);
  EXPECT_EQ(play("stall-head").head_pause, net::forever);
  EXPECT_EQ(play("slow-start").head_pause, Millis{2'000});
}

TEST_P(Demo, GarbagePagesAndNothingAreNoAnswers) {
  EXPECT_TRUE(ask("garbage").failure);
  EXPECT_TRUE(ask("empty").failure);
  EXPECT_EQ(play("empty").status, 200);
  const Played page = play("html");
  EXPECT_EQ(page.status, 502);
  EXPECT_EQ(page.fields.front().second, "text/html");
}

TEST_P(Demo, ErrorInTheMiddleComesAfterSomeWords) {
  const Heard heard = ask("error-midstream");
  ASSERT_TRUE(heard.failure);
  EXPECT_NE(heard.failure->message.find("as its name asks"), std::string::npos)
      << heard.failure->message;
  if (stream()) EXPECT_EQ(heard.text(), "Lorem ipsum dolor sit amet, ");
}

TEST(DemoThread, IsNotContinuedForNothingIsKept) {
  const auto answer_to = [](std::string_view type) {
    const std::string body = R"({"model":"echo","max_tokens":9,"thread":{"type":")" +
                             std::string(type) +
                             R"("},"messages":[{"role":"user","content":"a"}]})";
    return demo_answer({Dialect::anthropic, "/v1/messages", body, "POST", 0, {}});
  };
  EXPECT_EQ(answer_to("create").status, 200);
  const Played refused = answer_to("continue");
  EXPECT_EQ(refused.status, 400);
  EXPECT_NE(refused.pieces.front().bytes.find("thread_not_found"), std::string::npos);
}

TEST_P(Demo, RequestThatDoesNotDecodeIsABadRequest) {
  const Played played =
      demo_answer({dialect(),
                   dialect() == Dialect::gemini ? "/models/echo:generateContent" : "/x",
                   R"({"model":"echo","messages":7,"input":7,"contents":7})",
                   "POST",
                   0,
                   {}});
  EXPECT_EQ(played.status, 400);
  EXPECT_FALSE(hear_whole(dialect(), played).failure->message.empty());
}

TEST(DemoModels, StopWhereTheyAreTold) {
  const std::string body = chat_body("lorem", hello, R"(,"stop":["sit"])");
  const Played played =
      demo_answer({Dialect::openai_chat, "/chat/completions", body, "POST", 0, {}});
  EXPECT_EQ(hear_whole(Dialect::openai_chat, played).text(), "Lorem ipsum dolor ");
}

TEST(DemoModels, ActAsAnother) {
  const std::string body = chat_body("gpt-4o", hello, "");
  const Played played =
      demo_answer({Dialect::openai_chat, "/chat/completions", body, "POST", 0, "echo"});
  const Heard heard = hear_whole(Dialect::openai_chat, played);
  EXPECT_EQ(heard.text(), "Hello, dear world");
  EXPECT_EQ(heard.reply.model, "gpt-4o");
}

TEST(DemoLists, NameEveryModelInEveryDialect) {
  for (const Dialect dialect : chat::all_dialects) {
    const Played played = demo_answer({dialect, "/models", "", "GET", 0, {}});
    const std::string list = bytes_of(played);
    EXPECT_TRUE(json::Raw::parse(list));
    for (const DemoModel& model : demo_models()) {
      EXPECT_NE(list.find(std::string(model.name) + "\""), std::string::npos);
    }
  }
}

TEST(DemoModels, AnswerAsOftenAsTheyAreAskedTo) {
  const Heard heard =
      hear_whole(Dialect::openai_chat, demo_answer({Dialect::openai_chat,
                                                    "/chat/completions",
                                                    chat_body("echo", hello, R"(,"n":3)"),
                                                    "POST",
                                                    0,
                                                    {}}));
  ASSERT_EQ(heard.reply.choices.size(), 3U);
  EXPECT_EQ(chat::text_of(heard.reply.choices[2].parts.front()), "Hello, dear world");
}

TEST(DemoModels, AreLoadedWhereAnOllamaClientSaysNothing) {
  const std::string load = R"({"model":"echo","messages":[]})";
  const std::string loaded =
      bytes_of(demo_answer({Dialect::ollama, "/api/chat", load, "POST", 0, {}}));
  EXPECT_NE(loaded.find(R"("done":true,"done_reason":"load")"), std::string::npos) << loaded;
  const std::string unload = R"({"model":"echo","keep_alive":0})";
  const std::string unloaded =
      bytes_of(demo_answer({Dialect::ollama, "/api/chat", unload, "POST", 0, {}}));
  EXPECT_NE(unloaded.find(R"("done_reason":"unload")"), std::string::npos) << unloaded;
}

std::string count(Dialect dialect, std::string_view path, std::string_view body) {
  return bytes_of(demo_answer({dialect, path, body, "POST", 0, {}}));
}

TEST(DemoCounts, AgreeWithTheUsage) {
  EXPECT_EQ(count(Dialect::anthropic, "/messages/count_tokens",
                  R"({"model":"echo","messages":[{"role":"user","content":"Hello, dear world"}]})"),
            R"({"input_tokens":8})");
  const std::string contents = R"({"contents":[{"parts":[{"text":"Hello, dear world"}]}]})";
  EXPECT_EQ(count(Dialect::gemini, "/models/echo:countTokens", contents), R"({"totalTokens":8})");
  EXPECT_EQ(count(Dialect::gemini, "/models/echo:countTokens",
                  R"({"generateContentRequest":)" + contents + "}"),
            R"({"totalTokens":8})");
  EXPECT_EQ(count(Dialect::openai_responses, "/responses/input_tokens",
                  R"({"model":"echo","input":"Hello, dear world"})"),
            R"({"object":"response.input_tokens","input_tokens":8})");
}

}  // namespace
}  // namespace omni::upstream
