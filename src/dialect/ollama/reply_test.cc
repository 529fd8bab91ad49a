#include "dialect/ollama/reply.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "chat/test_chat.h"
#include "dialect/ollama/codec.h"
#include "dialect/test_json.h"

namespace omni::dialect {
namespace {

using chat::Failure;
using chat::Finish;
using chat::Part;
using chat::Reply;

constexpr std::string_view whole =
    R"({"model":"llama3.2","created_at":"2023-08-04T19:22:45.499127Z","message":{"role":"assistant",
        "content":"Hello","thinking":"They greet."},"done":true,"done_reason":"stop",
        "total_duration":4935886791,"load_duration":534986708,"prompt_eval_count":26,
        "prompt_eval_duration":107345000,"eval_count":237,"eval_duration":4289432000})";

Reply decode(std::string_view body) {
  auto reply = ollama_codec().decode_reply(body);
  EXPECT_TRUE(std::holds_alternative<Reply>(reply)) << body;
  return std::holds_alternative<Reply>(reply) ? std::get<Reply>(std::move(reply)) : Reply{};
}

std::string failure(std::string_view body) {
  const auto reply = ollama_codec().decode_reply(body);
  const auto* failed = std::get_if<Failure>(&reply);
  return failed == nullptr ? "" : std::to_string(failed->status) + " " + failed->message;
}

std::string encode(const Reply& reply, std::string_view losses = {}, ReplyStyle style = {}) {
  Losses lost;
  std::string body = ollama_codec().encode_reply(reply, style, lost);
  std::string names;
  for (const Losses::Entry& entry : lost.entries()) {
    names += (names.empty() ? "" : " ") + std::string(entry.row->name);
    EXPECT_NE(std::ranges::find(ollama_codec().reply_losses(), entry.row),
              ollama_codec().reply_losses().end());
  }
  EXPECT_EQ(names, losses);
  return body;
}

/// Of another dialect.
Reply foreign(std::vector<Part> parts, Finish finish = Finish::stop) {
  Reply reply;
  reply.source = chat::Dialect::anthropic;
  reply.id = "msg_1";
  reply.model = "claude";
  reply.created = 1700000000;
  reply.choices.push_back({std::move(parts), finish, "end_turn", {}, {}});
  return reply;
}

TEST(OllamaReply, IsRead) {
  EXPECT_EQ(describe(decode(whole)),
            "reply ollama model=\"llama3.2\" created=1691176965 extras(ollama "
            "#created_at=\"2023-08-04T19:22:45.499127Z\")\n"
            "0 reasoning \"They greet.\"\n"
            "0 text \"Hello\"\n"
            "0 finish stop word=\"stop\"\n"
            "usage fresh=26 text=237 wire=opaque ollama {\"total_duration\":4935886791,"
            "\"load_duration\":534986708,\"prompt_eval_count\":26,"
            "\"prompt_eval_duration\":107345000,\"eval_count\":237,"
            "\"eval_duration\":4289432000}\n");
}

/// A reader does not keep the memory that a long text takes.
TEST(OllamaReply, MayBeOfMegabytes) {
  const std::string said(std::size_t{3} << 20, 'a');
  const Reply reply = decode(
      R"({"model":"m","done":true,"message":{"role":"assistant","content":")" + said + R"("}})");
  ASSERT_EQ(reply.choices.size(), 1);
  EXPECT_EQ(chat::text_of(reply.choices.front().parts.at(0)), said);
}

TEST(OllamaReply, EndsWithToolCallsWhereItCallsOne) {
  const Reply reply = decode(
      R"({"model":"m","created_at":"","message":{"role":"assistant","content":"",
          "tool_calls":[{"id":"call_x","function":{"index":0,"name":"get","arguments":{"x":1}}},
                        {"function":{"name":"get","arguments":{}}}]},
          "done":true,"done_reason":"stop"})");
  ASSERT_EQ(reply.choices[0].parts.size(), 2);
  EXPECT_EQ(describe(reply.choices[0].parts[0]),
            "call id=\"call_x\" name=\"get\" input=\"{\\\"x\\\":1}\" extras(ollama "
            "function={\"index\":0})");
  EXPECT_EQ(describe(reply.choices[0].parts[1]), "call name=\"get\" input=\"{}\"");
  EXPECT_EQ(reply.choices[0].finish, Finish::tool_calls);
}

TEST(OllamaReply, KnowsEveryDoneReason) {
  const auto finish = [](std::string_view reason) {
    return decode(R"({"message":{"role":"assistant","content":""},"done":true,"done_reason":")" +
                  std::string(reason) + "\"}")
        .choices[0]
        .finish;
  };
  EXPECT_EQ(finish("stop"), Finish::stop);
  EXPECT_EQ(finish("length"), Finish::length);
  EXPECT_EQ(finish("load"), Finish::stop);
  EXPECT_EQ(finish("unload"), Finish::stop);
  EXPECT_EQ(finish("whatever"), Finish::stop);
}

TEST(OllamaReply, CountsNothingWhereTheProviderDidNot) {
  const Reply reply =
      decode(R"({"message":{"content":"x"},"done":true,"total_duration":5,"eval_duration":null})");
  EXPECT_FALSE(reply.usage);
  EXPECT_EQ(describe(decode(R"({"message":{"content":"x"},"eval_count":-4})").usage.value()),
            "usage wire=opaque ollama {\"eval_count\":-4}");
}

TEST(OllamaReply, MayBeAFailureInSpiteOfItsStatus) {
  EXPECT_EQ(failure(R"({"error":"model 'x' not found"})"), "502 model 'x' not found");
  EXPECT_EQ(failure(""), "502 Provider returned empty content");
  EXPECT_EQ(failure("<html>"), "502 Invalid JSON response from provider");
  EXPECT_EQ(failure("[]"), "502 Invalid JSON response from provider");
  EXPECT_EQ(failure("{}"), "502 Invalid response from provider: no message");
  EXPECT_EQ(failure(R"({"message":{"content":5}})"), "502 message.content: expected a string");
  EXPECT_EQ(failure(R"({"message":{"content":"x"},"done":false})"),
            "502 Upstream ended the answer before it was complete");
}

class OllamaReplyHome : public testing::TestWithParam<std::string_view> {};

TEST_P(OllamaReplyHome, IsWrittenAsItCame) {
  EXPECT_EQ(canonical(encode(decode(GetParam()))), canonical(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(
    Replies, OllamaReplyHome,
    testing::Values(
        whole,
        R"({"model":"m","created_at":"x","message":{"role":"assistant","content":"",
            "tool_calls":[{"id":"c","function":{"index":0,"name":"f","arguments":{"a":[1]}}}]},
            "done":true,"done_reason":"stop","total_duration":1.5e3,"prompt_eval_count":3})",
        R"({"model":null,"created_at":null,"message":{"role":"tool","content":null,"images":["AA"],
            "tool_calls":[],"tool_name":"x","custom":1},"done_reason":null,"eval_count":null,
            "prompt_eval_count":0,"logprobs":[{"token":"x","logprob":-1}],"custom":{}})",
        R"({"message":{}})", R"({"message":{},"done":true,"done_reason":""})",
        R"({"message":{"role":null,"thinking":""},"load_duration":7})"));

TEST(OllamaReply, HasWhatItsSchemaDemands) {
  EXPECT_EQ(encode(foreign({{chat::Text{"Hi"}, {}, {}, {}}})),
            R"({"model":"claude","created_at":"2023-11-14T22:13:20.000Z","message":)"
            R"({"role":"assistant","content":"Hi"},"done":true,"done_reason":"stop",)"
            R"("total_duration":0,"load_duration":0,"prompt_eval_count":0,)"
            R"("prompt_eval_duration":0,"eval_count":0,"eval_duration":0})");
}

TEST(OllamaReply, CountsWhatTheModelReadAndWrote) {
  Reply reply = foreign({});
  reply.usage.emplace();
  reply.usage->input_fresh = 10;
  reply.usage->input_cache_read = 5;
  reply.usage->output_text = 3;
  reply.usage->output_reasoning = 4;
  const std::string body = encode(reply);
  EXPECT_NE(body.find(R"("prompt_eval_count":15,)"), std::string::npos);
  EXPECT_NE(body.find(R"("eval_count":7,)"), std::string::npos);
}

TEST(OllamaReply, GoesUnderTheNameAndTimeThatTheClientKnows) {
  ReplyStyle style;
  style.model = "my-alias";
  style.now = 86400;
  Reply reply = foreign({});
  reply.created = 0;
  EXPECT_TRUE(encode(reply, {}, style)
                  .starts_with(R"({"model":"my-alias","created_at":"1970-01-02T00:00:00.000Z",)"));
  EXPECT_TRUE(
      encode(decode(whole), {}, style).starts_with(R"({"model":"my-alias","created_at":"2)"));
}

TEST(OllamaReply, TakesTimesOfAnySize) {
  Reply reply = foreign({});
  for (const std::int64_t time : {std::int64_t{-5}, INT64_MAX, INT64_MIN}) {
    reply.created = time;
    EXPECT_NE(canonical(encode(reply)), "");
  }
}

TEST(OllamaReply, HasAPlaceForThoughtsTextImagesAndCalls) {
  using chat::Media;
  Part call{chat::ToolCall{"toolu_1", {}, "f", R"({"x":1})"}, {}, {}, {}};
  Part broken{chat::ToolCall{"", {}, "g", "{", chat::ToolCall::Form::broken}, {}, {}, {}};
  Part hosted{chat::ToolCall{"s",
                             {},
                             "web_search",
                             "{}",
                             chat::ToolCall::Form::object,
                             chat::ToolCall::Runner::provider},
              {},
              {},
              {}};
  Part image{Media{Media::Kind::image, Media::Form::base64, "AA", "image/png", {}, {}}, {}, {}, {}};
  Part audio{Media{Media::Kind::audio, Media::Form::base64, "AA", "audio/wav", {}, {}}, {}, {}, {}};
  Part opaque{
      chat::Opaque{chat::Dialect::anthropic, json::Raw::trusted(R"({"type":"t"})")}, {}, {}, {}};
  const Reply reply = foreign({{chat::Reasoning{"hm", {}}, chat::Seal{"", "x"}, {}, {}},
                               {chat::Text{"a"}, {}, {}, {}},
                               call,
                               {chat::Refusal{"b"}, {}, {}, {}},
                               {chat::Reasoning{"", {"c", "d"}}, {}, {}, {}},
                               broken,
                               hosted,
                               image,
                               audio,
                               opaque,
                               {chat::ToolResult{"s", {}, {}}, {}, {}, {}}},
                              Finish::tool_calls);
  const std::string body =
      encode(reply, "refusal_as_text hosted_call output_media foreign_item broken_arguments");
  EXPECT_NE(body.find(R"("message":{"role":"assistant","content":"ab","thinking":"hmc\n\nd",)"
                      R"("images":["AA"],"tool_calls":[{"id":"toolu_1","function":{"name":"f",)"
                      R"("arguments":{"x":1}}},{"function":{"name":"g","arguments":)"
                      R"({"_raw":"{"}}}]},"done":true,"done_reason":"stop")"),
            std::string::npos)
      << body;
}

TEST(OllamaReply, SaysWhyItEndedAsFarAsOllamaHasWords) {
  const auto word = [](Finish finish, std::string_view losses = {}) {
    json::Reader reader;
    const std::string body = encode(foreign({}, finish), losses);
    return std::string(reader.read(body).find("done_reason").text());
  };
  EXPECT_EQ(word(Finish::stop), "stop");
  EXPECT_EQ(word(Finish::length), "length");
  EXPECT_EQ(word(Finish::tool_calls), "stop");
  EXPECT_EQ(word(Finish::content_filter, "finish_reason"), "stop");
  EXPECT_EQ(word(Finish::paused, "finish_reason"), "stop");
}

TEST(OllamaReply, IsTheFirstOfSeveralAnswers) {
  Reply reply = foreign({{chat::Text{"first"}, {}, {}, {}}});
  reply.choices.push_back({{{chat::Text{"second"}, {}, {}, {}}}, {}, {}, {}, {}});
  EXPECT_NE(encode(reply, "extra_choices").find(R"("content":"first")"), std::string::npos);
}

TEST(OllamaReply, DeclaresWhatIsForeign) {
  Reply reply = foreign({{chat::Text{"x"}, {}, {}, {}}});
  for (chat::Extras* extras : {&reply.extras, &reply.choices[0].extras}) {
    extras->dialect = chat::Dialect::anthropic;
    extras->members.emplace_back("container", json::Raw::trusted("1"));
  }
  encode(reply, "foreign_member");
}

TEST(OllamaError, IsOneMember) {
  Failure failed;
  failed.message = "no \"such\" model";
  EXPECT_EQ(ollama_codec().encode_error(failed), R"({"error":"no \"such\" model"})");
  EXPECT_EQ(ollama_codec().decode_error(404, R"({"error":"model not found"})").message,
            "model not found");
  EXPECT_EQ(ollama_codec().decode_error(404, R"({"error":"x"})").status, 404);
}

}  // namespace
}  // namespace omni::dialect
