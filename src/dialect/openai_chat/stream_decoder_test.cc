#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "chat/collector.h"
#include "chat/grammar.h"
#include "chat/test_chat.h"
#include "dialect/openai_chat/wire.h"

namespace omni::dialect::openai_chat {
namespace {

constexpr std::string_view done = "data: [DONE]\n\n";

/// On one line, whatever the test's text looks like.
std::string event(std::string json) {
  std::ranges::replace(json, '\n', ' ');
  return "data: " + json + "\n\n";
}

/// A chunk of choices, with whatever else.
std::string chunk(std::string_view choices, std::string_view members = {}) {
  std::string json = R"({"id":"c1","object":"chat.completion.chunk","created":5,"model":"m",)";
  json.append(R"("choices":[)").append(choices).append("]");
  if (!members.empty()) json.append(",").append(members);
  return event(json + "}");
}

/// A chunk of one delta.
std::string delta(std::string_view delta, std::string_view finish = "null") {
  std::string choice = R"({"index":0,"delta":)";
  choice.append(delta).append(R"(,"finish_reason":)").append(finish);
  return chunk(choice + "}");
}

const std::string stop = delta("{}", R"("stop")");

/// What is told of these bytes, without the first line.
std::string told(std::string_view bytes) {
  chat::RecordingSink recording;
  chat::GrammarSink grammar(&recording);
  const auto decoder = make_stream_decoder();
  decoder->feed(bytes, grammar);
  decoder->finish(grammar);
  EXPECT_EQ(grammar.violation(), "") << bytes;
  EXPECT_TRUE(grammar.ended()) << bytes;
  std::string lines = recording.text();
  if (lines.starts_with("begin ")) lines.erase(0, lines.find('\n') + 1);
  return lines;
}

constexpr std::string_view cut_off =
    "failed 502 \"Upstream ended the stream before the answer was complete\"\n";

TEST(OpenAiChatStreamDecoder, a_text_is_told_as_it_comes) {
  chat::RecordingSink recording;
  const auto decoder = make_stream_decoder();
  decoder->feed(delta(R"({"role":"assistant","content":"","refusal":null})"), recording);
  decoder->feed(delta(R"({"content":"Hel"})"), recording);
  EXPECT_EQ(
      recording.text(),
      "begin openai_chat id=\"c1\" model=\"m\" created=5\npart 0.0 text\ndelta 0.0 \"Hel\"\n");
  decoder->feed(delta(R"({"content":"lo"})") + stop + std::string(done), recording);
  EXPECT_EQ(recording.text(),
            "begin openai_chat id=\"c1\" model=\"m\" created=5\npart 0.0 text\ndelta 0.0 \"Hel\"\n"
            "delta 0.0 \"lo\"\nend 0.0\nfinish 0 stop word=\"stop\"\ndone\n");
  const std::size_t lines = recording.lines.size();
  decoder->feed(delta(R"({"content":"more"})"), recording);
  decoder->finish(recording);
  EXPECT_EQ(recording.lines.size(), lines) << "something was told after the end";
}

TEST(OpenAiChatStreamDecoder, the_first_chunk_says_what_the_reply_is_about) {
  chat::RecordingSink recording;
  const auto decoder = make_stream_decoder();
  // Azure knows neither id nor model when it has looked at the prompt.
  decoder->feed(event(R"({"id":"","object":"","created":0,"model":"","choices":[],
                          "prompt_filter_results":[1]})"),
                recording);
  EXPECT_TRUE(recording.lines.empty());
  decoder->feed(chunk(R"({"delta":{"content":"x"}})",
                      R"("system_fingerprint":"fp","obfuscation":"o","service_tier":null)"),
                recording);
  EXPECT_EQ(recording.lines.at(0),
            "begin openai_chat id=\"c1\" model=\"m\" created=5 extras(openai_chat "
            "prompt_filter_results=[1] system_fingerprint=\"fp\")");
}

TEST(OpenAiChatStreamDecoder, a_finish_reason_in_every_chunk_ends_nothing) {
  EXPECT_EQ(told(delta(R"({"content":"Hel"})", R"("stop")") +
                 delta(R"({"content":"lo"})", R"("stop")") + std::string(done)),
            "part 0.0 text\ndelta 0.0 \"Hel\"\ndelta 0.0 \"lo\"\nend 0.0\n"
            "finish 0 stop word=\"stop\"\ndone\n");
}

TEST(OpenAiChatStreamDecoder, a_call_after_the_finish_reason_counts) {
  EXPECT_EQ(told(delta(R"({"content":"Hi"})", R"("stop")") +
                 delta(R"({"tool_calls":[{"index":0,"id":"c","function":{"name":"f",
                                                                         "arguments":"{}"}}]})") +
                 std::string(done)),
            "part 0.0 text\ndelta 0.0 \"Hi\"\nend 0.0\npart 0.1 call id=\"c\" name=\"f\"\n"
            "delta 0.1 \"{}\"\nend 0.1\nfinish 0 tool_calls\ndone\n");
}

TEST(OpenAiChatStreamDecoder, the_last_finish_reason_is_the_one_that_counts) {
  EXPECT_NE(told(delta(R"({"content":"Hi"})", R"("stop")") + delta("{}", R"("length")"))
                .find("finish 0 length word=\"length\"\n"),
            std::string::npos);
}

TEST(OpenAiChatStreamDecoder, deltas_that_say_nothing_tell_nothing) {
  EXPECT_EQ(told(": keepalive\n\n" + delta(R"({"role":"assistant"})") +
                 delta(R"({"content":null,"tool_calls":[],"reasoning_content":""})") +
                 chunk(R"({"index":0})") + chunk("") + event(R"({"object":"ping"})") +
                 event(R"({"type":"ping"})") + delta(R"({"content":"x"})", R"("")") + stop +
                 std::string(done)),
            "part 0.0 text\ndelta 0.0 \"x\"\nend 0.0\nfinish 0 stop word=\"stop\"\ndone\n");
}

TEST(OpenAiChatStreamDecoder, thoughts_come_before_the_text_of_the_same_delta) {
  for (const std::string_view name : {"reasoning_content", "reasoning"}) {
    const std::string lines =
        told(delta(R"({"content":"x",")" + std::string(name) + R"(":"Hm."})") + stop);
    EXPECT_EQ(lines.substr(lines.find("delta")),
              "delta 0.0 \"Hm.\"\nend 0.0\npart 0.1 text\ndelta 0.1 \"x\"\nend 0.1\n"
              "finish 0 stop word=\"stop\"\ndone\n");
  }
}

TEST(OpenAiChatStreamDecoder, thoughts_told_under_two_names_are_told_once) {
  EXPECT_NE(told(delta(R"({"reasoning":"Hm.","reasoning_content":"Hm."})") + stop)
                .find("delta 0.0 \"Hm.\"\nend 0.0\n"),
            std::string::npos);
}

TEST(OpenAiChatStreamDecoder, details_of_thoughts_bring_texts_seals_and_an_aside) {
  const std::string lines = told(
      delta(R"({"reasoning":"A","reasoning_details":[{"type":"reasoning.text","text":"A"}]})") +
      delta(R"({"reasoning_details":[{"type":"reasoning.text","text":"B"}]})") +
      delta(R"({"reasoning_details":[{"type":"reasoning.text","signature":"sig"}]})") +
      delta(R"({"reasoning_details":[{"type":"reasoning.encrypted","data":"enc"}]})") +
      delta(R"({"content":"x"})") + stop);
  EXPECT_EQ(lines.find("part 0.0 reasoning extras(openai_chat spelling="), 0U) << lines;
  EXPECT_NE(lines.find("delta 0.0 \"A\"\naside 0 openai_chat {\"=message\":{\"reasoning\":\"A\","
                       "\"reasoning_details\":[{\"type\":\"reasoning.text\",\"text\":\"A\"}]}}\n"
                       "delta 0.0 \"B\"\n"),
            std::string::npos)
      << lines;
  EXPECT_NE(lines.find("end 0.0 seal=\":sig\"\npart 0.1 reasoning redacted seal=\":enc\""),
            std::string::npos)
      << lines;
  EXPECT_NE(lines.find("part 0.2 text\ndelta 0.2 \"x\""), std::string::npos) << lines;
}

TEST(OpenAiChatStreamDecoder, content_may_be_a_list) {
  EXPECT_EQ(
      told(delta(R"({"content":[{"type":"thinking","thinking":[{"type":"text","text":"Hm."}]}]})") +
           delta(R"({"content":[{"type":"text","text":"x"}]})") +
           delta(R"({"content":[{"type":"reference","ids":[1]}]})") + stop),
      "part 0.0 reasoning\ndelta 0.0 \"Hm.\"\nend 0.0\npart 0.1 text\ndelta 0.1 \"x\"\n"
      "end 0.1\npart 0.2 opaque openai_chat {\"type\":\"reference\",\"ids\":[1]}\nend 0.2\n"
      "finish 0 stop word=\"stop\"\ndone\n");
}

TEST(OpenAiChatStreamDecoder, a_refusal_is_a_part_of_its_own) {
  EXPECT_EQ(told(delta(R"({"refusal":"I "})") + delta(R"({"refusal":"cannot."})") + stop),
            "part 0.0 refusal\ndelta 0.0 \"I \"\ndelta 0.0 \"cannot.\"\nend 0.0\n"
            "finish 0 stop word=\"stop\"\ndone\n");
}

std::string calls(std::string_view items) {
  return delta(R"({"tool_calls":[)" + std::string(items) + "]}");
}

const std::string one_call =
    "part 0.0 call id=\"a\" name=\"f\"\ndelta 0.0 \"{\\\"x\\\":\"\ndelta 0.0 \"1}\"\nend 0.0\n"
    "finish 0 tool_calls word=\"tool_calls\"\ndone\n";
const std::string calls_end = delta("{}", R"("tool_calls")");

TEST(OpenAiChatStreamDecoder, a_call_is_one_part_however_often_it_is_named) {
  EXPECT_EQ(told(calls(R"({"index":0,"id":"a","type":"function",
                           "function":{"name":"f","arguments":""}})") +
                 calls(R"({"index":0,"function":{"arguments":"{\"x\":"}})") +
                 calls(R"({"index":0,"function":{"arguments":"1}"}})") + calls_end),
            one_call);
  EXPECT_EQ(
      told(calls(R"({"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":"}})") +
           calls(R"({"index":0,"id":"a","function":{"name":"f","arguments":"1}"}})") + calls_end),
      one_call);
  EXPECT_EQ(told(calls(R"({"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":"}})") +
                 calls(R"({"index":0,"id":"other","function":{"name":null,"arguments":"1}"}})") +
                 calls_end),
            one_call);
}

TEST(OpenAiChatStreamDecoder, a_call_without_an_index_is_found_by_id_or_goes_on) {
  EXPECT_EQ(told(calls(R"({"id":"a","function":{"name":"f","arguments":"{\"x\":"}})") +
                 calls(R"({"id":"a","function":{"arguments":"1}"}})") + calls_end),
            one_call);
  EXPECT_EQ(told(calls(R"({"id":"a","function":{"name":"f","arguments":"{\"x\":"}})") +
                 calls(R"({"function":{"arguments":"1}"}})") + calls_end),
            one_call);
}

TEST(OpenAiChatStreamDecoder, a_part_never_begins_without_a_name) {
  EXPECT_EQ(told(calls(R"({"index":0,"id":"a"})") +
                 calls(R"({"index":0,"function":{"arguments":"{\"x\":"}})") +
                 calls(R"({"index":0,"function":{"name":"f","arguments":"1}"}})") + calls_end),
            one_call);
  EXPECT_EQ(told(calls(R"({"index":0,"id":"a","function":{"arguments":"{}"}})") + stop),
            "finish 0 stop word=\"stop\"\ndone\n");
}

TEST(OpenAiChatStreamDecoder, calls_that_are_told_at_once_are_told_one_after_the_other) {
  EXPECT_EQ(told(calls(R"({"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":"}},
                          {"index":1,"id":"b","function":{"name":"g","arguments":"{"}})") +
                 calls(R"({"index":1,"function":{"arguments":"}"}},
                          {"index":0,"function":{"arguments":"1}"}})") +
                 calls_end),
            "part 0.0 call id=\"a\" name=\"f\"\ndelta 0.0 \"{\\\"x\\\":\"\ndelta 0.0 \"1}\"\n"
            "end 0.0\npart 0.1 call id=\"b\" name=\"g\"\ndelta 0.1 \"{}\"\nend 0.1\n"
            "finish 0 tool_calls word=\"tool_calls\"\ndone\n");
}

TEST(OpenAiChatStreamDecoder, calls_of_the_same_index_are_told_apart) {
  const std::string two =
      "part 0.0 call id=\"a\" name=\"f\"\ndelta 0.0 \"{}\"\nend 0.0\n"
      "part 0.1 call id=\"b\" name=\"f\"\ndelta 0.1 \"{}\"\nend 0.1\n"
      "finish 0 tool_calls word=\"tool_calls\"\ndone\n";
  for (const std::string_view index : {R"("index":0,)", ""}) {
    const std::string first =
        "{" + std::string(index) + R"("id":"a","function":{"name":"f","arguments":"{}"}})";
    const std::string second =
        "{" + std::string(index) + R"("id":"b","function":{"name":"f","arguments":"{}"}})";
    EXPECT_EQ(told(calls(first + "," + second) + calls_end), two) << index;
    EXPECT_EQ(told(calls(first) + calls(second) + calls_end), two) << index;
  }
  EXPECT_EQ(told(calls(R"({"function":{"name":"f","arguments":"{}"}},
                          {"function":{"name":"g","arguments":"{}"}})") +
                 calls_end),
            "part 0.0 call name=\"f\"\ndelta 0.0 \"{}\"\nend 0.0\n"
            "part 0.1 call name=\"g\"\ndelta 0.1 \"{}\"\nend 0.1\n"
            "finish 0 tool_calls word=\"tool_calls\"\ndone\n");
}

TEST(OpenAiChatStreamDecoder, arguments_may_be_an_object) {
  EXPECT_EQ(told(calls(R"({"index":0,"id":"a","function":{"name":"f","arguments":{"x":1}}})") +
                 calls_end),
            "part 0.0 call id=\"a\" name=\"f\"\ndelta 0.0 \"{\\\"x\\\":1}\"\nend 0.0\n"
            "finish 0 tool_calls word=\"tool_calls\"\ndone\n");
}

TEST(OpenAiChatStreamDecoder, freeform_and_old_calls_are_calls) {
  EXPECT_EQ(
      told(calls(R"({"index":0,"id":"a","type":"custom","custom":{"name":"sh","input":""}})") +
           calls(R"({"index":0,"custom":{"input":"ls"}})") + calls_end),
      "part 0.0 call id=\"a\" name=\"sh\" freeform\ndelta 0.0 \"ls\"\nend 0.0\n"
      "finish 0 tool_calls word=\"tool_calls\"\ndone\n");
  const std::string old =
      told(delta(R"({"function_call":{"name":"f","arguments":""}})") +
           delta(R"({"function_call":{"arguments":"{}"}})") + delta("{}", R"("function_call")"));
  EXPECT_EQ(old.find("part 0.0 call name=\"f\" extras(openai_chat spelling="), 0U) << old;
  EXPECT_NE(
      old.find("delta 0.0 \"{}\"\nend 0.0\nfinish 0 tool_calls word=\"function_call\"\ndone\n"),
      std::string::npos)
      << old;
}

TEST(OpenAiChatStreamDecoder, the_seal_of_a_call_comes_with_its_seed_or_its_end) {
  const std::string_view seal = R"("extra_content":{"google":{"thought_signature":"s"}})";
  EXPECT_EQ(told(calls(R"({"index":0,"id":"a","function":{"name":"f","arguments":"{}"},)" +
                       std::string(seal) + "}") +
                 calls_end),
            "part 0.0 call id=\"a\" name=\"f\" seal=\":s\"\ndelta 0.0 \"{}\"\nend 0.0\n"
            "finish 0 tool_calls word=\"tool_calls\"\ndone\n");
  EXPECT_EQ(told(calls(R"({"index":0,"id":"a","function":{"name":"f","arguments":"{}"}})") +
                 calls(R"({"index":0,)" + std::string(seal) + "}") + calls_end),
            "part 0.0 call id=\"a\" name=\"f\"\ndelta 0.0 \"{}\"\nend 0.0 seal=\":s\"\n"
            "finish 0 tool_calls word=\"tool_calls\"\ndone\n");
}

TEST(OpenAiChatStreamDecoder, who_calls_a_tool_ends_with_tool_calls) {
  const std::string call =
      calls(R"({"index":0,"id":"a","function":{"name":"f","arguments":"{}"}})");
  EXPECT_NE(told(call + stop).find("finish 0 tool_calls\n"), std::string::npos);
  EXPECT_NE(told(call + delta("{}", R"("length")")).find("finish 0 length word=\"length\"\n"),
            std::string::npos);
}

TEST(OpenAiChatStreamDecoder, choices_are_told_apart) {
  EXPECT_EQ(
      told(chunk(R"({"index":1,"delta":{"content":"b"}},{"index":0,"delta":{"content":"a"}})") +
           chunk(R"({"index":0,"delta":{},"finish_reason":"length"})") +
           chunk(R"({"index":1,"delta":{},"finish_reason":"stop"})")),
      "part 1.0 text\ndelta 1.0 \"b\"\npart 0.0 text\ndelta 0.0 \"a\"\nend 0.0\n"
      "finish 0 length word=\"length\"\nend 1.0\nfinish 1 stop word=\"stop\"\ndone\n");
}

TEST(OpenAiChatStreamDecoder, usage_is_read_wherever_it_stands) {
  const std::string usage = R"("usage":{"prompt_tokens":1,"completion_tokens":2})";
  const std::string line =
      "usage fresh=1 text=2 wire=opaque openai_chat "
      "{\"prompt_tokens\":1,\"completion_tokens\":2}\n";
  const std::string text = delta(R"({"content":"x"})");
  const std::string head = "part 0.0 text\ndelta 0.0 \"x\"\n";
  const std::string end = "end 0.0\nfinish 0 stop word=\"stop\"\n";
  EXPECT_EQ(told(text + stop + chunk("", usage) + std::string(done)), head + line + end + "done\n");
  EXPECT_EQ(told(text + chunk(R"({"delta":{},"finish_reason":"stop"})", usage)),
            head + line + end + "done\n");
  EXPECT_EQ(told(chunk("", usage) + text + stop), line + head + end + "done\n");
  EXPECT_NE(told(text + chunk("", R"("service_tier":"flex",)" + usage)).find("text=2 flex wire="),
            std::string::npos);
  EXPECT_EQ(told(text + stop + chunk("", R"("x_groq":{)" + usage + "}")),
            head + line + end + "done\n");
  EXPECT_EQ(told(text + chunk(R"({"delta":{},"finish_reason":"stop",)" + usage + "}")),
            head + line + end + "done\n");
  EXPECT_EQ(told(text + stop + chunk("", R"("usage":null)") + chunk("", R"("usage":{})")),
            head + end + "done\n");
}

TEST(OpenAiChatStreamDecoder, members_without_a_name_in_the_model_are_asides) {
  EXPECT_EQ(told(chunk(R"({"index":0,"delta":{"content":"x","annotations":[1],"audio":null},
                           "logprobs":{"content":[2]},"content_filter_results":{}})") +
                 stop),
            "part 0.0 text\ndelta 0.0 \"x\"\naside 0 openai_chat "
            "{\"logprobs\":{\"content\":[2]},\"message\":{\"annotations\":[1]}}\nend 0.0\n"
            "finish 0 stop word=\"stop\"\ndone\n");
}

TEST(OpenAiChatStreamDecoder, a_whole_message_in_place_of_a_delta_is_read) {
  EXPECT_EQ(told(event(R"({"object":"chat.completion","choices":[{"index":0,
                  "message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}]})")),
            "part 0.0 text\ndelta 0.0 \"Hi\"\nend 0.0\nfinish 0 stop word=\"stop\"\ndone\n");
}

TEST(OpenAiChatStreamDecoder, the_end_mark_is_needed_only_where_no_reason_was_given) {
  const std::string text = delta(R"({"content":"x"})");
  const std::string said = "part 0.0 text\ndelta 0.0 \"x\"\n";
  EXPECT_EQ(told(text + stop), said + "end 0.0\nfinish 0 stop word=\"stop\"\ndone\n");
  EXPECT_EQ(told(text + std::string(done)), said + "end 0.0\nfinish 0 stop\ndone\n");
  EXPECT_EQ(told(text), said + std::string(cut_off));
}

TEST(OpenAiChatStreamDecoder, a_stream_without_an_answer_fails) {
  for (const std::string& bytes :
       {std::string(), std::string("\n\n"), std::string("<html>502</html>\n\n"), std::string(done),
        chunk(""), chunk("null"), chunk("true") + std::string(done),
        std::string(": comment\n\n")}) {
    EXPECT_EQ(told(bytes), cut_off) << bytes;
  }
}

TEST(OpenAiChatStreamDecoder, errors_in_the_stream_fail_the_reply_with_their_status) {
  const std::string text = delta(R"({"content":"x"})");
  const std::string said = "part 0.0 text\ndelta 0.0 \"x\"\n";
  EXPECT_EQ(told(text + event(R"({"error":{"message":"Busy","code":503}})") + text),
            said + "failed 503 \"Busy\" code=\"503\"\n");
  EXPECT_EQ(told(event(R"({"error":{"message":"Slow","type":"rate_limit_error"}})")),
            "failed 429 \"Slow\" type=\"rate_limit_error\"\n");
  EXPECT_EQ(told(event(R"({"error":"odd"})")), "failed 502 \"odd\"\n");
  EXPECT_EQ(told("event: error\n" + event(R"({"message":"Gone"})")), "failed 502 \"Gone\"\n");
  EXPECT_EQ(told(text + delta("{}", R"("error")")),
            said + "failed 502 \"Upstream broke off its answer\"\n");
  EXPECT_EQ(
      told(chunk(R"({"delta":{},"finish_reason":"error","error":{"message":"E","code":504}})")),
      "failed 504 \"E\" code=\"504\"\n");
  EXPECT_EQ(
      told(chunk(R"({"delta":{"content":"x"}})", R"("error":null)") + stop + std::string(done)),
      said + "end 0.0\nfinish 0 stop word=\"stop\"\ndone\n");
}

TEST(OpenAiChatStreamDecoder, what_is_no_json_fails_the_reply) {
  for (const std::string_view bad : {"{", "[]", "Internal error", "5", "{\"a\":\"\xff\"}"}) {
    EXPECT_EQ(told(event(std::string(bad))),
              "failed 502 \"Invalid JSON in the provider's stream\"\n")
        << bad;
  }
}

TEST(OpenAiChatStreamDecoder, nobody_can_make_it_hold_without_end) {
  EXPECT_EQ(told(chunk(R"({"index":1000000,"delta":{"content":"x"}})")),
            "failed 502 \"Upstream sent more than an answer may hold\"\n");
  std::string many;
  for (int i = 0; i < 2000; ++i)
    many += calls(R"({"index":)" + std::to_string(i) + R"(,"id":"a"})");
  EXPECT_EQ(told(many + stop), "failed 502 \"Upstream sent more than an answer may hold\"\n");
  std::string items;
  for (int i = 0; i < 2000; ++i) items += R"({"index":)" + std::to_string(i) + "},";
  EXPECT_EQ(told(chunk(R"({"delta":{"tool_calls":[)" + items +
                       R"({"index":0,"function":{"name":"f"}}]},"logprobs":{"content":[1]}})")),
            "failed 502 \"Upstream sent more than an answer may hold\"\n");
}

TEST(OpenAiChatStreamDecoder, any_split_tells_the_same) {
  const std::string bytes =
      delta(R"({"role":"assistant","reasoning":"Hm."})") + delta(R"({"content":"\u00e9é"})") +
      calls(R"({"index":0,"id":"a","function":{"name":"f","arguments":"{}"}})") + calls_end +
      chunk("", R"("usage":{"prompt_tokens":1,"completion_tokens":2})") + std::string(done);
  const std::string whole = told(bytes);
  for (std::size_t at = 1; at < bytes.size(); ++at) {
    chat::RecordingSink recording;
    const auto decoder = make_stream_decoder();
    decoder->feed(std::string(bytes, 0, at), recording);
    decoder->feed(std::string(bytes, at), recording);
    decoder->finish(recording);
    const std::string lines = recording.text();
    ASSERT_EQ(lines.substr(lines.find('\n') + 1), whole) << at;
  }
}

TEST(OpenAiChatStreamDecoder, broken_streams_end_like_any_other) {
  const std::string bytes =
      chunk(R"({"index":0,"delta":{"content":"a","reasoning_details":[{"data":"x"}]},
                "logprobs":{"content":[]}})") +
      calls(R"({"index":0,"id":"a","function":{"name":"f","arguments":{}}})") + calls_end;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (const char c : {'[', '}', '"', '9', 'n', '\n'}) {
      std::string changed = bytes;
      changed[at] = c;
      told(changed);
    }
  }
}

TEST(OpenAiChatStreamDecoder, what_a_collector_gathers_equals_the_whole_reply) {
  chat::Collector collector;
  const auto decoder = make_stream_decoder();
  decoder->feed(delta(R"({"role":"assistant","content":"Hel"})") +
                    chunk(R"({"index":0,"delta":{"content":"lo"},"logprobs":{"content":[1]}})") +
                    chunk(R"({"index":0,"delta":{},"logprobs":{"content":[2]}})") + stop +
                    chunk("", R"("usage":{"prompt_tokens":1,"completion_tokens":2})"),
                collector);
  decoder->finish(collector);
  ASSERT_TRUE(collector.complete());
  Losses losses;
  EXPECT_EQ(
      encode_reply(collector.reply(), {}, losses),
      R"({"id":"c1","object":"chat.completion","created":5,"model":"m","choices":[{"index":0,)"
      R"("message":{"role":"assistant","content":"Hello","refusal":null},)"
      R"("finish_reason":"stop","logprobs":{"content":[1,2]}}],)"
      R"("usage":{"prompt_tokens":1,"completion_tokens":2}})");
}

TEST(OpenAiChatStreamDecoder, calls_without_ids_are_told_apart_by_their_names) {
  EXPECT_EQ(told(calls(R"({"index":0,"id":"","function":{"name":"f","arguments":"{\"a\":1}"}})") +
                 calls(R"({"index":0,"id":"","function":{"name":"g","arguments":"{\"b\":2}"}})") +
                 delta("{}", R"("tool_calls")") + std::string(done)),
            "part 0.0 call name=\"f\"\ndelta 0.0 \"{\\\"a\\\":1}\"\nend 0.0\n"
            "part 0.1 call name=\"g\"\ndelta 0.1 \"{\\\"b\\\":2}\"\nend 0.1\n"
            "finish 0 tool_calls word=\"tool_calls\"\ndone\n");
}

TEST(OpenAiChatStreamDecoder, pictures_are_parts) {
  EXPECT_EQ(told(delta(R"({"content":"","images":[{"type":"image_url",
                           "image_url":{"url":"data:image/png;base64,AAAA"}}]})") +
                 stop + std::string(done)),
            "part 0.0 media image base64 \"AAAA\" mime=\"image/png\"\nend 0.0\n"
            "finish 0 stop word=\"stop\"\ndone\n");
}

TEST(OpenAiChatStreamDecoder, the_text_that_stopped_a_model_of_vllm_is_known) {
  EXPECT_EQ(told(delta(R"({"content":"a"})") +
                 chunk(R"({"index":0,"delta":{},"finish_reason":"stop","stop_reason":"END"})")),
            "part 0.0 text\ndelta 0.0 \"a\"\nend 0.0\n"
            "finish 0 stop word=\"stop\" stop_sequence=\"END\"\ndone\n");
}

TEST(OpenAiChatStreamDecoder, arguments_without_a_name_are_held_within_one_bound_for_all) {
  const std::string arguments(std::size_t{12} << 20, 'x');
  const auto decoder = make_stream_decoder();
  chat::RecordingSink recording;
  for (int i = 0; i < 3; ++i) {
    decoder->feed(calls(R"({"index":)" + std::to_string(i) + R"(,"function":{"arguments":")" +
                        arguments + R"("}})"),
                  recording);
  }
  EXPECT_EQ(recording.text().substr(recording.text().find("failed")),
            "failed 502 \"Upstream sent more than an answer may hold\"\n");
}

}  // namespace
}  // namespace omni::dialect::openai_chat
