#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <variant>

#include "dialect/gemini/codec.h"
#include "dialect/test_json.h"

namespace omni::dialect {
namespace {

using chat::Finish;
using chat::Part;
using chat::Reasoning;
using chat::Reply;
using chat::Text;
using chat::ToolCall;

Reply decoded(std::string_view body) {
  auto reply = gemini_codec().decode_reply(body);
  const auto* const failure = std::get_if<chat::Failure>(&reply);
  EXPECT_EQ(failure, nullptr) << failure->message << "\n" << body;
  return failure != nullptr ? Reply{} : std::get<Reply>(std::move(reply));
}

chat::Failure failure(std::string_view body) {
  auto reply = gemini_codec().decode_reply(body);
  EXPECT_TRUE(std::holds_alternative<chat::Failure>(reply)) << body;
  return std::holds_alternative<Reply>(reply) ? chat::Failure{} : std::get<chat::Failure>(reply);
}

std::string encoded(const Reply& reply, const ReplyStyle& style = {}) {
  Losses losses;
  const std::string text = gemini_codec().encode_reply(reply, style, losses);
  EXPECT_TRUE(losses.empty());
  return canonical(text);
}

void expect_home(std::string_view body) { EXPECT_EQ(encoded(decoded(body)), canonical(body)); }

/// An answer with these members in its only candidate.
std::string answer(const std::string& candidate) {
  return R"({"candidates":[{)" + candidate + "}]}";
}
std::string answer_of(const std::string& parts) {
  return answer(R"("content":{"role":"model","parts":[)" + parts +
                R"(]},"finishReason":"STOP","index":0)");
}

TEST(GeminiReply, IsRead) {
  const Reply reply = decoded(R"({"candidates":[{"content":{"parts":[
      {"text":"hm","thought":true},{"text":"Hello","thoughtSignature":"s"},
      {"inlineData":{"mimeType":"image/png","data":"aGk="}}],"role":"model"},
      "finishReason":"STOP","index":0}],"modelVersion":"gemini-3-flash","responseId":"r1"})");
  EXPECT_EQ(reply.source, chat::Dialect::gemini);
  EXPECT_EQ(reply.id, "r1");
  EXPECT_EQ(reply.model, "gemini-3-flash");
  EXPECT_EQ(reply.created, 0);
  EXPECT_EQ(decoded(R"({"candidates":[{}],"createTime":"2026-01-01T00:00:00.5Z"})").created,
            1767225600);
  EXPECT_FALSE(reply.usage);
  const chat::Choice& choice = reply.choices.at(0);
  EXPECT_EQ(choice.finish, Finish::stop);
  EXPECT_EQ(choice.finish_word, "STOP");
  ASSERT_EQ(choice.parts.size(), 3U);
  EXPECT_EQ(std::get<Reasoning>(choice.parts[0].body).text, "hm");
  EXPECT_EQ(std::get<Text>(choice.parts[1].body).text, "Hello");
  EXPECT_EQ(choice.parts[1].seal->bytes, "s");
  EXPECT_EQ(std::get<chat::Media>(choice.parts[2].body).payload, "aGk=");
}

TEST(GeminiReply, EndsWithToolCallsWhereItHasSome) {
  const Reply reply = decoded(answer_of(R"({"functionCall":{"name":"f","args":{"a":1}},
                                           "thoughtSignature":"s"})"));
  const chat::Choice& choice = reply.choices.at(0);
  EXPECT_EQ(choice.finish, Finish::tool_calls);
  EXPECT_EQ(choice.finish_word, "STOP");
  const auto& call = std::get<ToolCall>(choice.parts.at(0).body);
  EXPECT_EQ(call.name, "f");
  EXPECT_EQ(call.id, "");
  EXPECT_EQ(call.input, R"({"a":1})");
  EXPECT_EQ(choice.parts[0].seal->bytes, "s");
}

TEST(GeminiReply, KnowsEveryFinishReason) {
  const auto finish = [](const std::string& word) {
    return decoded(answer(R"("content":{"parts":[{"text":"a"}]},"finishReason":")" + word + "\""))
        .choices.at(0)
        .finish;
  };
  EXPECT_EQ(finish("MAX_TOKENS"), Finish::length);
  for (const std::string word :
       {"SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII",
        "MODEL_ARMOR", "IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION"})
    EXPECT_EQ(finish(word), Finish::content_filter) << word;
  for (const std::string word :
       {"STOP", "OTHER", "NO_IMAGE", "IMAGE_OTHER", "FINISH_REASON_UNSPECIFIED", "NEW_WORD",
        "MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS"})
    EXPECT_EQ(finish(word), Finish::stop) << word;
}

TEST(GeminiReply, FailsWhereTheModelCouldNotCall) {
  for (const std::string word :
       {"MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS",
        "MISSING_THOUGHT_SIGNATURE", "MALFORMED_RESPONSE"}) {
    const chat::Failure failed = failure(
        answer(R"("finishReason":")" + word + R"(","finishMessage":"call:f{","content":{})"));
    EXPECT_EQ(failed.status, 502);
    EXPECT_EQ(failed.message, "The model ended with " + word + ": call:f{");
  }
  EXPECT_EQ(failure(answer(R"("finishReason":"MALFORMED_FUNCTION_CALL")")).message,
            "The model ended with MALFORMED_FUNCTION_CALL");
}

TEST(GeminiReply, TakesARefusedPromptForAnAnswer) {
  const Reply reply = decoded(R"({"promptFeedback":{"blockReason":"SAFETY"}})");
  ASSERT_EQ(reply.choices.size(), 1U);
  EXPECT_EQ(reply.choices[0].finish, Finish::content_filter);
  EXPECT_TRUE(reply.choices[0].parts.empty());
  EXPECT_EQ(decoded(answer(R"("finishReason":"SAFETY")")).choices.at(0).finish,
            Finish::content_filter);
}

TEST(GeminiReply, FailsWhereItIsNone) {
  const auto told = [](std::string_view body) {
    const chat::Failure failed = failure(body);
    return std::to_string(failed.status) + " " + failed.message;
  };
  EXPECT_EQ(told(""), "502 Provider returned empty content");
  EXPECT_EQ(told("{}"), "502 Provider returned empty content");
  EXPECT_EQ(told(R"({"candidates":[]})"), "502 Provider returned empty content");
  EXPECT_EQ(told(R"({"promptFeedback":{}})"), "502 Provider returned empty content");
  EXPECT_EQ(told("<html>"), "502 Invalid JSON response from provider");
  EXPECT_EQ(told(R"({"candidates":5})"), "502 Invalid JSON response from provider");
  EXPECT_EQ(told(R"({"error":{"code":429,"message":"no"}})"), "429 no");
  EXPECT_EQ(told(R"([{"error":{"code":503,"message":"no"}}])"), "503 no");
  EXPECT_EQ(told(R"({"response":{"error":{"code":400,"message":"no"}}})"), "400 no");
}

TEST(GeminiReply, IsTakenOutOfItsEnvelope) {
  EXPECT_EQ(decoded(R"({"response":)" + answer_of(R"({"text":"a"})") + R"(,"traceId":"t"})")
                .choices.at(0)
                .parts.size(),
            1U);
}

TEST(GeminiReply, IsReadFromAStreamThatNobodyAskedFor) {
  const Reply reply = decoded(R"([{"candidates":[{"content":{"parts":[{"text":"a"}]}}]},
      {"candidates":[{"content":{"parts":[{"text":"b"}]},"finishReason":"STOP"}]}])");
  EXPECT_EQ(chat::text_of(reply.choices.at(0).parts.at(0)), "ab");
}

chat::Usage usage(const std::string& counts) {
  const Reply reply =
      decoded(R"({"candidates":[{"finishReason":"STOP"}],"usageMetadata":{)" + counts + "}}");
  EXPECT_TRUE(reply.usage);
  return reply.usage.value_or(chat::Usage{});
}

TEST(GeminiReply, CountsTokensOnce) {
  const chat::Usage all = usage(R"("promptTokenCount":100,"cachedContentTokenCount":40,
      "toolUsePromptTokenCount":10,"candidatesTokenCount":20,"thoughtsTokenCount":30,
      "totalTokenCount":160)");
  EXPECT_EQ(all.input_fresh, 70);
  EXPECT_EQ(all.input_cache_read, 40);
  EXPECT_EQ(all.input(), 110);
  EXPECT_EQ(all.output_text, 20);
  EXPECT_EQ(all.output_reasoning, 30);
  EXPECT_EQ(all.output(), 50);
}

TEST(GeminiReply, CountsAudioApart) {
  const chat::Usage all = usage(R"("promptTokenCount":100,"cachedContentTokenCount":30,
      "candidatesTokenCount":20,
      "promptTokensDetails":[{"modality":"TEXT","tokenCount":40},
                             {"modality":"AUDIO","tokenCount":60}],
      "cacheTokensDetails":[{"modality":"AUDIO","tokenCount":20}],
      "candidatesTokensDetails":[{"tokenCount":15,"modality":"AUDIO"},{"modality":"TEXT"}])");
  EXPECT_EQ(all.input_audio, 40);
  EXPECT_EQ(all.input_cache_read, 30);
  EXPECT_EQ(all.input_fresh, 30);
  EXPECT_EQ(all.output_audio, 15);
  EXPECT_EQ(all.output_text, 5);
}

TEST(GeminiReply, CountsNothingBelowZeroAndOverflowsNot) {
  const chat::Usage odd = usage(R"("promptTokenCount":5,"cachedContentTokenCount":9,
      "candidatesTokenCount":-3,"thoughtsTokenCount":9223372036854775807,
      "toolUsePromptTokenCount":9223372036854775807,
      "promptTokensDetails":[{"modality":"AUDIO","tokenCount":9223372036854775807}])");
  EXPECT_GE(odd.input_fresh, 0);
  EXPECT_GE(odd.input_audio, 0);
  EXPECT_EQ(odd.output_text, 0);
  EXPECT_GT(odd.input() + odd.output(), 0);
  EXPECT_EQ(usage("").input() + usage("").output(), 0);
}

TEST(GeminiReply, GoesHomeAsItCame) {
  expect_home(R"({"candidates":[{"content":{"parts":[{"text":"a"},{"functionCall":{"name":"f",
      "args":{}},"thoughtSignature":"s"},{"functionCall":{"id":"c","name":"g"}},
      {"executableCode":{"code":"1"}},{"text":"","thoughtSignature":"t"}],"role":"model"},
      "finishReason":"STOP","index":0,"safetyRatings":[{"category":"x"}],"avgLogprobs":-0.5,
      "groundingMetadata":{"webSearchQueries":["a"]},"citationMetadata":{}}],
      "usageMetadata":{"promptTokenCount":1,"totalTokenCount":1,"trafficType":"ON_DEMAND"},
      "modelVersion":"m","responseId":"r","createTime":"2026-01-01T00:00:00Z",
      "promptFeedback":{"safetyRatings":[]}})");
  expect_home(
      R"({"candidates":[{"content":{"role":"model"},"finishReason":"MAX_TOKENS","index":0}]})");
  expect_home(R"({"candidates":[{"content":{},"finishReason":"NEW_WORD"},{"content":null,"index":1,
      "finishReason":"STOP"},{"finishReason":"STOP","index":7,"finishMessage":"x"}],
      "usageMetadata":null})");
  expect_home(R"({"candidates":[{"content":{"role":"user","parts":[{"text":"a"}],"x":1},
      "finishReason":""}],"modelVersion":"","responseId":null})");
  expect_home(R"({"promptFeedback":{"blockReason":"OTHER"},"usageMetadata":{}})");
  expect_home(R"({"candidates":[],"promptFeedback":{"blockReason":"OTHER"}})");
}

Part part(decltype(Part::body) body) {
  Part made;
  made.body = std::move(body);
  return made;
}

Reply foreign() {
  Reply reply;
  reply.source = chat::Dialect::anthropic;
  reply.model = "claude";
  reply.choices.emplace_back();
  return reply;
}

TEST(GeminiReply, OfAnotherProviderIsWritten) {
  Reply reply = foreign();
  ToolCall call;
  call.id = "toolu_1";
  call.name = "f";
  call.input = R"({"a":1})";
  reply.choices[0].parts = {part(Reasoning{"hm", {}, false}), part(Text{"Hello"}), part(call)};
  reply.choices[0].parts[0].seal = chat::Seal{"a1", "sig"};
  reply.choices[0].finish = Finish::tool_calls;
  reply.choices[0].finish_word = "tool_use";
  chat::Usage& counts = reply.usage.emplace();
  counts.input_fresh = 10;
  counts.input_cache_read = 5;
  counts.input_cache_write = 3;
  counts.output_text = 7;
  counts.output_reasoning = 2;
  counts.wire = chat::Opaque{chat::Dialect::anthropic, json::Raw::trusted("{}")};
  ReplyStyle style;
  style.id = "Zq3vB8nT5kXw1LmPc7RyD2hJ";
  EXPECT_EQ(encoded(reply, style), canonical(R"({"candidates":[{"content":{"parts":[
      {"text":"hm","thought":true,"thoughtSignature":"sig"},{"text":"Hello"},
      {"functionCall":{"id":"toolu_1","name":"f","args":{"a":1}}}],"role":"model"},
      "finishReason":"STOP","index":0}],
      "usageMetadata":{"promptTokenCount":18,"candidatesTokenCount":7,"totalTokenCount":27,
                       "cachedContentTokenCount":5,"thoughtsTokenCount":2},
      "modelVersion":"claude","responseId":"Zq3vB8nT5kXw1LmPc7RyD2hJ"})"));
  reply.id = "msg_1";
  style.model = "asked";
  EXPECT_NE(encoded(reply, style).find(R"("modelVersion":"asked","responseId":"msg_1")"),
            std::string::npos);
}

TEST(GeminiReply, SaysHowAnotherProvidersAnswerEnded) {
  const auto word = [](Finish finish) {
    Reply reply = foreign();
    reply.choices[0].finish = finish;
    Losses losses;
    const std::string text = gemini_codec().encode_reply(reply, {}, losses);
    const std::size_t at = text.find("finishReason") + 15;
    return text.substr(at, text.find('"', at) - at) +
           (losses.empty() ? "" : " " + std::string(losses.entries()[0].row->name));
  };
  EXPECT_EQ(word(Finish::stop), "STOP");
  EXPECT_EQ(word(Finish::length), "MAX_TOKENS");
  EXPECT_EQ(word(Finish::tool_calls), "STOP");
  EXPECT_EQ(word(Finish::content_filter), "SAFETY");
  EXPECT_EQ(word(Finish::paused), "STOP finish_reason");
}

TEST(GeminiReply, DeclaresWhatItHasNoPlaceFor) {
  Reply reply = foreign();
  ToolCall hosted;
  hosted.runner = ToolCall::Runner::provider;
  ToolCall broken;
  broken.name = "f";
  broken.input = "{";
  broken.form = ToolCall::Form::broken;
  reply.choices[0].parts = {
      part(hosted),
      part(chat::ToolResult{}),
      part(chat::Refusal{"no"}),
      part(broken),
      part(chat::Opaque{chat::Dialect::anthropic, json::Raw::trusted(R"({"type":"odd"})")}),
      part(chat::Media{chat::Media::Kind::image, chat::Media::Form::file_id, "f", "", "", ""})};
  reply.choices[0].extras.dialect = chat::Dialect::anthropic;
  reply.choices[0].extras.members = {{"container", json::Raw::trusted("1")}};
  Losses losses;
  const std::string text = gemini_codec().encode_reply(reply, {}, losses);
  EXPECT_NE(canonical(text).find(
                canonical(R"([{"text":"no"},{"functionCall":{"name":"f","args":{"_raw":"{"}}}])")),
            std::string::npos);
  std::string lost;
  const auto declared = gemini_codec().reply_losses();
  for (const Losses::Entry& entry : losses.entries()) {
    EXPECT_NE(std::find(declared.begin(), declared.end(), entry.row), declared.end());
    lost += std::string(entry.row->name) + " ";
  }
  EXPECT_EQ(lost,
            "hosted_call refusal_as_text broken_arguments foreign_item file_id foreign_member ");
}

TEST(GeminiReply, OfSeveralChoicesHasAsManyCandidates) {
  Reply reply = foreign();
  reply.choices.emplace_back().parts = {part(Text{"b"})};
  EXPECT_NE(encoded(reply).find(R"({"content":{"parts":[{"text":"b"}],"role":"model"},)"
                                R"("finishReason":"STOP","index":1})"),
            std::string::npos);
}

}  // namespace
}  // namespace omni::dialect
