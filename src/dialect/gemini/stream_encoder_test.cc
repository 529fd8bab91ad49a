#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "chat/collector.h"
#include "dialect/gemini/codec.h"
#include "dialect/test_json.h"

namespace omni::dialect {
namespace {

using chat::Finish;
using chat::Part;
using chat::Reasoning;
using chat::Text;
using chat::ToolCall;

/// Tells an encoder a reply, event by event, and keeps what it writes.
class Teller {
 public:
  explicit Teller(const ReplyStyle& style = {})
      : encoder_(gemini_codec().stream_encoder(style, out_)) {}

  Teller& begin(chat::Dialect source = chat::Dialect::anthropic) {
    encoder_->on(chat::ReplyBegin{source, "id", "m", 0, nullptr});
    return *this;
  }
  Teller& part(decltype(Part::body) body, int choice = 0) {
    Part seed;
    seed.body = std::move(body);
    encoder_->on(chat::PartBegin{choice, ++part_, seed});
    return *this;
  }
  Teller& delta(std::string_view text, int summary = -1, int choice = 0) {
    encoder_->on(chat::PartDelta{choice, part_, text, summary});
    return *this;
  }
  Teller& close(std::string seal = {}, int choice = 0) {
    const chat::Seal sealed{"a1", seal};
    encoder_->on(chat::PartEnd{choice, part_, seal.empty() ? nullptr : &sealed});
    return *this;
  }
  Teller& end(Finish finish = Finish::stop, std::string_view word = {}, int choice = 0) {
    encoder_->on(chat::ChoiceEnd{choice, finish, word, {}});
    return *this;
  }
  Teller& done() {
    encoder_->on(chat::ReplyEnd{});
    return *this;
  }
  StreamEncoder& encoder() { return *encoder_; }
  const std::string& out() const { return out_; }

  /// The chunks' documents, one a line, without what all have in common.
  std::string chunks() const {
    std::string lines;
    std::string_view rest = out_;
    while (!rest.empty()) {
      EXPECT_TRUE(rest.starts_with("data: ")) << rest;
      const std::size_t end = rest.find("\r\n\r\n");
      std::string line = canonical(rest.substr(6, end - 6));
      const std::string common = R"(,"modelVersion":"m","responseId":"id")";
      const std::size_t at = line.find(common);
      EXPECT_NE(at, std::string::npos) << line;
      if (at != std::string::npos) line.erase(at, common.size());
      lines += line + "\n";
      rest.remove_prefix(end + 4);
    }
    return lines;
  }
  std::string lost() const {
    std::string names;
    for (const Losses::Entry& entry : encoder_->losses().entries())
      names += std::string(entry.row->name) + " ";
    return names;
  }

 private:
  std::string out_;
  std::unique_ptr<StreamEncoder> encoder_;
  int part_ = -1;
};

std::string chunk_of(const std::string& part) {
  return R"({"candidates":[{"content":{"parts":[)" + canonical(part) +
         R"(],"role":"model"},"index":0}]})" + "\n";
}
std::string last_chunk(const std::string& word) {
  return R"({"candidates":[{"content":{"parts":[{"text":""}],"role":"model"},"finishReason":")" +
         word + R"(","index":0}]})" + "\n";
}

ToolCall call_named(std::string name) {
  ToolCall call;
  call.id = "c";
  call.name = std::move(name);
  call.input.clear();
  return call;
}

TEST(ToGeminiStream, TellsTextAsItComes) {
  Teller teller;
  teller.begin().part(Text{}).delta("a\"\n").delta("b").close().end().done();
  EXPECT_EQ(teller.out(),
            "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\\\"\\n\"}],"
            "\"role\":\"model\"},\"index\":0}],\"modelVersion\":\"m\",\"responseId\":\"id\"}"
            "\r\n\r\n"
            "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"b\"}],"
            "\"role\":\"model\"},\"index\":0}],\"modelVersion\":\"m\",\"responseId\":\"id\"}"
            "\r\n\r\n"
            "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"\"}],\"role\":\"model\"},"
            "\"finishReason\":\"STOP\",\"index\":0}],\"modelVersion\":\"m\",\"responseId\":\"id\"}"
            "\r\n\r\n");
}

TEST(ToGeminiStream, TellsThoughtsAndTheirSeal) {
  Teller teller;
  teller.begin().part(Reasoning{}).delta("a").close("s").part(Text{}).delta("b").close("t");
  EXPECT_EQ(teller.chunks(), chunk_of(R"({"text":"a","thought":true})") +
                                 chunk_of(R"({"text":"","thought":true,"thoughtSignature":"s"})") +
                                 chunk_of(R"({"text":"b"})") +
                                 chunk_of(R"({"text":"","thoughtSignature":"t"})"));
}

TEST(ToGeminiStream, PutsABlankLineBetweenSummaries) {
  Teller teller;
  teller.begin().part(Reasoning{}).delta("a", 0).delta("b", 0).delta("c", 1).close();
  EXPECT_EQ(teller.chunks(), chunk_of(R"({"text":"a","thought":true})") +
                                 chunk_of(R"({"text":"b","thought":true})") +
                                 chunk_of(R"({"text":"\n\n","thought":true})") +
                                 chunk_of(R"({"text":"c","thought":true})"));
}

TEST(ToGeminiStream, TellsACallWhole) {
  Teller teller;
  teller.begin().part(call_named("f")).delta("{\"a\"").delta(":1}").close("s");
  teller.part(call_named("g")).close();
  teller.part(call_named("h")).delta("{").close().end(Finish::tool_calls, "tool_use").done();
  EXPECT_EQ(
      teller.chunks(),
      chunk_of(R"({"functionCall":{"id":"c","name":"f","args":{"a":1}},"thoughtSignature":"s"})") +
          chunk_of(R"({"functionCall":{"id":"c","name":"g","args":{}}})") +
          chunk_of(R"({"functionCall":{"id":"c","name":"h","args":{"_raw":"{"}}})") +
          last_chunk("STOP"));
  EXPECT_EQ(teller.lost(), "broken_arguments ");
}

TEST(ToGeminiStream, FailsWhereACallHasNoEnd) {
  Teller teller;
  teller.begin().part(ToolCall{"c1", {}, "f", {}});
  const std::string piece(std::size_t{4} << 20, 'x');
  for (int i = 0; i < 20; ++i) teller.delta(piece);
  teller.close().end().done();
  EXPECT_LT(teller.out().size(), std::size_t{300});
  EXPECT_NE(teller.out().find("Upstream sent a tool call of too many bytes"), std::string::npos);
}

TEST(ToGeminiStream, TellsMediaWhole) {
  Teller teller;
  const chat::Media image{
      chat::Media::Kind::image, chat::Media::Form::base64, "aGk=", "image/png", "", ""};
  teller.begin().part(image).close();
  EXPECT_EQ(teller.chunks(), chunk_of(R"({"inlineData":{"mimeType":"image/png","data":"aGk="}})"));
}

TEST(ToGeminiStream, TellsTheFinishAndTheUsageOnceAndLast) {
  Teller teller;
  chat::Usage usage;
  usage.input_fresh = 1;
  teller.begin();
  teller.encoder().on(chat::UsageSoFar{usage});
  teller.part(Text{}).delta("a").close().end(Finish::length, "max_tokens");
  usage.output_text = 2;
  teller.encoder().on(chat::UsageSoFar{usage});
  teller.done();
  EXPECT_EQ(teller.chunks(),
            chunk_of(R"({"text":"a"})") +
                R"({"candidates":[{"content":{"parts":[{"text":""}],"role":"model"},)"
                R"("finishReason":"MAX_TOKENS","index":0}])"
                R"(,"usageMetadata":{"candidatesTokenCount":2,"promptTokenCount":1,)"
                R"("totalTokenCount":3}})"
                "\n");
}

TEST(ToGeminiStream, KeepsGooglesOwnWords) {
  Teller teller;
  chat::Usage usage;
  usage.wire = chat::Opaque{chat::Dialect::gemini, json::Raw::trusted(R"({"new":1})")};
  teller.begin(chat::Dialect::gemini);
  teller.encoder().on(chat::UsageSoFar{usage});
  teller.encoder().on(
      chat::Aside{0, -1, chat::Dialect::gemini, R"({"safetyRatings":[],"a":{"b":1}})"});
  teller.part(Text{});
  teller.encoder().on(chat::Aside{0, 0, chat::Dialect::gemini, R"( {"partMetadata":{}} )"});
  teller.close().end(Finish::content_filter, "SPII").done();
  EXPECT_EQ(teller.chunks(),
            std::string(R"({"candidates":[{"a":{"b":1},"index":0,"safetyRatings":[]}]})") + "\n" +
                chunk_of(R"({"text":"","partMetadata":{}})") +
                R"({"candidates":[{"content":{"parts":[{"text":""}],"role":"model"},)"
                R"("finishReason":"SPII","index":0}],"usageMetadata":{"new":1}})"
                "\n");
  EXPECT_EQ(teller.lost(), "");
}

TEST(ToGeminiStream, TellsWhatElseAPartBrings) {
  Teller teller;
  Part seed;
  seed.extras.dialect = chat::Dialect::gemini;
  seed.extras.members = {{"partMetadata", json::Raw::trusted("{}")}};
  teller.begin(chat::Dialect::gemini).encoder().on(chat::PartBegin{0, 0, seed});
  EXPECT_EQ(teller.chunks(), chunk_of(R"({"text":"","partMetadata":{}})"));
  EXPECT_EQ(teller.lost(), "");
  seed.extras.dialect = chat::Dialect::anthropic;
  seed.extras.members = {{"citations", json::Raw::trusted("[1]")}};
  Teller foreign;
  foreign.begin().encoder().on(chat::PartBegin{0, 0, seed});
  EXPECT_EQ(foreign.out(), "");
  EXPECT_EQ(foreign.lost(), "foreign_member ");
}

TEST(ToGeminiStream, TellsSeveralCandidates) {
  Teller teller;
  teller.begin().part(Text{}, 0).delta("a", -1, 0).part(Text{}, 1).delta("b", -1, 1);
  teller.end(Finish::stop, {}, 0).end(Finish::length, {}, 1).done();
  EXPECT_EQ(teller.chunks(),
            chunk_of(R"({"text":"a"})") +
                R"({"candidates":[{"content":{"parts":[{"text":"b"}],"role":"model"},"index":1}]})"
                "\n"
                R"({"candidates":[{"content":{"parts":[{"text":""}],"role":"model"},)"
                R"("finishReason":"STOP","index":0},)"
                R"({"content":{"parts":[{"text":""}],"role":"model"},)"
                R"("finishReason":"MAX_TOKENS","index":1}]})"
                "\n");
}

TEST(ToGeminiStream, DeclaresWhatItHasNoPlaceFor) {
  Teller teller;
  ToolCall hosted = call_named("web_search");
  hosted.runner = ToolCall::Runner::provider;
  teller.begin().part(hosted).delta("{}").close();
  teller.part(chat::Refusal{}).delta("no").close();
  teller.part(chat::Opaque{chat::Dialect::anthropic, json::Raw::trusted("{}")}).close();
  teller.encoder().on(chat::Aside{0, -1, chat::Dialect::anthropic, R"({"a":1})"});
  teller.end(Finish::paused);
  EXPECT_EQ(teller.chunks(), chunk_of(R"({"text":"no"})"));
  EXPECT_EQ(teller.lost(),
            "hosted_call refusal_as_text foreign_item foreign_member finish_reason ");
}

TEST(ToGeminiStream, TellsAFailureAndNothingAfterIt) {
  chat::Failure failure;
  failure.status = 503;
  failure.message = "busy";
  const std::string error = R"({"error":{"code":503,"message":"busy","status":"UNAVAILABLE"}})";
  Teller first;
  first.encoder().on(chat::ReplyFailed{failure});
  EXPECT_EQ(first.out(), "data: " + error + "\r\n\r\n");
  Teller later;
  later.begin().part(Text{}).delta("a");
  const std::size_t before = later.out().size();
  later.encoder().on(chat::ReplyFailed{failure});
  later.close().end().done().encoder().heartbeat();
  EXPECT_EQ(later.out().substr(before), "data: " + error + "\r\n\r\n");
}

TEST(ToGeminiStream, IsAListForThoseWhoAskForNoEvents) {
  ReplyStyle style;
  style.json_array = true;
  Teller teller(style);
  teller.begin().part(Text{}).delta("a").encoder().heartbeat();
  teller.close().end().done();
  EXPECT_TRUE(teller.out().starts_with("[{")) << teller.out();
  EXPECT_NE(teller.out().find("},\r\n{"), std::string::npos);
  EXPECT_TRUE(teller.out().ends_with("}]"));
  EXPECT_TRUE(json::Raw::parse(teller.out())) << teller.out();

  chat::Failure failure;
  Teller failed(style);
  failed.encoder().on(chat::ReplyFailed{failure});
  EXPECT_EQ(canonical(failed.out()),
            canonical(R"([{"error":{"code":500,"message":"","status":"INTERNAL"}}])"));
  Teller broken(style);
  broken.begin().part(Text{}).delta("a").encoder().on(chat::ReplyFailed{failure});
  EXPECT_TRUE(json::Raw::parse(broken.out())) << broken.out();
}

TEST(ToGeminiStream, StaysOpenInSilence) {
  Teller teller;
  teller.encoder().heartbeat();
  EXPECT_EQ(teller.out(), ": keepalive\r\n\r\n");
}

TEST(ToGeminiStream, NamesTheModelAndTheReplyAsAsked) {
  ReplyStyle style;
  style.model = "as\"ked";
  style.id = "made";
  Teller teller(style);
  teller.encoder().on(chat::ReplyBegin{chat::Dialect::ollama, "", "m", 0, nullptr});
  teller.end().done();
  EXPECT_NE(teller.out().find(R"("modelVersion":"as\"ked","responseId":"made"})"),
            std::string::npos);
  Teller home;
  home.encoder().on(chat::ReplyBegin{chat::Dialect::gemini, "", "", 0, nullptr});
  home.end().done();
  EXPECT_TRUE(json::Raw::parse(home.out().substr(6)));
  EXPECT_EQ(home.out().find("responseId"), std::string::npos);
}

TEST(ToGeminiStream, IsReadAgainAsItWasTold) {
  const std::string_view stream =
      R"([{"candidates":[{"content":{"parts":[{"text":"hm","thought":true,"thoughtSignature":"s"},
          {"text":"a"},{"functionCall":{"name":"f","args":{"x":[1]}},"thoughtSignature":"t"},
          {"inlineData":{"mimeType":"image/png","data":"aGk="}},{"executableCode":{"code":"1"}}]},
          "finishReason":"STOP","safetyRatings":[{"a":1}]}],"modelVersion":"m","responseId":"r",
          "usageMetadata":{"promptTokenCount":3},"createTime":"now"}])";
  const auto gathered = [](std::string_view text) {
    chat::Collector collector;
    const auto decoder = gemini_codec().stream_decoder();
    decoder->feed(text, collector);
    decoder->finish(collector);
    EXPECT_TRUE(collector.complete());
    Losses losses;
    return canonical(gemini_codec().encode_reply(collector.reply(), {}, losses));
  };
  for (const bool as_list : {false, true}) {
    ReplyStyle style;
    style.json_array = as_list;
    std::string out;
    const auto encoder = gemini_codec().stream_encoder(style, out);
    const auto decoder = gemini_codec().stream_decoder();
    decoder->feed(stream, *encoder);
    decoder->finish(*encoder);
    EXPECT_EQ(gathered(out), gathered(stream));
    EXPECT_TRUE(encoder->losses().empty());
  }
}

}  // namespace
}  // namespace omni::dialect
