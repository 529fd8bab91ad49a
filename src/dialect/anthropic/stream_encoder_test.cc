#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "chat/collector.h"
#include "dialect/anthropic/reply.h"
#include "dialect/anthropic/stream.h"
#include "dialect/framing.h"
#include "dialect/test_json.h"

namespace omni::dialect::anthropic {
namespace {

using chat::Finish;
using chat::Part;
using chat::ToolCall;

/// A client that reads what the encoder writes.
class AnthropicStreamEncoder : public ::testing::Test {
 protected:
  void begin(chat::Dialect source = chat::Dialect::openai_chat) {
    encoder_->on(chat::ReplyBegin{.source = source, .id = "chatcmpl-1", .model = "gpt"});
  }
  void part(chat::Part seed, std::initializer_list<std::string_view> deltas,
            const chat::Seal* seal = nullptr) {
    encoder_->on(chat::PartBegin{0, part_, seed});
    for (const std::string_view text : deltas) encoder_->on(chat::PartDelta{0, part_, text});
    encoder_->on(chat::PartEnd{0, part_++, seal});
  }
  void end(Finish finish = Finish::stop, std::string_view word = "stop") {
    encoder_->on(chat::ChoiceEnd{0, finish, word, {}});
    encoder_->on(chat::ReplyEnd{});
  }
  static Part text() { return {}; }
  static Part thinking() {
    Part part;
    part.body = chat::Reasoning{};
    return part;
  }
  static Part call(std::string id, std::string name) {
    Part part;
    part.body = ToolCall{.id = std::move(id), .space = {}, .name = std::move(name), .input = {}};
    return part;
  }

  /// The data of all frames so far, canonical; checks that each has the event line of its type.
  std::vector<std::string> frames() {
    SseReader reader;
    reader.feed(out_);
    std::vector<std::string> frames;
    while (const auto event = reader.next()) {
      json::Reader json;
      const json::Value root = json.read(event->data);
      EXPECT_EQ(event->name, root.at("type").text()) << event->data;
      frames.push_back(canonical(root));
    }
    EXPECT_TRUE(out_.ends_with("\n\n"));
    return frames;
  }
  std::string losses() {
    std::string names;
    const auto known = reply_losses();
    for (const Losses::Entry& entry : encoder_->losses().entries()) {
      names += (names.empty() ? "" : " ") + std::string(entry.row->name);
      EXPECT_NE(std::ranges::find(known, entry.row), known.end()) << entry.row->name;
    }
    return names;
  }

  static void expect(const std::vector<std::string>& frames, std::size_t first,
                     std::initializer_list<std::string_view> wanted) {
    ASSERT_GE(frames.size(), first + wanted.size());
    for (const std::string_view frame : wanted) EXPECT_EQ(frames[first++], canonical(frame));
  }

  std::string out_;
  std::unique_ptr<StreamEncoder> encoder_ = make_stream_encoder({.id = "made"}, out_);
  int part_ = 0;
};

TEST_F(AnthropicStreamEncoder, TellsAnAnswerOfAnotherDialect) {
  begin();
  const chat::Seal seal{"p", "sig"};
  part(thinking(), {"Hm", "."}, &seal);
  part(text(), {"He said \"", "hi\"\n"});
  part(call("t1", "f"), {"{\"a\":", "1}"});
  part(call("t2", "g"), {});
  chat::Usage usage;
  usage.input_fresh = 7;
  usage.input_cache_read = 3;
  usage.output_text = 9;
  encoder_->on(chat::UsageSoFar{usage});
  end(Finish::tool_calls, "tool_calls");
  const auto all = frames();
  EXPECT_EQ(all.size(), 18U);
  expect(all, 0,
         {
             R"({"type":"message_start","message":{"id":"msg_chatcmpl-1","type":"message",
              "role":"assistant","model":"gpt",
          "content":[],"stop_reason":null,"stop_sequence":null,"container":null,"stop_details":null,
          "diagnostics":null,"usage":{"input_tokens":0,"cache_creation_input_tokens":0,
          "cache_read_input_tokens":0,"cache_creation":{"ephemeral_5m_input_tokens":0,
          "ephemeral_1h_input_tokens":0},"output_tokens":0,"output_tokens_details":null,
          "server_tool_use":null,"service_tier":null,"inference_geo":null,"speed":null}}})",
             R"({"type":"content_block_start","index":0,"content_block":{"type":"thinking",
              "thinking":"","signature":""}})",
             R"({"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta",
              "thinking":"Hm"}})",
             R"({"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta",
              "thinking":"."}})",
             R"({"type":"content_block_delta","index":0,"delta":{"type":"signature_delta",
              "signature":"sig"}})",
             R"({"type":"content_block_stop","index":0})",
             R"({"type":"content_block_start","index":1,"content_block":{"type":"text","text":"",
              "citations":null}})",
             R"({"type":"content_block_delta","index":1,"delta":{"type":"text_delta",
              "text":"He said \""}})",
             R"({"type":"content_block_delta","index":1,"delta":{"type":"text_delta",
              "text":"hi\"\n"}})",
             R"({"type":"content_block_stop","index":1})",
             R"({"type":"content_block_start","index":2,"content_block":{"type":"tool_use",
              "id":"t1","name":"f","input":{},"caller":{"type":"direct"}}})",
             R"({"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta",
              "partial_json":"{\"a\":"}})",
             R"({"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta",
              "partial_json":"1}"}})",
             R"({"type":"content_block_stop","index":2})",
             R"({"type":"content_block_start","index":3,"content_block":{"type":"tool_use",
              "id":"t2","name":"g","input":{},"caller":{"type":"direct"}}})",
             R"({"type":"content_block_stop","index":3})",
             R"({"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null,
              "container":null,"stop_details":null},
          "usage":{"input_tokens":7,"cache_creation_input_tokens":0,"cache_read_input_tokens":3,
          "output_tokens":9,"output_tokens_details":null,"server_tool_use":null}})",
             R"({"type":"message_stop"})"});
  EXPECT_EQ(losses(), "");
}

TEST_F(AnthropicStreamEncoder, MessageStartHasTheInputThatIsKnownByThenAndNeverTheOutput) {
  begin();
  chat::Usage usage;
  usage.input_fresh = 7;
  usage.output_text = 9;
  encoder_->on(chat::UsageSoFar{usage});
  EXPECT_NE(out_.find(R"("input_tokens":7)"), std::string::npos);
  EXPECT_NE(out_.find(R"("output_tokens":0)"), std::string::npos);
  end();
  EXPECT_NE(out_.find(R"("output_tokens":9)"), std::string::npos);
}

TEST_F(AnthropicStreamEncoder, PartsThatSayNothingLeaveNoBlockAndNumbersStayDense) {
  begin();
  part(text(), {});
  part(thinking(), {""});
  const chat::Seal seal{"p", "sig"};
  part(thinking(), {}, &seal);
  part(text(), {"x"});
  end();
  const auto all = frames();
  expect(all, 1,
         {R"({"type":"content_block_start","index":0,"content_block":{"type":"thinking",
          "thinking":"","signature":""}})",
          R"({"type":"content_block_delta","index":0,"delta":{"type":"signature_delta",
           "signature":"sig"}})",
          R"({"type":"content_block_stop","index":0})",
          R"({"type":"content_block_start","index":1,"content_block":{"type":"text","text":"",
           "citations":null}})"});
}

TEST_F(AnthropicStreamEncoder, WhatHasNoPlaceIsDeclared) {
  begin();
  Part image;
  image.body = chat::Media{};
  Part item;
  item.body = chat::Opaque{chat::Dialect::openai_responses, json::Raw::trusted(R"({"type":"x"})")};
  Part hosted = call("s", "web_search");
  std::get<ToolCall>(hosted.body).runner = ToolCall::Runner::provider;
  part(image, {});
  part(item, {});
  part(hosted, {"{}"});
  encoder_->on(chat::Aside{0, -1, chat::Dialect::openai_chat, R"({"logprobs":{"content":[1]}})"});
  encoder_->on(chat::PartBegin{1, 0, text()});
  encoder_->on(chat::PartDelta{1, 0, "other"});
  encoder_->on(chat::PartEnd{1, 0});
  encoder_->on(chat::ChoiceEnd{1, Finish::length, "length", {}});
  end();
  EXPECT_EQ(frames().size(), 3U);
  EXPECT_NE(out_.find("end_turn"), std::string::npos);
  EXPECT_EQ(losses(), "output_media foreign_item hosted_call foreign_member extra_choices");
  EXPECT_EQ(encoder_->losses().entries()[3].detail, "logprobs");
}

TEST_F(AnthropicStreamEncoder, SummariesAreThoughtsWithABlankLineBetween) {
  begin();
  encoder_->on(chat::PartBegin{0, 0, thinking()});
  for (const auto& [text, summary] : {std::pair{"a", 0}, {"b", 0}, {"", 1}, {"c", 2}}) {
    encoder_->on(chat::PartDelta{0, 0, text, summary});
  }
  encoder_->on(chat::PartEnd{0, 0});
  encoder_->on(chat::PartBegin{0, 1, thinking()});
  encoder_->on(chat::PartDelta{0, 1, "the text itself"});
  encoder_->on(chat::PartDelta{0, 1, "its summary", 0});
  encoder_->on(chat::PartEnd{0, 1});
  const auto all = frames();
  expect(all, 2,
         {R"({"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta",
          "thinking":"a"}})",
          R"({"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta",
           "thinking":"b"}})",
          R"({"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta",
           "thinking":"\n\nc"}})"});
  EXPECT_EQ(out_.find("its summary"), std::string::npos);
}

TEST_F(AnthropicStreamEncoder, ACallWithoutIdGetsOneAndAFreeformOneAnObject) {
  begin();
  part(call("", "f"), {});
  Part freeform = call("t", "patch");
  std::get<ToolCall>(freeform.body).form = ToolCall::Form::freeform;
  part(freeform, {"*** \"", "x\n"});
  end();
  EXPECT_NE(out_.find(R"("id":"toolu_)"), std::string::npos);
  std::string input;
  SseReader reader;
  reader.feed(out_);
  while (const auto event = reader.next()) {
    json::Reader json;
    const json::Value delta = json.read(event->data).find("delta");
    if (delta) input += delta.find("partial_json").text();
  }
  EXPECT_EQ(canonical(input), R"({"input":"*** \"x\n"})");
}

TEST_F(AnthropicStreamEncoder, ARefusalIsText) {
  begin();
  Part refusal;
  refusal.body = chat::Refusal{};
  part(refusal, {"No."});
  end(Finish::content_filter, "content_filter");
  EXPECT_NE(out_.find(R"({"type":"text_delta","text":"No."})"), std::string::npos);
  EXPECT_NE(out_.find(R"("stop_reason":"refusal")"), std::string::npos);
  EXPECT_EQ(losses(), "refusal_as_text");
}

TEST_F(AnthropicStreamEncoder, JsonOfManyLinesStaysInItsFrame) {
  const auto raw = [](std::string text) { return json::Raw::trusted(std::move(text)); };
  chat::Extras extras{.dialect = own};
  extras.members.emplace_back("container", raw("{\n\"id\": 1\r\n}"));
  encoder_->on(chat::ReplyBegin{.source = own, .id = "m", .model = "c", .extras = &extras});
  chat::Usage usage;
  usage.wire = chat::Opaque{own, raw("{\n\"output_tokens\":\n1}")};
  encoder_->on(chat::UsageSoFar{usage});
  Part item;
  item.body = chat::Opaque{own, raw("{\n\"type\":\n\"x\"}")};
  part(item, {});
  encoder_->on(chat::PartBegin{0, 1, text()});
  encoder_->on(chat::Aside{0, 1, own, "{\"citations\":[{\n\"a\":\n1}]}"});
  encoder_->on(chat::PartEnd{0, 1});
  encoder_->on(chat::Aside{0, -1, own, "{\"stop_details\":{\n\"a\":\n1}}"});
  end();
  EXPECT_EQ(frames().size(), 8U);
  EXPECT_EQ(std::ranges::count(out_, '\n'), 8 * 3);
}

TEST_F(AnthropicStreamEncoder, AFailureIsAnErrorEventAtAnyTime) {
  chat::Failure failure;
  failure.status = 529;
  failure.message = "Overloaded \"now\"";
  encoder_->on(chat::ReplyFailed{failure});
  const std::string error =
      "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\","
      "\"message\":\"Overloaded \\\"now\\\"\"},\"request_id\":null}\n\n";
  EXPECT_EQ(out_, error);
  begin();
  encoder_->on(chat::PartBegin{0, 0, text()});
  encoder_->on(chat::PartDelta{0, 0, "x"});
  encoder_->on(chat::ReplyFailed{failure});
  EXPECT_TRUE(out_.ends_with(error));
  EXPECT_EQ(out_.find("message_stop"), std::string::npos);
}

TEST_F(AnthropicStreamEncoder, AHeartbeatIsAPing) {
  encoder_->heartbeat();
  EXPECT_EQ(out_, "event: ping\ndata: {\"type\":\"ping\"}\n\n");
}

TEST_F(AnthropicStreamEncoder, NothingFollowsTheEnd) {
  begin();
  end();
  const std::string told = out_;
  encoder_->heartbeat();
  EXPECT_EQ(out_, told);
  std::string failed;
  const auto encoder = make_stream_encoder({}, failed);
  encoder->on(chat::ReplyFailed{{}});
  encoder->heartbeat();
  EXPECT_EQ(failed.find("ping"), std::string::npos) << failed;
}

TEST_F(AnthropicStreamEncoder, AReplyWithoutChoicesIsAnEmptyMessage) {
  begin();
  encoder_->on(chat::ReplyEnd{});
  EXPECT_EQ(frames().size(), 3U);
  EXPECT_NE(out_.find(R"("stop_reason":"end_turn")"), std::string::npos);
}

TEST_F(AnthropicStreamEncoder, TheStyleNamesTheModel) {
  std::string out;
  const auto encoder = make_stream_encoder({.model = "alias", .id = "x"}, out);
  encoder->on(chat::ReplyBegin{.source = chat::Dialect::gemini, .id = {}, .model = "gemini"});
  encoder->on(chat::ReplyEnd{});
  EXPECT_NE(out.find(R"("id":"msg_x")"), std::string::npos);
  EXPECT_NE(out.find(R"("model":"alias")"), std::string::npos);
}

/// A frame with its event line; the data may be broken between members.
std::string frame(std::string_view data) {
  std::string line;
  for (std::string_view rest = data; !rest.empty();) line += trim(cut(rest, '\n'));
  json::Reader reader;
  std::string out = "event: " + std::string(reader.read(line).at("type").text());
  return out.append("\ndata: ").append(line).append("\n\n");
}

// At home: what an SDK gathers from the stream that came equals what it gathers from ours.

std::string gathered(std::string_view stream) {
  chat::Collector collector;
  const auto decoder = make_stream_decoder();
  decoder->feed(stream, collector);
  decoder->finish(collector);
  Losses losses;
  return canonical(encode_reply(collector.reply(), {}, losses));
}

std::string passed_on(std::string_view stream) {
  std::string out;
  const auto encoder = make_stream_encoder({}, out);
  const auto decoder = make_stream_decoder();
  decoder->feed(stream, *encoder);
  decoder->finish(*encoder);
  EXPECT_TRUE(encoder->losses().empty());
  return out;
}

const std::string home_stream =
    frame(
        R"({"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant",
            "model":"claude","content":[],"stop_reason":null,"stop_sequence":null,
                "usage":{"input_tokens":7,"cache_creation_input_tokens":5,
                    "cache_creation":{"ephemeral_5m_input_tokens":5,
                        "ephemeral_1h_input_tokens":0},"output_tokens":3,
                            "service_tier":"standard"},"container":null,"x_new":[1]}})") +
    frame(
        R"({"type":"content_block_start","index":0,"content_block":{"type":"text","text":"",
            "citations":[]}})") +
    frame(
        R"({"type":"content_block_delta","index":0,"delta":{"type":"citations_delta",
            "citation":{"type":"page_location","cited_text":"c"}}})") +
    frame(R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}})") +
    frame(
        R"({"type":"content_block_delta","index":0,"delta":{"type":"sparkle_delta",
            "sparkle":"s"}})") +
    frame(R"({"type":"content_block_stop","index":0})") +
    frame(
        R"({"type":"content_block_start","index":1,"content_block":{"type":"redacted_thinking",
            "data":"d"}})") +
    frame(R"({"type":"content_block_stop","index":1})") +
    frame(
        R"({"type":"content_block_start","index":2,"content_block":{"type":"server_tool_use",
            "id":"s","name":"web_search","input":{},"caller":{"type":"direct"}}})") +
    frame(
        R"({"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta",
            "partial_json":"{}"}})") +
    frame(R"({"type":"content_block_stop","index":2})") +
    frame(
        R"({"type":"content_block_start","index":3,
            "content_block":{"type":"web_search_tool_result","tool_use_id":"s","content":[]}})") +
    frame(R"({"type":"content_block_stop","index":3})") +
    frame(R"({"type":"content_block_start","index":4,"content_block":{"type":"text","text":""}})") +
    frame(R"({"type":"content_block_stop","index":4})") +
    frame(
        R"({"type":"message_delta","delta":{"stop_reason":"pause_turn","stop_sequence":null,
            "container":{"id":"c"},"stop_details":null},"usage":{"input_tokens":7,
                "cache_creation_input_tokens":5,"output_tokens":30,"iterations":[1]},
                    "context_management":{"applied_edits":[]}})") +
    frame(R"({"type":"message_stop"})");

TEST(AnthropicStreamAtHome, PassesThroughFrameByFrame) {
  const auto frames_of = [](std::string_view stream) {
    SseReader reader;
    reader.feed(stream);
    std::vector<std::string> frames;
    while (const auto event = reader.next()) {
      frames.push_back(std::string(event->name) + " " + canonical(event->data));
    }
    return frames;
  };
  const std::string out = passed_on(home_stream);
  const auto came = frames_of(home_stream);
  const auto went = frames_of(out);
  ASSERT_EQ(came.size(), went.size());
  for (std::size_t i = 0; i < came.size(); ++i) EXPECT_EQ(went[i], came[i]);
  EXPECT_EQ(gathered(out), gathered(home_stream));
}

TEST(AnthropicStreamAtHome, AWholeReplyToldAsAStreamIsTheSameReply) {
  chat::Collector collector;
  const auto decoder = make_stream_decoder();
  decoder->feed(home_stream, collector);
  std::string out;
  const auto encoder = make_stream_encoder({}, out);
  chat::replay(collector.reply(), *encoder);
  EXPECT_EQ(gathered(out), gathered(home_stream));
  // Some clients add the count of message_start to the final one.
  EXPECT_EQ(out.find(R"("output_tokens":30)"), out.rfind(R"("output_tokens":30)"));
}

}  // namespace
}  // namespace omni::dialect::anthropic
