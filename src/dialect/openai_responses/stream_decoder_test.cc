#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "chat/collector.h"
#include "chat/grammar.h"
#include "chat/test_chat.h"
#include "dialect/openai_responses/codec.h"

namespace omni::dialect {
namespace {

/// The lines that a stream comes to, fed in pieces of that many bytes.
std::string told(std::string_view stream, std::size_t step = std::string_view::npos) {
  const auto decoder = openai_responses_codec().stream_decoder();
  chat::RecordingSink recorder(chat::RecordingSink::Deltas::merged);
  chat::GrammarSink grammar(&recorder);
  for (std::size_t at = 0; at < stream.size(); at += std::min(step, stream.size())) {
    decoder->feed(stream.substr(at, step), grammar);
  }
  decoder->finish(grammar);
  EXPECT_EQ(grammar.violation(), "") << stream;
  EXPECT_TRUE(grammar.ended());
  return recorder.text();
}

/// Events from their data, each with its type for a name.
std::string stream_of(const std::vector<std::string>& events) {
  std::string out;
  for (const std::string& data : events) {
    const std::size_t from = data.find(R"("type":")") + 8;
    out += "event: " + data.substr(from, data.find('"', from) - from) + "\ndata: " + data + "\n\n";
  }
  return out;
}

const std::string created =
    R"({"type":"response.created","response":{"id":"resp_1","object":"response","created_at":5,)"
    R"("model":"m","status":"in_progress","output":[]}})";
const std::string completed =
    R"({"type":"response.completed","response":{"id":"resp_1","model":"m","status":"completed",)"
    R"("output":[]}})";
constexpr std::string_view begin_line =
    "begin openai_responses id=\"resp_1\" model=\"m\" created=5\n";

/// What lies between the begin and the end of a stream with these events.
std::string inside(std::vector<std::string> events) {
  events.insert(events.begin(), created);
  events.push_back(completed);
  const std::string lines = told(stream_of(events));
  EXPECT_TRUE(lines.starts_with(begin_line)) << lines;
  constexpr std::string_view end = "finish 0 stop word=\"completed\"\ndone\n";
  if (!lines.ends_with(end)) return lines.substr(begin_line.size());
  return lines.substr(begin_line.size(), lines.size() - begin_line.size() - end.size());
}

const std::string message_added =
    R"({"type":"response.output_item.added","output_index":0,"item":{"type":"message",)"
    R"("id":"msg_1","status":"in_progress","role":"assistant","content":[]}})";
const std::string piece_added =
    R"({"type":"response.content_part.added","output_index":0,"content_index":0,)"
    R"("part":{"type":"output_text","text":"","annotations":[]}})";
std::string text_delta(const std::string& text) {
  return R"({"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":")" +
         text + R"(","logprobs":[]})";
}
std::string message_done(const std::string& text) {
  return R"({"type":"response.output_item.done","output_index":0,"item":{"type":"message",)"
         R"("id":"msg_1","status":"completed","role":"assistant","content":[)"
         R"({"type":"output_text","annotations":[],"text":")" +
         text + R"("}]}})";
}
constexpr std::string_view text_part = R"(part 0.0 text extras(openai_responses annotations=[])"
                                       R"( #item={"id":"msg_1","status":"completed"}))"
                                       "\n";

TEST(ResponsesStreamDecoder, TellsText) {
  EXPECT_EQ(inside({message_added, piece_added, text_delta("Hel"), text_delta("lo"),
                    message_done("Hello")}),
            std::string(text_part) + "delta 0.0 \"Hello\"\nend 0.0\n");
}

TEST(ResponsesStreamDecoder, TheSameBytesInAnyPiecesAreTheSame) {
  const std::string stream =
      ": hello\r\n\r\n" + stream_of({created, message_added, piece_added, text_delta("H\\u00e9l"),
                                     message_done("Hélo"), completed});
  const std::string whole = told(stream);
  EXPECT_NE(whole.find("delta 0.0 \"Hélo\""), std::string::npos) << whole;
  for (const std::size_t step : {1, 2, 3, 7, 64}) EXPECT_EQ(told(stream, step), whole) << step;
}

TEST(ResponsesStreamDecoder, WhatNoDeltaHasToldIsToldFromTheWholeItem) {
  EXPECT_EQ(inside({message_done("Hello")}),
            std::string(text_part) + "delta 0.0 \"Hello\"\nend 0.0\n");
  EXPECT_EQ(inside({message_added, piece_added, text_delta("He"), message_done("Hello")}),
            std::string(text_part) + "delta 0.0 \"Hello\"\nend 0.0\n");
  EXPECT_EQ(inside({message_added, text_delta("He"),
                    R"({"type":"response.output_text.done","output_index":0,"content_index":0,)"
                    R"("text":"Hello"})",
                    message_done("Hello")}),
            "part 0.0 text extras(openai_responses annotations=[] "
            "#item={\"id\":\"msg_1\",\"status\":\"completed\"})\n"
            "delta 0.0 \"Hello\"\nend 0.0\n");
}

TEST(ResponsesStreamDecoder, AnAnswerThatIsOnlyInTheLastEventIsToldWhole) {
  const std::string lines = told(stream_of(
      {R"({"type":"response.completed","response":{"id":"resp_1","created_at":5,"model":"m",)"
       R"("status":"completed","output":[{"type":"function_call","call_id":"c","name":"f",)"
       R"("arguments":"{}"}]}})"}));
  EXPECT_EQ(lines, std::string(begin_line) +
                       "part 0.0 call id=\"c\" name=\"f\"\ndelta 0.0 \"{}\"\nend 0.0\n"
                       "finish 0 tool_calls\ndone\n");
}

TEST(ResponsesStreamDecoder, TellsThoughtsWithTheirSeal) {
  const std::string item = R"("output_index":0,"item":{"type":"reasoning","id":"rs_1",)";
  EXPECT_EQ(inside({R"({"type":"response.output_item.added",)" + item + R"("summary":[]}})",
                    R"({"type":"response.reasoning_summary_part.added","output_index":0,)"
                    R"("summary_index":0,"part":{"type":"summary_text","text":""}})",
                    R"({"type":"response.reasoning_summary_text.delta","output_index":0,)"
                    R"("summary_index":0,"delta":"a"})",
                    R"({"type":"response.reasoning_summary_text.done","output_index":0,)"
                    R"("summary_index":0,"text":"ab"})",
                    R"({"type":"response.reasoning_summary_text.delta","output_index":0,)"
                    R"("summary_index":1,"delta":"c"})",
                    R"({"type":"response.output_item.done",)" + item +
                        R"("summary":[{"type":"summary_text","text":"ab"},)"
                        R"({"type":"summary_text","text":"cd"}],"encrypted_content":"gAAA"}})"}),
            "part 0.0 reasoning extras(openai_responses id=\"rs_1\")\n"
            "delta 0.0 0 \"ab\"\ndelta 0.0 1 \"cd\"\nend 0.0 seal=\":gAAA\"\n");
}

TEST(ResponsesStreamDecoder, TellsThoughtsThatAreNoSummary) {
  EXPECT_EQ(inside({R"({"type":"response.output_item.added","output_index":0,)"
                    R"("item":{"type":"reasoning","id":"rs_1","summary":[]}})",
                    R"({"type":"response.reasoning_text.delta","output_index":0,)"
                    R"("content_index":0,"delta":"a"})",
                    R"({"type":"response.reasoning_text.done","output_index":0,)"
                    R"("content_index":0,"text":"ab"})",
                    R"({"type":"response.output_item.done","output_index":0,)"
                    R"("item":{"type":"reasoning","id":"rs_1","summary":[],)"
                    R"("content":[{"type":"reasoning_text","text":"ab"}]}})"}),
            "part 0.0 reasoning extras(openai_responses id=\"rs_1\")\n"
            "delta 0.0 \"ab\"\nend 0.0\n");
}

std::string call_added(int index, const std::string& type, const std::string& member) {
  return R"({"type":"response.output_item.added","output_index":)" + std::to_string(index) +
         R"(,"item":{"type":")" + type + R"(","call_id":"c)" + std::to_string(index) +
         R"(","name":"f",")" + member + R"(":""}})";
}
std::string call_delta(int index, const std::string& type, const std::string& text) {
  return R"({"type":"response.)" + type + R"(.delta","output_index":)" + std::to_string(index) +
         R"(,"delta":")" + text + R"("})";
}
std::string call_done(int index, const std::string& type, const std::string& input) {
  return R"({"type":"response.output_item.done","output_index":)" + std::to_string(index) +
         R"(,"item":{"type":")" + type + R"(","call_id":"c)" + std::to_string(index) +
         R"(","name":"f",)" + input + "}}";
}

TEST(ResponsesStreamDecoder, TellsCallsAlsoWhenTheyAreInterleaved) {
  const std::string arguments = "function_call_arguments";
  const std::string lines = inside(
      {call_added(0, "function_call", "arguments"), call_added(1, "function_call", "arguments"),
       call_delta(0, arguments, R"({\"a\":)"), call_delta(1, arguments, R"({\"b\")"),
       call_delta(0, arguments, "1}"), call_delta(1, arguments, ":2}"),
       call_done(1, "function_call", R"("arguments":"{\"b\":2}")"),
       call_done(0, "function_call", R"("arguments":"{\"a\":1}")")});
  EXPECT_EQ(lines,
            "part 0.0 call id=\"c0\" name=\"f\"\ndelta 0.0 \"{\\\"a\\\":1}\"\nend 0.0\n"
            "part 0.1 call id=\"c1\" name=\"f\"\ndelta 0.1 \"{\\\"b\\\":2}\"\nend 0.1\n"
            "finish 0 tool_calls\ndone\n");
}

TEST(ResponsesStreamDecoder, TellsFreeformCalls) {
  EXPECT_EQ(inside({call_added(0, "custom_tool_call", "input"),
                    call_delta(0, "custom_tool_call_input", "*** "),
                    call_done(0, "custom_tool_call", R"("input":"*** Begin")")}),
            "part 0.0 call id=\"c0\" name=\"f\" freeform\ndelta 0.0 \"*** Begin\"\nend 0.0\n"
            "finish 0 tool_calls\ndone\n");
}

TEST(ResponsesStreamDecoder, ACallWithoutArgumentsHasAnEmptyObject) {
  EXPECT_NE(inside({call_added(0, "function_call", "arguments"),
                    call_done(0, "function_call", R"("arguments":"")")})
                .find("delta 0.0 \"{}\""),
            std::string::npos);
}

TEST(ResponsesStreamDecoder, TellsRefusals) {
  const std::string lines =
      inside({message_added,
              R"({"type":"response.refusal.delta","output_index":0,"content_index":0,"delta":"n"})",
              R"({"type":"response.output_item.done","output_index":0,"item":{"type":"message",)"
              R"("role":"assistant","content":[{"type":"refusal","refusal":"no"}]}})"});
  EXPECT_NE(lines.find("part 0.0 refusal "), std::string::npos) << lines;
  EXPECT_NE(lines.find("delta 0.0 \"no\"\n"), std::string::npos) << lines;
}

TEST(ResponsesStreamDecoder, PiecesOfOneMessageSayThatTheyBelongTogether) {
  const std::string lines =
      inside({R"({"type":"response.output_item.done","output_index":0,"item":{"type":"message",)"
              R"("role":"assistant","content":[{"type":"output_text","text":"a"},)"
              R"({"type":"output_text","text":"b"}]}})"});
  EXPECT_EQ(lines,
            "part 0.0 text\ndelta 0.0 \"a\"\nend 0.0\n"
            "part 0.1 text extras(openai_responses spelling=16)\ndelta 0.1 \"b\"\nend 0.1\n");
}

TEST(ResponsesStreamDecoder, AnnotationsAndLogprobsAreAsides) {
  const std::string annotation =
      R"({"type":"response.output_text.annotation.added","output_index":0,"content_index":0,)"
      R"("annotation_index":0,"annotation":{"type":"file_path"}})";
  const std::string with_logprobs =
      R"({"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"a",)"
      R"("logprobs":[{"token":"a"}]})";
  EXPECT_EQ(inside({message_added, piece_added, with_logprobs, annotation, message_done("a")}),
            std::string(text_part) +
                "aside 0.0 openai_responses {\"logprobs\":[{\"token\":\"a\"}]}\n"
                "delta 0.0 \"a\"\n"
                "aside 0.0 openai_responses {\"annotations\":[{\"type\":\"file_path\"}]}\n"
                "end 0.0\n");
}

TEST(ResponsesStreamDecoder, ItemsWithoutANameAreToldWholeWhenTheyAreDone) {
  const std::string search = R"({"type":"web_search_call","id":"ws_1","status":"completed"})";
  EXPECT_EQ(
      inside({R"({"type":"response.output_item.added","output_index":0,"item":)" + search + "}",
              R"({"type":"response.web_search_call.searching","output_index":0})",
              R"({"type":"response.output_item.done","output_index":0,"item":)" + search + "}"}),
      "part 0.0 opaque openai_responses " + search + "\nend 0.0\n");
}

TEST(ResponsesStreamDecoder, UnknownEventsAndHeartbeatsTellNothing) {
  EXPECT_EQ(inside({R"({"type":"keepalive","sequence_number":3})",
                    R"({"type":"codex.rate_limits","plan_type":"pro"})",
                    R"({"type":"response.in_progress","response":{}})"}),
            "");
}

TEST(ResponsesStreamDecoder, UsageComesBeforeTheEnd) {
  const std::string lines = told(stream_of(
      {created,
       R"({"type":"response.completed","response":{"status":"completed","service_tier":"flex",)"
       R"("usage":{"input_tokens":9,"input_tokens_details":{"cached_tokens":4},"output_tokens":3}}})"}));
  EXPECT_NE(lines.find("usage fresh=5 cache_read=4 text=3 flex wire="), std::string::npos) << lines;
}

TEST(ResponsesStreamDecoder, IncompleteAnswersSayWhy) {
  for (const auto& [reason, line] : std::vector<std::pair<std::string, std::string>>{
           {"max_output_tokens", "finish 0 length word=\"max_output_tokens\"\n"},
           {"content_filter", "finish 0 content_filter word=\"content_filter\"\n"}}) {
    const std::string lines = told(
        stream_of({created, R"({"type":"response.incomplete","response":{"status":"incomplete",)"
                            R"("incomplete_details":{"reason":")" +
                                reason + R"("}}})"}));
    EXPECT_NE(lines.find(line), std::string::npos) << lines;
  }
}

TEST(ResponsesStreamDecoder, MembersThatAreKnownLateAreAnAside) {
  const std::string lines =
      told(stream_of({created, R"({"type":"response.completed","response":{"status":"completed",)"
                               R"("completed_at":9,"error":null}})"}));
  EXPECT_NE(lines.find("aside 0 openai_responses {\"completed_at\":9}\n"), std::string::npos)
      << lines;
}

std::string last_line(std::string_view stream) {
  const std::string lines = told(stream);
  const std::size_t from = lines.rfind('\n', lines.size() - 2);
  return lines.substr(from == std::string::npos ? 0 : from + 1);
}

TEST(ResponsesStreamDecoder, FailuresEndTheStream) {
  EXPECT_EQ(last_line(stream_of({created,
                                 R"({"type":"response.failed","response":{"status":"failed",)"
                                 R"("error":{"code":"rate_limit_exceeded","message":"slow"}}})"})),
            "failed 429 \"slow\" code=\"rate_limit_exceeded\"\n");
  EXPECT_EQ(
      last_line(stream_of({R"({"type":"error","code":"server_error","message":"m","param":"p"})"})),
      "failed 500 \"m\" code=\"server_error\" param=\"p\"\n");
  EXPECT_EQ(last_line(stream_of({R"({"type":"error","error":{"type":"rate_limit_error",)"
                                 R"("message":"m"},"sequence_number":2})"})),
            "failed 429 \"m\" type=\"rate_limit_error\"\n");
  EXPECT_EQ(last_line("data: {\"error\":{\"message\":\"m\",\"code\":\"invalid_prompt\"}}\n\n"),
            "failed 400 \"m\" code=\"invalid_prompt\"\n");
  EXPECT_TRUE(last_line(stream_of({R"({"type":"response.failed","response":{}})"}))
                  .starts_with("failed 502"));
}

TEST(ResponsesStreamDecoder, AStreamThatIsCutHasFailed) {
  EXPECT_EQ(last_line(stream_of({created, message_added, piece_added, text_delta("a")})),
            "failed 502 \"Upstream ended the stream before the answer was complete\"\n");
  EXPECT_EQ(last_line(": nothing\n\n"),
            "failed 502 \"Upstream ended the stream before the answer was complete\"\n");
}

TEST(ResponsesStreamDecoder, WhatIsNoJsonHasFailed) {
  const std::string line = "failed 502 \"Invalid JSON in the provider's stream\"\n";
  EXPECT_EQ(last_line("data: {\n\n"), line);
  EXPECT_EQ(last_line("data: 5\n\n"), line);
  EXPECT_EQ(last_line(stream_of({R"({"type":"response.output_text.delta","delta":5})"})), line);
  EXPECT_EQ(last_line(stream_of({R"({"type":"response.output_item.done","item":[]})"})), line);
  EXPECT_EQ(last_line(stream_of({R"({"type":"response.output_text.delta","output_index":"x"})"})),
            line);
  EXPECT_EQ(last_line(stream_of({R"({"type":"response.completed","response":{"id":5}})"})), line);
  EXPECT_EQ(last_line(stream_of({R"({"type":"response.completed","response":{"output":[1]}})"})),
            line);
}

TEST(ResponsesStreamDecoder, NothingIsToldAfterTheEnd) {
  const std::string end = stream_of({created, completed});
  EXPECT_EQ(told(end + stream_of({created, text_delta("late")})), told(end));
  EXPECT_EQ(told(end + "data: [DONE]\n\n"), told(end));
}

TEST(ResponsesStreamDecoder, NumbersFromTheWireTakeNoMemory) {
  const std::string lines = inside(
      {R"({"type":"response.output_text.delta","output_index":-9007199254740993,)"
       R"("content_index":9007199254740993,"delta":"a"})",
       R"({"type":"response.output_text.delta","output_index":0,"content_index":-1,"delta":"a"})",
       R"({"type":"response.reasoning_summary_text.delta","output_index":1,)"
       R"("summary_index":9007199254740993,"delta":"a"})",
       R"({"type":"response.function_call_arguments.delta","output_index":2,"delta":"a"})"});
  EXPECT_EQ(lines, "");
}

TEST(ResponsesStreamDecoder, ItemsWithoutNumbersAreToldOneByOne) {
  const auto done = [](const std::string& item) {
    return R"({"type":"response.output_item.done","item":)" + item + "}";
  };
  const std::string message =
      R"({"type":"message","role":"assistant","content":[{"type":"output_text","text":"a"}]})";
  const std::string call = R"({"type":"function_call","call_id":"c","name":"f","arguments":"{}"})";
  const std::string lines =
      inside({done(message), R"({"type":"response.output_item.added","item":)" + call + "}",
              R"({"type":"response.function_call_arguments.delta","delta":"{}"})", done(call),
              done(message)});
  EXPECT_EQ(lines,
            "part 0.0 text\ndelta 0.0 \"a\"\nend 0.0\n"
            "part 0.1 call id=\"c\" name=\"f\"\ndelta 0.1 \"{}\"\nend 0.1\n"
            "part 0.2 text\ndelta 0.2 \"a\"\nend 0.2\nfinish 0 tool_calls\ndone\n");
}

TEST(ResponsesStreamDecoder, ItemsThatAllHaveTheNumberOfTheFirstAreToldOneByOne) {
  const std::string lines = inside({message_added, piece_added, text_delta("a"), message_done("a"),
                                    call_added(0, "function_call", "arguments"),
                                    call_done(0, "function_call", R"("arguments":"{}")")});
  EXPECT_NE(lines.find("part 0.1 call id=\"c0\""), std::string::npos) << lines;
}

TEST(ResponsesStreamDecoder, MoreItemsThanAnAnswerMayHaveFailIt) {
  constexpr std::string_view too_much = "failed 502 \"Upstream sent more than an answer can hold\"";
  std::vector<std::string> events;
  for (int i = 0; i < 1001; ++i) {
    events.push_back(R"({"type":"response.output_text.delta","delta":"","output_index":)" +
                     std::to_string(i) + "}");
  }
  EXPECT_NE(inside(std::move(events)).find(too_much), std::string::npos);
}

}  // namespace
}  // namespace omni::dialect
