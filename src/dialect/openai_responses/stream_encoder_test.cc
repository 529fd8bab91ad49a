#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "chat/collector.h"
#include "chat/grammar.h"
#include "chat/test_chat.h"
#include "dialect/openai_responses/codec.h"
#include "dialect/openai_responses/test_requests.h"
#include "dialect/test_json.h"

namespace omni::dialect {
namespace {

using chat::Finish;
using chat::Part;
using chat::Reply;

struct Frame {
  std::string event, data;
};

/// Of a stream, each an event line, a data line and a blank one.
std::vector<Frame> frames_of(std::string_view stream) {
  std::vector<Frame> frames;
  while (!stream.empty()) {
    const std::size_t end = stream.find("\n\n");
    std::string_view frame = stream.substr(0, end);
    stream.remove_prefix(end + 2);
    const std::string_view event = cut(frame, '\n');
    EXPECT_TRUE(event.starts_with("event: ")) << event;
    EXPECT_TRUE(frame.starts_with("data: ")) << frame;
    frames.push_back({std::string(event.substr(7)), std::string(frame.substr(6))});
  }
  return frames;
}

std::string member(std::string_view object, std::string_view name) {
  json::Reader reader;
  return canonical(reader.read(object).find(name));
}

/// Everything that holds for all streams of this dialect; gives the frames.
std::vector<Frame> checked(std::string_view stream) {
  std::vector<Frame> frames = frames_of(stream);
  std::map<std::string, std::string> ids;  // by output_index
  int added = 0;
  int done = 0;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const auto& [event, data] = frames[i];
    EXPECT_EQ(member(data, "type"), "\"" + event + "\"");
    EXPECT_EQ(member(data, "sequence_number"), std::to_string(i));
    const std::string index = member(data, "output_index");
    if (event == "response.output_item.added") {
      EXPECT_EQ(index, std::to_string(added++));
      ids[index] = member(member(data, "item"), "id");
    } else if (event == "response.output_item.done") {
      EXPECT_EQ(index, std::to_string(done++));
      EXPECT_EQ(member(member(data, "item"), "id"), ids[index]);
    } else if (!index.empty()) {
      EXPECT_EQ(member(data, "item_id"), ids[index]) << data;
      EXPECT_EQ(added, done + 1) << "only one item is open at a time";
    }
  }
  return frames;
}

std::string encode(const Reply& reply, const ReplyStyle& style = {}) {
  std::string out;
  const auto encoder = openai_responses_codec().stream_encoder(style, out);
  chat::GrammarSink grammar(encoder.get());
  replay(reply, grammar);
  EXPECT_EQ(grammar.violation(), "");
  return out;
}

std::string names_of(const std::vector<Frame>& frames) {
  std::string out;
  for (const Frame& frame : frames) {
    out += frame.event.starts_with("response.") ? frame.event.substr(9) : frame.event;
    out += "\n";
  }
  return out;
}

Part part(decltype(Part::body) body) {
  return {.body = std::move(body), .seal = {}, .cache_control = {}, .extras = {}};
}

Part call(std::string id, std::string name, std::string input) {
  chat::ToolCall call;
  call.id = std::move(id);
  call.name = std::move(name);
  call.input = std::move(input);
  return part(call);
}

Reply reply_of(std::vector<Part> parts, Finish finish = Finish::stop) {
  Reply reply;
  reply.source = chat::Dialect::anthropic;
  reply.id = "msg_1";
  reply.model = "m";
  reply.created = 5;
  reply.choices.resize(1);
  reply.choices[0].parts = std::move(parts);
  reply.choices[0].finish = finish;
  return reply;
}

TEST(ResponsesStreamEncoder, TextHasItsEventsInOrder) {
  const std::vector<Frame> frames = checked(encode(reply_of({part(chat::Text{"Hi \"you\""})})));
  EXPECT_EQ(names_of(frames),
            "created\nin_progress\noutput_item.added\ncontent_part.added\noutput_text.delta\n"
            "output_text.done\ncontent_part.done\noutput_item.done\ncompleted\n");
  ASSERT_EQ(frames.size(), 9u);
  EXPECT_EQ(member(member(frames[0].data, "response"), "status"), "\"in_progress\"");
  EXPECT_EQ(member(member(frames[0].data, "response"), "output"), "[]");
  EXPECT_EQ(member(member(frames[2].data, "item"), "content"), "[]");
  EXPECT_EQ(member(frames[3].data, "part"), R"({"annotations":[],"text":"","type":"output_text"})");
  EXPECT_EQ(member(frames[4].data, "delta"), R"("Hi \"you\"")");
  EXPECT_EQ(member(frames[4].data, "logprobs"), "[]");
  EXPECT_EQ(member(frames[4].data, "content_index"), "0");
  EXPECT_EQ(member(frames[5].data, "text"), R"("Hi \"you\"")");
  EXPECT_EQ(member(frames[6].data, "part"),
            R"({"annotations":[],"text":"Hi \"you\"","type":"output_text"})");
  EXPECT_EQ(member(member(frames[7].data, "item"), "status"), "\"completed\"");
}

TEST(ResponsesStreamEncoder, ThoughtsAreASummary) {
  Part thoughts = part(chat::Reasoning{"abc", {}, false});
  thoughts.seal = chat::Seal{"p", "sig"};
  const std::vector<Frame> frames = checked(encode(reply_of({thoughts})));
  EXPECT_EQ(names_of(frames),
            "created\nin_progress\noutput_item.added\nreasoning_summary_part.added\n"
            "reasoning_summary_text.delta\nreasoning_summary_text.done\n"
            "reasoning_summary_part.done\noutput_item.done\ncompleted\n");
  EXPECT_EQ(member(frames[3].data, "summary_index"), "0");
  EXPECT_EQ(member(frames[6].data, "part"), R"({"text":"abc","type":"summary_text"})");
  const std::string item = member(frames[7].data, "item");
  EXPECT_EQ(member(item, "encrypted_content"), "\"sig\"");
  EXPECT_EQ(member(item, "summary"), R"([{"text":"abc","type":"summary_text"}])");
}

TEST(ResponsesStreamEncoder, EachSummaryHasItsNumber) {
  const std::vector<Frame> frames =
      checked(encode(reply_of({part(chat::Reasoning{"", {"a", "b"}, false})})));
  EXPECT_EQ(names_of(frames),
            "created\nin_progress\noutput_item.added\nreasoning_summary_part.added\n"
            "reasoning_summary_text.delta\nreasoning_summary_text.done\n"
            "reasoning_summary_part.done\nreasoning_summary_part.added\n"
            "reasoning_summary_text.delta\nreasoning_summary_text.done\n"
            "reasoning_summary_part.done\noutput_item.done\ncompleted\n");
  EXPECT_EQ(member(frames[8].data, "summary_index"), "1");
}

TEST(ResponsesStreamEncoder, SealedThoughtsWithoutTextAreAnItemWithTheSealAlone) {
  Part thoughts = part(chat::Reasoning{"", {}, true});
  thoughts.seal = chat::Seal{"p", "sig"};
  const std::vector<Frame> frames = checked(encode(reply_of({thoughts})));
  EXPECT_EQ(names_of(frames),
            "created\nin_progress\noutput_item.added\noutput_item.done\ncompleted\n");
  EXPECT_EQ(member(member(frames[3].data, "item"), "encrypted_content"), "\"sig\"");
}

TEST(ResponsesStreamEncoder, CallsHaveTheirEventsAndNamespaces) {
  Part spaced = call("call_1", "f", R"({"a":1})");
  std::get<chat::ToolCall>(spaced.body).space = "n";
  const std::vector<Frame> frames =
      checked(encode(reply_of({spaced, call("", "g", "")}, Finish::tool_calls)));
  EXPECT_EQ(names_of(frames),
            "created\nin_progress\noutput_item.added\nfunction_call_arguments.delta\n"
            "function_call_arguments.done\noutput_item.done\noutput_item.added\n"
            "function_call_arguments.done\noutput_item.done\ncompleted\n");
  const std::string added = member(frames[2].data, "item");
  EXPECT_EQ(member(added, "arguments"), "\"\"");
  EXPECT_EQ(member(added, "namespace"), "\"n\"");
  EXPECT_EQ(member(added, "status"), "\"in_progress\"");
  EXPECT_EQ(member(frames[4].data, "name"), "\"f\"");
  EXPECT_EQ(member(frames[4].data, "arguments"), R"("{\"a\":1}")");
  EXPECT_EQ(member(member(frames[8].data, "item"), "arguments"), "\"{}\"");
  EXPECT_NE(member(member(frames[8].data, "item"), "call_id"), "\"\"");
}

TEST(ResponsesStreamEncoder, FreeformCallsHaveEventsOfTheirOwn) {
  Part patch = call("call_1", "apply_patch", "*** Begin");
  std::get<chat::ToolCall>(patch.body).form = chat::ToolCall::Form::freeform;
  const std::vector<Frame> frames = checked(encode(reply_of({patch}, Finish::tool_calls)));
  EXPECT_EQ(names_of(frames),
            "created\nin_progress\noutput_item.added\ncustom_tool_call_input.delta\n"
            "custom_tool_call_input.done\noutput_item.done\ncompleted\n");
  EXPECT_EQ(member(frames[4].data, "input"), "\"*** Begin\"");
  EXPECT_EQ(member(member(frames[5].data, "item"), "type"), "\"custom_tool_call\"");
}

TEST(ResponsesStreamEncoder, RefusalsHaveEventsOfTheirOwn) {
  const std::vector<Frame> frames = checked(encode(reply_of({part(chat::Refusal{"no"})})));
  EXPECT_EQ(names_of(frames),
            "created\nin_progress\noutput_item.added\ncontent_part.added\nrefusal.delta\n"
            "refusal.done\ncontent_part.done\noutput_item.done\ncompleted\n");
  EXPECT_EQ(member(frames[5].data, "refusal"), "\"no\"");
}

TEST(ResponsesStreamEncoder, TheLastEventHoldsTheWholeAnswer) {
  Reply reply = reply_of(
      {part(chat::Reasoning{"t", {}, false}), part(chat::Text{"Hi"}), call("call_1", "f", "{}")},
      Finish::tool_calls);
  reply.usage = chat::Usage{};
  reply.usage->input_fresh = 3;
  const std::vector<Frame> frames = checked(encode(reply, {.model = "alias"}));
  const std::string response = member(frames.back().data, "response");
  std::string output;
  for (const Frame& frame : frames) {
    if (frame.event != "response.output_item.done") continue;
    output += (output.empty() ? "[" : ",") + member(frame.data, "item");
  }
  EXPECT_EQ(member(response, "output"), output + "]");
  EXPECT_EQ(member(response, "output_text"), "\"Hi\"");
  EXPECT_EQ(member(response, "model"), "\"alias\"");
  EXPECT_EQ(member(response, "status"), "\"completed\"");
  EXPECT_EQ(member(response, "error"), "");  // null
  EXPECT_EQ(member(member(response, "usage"), "input_tokens"), "3");
  Losses losses;
  EXPECT_EQ(response,
            canonical(openai_responses_codec().encode_reply(reply, {.model = "alias"}, losses)));
}

TEST(ResponsesStreamEncoder, AnAnswerThatWasCutIsIncomplete) {
  const std::vector<Frame> frames =
      checked(encode(reply_of({part(chat::Text{"a"}), part(chat::Text{"b"})}, Finish::length)));
  EXPECT_EQ(frames.back().event, "response.incomplete");
  const std::string response = member(frames.back().data, "response");
  EXPECT_EQ(member(response, "status"), "\"incomplete\"");
  EXPECT_EQ(member(response, "incomplete_details"), R"({"reason":"max_output_tokens"})");
  EXPECT_NE(response.find(R"("status":"completed","type":"message")"), std::string::npos);
  EXPECT_NE(response.find(R"("status":"incomplete","type":"message")"), std::string::npos);
}

TEST(ResponsesStreamEncoder, FailuresAreToldTwiceSoThatEveryReaderSeesOne) {
  chat::Failure failure;
  failure.status = 429;
  failure.message = "slow";
  std::string out;
  const auto encoder = openai_responses_codec().stream_encoder({.id = "abc"}, out);
  encoder->on(chat::ReplyBegin{chat::Dialect::anthropic, "msg_1", "m", 0, nullptr});
  const Part seed = part(chat::Text{});
  encoder->on(chat::PartBegin{0, 0, seed});
  encoder->on(chat::PartDelta{0, 0, "a"});
  encoder->on(chat::ReplyFailed{failure});
  encoder->on(chat::ReplyEnd{});
  encoder->heartbeat();
  const std::vector<Frame> frames = checked(out);
  EXPECT_EQ(names_of(frames),
            "created\nin_progress\noutput_item.added\ncontent_part.added\noutput_text.delta\n"
            "error\nfailed\n");
  EXPECT_EQ(canonical(frames[5].data),
            canonical(R"({"type":"error","code":"rate_limit_exceeded","message":"slow",
                          "param":null,"sequence_number":5})"));
  const std::string response = member(frames[6].data, "response");
  EXPECT_EQ(member(response, "status"), "\"failed\"");
  EXPECT_EQ(member(response, "error"), R"({"code":"rate_limit_exceeded","message":"slow"})");
}

TEST(ResponsesStreamEncoder, AFailureBeforeAnythingElseIsStillAStream) {
  chat::Failure failure;
  failure.status = 502;
  failure.message = "m";
  failure.code = "odd";
  std::string out;
  const auto encoder = openai_responses_codec().stream_encoder({.id = "abc"}, out);
  encoder->on(chat::ReplyFailed{failure});
  const std::vector<Frame> frames = checked(out);
  EXPECT_EQ(names_of(frames), "created\nin_progress\nerror\nfailed\n");
  EXPECT_EQ(member(frames[2].data, "code"), "\"odd\"");
  const std::string response = member(frames[3].data, "response");
  EXPECT_EQ(member(response, "id"), "\"resp_abc\"");
  EXPECT_EQ(member(member(response, "error"), "code"), "\"server_error\"");
}

TEST(ResponsesStreamEncoder, OnlyTheFirstChoiceIsToldAndPartsWithoutAPlaceAreLeftOut) {
  Reply reply = reply_of({part(chat::Opaque{chat::Dialect::anthropic, json::Raw::trusted("{}")}),
                          part(chat::Text{"a"})});
  reply.choices.resize(2);
  reply.choices[1].parts = {part(chat::Text{"b"})};
  std::string out;
  const auto encoder = openai_responses_codec().stream_encoder({}, out);
  replay(reply, *encoder);
  encoder->heartbeat();
  const std::vector<Frame> frames = checked(out);
  EXPECT_EQ(member(member(frames.back().data, "response"), "output_text"), "\"a\"");
  std::string losses;
  for (const Losses::Entry& entry : encoder->losses().entries()) {
    losses += std::string(entry.row->name) + " ";
  }
  EXPECT_EQ(losses, "foreign_item extra_choices ");
}

TEST(ResponsesStreamEncoder, AHeartbeatIsAComment) {
  std::string out;
  openai_responses_codec().stream_encoder({}, out)->heartbeat();
  EXPECT_EQ(out, ": keepalive\n\n");
}

TEST(ResponsesStreamEncoder, RepeatsWhatCodexHasAskedFor) {
  const Result<chat::Request> request =
      openai_responses_codec().decode_request({"/v1/responses", codex_request});
  ASSERT_TRUE(request);
  Part search = call("call_1", "search", R"({"query":"x"})");
  std::get<chat::ToolCall>(search.body).space = "mcp__docs";
  const std::vector<Frame> frames =
      checked(encode(reply_of({part(chat::Reasoning{"t", {}, false}), part(chat::Text{"a"}), search,
                               call("call_2", "apply_patch", "*** Begin")},
                              Finish::tool_calls),
                     {.request = &*request}));
  const std::string response = member(frames.back().data, "response");
  EXPECT_EQ(member(response, "instructions"), "\"You are a coding agent.\"");
  EXPECT_NE(response.find(R"("type":"namespace")"), std::string::npos);
  EXPECT_NE(response.find(R"("namespace":"mcp__docs")"), std::string::npos);
  EXPECT_NE(response.find(R"("type":"custom_tool_call")"), std::string::npos);
  EXPECT_EQ(frames.back().event, "response.completed");
}

// At home

/// What a provider's stream becomes for a client of the same dialect.
std::string relayed(std::string_view stream) {
  std::string out;
  const auto decoder = openai_responses_codec().stream_decoder();
  const auto encoder = openai_responses_codec().stream_encoder({}, out);
  chat::GrammarSink grammar(encoder.get());
  decoder->feed(stream, grammar);
  decoder->finish(grammar);
  EXPECT_EQ(grammar.violation(), "");
  EXPECT_TRUE(encoder->losses().empty());
  return out;
}

/// Events numbered from 0, each on one line.
std::string provider_stream() {
  std::string stream;
  int number = 0;
  for (const std::string_view event : {
           R"({"type":"response.created","response":{"id":"resp_1","object":"response",
          "created_at":5,"status":"in_progress","error":null,"incomplete_details":null,
          "model":"m","output":[],"service_tier":"auto","usage":null}})",
           R"({"type":"response.in_progress","response":{"id":"resp_1","object":"response",
          "created_at":5,"status":"in_progress","error":null,"incomplete_details":null,
          "model":"m","output":[],"service_tier":"auto","usage":null}})",
           R"({"type":"response.output_item.added","output_index":0,"item":{"id":"rs_1",
          "type":"reasoning","summary":[]}})",
           R"({"type":"response.output_item.done","output_index":0,"item":{"id":"rs_1",
          "type":"reasoning","summary":[],"encrypted_content":"gAAA"}})",
           R"({"type":"response.output_item.added","output_index":1,"item":{"id":"msg_1",
          "type":"message","status":"in_progress","content":[],"role":"assistant"}})",
           R"({"type":"response.content_part.added","item_id":"msg_1","output_index":1,
          "content_index":0,"part":{"type":"output_text","annotations":[],"text":""}})",
           R"({"type":"response.output_text.delta","item_id":"msg_1","output_index":1,
          "content_index":0,"delta":"Hi","logprobs":[]})",
           R"({"type":"response.output_text.annotation.added","item_id":"msg_1","output_index":1,
          "content_index":0,"annotation_index":0,"annotation":{"type":"file_path"}})",
           R"({"type":"response.output_text.done","item_id":"msg_1","output_index":1,
          "content_index":0,"text":"Hi","logprobs":[]})",
           R"({"type":"response.content_part.done","item_id":"msg_1","output_index":1,
          "content_index":0,"part":{"type":"output_text","annotations":[{"type":"file_path"}],
          "text":"Hi"}})",
           R"({"type":"response.content_part.added","item_id":"msg_1","output_index":1,
          "content_index":1,"part":{"type":"refusal","refusal":""}})",
           R"({"type":"response.refusal.delta","item_id":"msg_1","output_index":1,"content_index":1,
          "delta":"no"})",
           R"({"type":"response.refusal.done","item_id":"msg_1","output_index":1,"content_index":1,
          "refusal":"no"})",
           R"({"type":"response.content_part.done","item_id":"msg_1","output_index":1,
          "content_index":1,"part":{"type":"refusal","refusal":"no"}})",
           R"({"type":"response.output_item.done","output_index":1,"item":{"id":"msg_1",
          "type":"message","status":"completed","content":[{"type":"output_text",
          "annotations":[{"type":"file_path"}],"text":"Hi"},{"type":"refusal","refusal":"no"}],
          "role":"assistant"}})",
           R"({"type":"response.output_item.added","output_index":2,"item":{"id":"fc_1",
          "type":"function_call","status":"in_progress","arguments":"","call_id":"call_1",
          "name":"f"}})",
           R"({"type":"response.function_call_arguments.delta","item_id":"fc_1","output_index":2,
          "delta":"{}"})",
           R"({"type":"response.function_call_arguments.done","item_id":"fc_1","output_index":2,
          "arguments":"{}","name":"f"})",
           R"({"type":"response.output_item.done","output_index":2,"item":{"id":"fc_1",
          "type":"function_call","status":"completed","arguments":"{}","call_id":"call_1",
          "name":"f"}})",
           R"({"type":"response.completed","response":{"id":"resp_1","object":"response",
          "created_at":5,"status":"completed","completed_at":9,"error":null,
          "incomplete_details":null,"model":"m","output":[{"id":"rs_1","type":"reasoning",
          "summary":[],"encrypted_content":"gAAA"},{"id":"msg_1","type":"message",
          "status":"completed","content":[{"type":"output_text",
          "annotations":[{"type":"file_path"}],"text":"Hi"},{"type":"refusal","refusal":"no"}],
          "role":"assistant"},{"id":"fc_1","type":"function_call","status":"completed",
          "arguments":"{}","call_id":"call_1","name":"f"}],"service_tier":"default",
          "usage":{"input_tokens":3,"input_tokens_details":{"cached_tokens":0},
          "output_tokens":2,"output_tokens_details":{"reasoning_tokens":1},"total_tokens":5}}})"}) {
    std::string data = canonical(event);
    data.insert(1, R"("sequence_number":)" + std::to_string(number++) + ",");
    const std::string type = member(data, "type");
    stream += "event: " + type.substr(1, type.size() - 2) + "\ndata: " + data + "\n\n";
  }
  return stream;
}

TEST(ResponsesStreamHome, ComesOutEventByEventAsItCame) {
  const std::vector<Frame> came = checked(provider_stream());
  const std::vector<Frame> went = checked(relayed(provider_stream()));
  ASSERT_EQ(names_of(went), names_of(came));
  for (std::size_t i = 0; i < came.size(); ++i) {
    EXPECT_EQ(canonical(went[i].data), canonical(came[i].data)) << came[i].event;
  }
}

TEST(ResponsesStreamHome, CollectedItIsTheWholeAnswer) {
  const auto decoder = openai_responses_codec().stream_decoder();
  chat::Collector collector;
  decoder->feed(provider_stream(), collector);
  decoder->finish(collector);
  ASSERT_TRUE(collector.complete());
  Losses losses;
  EXPECT_EQ(canonical(openai_responses_codec().encode_reply(collector.reply(), {}, losses)),
            member(frames_of(provider_stream()).back().data, "response"));
}

TEST(ResponsesStreamHome, WhatTheProviderHasPrintedPrettilyStaysOnOneLine) {
  const std::string stream =
      "data: {\"type\":\"response.output_item.done\",\ndata: \"output_index\":0,\n"
      "data: \"item\":{\ndata: \"type\":\"web_search_call\"}}\n\n"
      "data: {\"type\":\"response.completed\",\"response\":{\"status\":\"completed\"}}\n\n";
  EXPECT_EQ(names_of(checked(relayed(stream))),
            "created\nin_progress\noutput_item.added\noutput_item.done\ncompleted\n");
}

TEST(ResponsesStreamHome, LogprobsComeWithTheirDelta) {
  const std::string stream =
      "data: {\"type\":\"response.output_text.delta\",\"output_index\":0,\"content_index\":0,"
      "\"delta\":\"a\",\"logprobs\":[{\"token\":\"a\"}]}\n\n"
      "data: {\"type\":\"response.output_text.delta\",\"output_index\":0,\"content_index\":0,"
      "\"delta\":\"b\",\"logprobs\":[{\"token\":\"b\"}]}\n\n"
      "data: {\"type\":\"response.completed\",\"response\":{\"status\":\"completed\"}}\n\n";
  std::vector<std::string> logprobs;
  for (const Frame& frame : checked(relayed(stream))) {
    const std::string said = member(frame.data, "logprobs");
    if (!said.empty()) logprobs.push_back(said);
  }
  EXPECT_EQ(logprobs, (std::vector<std::string>{R"([{"token":"a"}])", R"([{"token":"b"}])",
                                                R"([{"token":"a"},{"token":"b"}])"}));
}

TEST(ResponsesStreamHome, TextThoughtsStayText) {
  const std::string stream =
      "data: {\"type\":\"response.reasoning_text.delta\",\"output_index\":0,"
      "\"content_index\":0,\"delta\":\"a\"}\n\n"
      "data: {\"type\":\"response.completed\",\"response\":{\"status\":\"completed\"}}\n\n";
  const std::vector<Frame> frames = checked(relayed(stream));
  EXPECT_EQ(names_of(frames),
            "created\nin_progress\noutput_item.added\ncontent_part.added\nreasoning_text.delta\n"
            "reasoning_text.done\ncontent_part.done\noutput_item.done\ncompleted\n");
  EXPECT_EQ(member(member(frames[7].data, "item"), "content"),
            R"([{"text":"a","type":"reasoning_text"}])");
}

}  // namespace
}  // namespace omni::dialect
