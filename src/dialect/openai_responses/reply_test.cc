#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "chat/test_chat.h"
#include "dialect/object_writer.h"
#include "dialect/openai_responses/codec.h"
#include "dialect/openai_responses/test_requests.h"
#include "dialect/test_json.h"

namespace omni::dialect {
namespace {

using chat::Failure;
using chat::Finish;
using chat::Part;
using chat::Reply;

Reply decode(std::string_view body) {
  std::variant<Reply, Failure> read = openai_responses_codec().decode_reply(body);
  EXPECT_TRUE(std::holds_alternative<Reply>(read)) << body;
  Reply* reply = std::get_if<Reply>(&read);
  return reply == nullptr ? Reply{} : std::move(*reply);
}

std::string failure(std::string_view body) {
  const std::variant<Reply, Failure> read = openai_responses_codec().decode_reply(body);
  const Failure* failed = std::get_if<Failure>(&read);
  return failed == nullptr ? "none" : describe(*failed);
}

std::string encode(const Reply& reply, const ReplyStyle& style = {}) {
  Losses losses;
  return openai_responses_codec().encode_reply(reply, style, losses);
}

std::string losses_of(const Reply& reply) {
  Losses losses;
  openai_responses_codec().encode_reply(reply, {}, losses);
  std::string out;
  for (const Losses::Entry& entry : losses.entries()) {
    out += (out.empty() ? "" : " ") + std::string(entry.row->name);
    if (!entry.detail.empty()) out += ":" + entry.detail;
  }
  return out;
}

constexpr std::string_view whole_reply = R"({
  "id":"resp_1","object":"response","created_at":1741476542,"status":"completed",
  "background":false,"completed_at":1741476550,"error":null,"incomplete_details":null,
  "instructions":"i","max_output_tokens":null,"model":"gpt-5-2025-08-07",
  "output":[
    {"id":"rs_1","type":"reasoning","summary":[{"type":"summary_text","text":"s"}],
     "encrypted_content":"gAAA"},
    {"id":"ws_1","type":"web_search_call","status":"completed","action":{"type":"search"}},
    {"id":"msg_1","type":"message","status":"completed","role":"assistant","phase":"commentary",
     "content":[
       {"type":"output_text","text":"a","logprobs":[],"annotations":[
         {"type":"url_citation","start_index":0,"end_index":1,"url":"u","title":"t"}]},
       {"type":"refusal","refusal":"no"}]},
    {"id":"msg_2","type":"message","status":"completed","role":"assistant",
     "content":[{"type":"output_text","text":"b","annotations":[]}]},
    {"id":"fc_1","type":"function_call","status":"completed","call_id":"call_1","name":"f",
     "arguments":"{\"x\":1}","namespace":"n"},
    {"id":"ctc_1","type":"custom_tool_call","status":"completed","call_id":"call_2",
     "name":"apply_patch","input":"p"}],
  "parallel_tool_calls":true,"previous_response_id":null,
  "reasoning":{"effort":"medium","summary":"auto"},"store":false,"temperature":1.0,
  "text":{"format":{"type":"text"}},"tool_choice":"auto","tools":[],"top_p":1.0,
  "truncation":"disabled","metadata":{},
  "usage":{"input_tokens":100,"input_tokens_details":{"cached_tokens":30,"cache_write_tokens":10},
           "output_tokens":20,"output_tokens_details":{"reasoning_tokens":5},"total_tokens":120}})";

TEST(ResponsesReply, ComesOutAtHomeAsItCame) {
  EXPECT_EQ(canonical(encode(decode(whole_reply))), canonical(whole_reply));
}

TEST(ResponsesReply, OddOnesComeOutAtHomeAsTheyCame) {
  for (const std::string members :
       {R"("output":[])", R"("status":"in_progress","output":[])",
        R"("status":"completed","output":[],"usage":null,"created_at":17.5)",
        R"("status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"output":[])",
        R"("status":"incomplete","incomplete_details":{"reason":"content_filter"},"output":[])",
        R"("status":"incomplete","incomplete_details":{"reason":"tired","x":1},"output":[])",
        R"("status":"incomplete","incomplete_details":null,"output":[])",
        R"("status":"completed","output":[{"type":"message","role":"assistant","content":[]}])",
        R"("status":"completed","output":[{"type":"reasoning","summary":[]}])",
        R"("status":"completed","output":[{"type":"custom_tool_call","call_id":"c","name":"f",
          "input":""}])",
        R"("status":"completed","output":[{"type":"local_shell_call","id":"i","call_id":"c"}])",
        R"("status":"completed","output":[{"type":"image_generation_call","id":"i",
          "result":"AA=="}])",
        R"("status":"completed","output":[{"id":"m","type":"message","role":"assistant",
               "status":"in_progress","content":[{"type":"hologram","x":1}]}])"}) {
    const std::string body = R"({"id":"resp_1","object":"response","model":"m",)" + members + "}";
    EXPECT_EQ(canonical(encode(decode(body))), canonical(body));
  }
}

TEST(ResponsesReply, IsUnderstood) {
  const Reply reply = decode(whole_reply);
  EXPECT_EQ(reply.id, "resp_1");
  EXPECT_EQ(reply.model, "gpt-5-2025-08-07");
  EXPECT_EQ(reply.created, 1741476542);
  ASSERT_EQ(reply.choices.size(), 1u);
  const std::vector<Part>& parts = reply.choices[0].parts;
  ASSERT_EQ(parts.size(), 7u);
  EXPECT_EQ(std::get<chat::Reasoning>(parts[0].body).summary.at(0), "s");
  EXPECT_EQ(parts[0].seal->bytes, "gAAA");
  EXPECT_TRUE(std::holds_alternative<chat::Opaque>(parts[1].body));
  EXPECT_EQ(text_of(parts[2]), "a");
  EXPECT_EQ(std::get<chat::Refusal>(parts[3].body).text, "no");
  EXPECT_EQ(text_of(parts[4]), "b");
  EXPECT_EQ(std::get<chat::ToolCall>(parts[5].body).space, "n");
  EXPECT_EQ(std::get<chat::ToolCall>(parts[6].body).form, chat::ToolCall::Form::freeform);
  EXPECT_EQ(reply.choices[0].finish, Finish::tool_calls);
}

TEST(ResponsesReply, WhatItRepeatsOfItsRequestIsNoLossAbroad) {
  const Reply reply = decode(whole_reply);
  Losses losses;
  declare_foreign(reply.extras, chat::Dialect::anthropic, losses);
  for (const Part& part : reply.choices.at(0).parts) {
    declare_foreign(part.extras, chat::Dialect::anthropic, losses);
  }
  std::string names;
  for (const Losses::Entry& entry : losses.entries()) names += entry.detail + " ";
  EXPECT_EQ(names, "completed_at annotations ");
}

TEST(ResponsesReply, EveryEndingHasItsFinish) {
  const auto finish = [](const std::string& members) {
    return decode(R"({"model":"m","output":[],)" + members + "}").choices.at(0).finish;
  };
  EXPECT_EQ(finish(R"("status":"completed")"), Finish::stop);
  EXPECT_EQ(finish(R"("status":"incomplete","incomplete_details":{"reason":"max_output_tokens"})"),
            Finish::length);
  EXPECT_EQ(finish(R"("status":"incomplete","incomplete_details":{"reason":"content_filter"})"),
            Finish::content_filter);
  EXPECT_EQ(finish(R"("status":"incomplete")"), Finish::length);
}

TEST(ResponsesReply, ACutAnswerIsCutAlsoWhenItCallsATool) {
  EXPECT_EQ(decode(R"({"model":"m","status":"incomplete",
                       "incomplete_details":{"reason":"max_output_tokens"},
                       "output":[{"type":"function_call","call_id":"c","name":"f",
                          "arguments":"{"}]})")
                .choices.at(0)
                .finish,
            Finish::length);
}

TEST(ResponsesReply, UsageIsSplitIntoBucketsThatAddUp) {
  const chat::Usage usage = decode(whole_reply).usage.value();
  EXPECT_EQ(usage.input_fresh, 60);
  EXPECT_EQ(usage.input_cache_read, 30);
  EXPECT_EQ(usage.input_cache_write, 10);
  EXPECT_EQ(usage.output_text, 15);
  EXPECT_EQ(usage.output_reasoning, 5);
}

TEST(ResponsesReply, UsageIsNeverNegativeWhateverAProviderCounts) {
  const chat::Usage usage = decode(R"({"output":[],"usage":{"input_tokens":-5,"output_tokens":3,
                 "input_tokens_details":{"cached_tokens":9e300},
                 "output_tokens_details":{"reasoning_tokens":7}}})")
                                .usage.value();
  EXPECT_EQ(usage.input(), 0);
  EXPECT_EQ(usage.output(), 3);
  EXPECT_EQ(usage.output_text, 0);
}

TEST(ResponsesReply, FailuresAreToldFromAnswers) {
  EXPECT_EQ(failure(R"({"error":{"message":"m","type":"t","code":"rate_limit_exceeded"}})"),
            R"(failed 429 "m" type="t" code="rate_limit_exceeded")");
  EXPECT_EQ(failure(R"({"id":"r","status":"failed","output":[],
                        "error":{"code":"server_error","message":"m"}})"),
            R"(failed 500 "m" code="server_error")");
  EXPECT_EQ(failure(R"({"status":"failed","error":{"code":"invalid_prompt","message":"m"}})"),
            R"(failed 400 "m" code="invalid_prompt")");
  EXPECT_NE(failure(R"({"status":"failed","output":[]})"), "none");
  EXPECT_NE(failure(R"({"status":"cancelled","output":[]})"), "none");
  EXPECT_EQ(failure("<html>"), R"(failed 502 "Invalid JSON response from provider")");
  EXPECT_EQ(failure("[]"), R"(failed 502 "Invalid JSON response from provider")");
  EXPECT_NE(failure(R"({"output":5})"), "none");
  EXPECT_NE(failure(R"({"output":[5]})"), "none");
}

// Of other dialects

Part part(decltype(Part::body) body) {
  return {.body = std::move(body), .seal = {}, .cache_control = {}, .extras = {}};
}

Reply foreign(std::vector<Part> parts, Finish finish = Finish::stop) {
  Reply reply;
  reply.source = chat::Dialect::anthropic;
  reply.id = "msg_1";
  reply.model = "m";
  reply.choices.resize(1);
  reply.choices[0].parts = std::move(parts);
  reply.choices[0].finish = finish;
  return reply;
}

chat::ToolCall call(std::string id, std::string name) {
  chat::ToolCall call;
  call.id = std::move(id);
  call.name = std::move(name);
  return call;
}

TEST(ResponsesReplyAbroad, HasEveryMemberThatClientsExpect) {
  Reply reply = foreign({part(chat::Text{"Hi"})});
  reply.usage = chat::Usage{};
  reply.usage->input_fresh = 5;
  reply.usage->input_cache_read = 2;
  reply.usage->input_cache_write_1h = 1;
  reply.usage->output_text = 3;
  reply.usage->output_reasoning = 4;
  const std::string body = encode(reply, {.now = 7});
  const std::string id = body.substr(body.find("msg_", 20), 28);
  EXPECT_EQ(canonical(body), canonical(R"({
      "id":"resp_msg_1","object":"response","created_at":7,"status":"completed","error":null,
      "incomplete_details":null,"model":"m","output":[
        {"type":"message","id":")" + id +
                                       R"(","status":"completed","role":"assistant",
         "content":[{"type":"output_text","text":"Hi","annotations":[]}]}],
      "output_text":"Hi",
      "usage":{"input_tokens":8,"input_tokens_details":{"cached_tokens":2,"cache_write_tokens":1},
               "output_tokens":7,"output_tokens_details":{"reasoning_tokens":4},"total_tokens":15},
      "background":false,"instructions":null,"max_output_tokens":null,"max_tool_calls":null,
      "metadata":{},"parallel_tool_calls":true,"previous_response_id":null,
      "prompt_cache_key":null,"reasoning":{"effort":null,"summary":null},"safety_identifier":null,
      "service_tier":"default","store":false,"temperature":1,"text":{"format":{"type":"text"}},
      "tool_choice":"auto","tools":[],"top_logprobs":0,"top_p":1,"truncation":"disabled"})"));
}

TEST(ResponsesReplyAbroad, RepeatsWhatTheRequestHasAskedFor) {
  const Result<chat::Request> request =
      openai_responses_codec().decode_request({"/v1/responses", codex_request});
  ASSERT_TRUE(request);
  const std::string body = encode(foreign({}), {.request = &*request});
  json::Reader reader;
  const json::Value root = reader.read(body);
  EXPECT_EQ(root.find("instructions").text(), "You are a coding agent.");
  EXPECT_EQ(root.find("prompt_cache_key").text(), "019a-thread");
  EXPECT_EQ(canonical(root.find("reasoning")), R"({"effort":"medium","summary":"auto"})");
  EXPECT_EQ(canonical(root.find("text")), R"({"format":{"type":"text"},"verbosity":"low"})");
  EXPECT_EQ(root.find("service_tier").kind(), json::Kind::absent);
  std::vector<std::string> types;
  for (const json::Value tool : root.find("tools").items()) {
    types.emplace_back(tool.find("type").text());
  }
  EXPECT_EQ(types, (std::vector<std::string>{"function", "custom", "namespace", "web_search"}));
}

TEST(ResponsesReplyAbroad, ThoughtsAreASummaryWithTheirSeal) {
  Part thoughts = part(chat::Reasoning{"t", {}, false});
  thoughts.seal = chat::Seal{"p", "sig"};
  EXPECT_NE(
      encode(foreign({thoughts}))
          .find(R"("summary":[{"type":"summary_text","text":"t"}],"encrypted_content":"sig"})"),
      std::string::npos);
}

TEST(ResponsesReplyAbroad, CallsGetTheirIdsAndFreeformOnesTheirOwnItem) {
  chat::Request request;
  request.source = chat::Dialect::openai_responses;
  request.tools.resize(1);
  request.tools[0].kind = chat::Tool::Kind::freeform;
  request.tools[0].name = "apply_patch";
  chat::ToolCall spaced = call("", "f");
  spaced.space = "n";
  chat::ToolCall patch = call("call_2", "apply_patch");
  patch.input = "p";
  const std::string body =
      encode(foreign({part(spaced), part(patch)}, Finish::tool_calls), {.request = &request});
  EXPECT_NE(body.find(R"("namespace":"n","name":"f","arguments":"{}"})"), std::string::npos);
  EXPECT_NE(body.find(R"("call_id":"call_2","name":"apply_patch","input":"p"})"),
            std::string::npos);
  EXPECT_NE(body.find(R"("type":"custom_tool_call","id":"ctc_)"), std::string::npos);
  EXPECT_EQ(body.find(R"("call_id":"")"), std::string::npos);
  EXPECT_EQ(body, encode(foreign({part(spaced), part(patch)}, Finish::tool_calls),
                         {.request = &request}));
}

TEST(ResponsesReplyAbroad, EveryFinishHasItsWords) {
  const auto ending = [](Finish finish) {
    const std::string body = encode(foreign({part(chat::Text{"x"})}, finish));
    json::Reader reader;
    const json::Value root = reader.read(body);
    return std::string(root.find("status").text()) + " " +
           canonical(root.find("incomplete_details")) + " " +
           std::string(root.find("output").items().begin() != nullptr
                           ? (*root.find("output").items().begin()).find("status").text()
                           : "");
  };
  EXPECT_EQ(ending(Finish::stop), "completed  completed");
  EXPECT_EQ(ending(Finish::tool_calls), "completed  completed");
  EXPECT_EQ(ending(Finish::paused), "completed  completed");
  EXPECT_EQ(ending(Finish::length), R"(incomplete {"reason":"max_output_tokens"} incomplete)");
  EXPECT_EQ(ending(Finish::content_filter), R"(incomplete {"reason":"content_filter"} incomplete)");
}

TEST(ResponsesReplyAbroad, ImagesAreItemsAndWhatHasNoPlaceIsDeclared) {
  chat::Media image;
  image.kind = chat::Media::Kind::image;
  image.form = chat::Media::Form::base64;
  image.payload = "AAAA";
  chat::Media audio = image;
  audio.kind = chat::Media::Kind::audio;
  chat::ToolCall hosted = call("s", "web_search");
  hosted.runner = chat::ToolCall::Runner::provider;
  const chat::Opaque opaque{chat::Dialect::anthropic, json::Raw::trusted(R"({"type":"x"})")};
  Reply reply = foreign({part(image), part(audio), part(hosted), part(opaque)}, Finish::paused);
  reply.choices.resize(2);
  reply.extras.dialect = chat::Dialect::anthropic;
  reply.extras.members.emplace_back("container", json::Raw::trusted(R"({"id":"c"})"));
  EXPECT_NE(encode(reply).find(R"("status":"completed","result":"AAAA"})"), std::string::npos);
  EXPECT_EQ(losses_of(reply),
            "foreign_member:container extra_choices finish_reason:paused output_media hosted_call "
            "foreign_item:x");
}

TEST(ResponsesReplyAbroad, EveryLossIsAmongThoseThatMayBe) {
  Losses losses;
  Reply reply = foreign({}, Finish::paused);
  reply.choices.resize(2);
  openai_responses_codec().encode_reply(reply, {}, losses);
  const auto rows = openai_responses_codec().reply_losses();
  for (const Losses::Entry& entry : losses.entries()) {
    EXPECT_NE(std::find(rows.begin(), rows.end(), entry.row), rows.end()) << entry.row->name;
  }
}

TEST(ResponsesReplyAbroad, AnAnswerWithoutAnIdGetsTheClients) {
  Reply reply = foreign({});
  reply.id.clear();
  const std::string body = encode(reply, {.model = "alias", .id = "abcdefghijklmnopqrstuvwx"});
  EXPECT_NE(body.find(R"("id":"resp_abcdefghijklmnopqrstuvwx")"), std::string::npos);
  EXPECT_NE(body.find(R"("model":"alias")"), std::string::npos);
}

// Errors

TEST(ResponsesError, HasTheFormOfOpenAiAndNamesTheMember) {
  Failure failure;
  failure.status = 400;
  failure.message = "m";
  failure.param = "input";
  EXPECT_EQ(canonical(openai_responses_codec().encode_error(failure)),
            canonical(R"({"error":{"message":"m","type":"invalid_request_error","param":"input",
                          "code":"bad_request"}})"));
  failure.param.clear();
  EXPECT_NE(openai_responses_codec().encode_error(failure).find(R"("param":null)"),
            std::string::npos);
}

TEST(ResponsesError, IsReadWithItsStatus) {
  const Failure failure = openai_responses_codec().decode_error(
      429, R"({"error":{"message":"m","type":"t","code":"c","param":"p"}})");
  EXPECT_EQ(describe(failure), R"(failed 429 "m" type="t" code="c" param="p")");
  EXPECT_EQ(openai_responses_codec().decode_error(502, "<html>").message.find("html"),
            std::string::npos);
}

TEST(ResponsesReply, AnAnswerWithoutOutputIsNone) {
  EXPECT_EQ(failure("{}"), "failed 502 \"Provider returned empty content\"");
  EXPECT_EQ(failure(R"({"detail":"Not here"})"), "failed 502 \"Provider returned empty content\"");
}

}  // namespace
}  // namespace omni::dialect
