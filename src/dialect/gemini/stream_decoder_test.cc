#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "chat/collector.h"
#include "chat/grammar.h"
#include "dialect/gemini/array_reader.h"
#include "dialect/gemini/codec.h"
#include "dialect/test_json.h"

namespace omni::dialect {
namespace {

using chat::Finish;

/// Writes down what it hears, deltas of a part joined.
class Notes final : public chat::EventSink {
 public:
  void on(const chat::Event& event) override {
    collector_.on(event);
    if (!std::holds_alternative<chat::PartDelta>(event)) delta_ = false;
    std::visit([this](const auto& told) { note(told); }, event);
  }
  const std::string& text() const { return text_; }
  chat::Collector& collector() { return collector_; }

 private:
  void note(const chat::ReplyBegin& begin) {
    text_ += "begin " + std::string(begin.id) + " " + std::string(begin.model);
    for (const auto& [name, value] : begin.extras->members) text_ += " " + name;
    text_ += "\n";
  }
  void note(const chat::PartBegin& begin) {
    static constexpr std::array<std::string_view, 7> kinds{"text",   "media",   "thoughts", "call",
                                                           "result", "refusal", "opaque"};
    text_ += "part " + std::to_string(begin.choice) + "." + std::to_string(begin.part) + " " +
             std::string(kinds[begin.seed.body.index()]);
    if (const auto* call = std::get_if<chat::ToolCall>(&begin.seed.body))
      text_ += " [" + call->id + "] " + call->name;
    if (begin.seed.seal) text_ += " sealed " + begin.seed.seal->bytes;
    text_ += "\n";
  }
  void note(const chat::PartDelta& told) {
    if (delta_) text_.pop_back();
    text_ += (delta_ ? "" : "  ") + std::string(told.text) + "\n";
    delta_ = true;
  }
  void note(const chat::PartEnd& end) {
    text_ += "end " + std::to_string(end.choice) + "." + std::to_string(end.part);
    text_ += end.seal != nullptr ? " sealed " + end.seal->bytes + "\n" : "\n";
  }
  void note(const chat::Aside& aside) {
    text_ += "aside " + std::to_string(aside.part) + " " + canonical(aside.object) + "\n";
  }
  void note(const chat::UsageSoFar& counts) {
    text_ += "usage " + std::to_string(counts.usage.input()) + " " +
             std::to_string(counts.usage.output()) + "\n";
  }
  void note(const chat::ChoiceEnd& end) {
    static constexpr std::array<std::string_view, 5> names{"stop", "length", "tool_calls",
                                                           "content_filter", "paused"};
    text_ += "ended " + std::to_string(end.choice) + " " +
             std::string(names[static_cast<std::size_t>(end.finish)]) + " " +
             std::string(end.finish_word) + "\n";
  }
  void note(const chat::ReplyEnd&) { text_ += "complete\n"; }
  void note(const chat::ReplyFailed& failed) {
    text_ +=
        "failed " + std::to_string(failed.failure.status) + " " + failed.failure.message + "\n";
  }

  chat::Collector collector_;
  std::string text_;
  bool delta_ = false;
};

std::string told(const std::vector<std::string_view>& pieces, chat::Reply* reply = nullptr) {
  Notes notes;
  chat::GrammarSink grammar(&notes);
  const auto decoder = gemini_codec().stream_decoder();
  for (const std::string_view piece : pieces) decoder->feed(piece, grammar);
  decoder->finish(grammar);
  const std::size_t length = notes.text().size();
  decoder->feed("data: {}\r\n\r\n", grammar);
  decoder->finish(grammar);
  EXPECT_EQ(notes.text().size(), length) << "spoke after its end";
  EXPECT_EQ(grammar.violation(), "") << notes.text();
  EXPECT_TRUE(grammar.ended());
  if (reply != nullptr) *reply = std::move(notes.collector()).take();
  return notes.text();
}

std::string events(const std::vector<std::string>& chunks) {
  std::string stream;
  for (std::string chunk : chunks) {
    std::erase(chunk, '\n');
    stream += "data: " + chunk + "\r\n\r\n";
  }
  return stream;
}
std::string list(const std::vector<std::string>& chunks) {
  std::string stream = "[";
  for (const std::string& chunk : chunks) stream += (stream.size() > 1 ? ",\r\n" : "") + chunk;
  return stream + "]\n";
}
std::string tell(const std::vector<std::string>& chunks) { return told({events(chunks)}); }

std::string chunk(const std::string& parts, const std::string& more = {}) {
  return R"({"candidates":[{"content":{"parts":[)" + parts + R"(],"role":"model"},"index":0)" +
         more + "}]}";
}
const std::string stop = R"(,"finishReason":"STOP")";

const std::vector<std::string> conversation{
    R"({"candidates":[{"content":{"parts":[{"text":"Let ","thought":true}],"role":"model"},
        "index":0}],"usageMetadata":{"promptTokenCount":9},"modelVersion":"m","responseId":"r"})",
    chunk(R"({"text":"me \u00e9","thought":true})"),
    chunk(R"({"text":"","thought":true,"thoughtSignature":"s1"})"),
    chunk(R"({"text":"Hel"})"),
    chunk(R"({"text":"lo \"{[\\"})"),
    chunk(R"({"functionCall":{"name":"f","args":{"a":1}},"thoughtSignature":"s2"},
             {"functionCall":{"id":"c","name":"g","args":{}}})"),
    R"({"candidates":[{"finishReason":"STOP"}],
        "usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":4,"thoughtsTokenCount":2}})"};

const std::string conversation_told = R"(begin r m
part 0.0 thoughts
  Let me é
usage 9 0
end 0.0 sealed s1
part 0.1 text
  Hello "{[\
end 0.1
part 0.2 call [] f sealed s2
  {"a":1}
end 0.2
part 0.3 call [c] g
  {}
end 0.3
usage 9 6
ended 0 tool_calls STOP
complete
)";

TEST(GeminiStream, IsReadPartByPart) {
  // Of the deltas only the text that they make together counts.
  std::string expected = conversation_told;
  expected.replace(expected.find("Let me é\nusage 9 0\n"), 20, "Let \nusage 9 0\n  me é\n");
  EXPECT_EQ(tell(conversation), expected);
}

TEST(GeminiStream, ComesAsAListToo) {
  EXPECT_EQ(told({list(conversation)}), tell(conversation));
  EXPECT_EQ(told({" \r\n" + list(conversation)}), tell(conversation));
}

TEST(GeminiStream, TellsTheSameHoweverItIsCut) {
  const std::string whole = tell(conversation);
  for (const std::string& stream : {events(conversation), "\xEF\xBB\xBF" + events(conversation),
                                    list(conversation), "\xEF\xBB\xBF\n" + list(conversation)}) {
    const std::string_view bytes = stream;
    for (std::size_t at = 0; at <= bytes.size(); ++at)
      ASSERT_EQ(told({bytes.substr(0, at), bytes.substr(at)}), whole) << at;
    std::vector<std::string_view> single;
    for (std::size_t at = 0; at < bytes.size(); ++at) single.push_back(bytes.substr(at, 1));
    EXPECT_EQ(told(single), whole);
  }
}

TEST(GeminiStream, IsTakenOutOfItsEnvelope) {
  std::vector<std::string> wrapped;
  for (const std::string& one : conversation)
    wrapped.push_back(R"({"response":)" + one + R"(,"traceId":"t"})");
  EXPECT_EQ(tell(wrapped), tell(conversation));
}

TEST(GeminiStream, MayBeAWholeReply) {
  EXPECT_EQ(told({chunk(R"({"text":"a"})", stop)}), tell({chunk(R"({"text":"a"})", stop)}));
}

// ---- Signatures

TEST(GeminiStream, SealsWhatWasSaidBeforeAnEmptyText) {
  EXPECT_EQ(tell({chunk(R"({"text":"a"})"), chunk(R"({"text":"","thoughtSignature":"s"})", stop)}),
            "begin  \npart 0.0 text\n  a\nend 0.0 sealed s\nended 0 stop STOP\ncomplete\n");
  EXPECT_EQ(tell({chunk(R"({"text":"a"})"), chunk(R"({"thoughtSignature":"s"})", stop)}),
            "begin  \npart 0.0 text\n  a\nend 0.0 sealed s\nended 0 stop STOP\ncomplete\n");
  EXPECT_EQ(tell({chunk(R"({"text":"a","thought":true})"),
                  chunk(R"({"text":"","thoughtSignature":"s"})", stop)}),
            "begin  \npart 0.0 thoughts\n  a\nend 0.0 sealed s\nended 0 stop STOP\ncomplete\n");
}

TEST(GeminiStream, SealsATextThatBringsItsSignature) {
  EXPECT_EQ(tell({chunk(R"({"text":"a"})"), chunk(R"({"text":"b","thoughtSignature":"s"})"),
                  chunk(R"({"text":"c"})", stop)}),
            "begin  \npart 0.0 text\n  ab\nend 0.0 sealed s\npart 0.1 text\n  c\nend 0.1\n"
            "ended 0 stop STOP\ncomplete\n");
}

TEST(GeminiStream, KeepsASignatureThatSealsNothing) {
  EXPECT_EQ(tell({chunk(R"({"functionCall":{"name":"f","args":{}}})"),
                  chunk(R"({"text":"","thoughtSignature":"s"})", stop)}),
            "begin  \npart 0.0 call [] f\n  {}\nend 0.0\npart 0.1 text\nend 0.1 sealed s\n"
            "ended 0 tool_calls STOP\ncomplete\n");
}

// ---- What else there may be

TEST(GeminiStream, BringsMediaAndWhatItDoesNotKnowWhole) {
  chat::Reply reply;
  told({events({chunk(R"({"text":"a"},{"inlineData":{"mimeType":"image/png","data":"aGk="}},
                        {"executableCode":{"code":"1"}},{"text":"b"})",
                      stop)})},
       &reply);
  const auto& parts = reply.choices.at(0).parts;
  ASSERT_EQ(parts.size(), 4U);
  EXPECT_EQ(std::get<chat::Media>(parts[1].body).payload, "aGk=");
  EXPECT_EQ(std::get<chat::Opaque>(parts[2].body).item.text(),
            R"({"executableCode":{"code":"1"}})");
  EXPECT_EQ(chat::text_of(parts[3]), "b");
}

TEST(GeminiStream, TellsEachCandidateApart) {
  const auto two = [](const std::string& a, const std::string& b, const std::string& more) {
    return R"({"candidates":[{"content":{"parts":[{"text":")" + a + R"("}]},"index":0)" + more +
           R"(},{"content":{"parts":[{"text":")" + b + R"("}]},"index":1)" + more + "}]}";
  };
  chat::Reply reply;
  told({events({two("a", "x", ""), two("b", "y", stop)})}, &reply);
  ASSERT_EQ(reply.choices.size(), 2U);
  EXPECT_EQ(chat::text_of(reply.choices[0].parts.at(0)), "ab");
  EXPECT_EQ(chat::text_of(reply.choices[1].parts.at(0)), "xy");
}

TEST(GeminiStream, TakesCandidatesWithAGapInTheirNumbers) {
  const std::string events =
      tell({R"({"candidates":[{"content":{"parts":[{"text":"a"}]},"index":0)" + stop +
            R"(},{"content":{"parts":[{"text":"c"}]},"index":2)" + stop + "}]}"});
  EXPECT_TRUE(events.ends_with("ended 2 stop STOP\ncomplete\n")) << events;
  EXPECT_EQ(events.find("ended 1"), std::string::npos) << events;
}

TEST(GeminiStream, TellsRatingsOnceAndWithoutAPart) {
  const std::string rated = R"(,"safetyRatings":[{"category":"x"}])";
  EXPECT_EQ(tell({chunk(R"({"text":"a"})", rated), chunk(R"({"text":"b"})", rated),
                  chunk("", stop + R"(,"groundingMetadata":{"a":1})")}),
            "begin  \npart 0.0 text\n  a\naside -1 {\"safetyRatings\":[{\"category\":\"x\"}]}\n"
            "  b\naside -1 {\"groundingMetadata\":{\"a\":1}}\nend 0.0\nended 0 stop STOP\n"
            "complete\n");
}

TEST(GeminiStream, HasNoEventForWhatIsEmpty) {
  EXPECT_EQ(tell({chunk(R"({"text":""})"), chunk(""), "{}", R"({"candidates":null})",
                  R"({"candidates":[{"content":{"role":"model"}}]})", chunk("", stop), chunk("")}),
            "begin  \nended 0 stop STOP\ncomplete\n");
  EXPECT_EQ(told({": keepalive\n\n" + events({chunk("", stop)}) + "data: [DONE]\n\n"}),
            "begin  \nended 0 stop STOP\ncomplete\n");
}

TEST(GeminiStream, GoesOnAfterItsFinishReason) {
  EXPECT_EQ(tell({chunk(R"({"text":"a"})", stop), chunk(R"({"text":"b"})", stop),
                  R"({"usageMetadata":{"promptTokenCount":3}})"}),
            "begin  \npart 0.0 text\n  ab\nusage 3 0\nend 0.0\nended 0 stop STOP\ncomplete\n");
}

TEST(GeminiStream, EndsWithEveryFinishReason) {
  const auto ended = [](const std::string& word) {
    const std::string all = tell({chunk(R"({"text":"a"})", R"(,"finishReason":")" + word + "\"")});
    const std::size_t at = all.find("ended 0 ");
    return all.substr(at + 8, all.find('\n', at) - at - 8);
  };
  EXPECT_EQ(ended("STOP"), "stop STOP");
  EXPECT_EQ(ended("MAX_TOKENS"), "length MAX_TOKENS");
  EXPECT_EQ(ended("SAFETY"), "content_filter SAFETY");
  EXPECT_EQ(ended("RECITATION"), "content_filter RECITATION");
  EXPECT_EQ(ended("OTHER"), "stop OTHER");
  EXPECT_EQ(ended("MALFORMED_FUNCTION_CALL"), "stop MALFORMED_FUNCTION_CALL");
}

TEST(GeminiStream, OfARefusedPromptIsAnAnswer) {
  EXPECT_EQ(tell({R"({"promptFeedback":{"blockReason":"JAILBREAK"},"responseId":"r"})"}),
            "begin r  promptFeedback\nended 0 content_filter SAFETY\ncomplete\n");
}

// ---- Failures

TEST(GeminiStream, FailsWhereItIsCutOff) {
  const std::string cut = "failed 502 Upstream ended the stream before the answer was complete\n";
  EXPECT_EQ(told({}), cut);
  EXPECT_EQ(told({"\n"}), cut);
  EXPECT_EQ(told({"[]"}), cut);
  EXPECT_EQ(tell({chunk(R"({"text":"a"})")}), "begin  \npart 0.0 text\n  a\n" + cut);
  EXPECT_EQ(told({"[" + chunk(R"({"text":"a"})") + ",{\"candi"}),
            "begin  \npart 0.0 text\n  a\n" + cut);
  EXPECT_EQ(tell({R"({"usageMetadata":{"promptTokenCount":3}})"}), "begin  \nusage 3 0\n" + cut);
}

TEST(GeminiStream, FailsWithTheProvidersError) {
  const std::string error =
      R"({"error":{"code":503,"message":"overloaded","status":"UNAVAILABLE"}})";
  EXPECT_EQ(tell({chunk(R"({"text":"a"})"), error, chunk(R"({"text":"b"})")}),
            "begin  \npart 0.0 text\n  a\nfailed 503 overloaded\n");
  EXPECT_EQ(told({error}), "failed 503 overloaded\n");
  EXPECT_EQ(told({"[" + error + "]"}), "failed 503 overloaded\n");
  EXPECT_EQ(tell({"[" + error + "]"}), "failed 503 overloaded\n");
}

TEST(GeminiStream, FailsWhereItIsNoJson) {
  const std::string broken = "failed 502 Invalid JSON in the provider's stream\n";
  EXPECT_EQ(tell({"{"}), broken);
  EXPECT_EQ(tell({"5"}), broken);
  EXPECT_EQ(tell({R"({"candidates":5})"}), "begin  \n" + broken);
  EXPECT_EQ(told({"<html>\n", "data: x\n\n"}), broken);
  EXPECT_EQ(told({"[{]}"}), broken);
}

TEST(GeminiStream, FailsWhereTheModelCouldNotCall) {
  EXPECT_EQ(tell({chunk("", R"(,"finishReason":"MALFORMED_FUNCTION_CALL","finishMessage":"x")")}),
            "begin  \naside -1 {\"finishMessage\":\"x\"}\n"
            "failed 502 The model ended with MALFORMED_FUNCTION_CALL: x\n");
}

TEST(GeminiStream, FailsWhereThereIsTooMuchOfIt) {
  const std::string many = "failed 502 Upstream sent too many candidates\n";
  for (const std::string index : {"128", "-1", "4294967296"})
    EXPECT_EQ(tell({R"({"candidates":[{"index":)" + index + "}]}"}), "begin  \n" + many);
  const std::string long_one = "data: {\"x\":\"" + std::string(std::size_t{33} << 20, 'x');
  EXPECT_EQ(told({long_one, "\"}\n\n"}), "failed 502 Upstream sent an event of too many bytes\n");
  EXPECT_EQ(told({"[" + long_one.substr(6), "\"}]"}),
            "failed 502 Upstream sent an event of too many bytes\n");
}

TEST(GeminiStream, LeavesOutACallWithoutAName) {
  EXPECT_EQ(tell({chunk(R"({"functionCall":{"willContinue":false}})", stop)}),
            "begin  \nended 0 stop STOP\ncomplete\n");
}

TEST(ArrayReader, TakesObjectsOutOfAList) {
  gemini::ArrayReader reader;
  reader.feed(R"([{"a":"}"},{"b":[{}]})");
  EXPECT_EQ(reader.next(), R"({"a":"}"})");
  EXPECT_EQ(reader.next(), R"({"b":[{}]})");
  EXPECT_EQ(reader.next(), std::nullopt);
  reader.feed(R"(, {"c":"\")");
  EXPECT_EQ(reader.next(), std::nullopt);
  reader.feed(R"("}]{)");
  EXPECT_EQ(reader.next(), R"({"c":"\""})");
  EXPECT_EQ(reader.next(), std::nullopt);
  EXPECT_FALSE(reader.too_long());
}

}  // namespace
}  // namespace omni::dialect
