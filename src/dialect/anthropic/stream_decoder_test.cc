#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "chat/collector.h"
#include "chat/grammar.h"
#include "dialect/anthropic/reply.h"
#include "dialect/anthropic/stream.h"
#include "dialect/test_json.h"

namespace omni::dialect::anthropic {
namespace {

/// Writes events down in short.
class Notes final : public chat::EventSink {
 public:
  void on(const chat::Event& event) override {
    if (const auto* begin = std::get_if<chat::ReplyBegin>(&event)) {
      add("begin " + std::string(begin->id));
    } else if (const auto* part = std::get_if<chat::PartBegin>(&event)) {
      add("part " + std::to_string(part->part) + " " + describe(part->seed));
    } else if (const auto* delta = std::get_if<chat::PartDelta>(&event)) {
      add("+" + std::string(delta->text));
    } else if (const auto* end = std::get_if<chat::PartEnd>(&event)) {
      add(end->seal != nullptr ? "end sealed " + end->seal->bytes : "end");
    } else if (const auto* aside = std::get_if<chat::Aside>(&event)) {
      add("aside " + std::to_string(aside->part) + " " + std::string(aside->object));
    } else if (const auto* usage = std::get_if<chat::UsageSoFar>(&event)) {
      add("usage " + std::to_string(usage->usage.input()) + "/" +
          std::to_string(usage->usage.output()));
    } else if (const auto* choice = std::get_if<chat::ChoiceEnd>(&event)) {
      add("choice " + std::string(choice->finish_word) + " " +
          std::to_string(static_cast<int>(choice->finish)));
    } else if (const auto* failed = std::get_if<chat::ReplyFailed>(&event)) {
      add("failed " + std::to_string(failed->failure.status) + " " + failed->failure.message);
    } else {
      add("over");
    }
  }
  std::string text;

 private:
  static std::string describe(const chat::Part& seed) {
    if (std::holds_alternative<chat::Text>(seed.body)) return "text";
    if (const auto* call = std::get_if<chat::ToolCall>(&seed.body)) {
      const bool client = call->runner == chat::ToolCall::Runner::client;
      return (client ? "call " : "hosted ") + call->id + " " + call->name;
    }
    if (const auto* opaque = std::get_if<chat::Opaque>(&seed.body)) {
      return std::string(opaque->item.text());
    }
    return seed.seal ? "redacted " + seed.seal->bytes : "thinking";
  }
  void add(const std::string& line) { text += line + "\n"; }
};

std::string told(std::string_view stream, std::size_t piece = std::string_view::npos) {
  Notes notes;
  chat::GrammarSink grammar(&notes);
  const auto decoder = make_stream_decoder();
  for (std::size_t at = 0; at < stream.size(); at += std::min(piece, stream.size() - at)) {
    decoder->feed(stream.substr(at, piece), grammar);
  }
  decoder->finish(grammar);
  decoder->feed("data: {\"type\":\"ping\"}\n\n", grammar);
  EXPECT_EQ(grammar.violation(), "");
  EXPECT_TRUE(grammar.ended());
  return notes.text;
}

/// A frame with its event line, as Anthropic writes it; the data may be broken between members.
std::string frame(std::string_view data) {
  std::string line;
  for (std::string_view rest = data; !rest.empty();) line += trim(cut(rest, '\n'));
  json::Reader reader;
  std::string out = "event: " + std::string(reader.read(line).at("type").text());
  return out.append("\ndata: ").append(line).append("\n\n");
}

const std::string start = frame(
    R"({"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant",
        "model":"claude","content":[],"stop_reason":null,"stop_sequence":null,"container":null,
            "usage":{"input_tokens":7,"cache_read_input_tokens":3,"output_tokens":1,
                "service_tier":"standard"}}})");
const std::string stop = frame(R"({"type":"message_stop"})");

std::string block(int index, std::string_view begin,
                  std::initializer_list<std::string_view> deltas) {
  const std::string number = std::to_string(index);
  std::string out = frame(R"({"type":"content_block_start","index":)" + number +
                          R"(,"content_block":)" + std::string(begin) + "}");
  for (const std::string_view delta : deltas) {
    out += frame(R"({"type":"content_block_delta","index":)" + number + R"(,"delta":)" +
                 std::string(delta) + "}");
  }
  return out + frame(R"({"type":"content_block_stop","index":)" + number + "}");
}

std::string finished(std::string_view reason, std::string_view usage = R"({"output_tokens":9})") {
  return frame(R"({"type":"message_delta","delta":{"stop_reason":")" + std::string(reason) +
               R"(","stop_sequence":null},"usage":)" + std::string(usage) + "}");
}

const std::string whole_stream =
    start + frame(R"({"type": "ping"})") +
    block(0, R"({"type":"thinking","thinking":"","signature":""})",
          {R"({"type":"thinking_delta","thinking":"Hm, \u00e9"})",
           R"({"type":"thinking_delta","thinking":"."})",
           R"({"type":"signature_delta","signature":"sig"})"}) +
    block(1, R"({"type":"redacted_thinking","data":"xyz"})", {}) +
    block(2, R"({"type":"text","text":"","citations":[]})",
          {R"({"type":"text_delta","text":"Hello"})", R"({"type":"text_delta","text":""})",
           R"({"type":"citations_delta","citation":{"type":"page_location","n":1}})",
           R"({"type":"text_delta","text":" you"})"}) +
    block(3, R"({"type":"server_tool_use","id":"s1","name":"web_search","input":{}})",
          {R"({"type":"input_json_delta","partial_json":"{\"query\":\"q\"}"})"}) +
    block(4, R"({"type":"web_search_tool_result","tool_use_id":"s1","content":[{"url":"u"}]})",
          {}) +
    block(5, R"({"type":"tool_use","id":"t1","name":"f","input":{},"caller":{"type":"direct"}})",
          {R"({"type":"input_json_delta","partial_json":""})",
           R"({"type":"input_json_delta","partial_json":"{\"a\":"})",
           R"({"type":"input_json_delta","partial_json":"1}"})"}) +
    block(6, R"({"type":"tool_use","id":"t2","name":"g","input":{}})", {}) +
    finished("tool_use", R"({"output_tokens":42,"input_tokens":8})") + stop;

constexpr std::string_view whole_events = R"(begin msg_1
usage 10/1
part 0 thinking
+Hm, é
+.
end sealed sig
part 1 redacted xyz
end
part 2 text
+Hello
aside 2 {"citations":[{"type":"page_location","n":1}]}
+ you
end
part 3 hosted s1 web_search
+{"query":"q"}
end
part 4 {"type":"web_search_tool_result","tool_use_id":"s1","content":[{"url":"u"}]}
end
part 5 call t1 f
+{"a":
+1}
end
part 6 call t2 g
end
usage 11/42
choice tool_use 2
over
)";

TEST(AnthropicStreamDecoder, TellsEveryKindOfBlockInOrder) {
  EXPECT_EQ(told(whole_stream), whole_events);
}

TEST(AnthropicStreamDecoder, AnySplitOfTheBytesGivesTheSameEvents) {
  for (const std::size_t piece : {1, 2, 3, 7, 64, 1000}) {
    EXPECT_EQ(told(whole_stream, piece), whole_events) << piece;
  }
}

TEST(AnthropicStreamDecoder, GivesWhatTheWholeAnswerWouldGive) {
  chat::Collector collector;
  const auto decoder = make_stream_decoder();
  decoder->feed(whole_stream, collector);
  Losses losses;
  EXPECT_EQ(canonical(encode_reply(collector.reply(), {}, losses)), canonical(R"({
      "id":"msg_1","type":"message","role":"assistant","model":"claude","container":null,"content":[
        {"type":"thinking","thinking":"Hm, é.","signature":"sig"},
        {"type":"redacted_thinking","data":"xyz"},
        {"type":"text","text":"Hello you","citations":[{"type":"page_location","n":1}]},
        {"type":"server_tool_use","id":"s1","name":"web_search","input":{"query":"q"}},
        {"type":"web_search_tool_result","tool_use_id":"s1","content":[{"url":"u"}]},
        {"type":"tool_use","id":"t1","name":"f","input":{"a":1},"caller":{"type":"direct"}},
        {"type":"tool_use","id":"t2","name":"g","input":{}}],
      "stop_reason":"tool_use","stop_sequence":null,
      "usage":{"input_tokens":8,"cache_read_input_tokens":3,"output_tokens":42,
          "service_tier":"standard"}})"));
  EXPECT_TRUE(losses.empty());
}

TEST(AnthropicStreamDecoder, AnEndThatWasAnnouncedIsEnough) {
  EXPECT_EQ(
      told(start + block(0, R"({"type":"text","text":"Hi"})", {}) + finished("end_turn")),
      "begin msg_1\nusage 10/1\npart 0 text\n+Hi\nend\nusage 10/9\nchoice end_turn 0\nover\n");
}

TEST(AnthropicStreamDecoder, AnEndThatWasNotAnnouncedIsAFailure) {
  const std::string cut = "failed 502 Upstream ended the stream before the answer was complete\n";
  EXPECT_EQ(told(""), cut);
  EXPECT_EQ(told("event: ping\ndata: {\"type\":\"ping\"}\n\n"), cut);
  EXPECT_EQ(told(start), "begin msg_1\nusage 10/1\n" + cut);
  EXPECT_EQ(told(start + block(0, R"({"type":"text","text":""})", {})),
            "begin msg_1\nusage 10/1\npart 0 text\nend\n" + cut);
}

TEST(AnthropicStreamDecoder, AnEmptyAnswerIsAnAnswer) {
  EXPECT_EQ(told(start + finished("end_turn") + stop),
            "begin msg_1\nusage 10/1\nusage 10/9\nchoice end_turn 0\nover\n");
  EXPECT_EQ(told(stop), "begin \nchoice  0\nover\n");
}

TEST(AnthropicStreamDecoder, AnErrorHasTheStatusOfItsType) {
  const std::pair<const char*, int> rows[] = {{"invalid_request_error", 400},
                                              {"authentication_error", 401},
                                              {"billing_error", 402},
                                              {"permission_error", 403},
                                              {"not_found_error", 404},
                                              {"request_too_large", 413},
                                              {"rate_limit_error", 429},
                                              {"api_error", 500},
                                              {"timeout_error", 504},
                                              {"overloaded_error", 529},
                                              {"newer_error", 502}};
  for (const auto& [type, status] : rows) {
    EXPECT_EQ(told(frame(R"({"type":"error","error":{"type":")" + std::string(type) +
                         R"(","message":"why"},"request_id":"r"})")),
              "failed " + std::to_string(status) + " why\n");
  }
}

TEST(AnthropicStreamDecoder, AnErrorIsSeenWithoutItsTypeToo) {
  EXPECT_EQ(told("event: error\ndata: {\"error\":{\"message\":\"m\"}}\n\n"), "failed 502 m\n");
  EXPECT_EQ(told("data: {\"error\":{\"message\":\"m\",\"code\":503}}\n\n"), "failed 503 m\n");
  EXPECT_EQ(told(start + "data: {\"error\":null}\n\n" + finished("end_turn")),
            told(start + finished("end_turn")));
}

TEST(AnthropicStreamDecoder, WhatIsNoJsonIsAFailure) {
  const std::string invalid = "failed 502 Invalid JSON in the provider's stream\n";
  for (const std::string_view data :
       {"{\"type\":", "[]", "5", R"({"type":5})", R"({"type":"content_block_start","index":"x"})",
        R"({"type":"message_start","message":{"id":1}})"}) {
    const std::string events = told("data: " + std::string(data) + "\n\n");
    EXPECT_TRUE(events.ends_with(invalid)) << data << events;
  }
}

TEST(AnthropicStreamDecoder, UnknownEventsAndDoneAreSkipped) {
  EXPECT_EQ(told(start + "event: progress\ndata: {\"tokens\":1}\n\n: comment\n\n" +
                 frame(R"({"type":"tomorrow","index":0})") + finished("end_turn") + stop +
                 "data: [DONE]\n\n"),
            told(start + finished("end_turn")));
}

TEST(AnthropicStreamDecoder, EventLinesMayBeMissing) {
  std::string bare = whole_stream;
  for (std::size_t at; (at = bare.find("event: ")) != std::string::npos;) {
    bare.erase(at, bare.find('\n', at) + 1 - at);
  }
  EXPECT_EQ(told(bare), whole_events);
}

TEST(AnthropicStreamDecoder, AnUnknownBlockComesWholeWithWhatItsDeltasBrought) {
  EXPECT_EQ(told(start +
                 block(0, R"({"type":"mcp_tool_use","id":"m","input":{}})",
                       {R"({"type":"input_json_delta","partial_json":"{\"a\""})",
                        R"({"type":"input_json_delta","partial_json":":1}"})"}) +
                 block(1, R"({"type":"compaction","content":null})",
                       {R"({"type":"compaction_delta","content":"a\n"})",
                        R"({"type":"compaction_delta","content":"b"})"}) +
                 finished("end_turn")),
            "begin msg_1\nusage 10/1\n"
            "part 0 {\"type\":\"mcp_tool_use\",\"id\":\"m\",\"input\":{\"a\":1}}\nend\n"
            "part 1 {\"type\":\"compaction\",\"content\":\"a\\nb\"}\nend\n"
            "usage 10/9\nchoice end_turn 0\nover\n");
}

TEST(AnthropicStreamDecoder, AnInputThatIsThereAtOnceComesAsItsDelta) {
  EXPECT_EQ(told(block(0, R"({"type":"tool_use","id":"t","name":"f","input":{"a":1}})", {}) + stop),
            "begin \npart 0 call t f\n+{\"a\":1}\nend\nchoice  2\nover\n");
  EXPECT_EQ(told(block(0, R"({"type":"tool_use","id":"t","name":"f","input":{"a":1}})",
                       {R"({"type":"input_json_delta","partial_json":"{}"})"}) +
                 stop),
            "begin \npart 0 call t f\n+{}\nend\nchoice  2\nover\n");
  EXPECT_EQ(told(block(0, R"({"type":"tool_use","id":"t","name":"f","input":""})", {}) + stop),
            "begin \npart 0 call t f\nend\nchoice  2\nover\n");
}

TEST(AnthropicStreamDecoder, BlocksThatShareANumberAreDifferentParts) {
  EXPECT_EQ(told(block(0, R"({"type":"text","text":"a"})", {}) +
                 block(0, R"({"type":"text","text":"b"})", {}) + stop),
            "begin \npart 0 text\n+a\nend\npart 1 text\n+b\nend\nchoice  0\nover\n");
}

TEST(AnthropicStreamDecoder, ABlockThatBeginsAgainHasEnded) {
  const std::string begun = frame(
      R"({"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t",
          "name":"f","input":{"a":1}}})");
  const std::string delta = frame(
      R"({"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta",
          "partial_json":"{}"}})");
  EXPECT_EQ(told(begun + begun + delta + stop),
            "begin \npart 0 call t f\n+{\"a\":1}\nend\npart 1 call t f\n+{}\nend\n"
            "choice  2\nover\n");
}

TEST(AnthropicStreamDecoder, ADeltaOfAnotherKindThanItsBlockIsIgnored) {
  EXPECT_EQ(told(block(0, R"({"type":"text","text":"a"})",
                       {R"({"type":"thinking_delta","thinking":"x"})",
                        R"({"type":"signature_delta","signature":"x"})",
                        R"({"type":"input_json_delta","partial_json":"x"})"}) +
                 frame(
                     R"({"type":"content_block_delta","index":9,"delta":{"type":"text_delta",
                  "text":"x"}})") +
                 stop),
            "begin \npart 0 text\n+a\nend\nchoice  0\nover\n");
}

TEST(AnthropicStreamDecoder, WhatOnlyAnthropicSaysOfTheEndIsAnAside) {
  EXPECT_EQ(
      told(start + frame(
                       R"({"type":"message_delta","delta":{"stop_reason":"stop_sequence",
                  "stop_sequence":"END","container":null,"stop_details":{"type":"x"}},
                      "usage":{"output_tokens":2},"context_management":{"applied_edits":[]}})")),
      "begin msg_1\nusage 10/1\n"
      "aside -1 {\"stop_details\":{\"type\":\"x\"},\"context_management\":{\"applied_edits\":[]}}\n"
      "usage 10/2\nchoice stop_sequence 0\nover\n");
}

TEST(AnthropicStreamDecoder, TheEndOfTheMessageIsTheEndOfItsBlocks) {
  EXPECT_EQ(
      told(frame(
               R"({"type":"content_block_start","index":0,"content_block":{"type":"text",
                  "text":"a"}})") +
           frame(
               R"({"type":"message_delta","delta":{"stop_reason":"end_turn",
                  "container":{"id":"c"}}})")),
      "begin \npart 0 text\n+a\nend\naside -1 {\"container\":{\"id\":\"c\"}}\nchoice end_turn "
      "0\nover\n");
}

TEST(AnthropicStreamDecoder, AnUnknownDeltaIsAnAsideAsItCame) {
  EXPECT_EQ(
      told(block(0, R"({"type":"text","text":""})", {R"({"type":"sparkle","n":[1]})"}) + stop),
      "begin \npart 0 text\naside 0 {\"type\":\"sparkle\",\"n\":[1]}\nend\nchoice  0\nover\n");
}

TEST(AnthropicStreamDecoder, BlocksWithoutEndAreBounded) {
  for (const std::string_view type : {"tool_use", "unknown"}) {
    std::string stream = start;
    for (int i = 0; i < 2000; ++i) {
      stream += frame(R"({"type":"content_block_start","index":)" + std::to_string(i) +
                      R"(,"content_block":{"id":"t","name":"f","input":{},"type":")" +
                      std::string(type) + R"("}})");
    }
    EXPECT_TRUE(told(stream).ends_with("failed 502 Upstream sent more than can be kept\n"));
  }
}

}  // namespace
}  // namespace omni::dialect::anthropic
