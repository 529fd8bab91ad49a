#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "dialect/anthropic/reply.h"
#include "dialect/anthropic/usage.h"
#include "dialect/test_json.h"

namespace omni::dialect::anthropic {
namespace {

using chat::Failure;
using chat::Finish;
using chat::Part;
using chat::Reply;
using chat::ToolCall;

Reply decoded(std::string_view body) {
  auto outcome = decode_reply(body);
  EXPECT_TRUE(std::holds_alternative<Reply>(outcome)) << std::get_if<Failure>(&outcome)->message;
  auto* reply = std::get_if<Reply>(&outcome);
  return reply != nullptr ? std::move(*reply) : Reply{};
}

Failure failed(std::string_view body) {
  auto outcome = decode_reply(body);
  EXPECT_TRUE(std::holds_alternative<Failure>(outcome));
  auto* failure = std::get_if<Failure>(&outcome);
  return failure != nullptr ? std::move(*failure) : Failure{};
}

struct Written {
  std::string body;
  std::string losses;
};

Written written(const Reply& reply, const ReplyStyle& style = {}) {
  Losses losses;
  Written written;
  written.body = canonical(encode_reply(reply, style, losses));
  const auto known = reply_losses();
  for (const Losses::Entry& entry : losses.entries()) {
    written.losses += (written.losses.empty() ? "" : " ") + std::string(entry.row->name);
    EXPECT_NE(std::ranges::find(known, entry.row), known.end()) << entry.row->name;
  }
  return written;
}

std::string message_with(std::string_view content, std::string_view stop_reason = "end_turn") {
  return R"({"id":"msg_1","type":"message","role":"assistant","model":"claude","content":[)" +
         std::string(content) + R"(],"stop_reason":")" + std::string(stop_reason) +
         R"(","stop_sequence":null,"container":null,"stop_details":null,"diagnostics":null,
           "usage":{"input_tokens":3,"output_tokens":4,"service_tier":"standard",
               "iterations":[1]}})";
}

/// Of a provider of another dialect.
Reply foreign(std::string text = "Hello") {
  Reply reply;
  reply.source = chat::Dialect::openai_chat;
  reply.id = "chatcmpl-1";
  reply.model = "gpt";
  chat::Choice& choice = reply.choices.emplace_back();
  choice.finish_word = "stop";
  choice.parts.emplace_back().body = chat::Text{std::move(text)};
  return reply;
}

TEST(AnthropicReply, IsWrittenAtHomeAsItCame) {
  for (const std::string_view content :
       {R"()", R"({"type":"text","text":"a","citations":null})",
        R"({"type":"text","text":"","citations":[{"type":"page_location"}]})",
        R"({"type":"thinking","thinking":"","signature":"s"},{"type":"redacted_thinking",
           "data":"d"})",
        R"({"type":"thinking","thinking":"t","signature":""})",
        R"({"type":"tool_use","id":"t","name":"n","input":{"a":[1.0]},"caller":{"type":"direct"}})",
        R"({"type":"tool_use","id":"t","name":"n","input":null})",
        R"({"type":"server_tool_use","id":"t","name":"web_search","input":{},
           "caller":{"type":"direct"}})",
        R"({"type":"web_search_tool_result","tool_use_id":"t","content":[]})",
        R"({"type":"compaction","content":"c"},{"type":"image","source":{}})"}) {
    SCOPED_TRACE(content);
    const bool calls = content.find(R"("tool_use")") != std::string_view::npos;
    const std::string body = message_with(content, calls ? "tool_use" : "end_turn");
    const Written home = written(decoded(body));
    EXPECT_EQ(home.body, canonical(body));
    EXPECT_EQ(home.losses, "");
  }
}

TEST(AnthropicReply, EveryStopReasonHasItsFinishAndComesBack) {
  const std::pair<const char*, Finish> rows[] = {
      {"end_turn", Finish::stop},          {"stop_sequence", Finish::stop},
      {"max_tokens", Finish::length},      {"model_context_window_exceeded", Finish::length},
      {"refusal", Finish::content_filter}, {"pause_turn", Finish::paused},
      {"tool_use", Finish::tool_calls},    {"invented_tomorrow", Finish::stop}};
  for (const auto& [word, finish] : rows) {
    const Reply reply = decoded(message_with("", word));
    EXPECT_EQ(reply.choices.at(0).finish, finish) << word;
    EXPECT_EQ(written(reply).body, canonical(message_with("", word)));
  }
}

TEST(AnthropicReply, AClientsCallMakesAStopIntoToolCalls) {
  const std::string call = R"({"type":"tool_use","id":"t","name":"n","input":{}})";
  const Reply stopped = decoded(message_with(call));
  EXPECT_EQ(stopped.choices[0].finish, Finish::tool_calls);
  EXPECT_EQ(written(stopped).body, canonical(message_with(call, "tool_use")));
  EXPECT_EQ(decoded(message_with(call, "max_tokens")).choices[0].finish, Finish::length);
  const std::string hosted = R"({"type":"server_tool_use","id":"t","name":"n","input":{}})";
  EXPECT_EQ(decoded(message_with(hosted)).choices[0].finish, Finish::stop);
}

TEST(AnthropicReply, AbroadHasEveryMemberThatTheSchemaAsksFor) {
  Reply reply = foreign();
  Part call;
  call.body = ToolCall{.id = {}, .space = {}, .name = "f", .input = "{\"x\":1}"};
  Part thought;
  thought.body = chat::Reasoning{.text = {}, .summary = {"a", "b"}};
  reply.choices[0].parts.insert(reply.choices[0].parts.begin(), thought);
  reply.choices[0].parts.push_back(call);
  reply.choices[0].finish = Finish::tool_calls;
  const Written it = written(reply, {.model = "claude-x"});
  const std::size_t id = it.body.find("toolu_");
  ASSERT_NE(id, std::string::npos);
  EXPECT_EQ(it.body, canonical(R"({"id":"msg_chatcmpl-1","type":"message","role":"assistant",
      "model":"claude-x","content":[{"type":"thinking","thinking":"a\n\nb","signature":""},
        {"type":"text","text":"Hello","citations":null},
        {"type":"tool_use","id":")" +
                               it.body.substr(id, 30) + R"(","name":"f","input":{"x":1},
         "caller":{"type":"direct"}}],
      "stop_reason":"tool_use","stop_sequence":null,"container":null,"stop_details":null,
      "diagnostics":null,"usage":{"input_tokens":0,"output_tokens":0,
          "cache_creation_input_tokens":0,
        "cache_read_input_tokens":0,"cache_creation":{"ephemeral_5m_input_tokens":0,
        "ephemeral_1h_input_tokens":0},"output_tokens_details":null,"server_tool_use":null,
        "service_tier":null,"inference_geo":null,"speed":null}})"));
  EXPECT_EQ(it.losses, "");
}

TEST(AnthropicReply, AnIdIsMadeOfTheStyleWhereTheProviderGivesNone) {
  Reply reply = foreign();
  reply.id.clear();
  EXPECT_NE(written(reply, {.id = "abc"}).body.find(R"("id":"msg_abc")"), std::string::npos);
}

TEST(AnthropicReply, EveryFinishHasAWordAbroad) {
  const std::pair<Finish, const char*> rows[] = {{Finish::stop, "end_turn"},
                                                 {Finish::length, "max_tokens"},
                                                 {Finish::tool_calls, "tool_use"},
                                                 {Finish::content_filter, "refusal"},
                                                 {Finish::paused, "pause_turn"}};
  for (const auto& [finish, word] : rows) {
    Reply reply = foreign();
    reply.choices[0].finish = finish;
    EXPECT_NE(written(reply).body.find("\"stop_reason\":\"" + std::string(word)),
              std::string::npos);
  }
  Reply reply = foreign();
  reply.choices[0].stop_sequence = "END";
  EXPECT_NE(written(reply).body.find(R"("stop_reason":"stop_sequence","stop_sequence":"END")"),
            std::string::npos);
}

TEST(AnthropicReply, EmptyPartsAndWhatHasNoPlaceAreLeftOut) {
  Reply reply = foreign("");
  auto& parts = reply.choices[0].parts;
  parts.emplace_back().body = chat::Media{.kind = chat::Media::Kind::image,
                                          .form = chat::Media::Form::base64,
                                          .payload = "AA",
                                          .mime_type = "image/png",
                                          .name = {},
                                          .detail = {}};
  parts.emplace_back().body = chat::Opaque{chat::Dialect::openai_responses,
                                           json::Raw::trusted(R"({"type":"web_search_call"})")};
  parts.emplace_back().body =
      ToolCall{.id = "s", .space = {}, .name = "web_search", .runner = ToolCall::Runner::provider};
  parts.emplace_back().body = chat::Refusal{"No."};
  parts.emplace_back().body = chat::Reasoning{};
  reply.choices.emplace_back();
  const Written it = written(reply);
  EXPECT_NE(it.body.find(R"("content":[{"citations":null,"text":"No.","type":"text"}])"),
            std::string::npos)
      << it.body;
  EXPECT_EQ(it.losses, "extra_choices output_media foreign_item hosted_call refusal_as_text");
}

TEST(AnthropicReply, ContentIsNeverNull) {
  Reply reply = foreign();
  reply.choices.clear();
  EXPECT_NE(written(reply).body.find(R"("content":[])"), std::string::npos);
  EXPECT_TRUE(decoded(R"({"content":null,"stop_reason":"end_turn"})").choices.at(0).parts.empty());
}

TEST(AnthropicReply, SealsGoToTheClientWhereThoughtsCarryThem) {
  Reply reply = foreign();
  Part thought;
  thought.body = chat::Reasoning{};
  thought.seal = chat::Seal{"openai", "encrypted"};
  reply.choices[0].parts.push_back(thought);
  const Written it = written(reply);
  EXPECT_NE(it.body.find(R"({"signature":"encrypted","thinking":"","type":"thinking"})"),
            std::string::npos);
  EXPECT_EQ(it.losses, "");
}

TEST(AnthropicReply, WhatAStreamSaidAtItsEndReplacesWhatItSaidAtItsStart) {
  Reply reply = decoded(message_with(""));
  reply.choices[0].extras.dialect = own;
  reply.choices[0].extras.members.emplace_back("stop_details",
                                               json::Raw::trusted(R"({"type":"refusal"})"));
  const std::string body = written(reply).body;
  EXPECT_NE(body.find(R"("stop_details":{"type":"refusal"})"), std::string::npos);
  EXPECT_EQ(body.find(R"("stop_details":null)"), std::string::npos);
}

TEST(AnthropicReply, WhatIsNoMessageIsAFailure) {
  EXPECT_EQ(failed(" ").message, "Provider returned empty content");
  EXPECT_EQ(failed("{\"id\"").message, "Invalid JSON response from provider");
  EXPECT_EQ(failed("[]").status, 502);
  EXPECT_EQ(failed("<html><body>oops</body></html>").status, 502);
  EXPECT_EQ(failed("<html>").message.find('<'), std::string::npos);
  EXPECT_EQ(failed(R"({"type":"message","content":[5]})").status, 502);
  EXPECT_EQ(failed(R"({"type":"message","content":{}})").status, 502);
  const Failure overloaded =
      failed(R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})");
  EXPECT_EQ(overloaded.status, 529);
  EXPECT_EQ(overloaded.message, "Overloaded");
  EXPECT_EQ(failed(R"({"error":{"code":429,"message":"slow"}})").status, 429);
  EXPECT_EQ(failed(R"({"error":"odd"})").status, 502);
  EXPECT_EQ(failed(R"({"error":"odd"})").message, "odd");
}

TEST(AnthropicUsage, BucketsNeverOverlap) {
  json::Reader reader;
  const chat::Usage usage = decode_usage(reader.read(
      R"({"input_tokens":10,"cache_read_input_tokens":300,"cache_creation_input_tokens":50,
          "cache_creation":{"ephemeral_5m_input_tokens":20,"ephemeral_1h_input_tokens":30},
          "output_tokens":70,"output_tokens_details":{"thinking_tokens":25}})"));
  EXPECT_EQ(usage.input_fresh, 10);
  EXPECT_EQ(usage.input_cache_read, 300);
  EXPECT_EQ(usage.input_cache_write, 20);
  EXPECT_EQ(usage.input_cache_write_1h, 30);
  EXPECT_EQ(usage.output_text, 45);
  EXPECT_EQ(usage.output_reasoning, 25);
  EXPECT_EQ(usage.input(), 360);
  EXPECT_EQ(usage.output(), 70);
}

TEST(AnthropicUsage, NumbersOfAnyKindAreNeverNegative) {
  json::Reader reader;
  const chat::Usage usage = decode_usage(reader.read(
      R"({"input_tokens":-5,"cache_read_input_tokens":null,"cache_creation_input_tokens":7,
          "output_tokens":3,"output_tokens_details":{"thinking_tokens":99}})"));
  EXPECT_EQ(usage.input_fresh, 0);
  EXPECT_EQ(usage.input_cache_write, 7);
  EXPECT_EQ(usage.output_text, 0);
  EXPECT_EQ(usage.output_reasoning, 3);
  EXPECT_GT(decode_usage(reader.read(R"({"output_tokens":1e300})")).output_text, 0);
}

TEST(AnthropicUsage, IsWrittenFromTheBucketsAbroad) {
  chat::Usage usage;
  usage.input_fresh = 10;
  usage.input_audio = 1;
  usage.input_cache_read = 300;
  usage.input_cache_write = 20;
  usage.input_cache_write_1h = 30;
  usage.output_text = 45;
  usage.output_reasoning = 25;
  usage.wire = chat::Opaque{chat::Dialect::openai_chat, json::Raw::trusted("{}")};
  const auto text = [&](UsageOf of) {
    std::string out;
    json::Writer writer(out);
    write_usage(writer, &usage, of);
    return canonical(out);
  };
  EXPECT_EQ(text(UsageOf::reply), canonical(R"({"input_tokens":11,"cache_read_input_tokens":300,
      "cache_creation_input_tokens":50,"cache_creation":{"ephemeral_5m_input_tokens":20,
      "ephemeral_1h_input_tokens":30},"output_tokens":70,
      "output_tokens_details":{"thinking_tokens":25},"server_tool_use":null,"service_tier":null,
      "inference_geo":null,"speed":null})"));
  EXPECT_NE(text(UsageOf::message_start).find(R"("output_tokens":0)"), std::string::npos);
  EXPECT_EQ(text(UsageOf::message_delta), canonical(R"({"input_tokens":11,"output_tokens":70,
      "cache_read_input_tokens":300,"cache_creation_input_tokens":50,
      "output_tokens_details":{"thinking_tokens":25},"server_tool_use":null})"));
}

TEST(AnthropicUsage, OfAStreamIsCumulative) {
  json::Reader reader;
  const json::Raw merged = merge_usage(
      R"({"input_tokens":10,"cache_read_input_tokens":5,"server_tool_use":null,"output_tokens":1})",
      reader.read(R"({"input_tokens":0,"cache_read_input_tokens":null,"output_tokens":9,
                      "server_tool_use":null,"iterations":[1]})"));
  EXPECT_EQ(canonical(merged.text()),
            canonical(R"({"input_tokens":10,"cache_read_input_tokens":5,"server_tool_use":null,
                          "output_tokens":9,"iterations":[1]})"));
}

TEST(AnthropicUsage, OfAbsurdLengthIsNotMerged) {
  json::Reader reader;
  const std::string absurd = R"({"x":")" + std::string(3000, 'x') + R"("})";
  EXPECT_EQ(merge_usage(absurd, reader.read(R"({"output_tokens":9})")).text(),
            R"({"output_tokens":9})");
}

}  // namespace
}  // namespace omni::dialect::anthropic
