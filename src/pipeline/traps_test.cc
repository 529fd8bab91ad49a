// What clients notice when an answer goes wrong, by the numbers of the traps: answers as providers
// give them, on their way over sockets.

#include "chat/collector.h"
#include "dialect/codec.h"
#include "pipeline/test_pipeline.h"

namespace omni::pipeline {
namespace {

using chat::Dialect;
using testing::Mode;
using testing::PipelineTest;
using testing::TestAnswer;

class TrapsTest : public PipelineTest {
 protected:
  TrapsTest() {
    for (const Dialect dialect : chat::all_dialects) {
      connect(testing::provider_of(dialect), "key-" + testing::provider_of(dialect));
    }
  }
  void play(std::string body, std::string type = "text/event-stream") {
    provider_.play(upstream::testing::Reply{.type = std::move(type), .pieces = {std::move(body)}});
  }
};

/// "name input" of each call that the client reads in a stream.
std::vector<std::string> calls_in(Dialect client, const TestAnswer& answer) {
  chat::Collector collector;
  const auto decoder = dialect::codec_for(client).stream_decoder();
  decoder->feed(answer.body, collector);
  decoder->finish(collector);
  std::vector<std::string> calls;
  for (const chat::Part& part : collector.reply().choices.at(0).parts) {
    if (const auto* call = std::get_if<chat::ToolCall>(&part.body)) {
      calls.push_back(call->name + " " + call->input);
    }
  }
  return calls;
}

std::string chunk(const std::string& delta, const std::string& finish = "null") {
  return R"(data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"m",)"
         R"("choices":[{"index":0,"delta":)" +
         delta + R"(,"finish_reason":)" + finish + "}]}\n\n";
}
std::string call_chunk(int index, const std::string& rest) {
  return chunk(R"({"tool_calls":[{"index":)" + std::to_string(index) + "," + rest + "}]}");
}

TEST_F(TrapsTest, T02_calls_that_a_provider_tells_at_once_are_told_one_after_the_other) {
  play(call_chunk(0, R"("id":"call_a","type":"function","function":{"name":"f","arguments":""})") +
       call_chunk(1, R"("id":"call_b","type":"function","function":{"name":"g","arguments":""})") +
       call_chunk(0, R"("function":{"arguments":"{\"a\":"})") +
       call_chunk(1, R"("function":{"arguments":"{\"b\":"})") +
       call_chunk(0, R"("function":{"arguments":"1}"})") +
       call_chunk(1, R"("function":{"arguments":"2}"})") + chunk("{}", R"("tool_calls")") +
       "data: [DONE]\n\n");
  for (const Dialect client : chat::all_dialects) {
    SCOPED_TRACE(name_of(client));
    const TestAnswer answer = ask(client, "ch/m", Mode::stream);
    EXPECT_EQ(calls_in(client, answer), (std::vector<std::string>{R"(f {"a":1})", R"(g {"b":2})"}))
        << answer.body;
  }
  const std::string told = ask(Dialect::anthropic, "ch/m", Mode::stream).body;
  std::size_t at = 0;
  for (const char* const event :
       {R"("content_block_start","index":0)", R"("content_block_stop","index":0)",
        R"("content_block_start","index":1)", R"("content_block_stop","index":1)"}) {
    at = told.find(event, at);
    ASSERT_NE(at, std::string::npos) << event << told;
  }
}

TEST_F(TrapsTest, T08_tokens_add_up_and_cached_ones_count_once) {
  play(R"({"id":"msg_1","type":"message","role":"assistant","model":"m","stop_reason":"end_turn",
           "stop_sequence":null,"content":[{"type":"text","text":"Hi"}],"usage":{"input_tokens":12,
           "cache_creation_input_tokens":384,"cache_read_input_tokens":2048,"output_tokens":9}})",
       "application/json");
  for (const Dialect client : chat::all_dialects) {
    const auto usage = testing::hear(client, ask(client, "an/m")).usage;
    ASSERT_TRUE(usage) << name_of(client);
    EXPECT_EQ(usage->input(), 2444) << name_of(client);
    EXPECT_EQ(usage->output(), 9) << name_of(client);
    if (client != Dialect::ollama) EXPECT_EQ(usage->input_cache_read, 2048) << name_of(client);
  }
  play(R"({"id":"c1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,
           "message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],
           "usage":{"prompt_tokens":2310,"completion_tokens":6,"total_tokens":2316,
           "prompt_tokens_details":{"cached_tokens":2176}}})",
       "application/json");
  const TestAnswer answer = ask(Dialect::anthropic, "ch/m");
  EXPECT_TRUE(answer.says(R"("input_tokens":134)")) << answer.body;
  EXPECT_TRUE(answer.says(R"("cache_read_input_tokens":2176)")) << answer.body;
}

TEST_F(TrapsTest, T14_the_signature_of_a_thought_returns_on_the_first_call_whoever_asks) {
  play(R"({"candidates":[{"content":{"role":"model","parts":[{"functionCall":{"id":"call-1",
           "name":"f","args":{"a":1}},"thoughtSignature":"c2lnbmVk"}]},"finishReason":"STOP",
           "index":0}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":1,
           "totalTokenCount":2},"modelVersion":"m","responseId":"r"})",
       "application/json");
  const std::string question = R"({"model":"ge/m","messages":[{"role":"user","content":"Go")";
  const auto second = [&](const std::string& id) {
    ask({"/v1/chat/completions",
         question + R"(},{"role":"assistant","content":null,"tool_calls":[{"id":")" + id +
             R"(","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]},)" +
             R"({"role":"tool","tool_call_id":")" + id + R"(","content":"done"}]})"});
    return provider_.last_asked().body;
  };
  const TestAnswer first = ask({"/v1/chat/completions", question + "}]}"});
  ASSERT_TRUE(first.says(R"("id":"call-1")")) << first.body;
  EXPECT_NE(second("call-1").find(R"("thoughtSignature":"c2lnbmVk")"), std::string::npos);
  EXPECT_EQ(second("call-of-yesterday").find("thoughtSignature"), std::string::npos)
      << "of another call it would be a lie";
}

}  // namespace
}  // namespace omni::pipeline
