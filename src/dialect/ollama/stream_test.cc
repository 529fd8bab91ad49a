#include <gtest/gtest.h>

#include "chat/collector.h"
#include "chat/grammar.h"
#include "chat/test_chat.h"
#include "dialect/ollama/codec.h"
#include "dialect/test_json.h"

namespace omni::dialect {
namespace {

using chat::Event;
using chat::Part;

/// Checks the grammar of everything that is told.
std::string events(std::string_view bytes, std::size_t piece = std::string_view::npos) {
  chat::RecordingSink recorded(chat::RecordingSink::Deltas::merged);
  chat::GrammarSink grammar(&recorded);
  const auto decoder = ollama_codec().stream_decoder();
  for (std::size_t at = 0; at < bytes.size(); at += std::min(piece, bytes.size() - at)) {
    decoder->feed(std::string(bytes.substr(at, piece)), grammar);
  }
  decoder->finish(grammar);
  EXPECT_EQ(grammar.violation(), "");
  EXPECT_TRUE(grammar.ended());
  return recorded.text();
}

/// A line of a stream whose message has these members.
std::string line(int tenth, std::string_view message, std::string_view end = "\"done\":false") {
  return R"({"model":"m","created_at":"2023-08-04T19:22:45.)" + std::to_string(tenth) +
         R"(Z","message":{"role":"assistant",)" + std::string(message) + "}," + std::string(end) +
         "}\n";
}

const std::string agent =
    line(1, R"("content":"","thinking":"hm ")") + line(2, R"("content":"","thinking":"ok")") +
    line(3, R"("content":"Let ")") + line(4, R"("content":"me \u00e4 ✓")") +
    line(5, R"("content":"","tool_calls":[{"function":{"index":0,"name":"a",)"
            R"("arguments":{"x":1}}},{"id":"c2","function":{"name":"b","arguments":{}}}])") +
    line(6, R"("content":"")",
         R"("done":true,"done_reason":"stop","total_duration":9,)"
         R"("prompt_eval_count":3,"eval_count":4)");

TEST(OllamaStream, TellsThoughtsTextAndCallsInOrder) {
  EXPECT_EQ(events(agent),
            "begin ollama model=\"m\" created=1691176965 extras(ollama "
            "#created_at=\"2023-08-04T19:22:45.1Z\")\n"
            "part 0.0 reasoning\ndelta 0.0 \"hm ok\"\nend 0.0\n"
            "part 0.1 text\ndelta 0.1 \"Let me ä ✓\"\nend 0.1\n"
            "part 0.2 call name=\"a\" extras(ollama function={\"index\":0})\n"
            "delta 0.2 \"{\\\"x\\\":1}\"\nend 0.2\n"
            "part 0.3 call id=\"c2\" name=\"b\"\ndelta 0.3 \"{}\"\nend 0.3\n"
            "usage fresh=3 text=4 wire=opaque ollama "
            "{\"total_duration\":9,\"prompt_eval_count\":3,\"eval_count\":4}\n"
            "finish 0 tool_calls\ndone\n");
}

TEST(OllamaStream, DoesNotDependOnHowTheBytesAreCut) {
  for (const std::size_t piece : {1U, 2U, 3U, 7U, 64U, 400U}) {
    EXPECT_EQ(events(agent, piece), events(agent)) << piece;
  }
}

TEST(OllamaStream, TakesLinesWithCrlfAndTheLastOneWithoutItsEnd) {
  EXPECT_EQ(events("\r\n{\"model\":\"m\",\"message\":{\"content\":\"x\"}}\r\n\r\n"
                   "{\"done\":true,\"done_reason\":\"length\"}"),
            "begin ollama model=\"m\" extras(ollama spelling=512)\n"
            "part 0.0 text\ndelta 0.0 \"x\"\nend 0.0\nfinish 0 length word=\"length\"\ndone\n");
}

TEST(OllamaStream, TakesCallsOnTheLastLine) {
  EXPECT_EQ(events(line(1, R"("tool_calls":[{"function":{"name":"a","arguments":"{\"x\":1}"}}])",
                        R"("done":true,"done_reason":"stop")")),
            "begin ollama model=\"m\" created=1691176965 extras(ollama "
            "#created_at=\"2023-08-04T19:22:45.1Z\")\n"
            "part 0.0 call name=\"a\" extras(ollama spelling=64)\n"
            "delta 0.0 \"{\\\"x\\\":1}\"\nend 0.0\nfinish 0 tool_calls\ndone\n");
}

TEST(OllamaStream, TakesADocumentOverTwoLinesForNone) {
  EXPECT_EQ(events("{\"model\":\"m\",\n\"done\":true}\n"),
            "failed 502 \"Invalid JSON in the provider's stream\"\n");
}

TEST(OllamaStream, MakesNoEventsOfNothing) {
  EXPECT_EQ(events("{}\n{\"model\":\"m\",\"message\":{\"content\":null,\"thinking\":\"\","
                   "\"tool_calls\":null},\"done\":false}\n{}\n{\"done\":true}\n{\"junk"),
            "begin ollama model=\"m\" extras(ollama spelling=512)\nfinish 0 stop\ndone\n");
}

TEST(OllamaStream, FailsWhereItIsCutOffBrokenOrAnError) {
  const std::string head = "{\"model\":\"m\",\"message\":{\"content\":\"x\"}}\n";
  const std::string told =
      "begin ollama model=\"m\" extras(ollama spelling=512)\npart 0.0 text\ndelta 0.0 \"x\"\n";
  const std::string broken = "failed 502 \"Invalid JSON in the provider's stream\"\n";
  EXPECT_EQ(events(""),
            "failed 502 \"Upstream ended the stream before the answer was complete\"\n");
  EXPECT_EQ(events(head),
            told + "failed 502 \"Upstream ended the stream before the answer was complete\"\n");
  EXPECT_EQ(events(head + "{\"error\":\"out of memory\"}\n{\"done\":true}\n"),
            told + "failed 502 \"out of memory\"\n");
  EXPECT_EQ(events("{\"error\":{\"message\":\"no\",\"type\":\"t\"}}\n"),
            "failed 502 \"no\" type=\"t\"\n");
  EXPECT_EQ(events(head + "{\"message\":"), told + broken);
  EXPECT_EQ(events(head + "[]\n"), told + broken);
  EXPECT_EQ(events(head + "{\"message\":{\"content\":5}}\n"), told + broken);
  EXPECT_EQ(events(head + "{\"done\":1}\n"), told + broken);
}

TEST(OllamaStream, KeepsWhatOnlyOllamaSays) {
  EXPECT_EQ(events("{\"model\":\"m\",\"message\":{\"content\":\"x\",\"mood\":1},"
                   "\"logprobs\":[1],\"nothing\":null}\n{\"done\":true}\n"),
            "begin ollama model=\"m\" extras(ollama spelling=512)\n"
            "aside 0 ollama {\"logprobs\":[1],\"message\":{\"mood\":1}}\n"
            "part 0.0 text\ndelta 0.0 \"x\"\nend 0.0\nfinish 0 stop\ndone\n");
}

/// The decoded stream told to the encoder again.
std::string again(std::string_view bytes) {
  std::string out;
  const auto encoder = ollama_codec().stream_encoder({}, out);
  const auto decoder = ollama_codec().stream_decoder();
  decoder->feed(bytes, *encoder);
  decoder->finish(*encoder);
  EXPECT_TRUE(encoder->losses().empty());
  return out;
}

TEST(OllamaStream, SaysAtHomeWhatItHasRead) {
  EXPECT_EQ(events(again(agent)), events(agent));
  const std::string_view odd =
      "{\"model\":\"m\",\"message\":{\"content\":\"x\"}}\n"
      "{\"model\":\"m\",\"message\":{\"content\":\"y\",\"mood\":1},\"logprobs\":[1]}\n"
      "{\"model\":\"m\",\"message\":{\"thinking\":\"z\"},\"logprobs\":[ ]}\n"
      "{\"message\":{\"images\":[\"AAAA\"]},\"done\":true,\"done_reason\":\"load\",\"x\":[2]}\n";
  EXPECT_EQ(events(again(odd)), events(odd));
  EXPECT_NE(again(odd).find(R"("content":"y","mood":1},"done":false,"logprobs":[1]})"),
            std::string::npos)
      << again(odd);
}

TEST(OllamaStream, GathersIntoTheSameReplyAsTheWholeAnswer) {
  chat::Collector collector;
  const auto decoder = ollama_codec().stream_decoder();
  decoder->feed(agent, collector);
  ASSERT_TRUE(collector.complete());
  Losses losses;
  const std::string body = ollama_codec().encode_reply(collector.reply(), {}, losses);
  EXPECT_EQ(canonical(body),
            canonical(R"({"model":"m","created_at":"2023-08-04T19:22:45.1Z","message":{
              "role":"assistant","content":"Let me ä ✓","thinking":"hm ok","tool_calls":[
              {"function":{"index":0,"name":"a","arguments":{"x":1}}},
              {"id":"c2","function":{"name":"b","arguments":{}}}]},"done":true,
              "done_reason":"stop","total_duration":9,"prompt_eval_count":3,"eval_count":4})"));
}

/// Of a stream of another dialect.
class OllamaStreamEncoder : public testing::Test {
 protected:
  void tell(const Event& event) { encoder_->on(event); }
  void begin() {
    tell(chat::ReplyBegin{chat::Dialect::openai_chat, "chatcmpl-1", "gpt", 1700000000, nullptr});
  }
  void part(int number, chat::Part seed, std::vector<std::string_view> deltas) {
    tell(chat::PartBegin{0, number, seed});
    for (const std::string_view text : deltas) tell(chat::PartDelta{0, number, text, summary_++});
    tell(chat::PartEnd{0, number, nullptr});
  }
  void end(chat::Finish finish) {
    tell(chat::ChoiceEnd{0, finish, "odd", {}});
    tell(chat::ReplyEnd{});
  }
  std::string losses() const {
    std::string names;
    for (const Losses::Entry& entry : encoder_->losses().entries())
      names += (names.empty() ? "" : " ") + std::string(entry.row->name);
    return names;
  }

  std::string out_;
  std::unique_ptr<StreamEncoder> encoder_ = ollama_codec().stream_encoder({}, out_);
  int summary_ = -1;

  const std::string head_ = R"({"model":"gpt","created_at":"2023-11-14T22:13:20.000Z","message":)";
  const std::string last_ = head_ + R"({"role":"assistant","content":""},"done":true,)";
  const std::string durations_ = R"("total_duration":0,"load_duration":0,"prompt_eval_count":0,)"
                                 R"("prompt_eval_duration":0,"eval_count":0,"eval_duration":0})"
                                 "\n";
};

TEST_F(OllamaStreamEncoder, WritesALineForEachDeltaAndOneAtTheEnd) {
  begin();
  summary_ = -9;
  part(0, {chat::Text{}, {}, {}, {}}, {"a\n", "\"b\""});
  end(chat::Finish::length);
  EXPECT_EQ(out_, head_ + R"({"role":"assistant","content":"a\n"},"done":false})" + "\n" + head_ +
                      R"({"role":"assistant","content":"\"b\""},"done":false})" + "\n" + last_ +
                      R"("done_reason":"length",)" + durations_);
}

TEST_F(OllamaStreamEncoder, PutsABlankLineBetweenSummaries) {
  begin();
  summary_ = 0;
  part(0, {chat::Reasoning{}, {}, {}, {}}, {"one", "two"});
  EXPECT_EQ(out_, head_ + R"({"role":"assistant","content":"","thinking":"one"},"done":false})" +
                      "\n" + head_ +
                      R"({"role":"assistant","content":"","thinking":"\n\n"},"done":false})" +
                      "\n" + head_ +
                      R"({"role":"assistant","content":"","thinking":"two"},"done":false})" + "\n");
}

TEST_F(OllamaStreamEncoder, WritesACallWholeWithItsArgumentsAsAnObject) {
  begin();
  summary_ = -9;
  part(0, {chat::ToolCall{"c1", {}, "f", {}}, {}, {}, {}}, {"{\"x\"", ":1}"});
  part(1, {chat::ToolCall{"c2", {}, "g", {}}, {}, {}, {}}, {});
  part(2, {chat::ToolCall{"c3", {}, "h", {}}, {}, {}, {}}, {"{"});
  end(chat::Finish::tool_calls);
  const std::string call = head_ + R"({"role":"assistant","content":"","tool_calls":[{"id":)";
  EXPECT_EQ(out_,
            call + R"("c1","function":{"name":"f","arguments":{"x":1}}}]},"done":false})" + "\n" +
                call + R"("c2","function":{"name":"g","arguments":{}}}]},"done":false})" + "\n" +
                call + R"("c3","function":{"name":"h","arguments":{"_raw":"{"}}}]},"done":false})" +
                "\n" + last_ + R"("done_reason":"stop",)" + durations_);
  EXPECT_EQ(losses(), "broken_arguments");
}

TEST_F(OllamaStreamEncoder, FailsWhereACallHasNoEnd) {
  begin();
  const chat::Part seed{chat::ToolCall{"c1", {}, "f", {}}, {}, {}, {}};
  tell(chat::PartBegin{0, 0, seed});
  const std::string piece(std::size_t{4} << 20, 'x');
  for (int i = 0; i < 20; ++i) tell(chat::PartDelta{0, 0, piece, -1});
  tell(chat::PartEnd{0, 0, nullptr});
  end(chat::Finish::tool_calls);
  EXPECT_EQ(out_, R"({"error":"Upstream sent a tool call of too many bytes"})"
                  "\n");
}

TEST_F(OllamaStreamEncoder, SendsWhatIsToldAsideBeforeItIsTooMuch) {
  begin();
  const std::string object = R"({"logprobs":[")" + std::string(1000, 'x') + "\"]}";
  for (int i = 0; i < 100; ++i) tell(chat::Aside{0, -1, chat::Dialect::ollama, object});
  EXPECT_GT(out_.size(), std::size_t{60000});
}

TEST_F(OllamaStreamEncoder, TakesTheLastUsage) {
  begin();
  chat::Usage usage;
  usage.input_cache_read = 90;
  tell(chat::UsageSoFar{usage});
  usage.output_text = 7;
  tell(chat::UsageSoFar{usage});
  end(chat::Finish::stop);
  EXPECT_NE(out_.find(R"("prompt_eval_count":90,)"), std::string::npos);
  EXPECT_NE(out_.find(R"("eval_count":7,)"), std::string::npos);
}

TEST_F(OllamaStreamEncoder, TellsAFailureOnALineOfItsOwn) {
  chat::Failure failure;
  failure.message = "overloaded";
  tell(chat::ReplyFailed{failure});
  EXPECT_EQ(out_, "{\"error\":\"overloaded\"}\n");
}

TEST_F(OllamaStreamEncoder, DeclaresWhatHasNoPlace) {
  begin();
  const Part other{chat::Text{}, {}, {}, {}};
  tell(chat::PartBegin{1, 0, other});
  tell(chat::PartDelta{1, 0, "x", -1});
  tell(chat::PartEnd{1, 0, nullptr});
  tell(chat::ChoiceEnd{1, {}, {}, {}});
  part(
      0,
      {chat::ToolCall{"s", {}, "web_search", {}, {}, chat::ToolCall::Runner::provider}, {}, {}, {}},
      {});
  part(1, {chat::Refusal{}, {}, {}, {}}, {});
  tell(chat::Aside{0, -1, chat::Dialect::openai_chat, "{\"x\":1}"});
  EXPECT_EQ(out_, "");
  EXPECT_EQ(losses(), "extra_choices hosted_call refusal_as_text foreign_member");
}

TEST_F(OllamaStreamEncoder, HasNoHeartbeat) {
  begin();
  encoder_->heartbeat();
  EXPECT_EQ(out_, "");
}

}  // namespace
}  // namespace omni::dialect
