#include "pipeline/count_tokens.h"

#include "pipeline/test_pipeline.h"
#include "pipeline/token_estimate.h"

namespace omni::pipeline {
namespace {

using chat::Dialect;
using testing::TestAnswer;
using upstream::testing::json_reply;

constexpr std::string_view anthropic_path = "/v1/messages/count_tokens";
constexpr std::string_view gemini_path = "/v1beta/models/ge/m:countTokens";

class CountTokensTest : public testing::PipelineTest {
 protected:
  CountTokensTest() {
    connect("an", "key-an");
    connect("ge", "key-ge");
    connect("ch", "key-ch");
  }
  TestAnswer count(std::string body, std::string_view path = anthropic_path) {
    return ask({std::string(path), std::move(body)});
  }
  static std::string said(std::string_view model, std::string_view text) {
    return R"({"model":")" + std::string(model) + R"(","messages":[{"role":"user","content":")" +
           std::string(text) + "\"}]}";
  }
};

TEST_F(CountTokensTest, AskTheProviderWhereItSpeaksTheDialect) {
  provider_.play(json_reply(R"({"input_tokens":1234})"));
  EXPECT_EQ(count(said("an/m", "Hi")).body, R"({"input_tokens":1234})");
  EXPECT_EQ(provider_.last_asked().target, "/an/messages/count_tokens");
  EXPECT_EQ(provider_.last_asked().body, said("m", "Hi"));
  EXPECT_EQ(provider_.last_asked().field("x-api-key"), "key-an");
  provider_.play(json_reply(R"({"totalTokens":77})"));
  const std::string contents = R"({"contents":[{"parts":[{"text":"Hi"}]}]})";
  const std::string details = R"("promptTokensDetails":[{"modality":"TEXT","tokenCount":77}]})";
  EXPECT_EQ(count(contents, gemini_path).body, R"({"totalTokens":77,)" + details);
  EXPECT_EQ(provider_.last_asked().target, "/ge/models/m:countTokens");
}

TEST_F(CountTokensTest, AskAProviderOfResponsesAsWell) {
  connect("re", "key-re");
  provider_.play(json_reply(R"({"object":"response.input_tokens","input_tokens":55})"));
  EXPECT_EQ(count(R"({"model":"re/m","input":"Hi"})", "/v1/responses/input_tokens").body,
            R"({"object":"response.input_tokens","input_tokens":55})");
  EXPECT_EQ(provider_.last_asked().target, "/re/responses/input_tokens");
  EXPECT_EQ(provider_.last_asked().body, R"({"model":"m","input":"Hi"})");
}

TEST_F(CountTokensTest, AreEstimatedWhereNobodyCounts) {
  const std::string text(400, 'a');
  EXPECT_EQ(count(said("ch/m", text)).body, R"({"input_tokens":100})");
  EXPECT_TRUE(provider_.asked().empty()) << "it does not speak Anthropic";
  EXPECT_EQ(count(said("nobody/m", text)).body, R"({"input_tokens":100})");
  EXPECT_EQ(count(said("demo/echo", text)).body, R"({"input_tokens":100})");
  EXPECT_EQ(count(R"({"messages":[{"role":"user","content":"abcde"}]})").body,
            R"({"input_tokens":2})");
  EXPECT_EQ(count(R"({"model":"an/m"})").body, R"({"input_tokens":1})");
}

TEST_F(CountTokensTest, AProviderThatFailsIsPassedOverAndDoesNotRest) {
  for (const auto& reply :
       {json_reply("{}", 429), json_reply("{}", 401), json_reply("no JSON"), json_reply("{}"),
        json_reply(R"({"input_tokens":"7"})"), json_reply(R"({"input_tokens":1.5})")}) {
    provider_.play(reply);
    const TestAnswer answer = count(said("an/m", std::string(40, 'a')));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, R"({"input_tokens":10})");
  }
  provider_.play(testing::hi(Dialect::anthropic, testing::Mode::whole));
  EXPECT_EQ(ask(Dialect::anthropic, "an/m").status, 200);
  EXPECT_EQ(usage("count(*)"), "1") << "and no count is in the books";
}

TEST_F(CountTokensTest, OnlyWhatIsNoJsonIsAnError) {
  const TestAnswer bad = count("{");
  EXPECT_EQ(bad.status, 400);
  EXPECT_EQ(bad.body, R"({"error":"Invalid JSON body"})");
  EXPECT_EQ(ask({"/v1/messages/count_tokens", "[]"}).body,
            R"({"error":"Invalid JSON body: expected a JSON object"})");
  const TestAnswer gemini = count("{", gemini_path);
  EXPECT_EQ(gemini.status, 400);
  EXPECT_TRUE(gemini.says("INVALID_ARGUMENT")) << gemini.body;
  EXPECT_EQ(count("{}").status, 200);
  EXPECT_EQ(count(R"({"messages":7})").status, 200);
}

TEST_F(CountTokensTest, OfGeminiMayBeForAWholeRequest) {
  provider_.play(json_reply("{}", 500));
  const std::string contents =
      R"({"contents":[{"role":"user","parts":[{"text":")" + std::string(40, 'a') + R"("}]}]})";
  EXPECT_TRUE(count(contents, gemini_path).says(R"("totalTokens":10)"));
  EXPECT_TRUE(count(R"({"generateContentRequest":)" + contents + "}", gemini_path)
                  .says(R"("totalTokens":10)"));
}

std::int64_t estimate(std::string_view body) {
  const auto request =
      dialect::codec_for(Dialect::anthropic).decode_request({.path = "", .body = body});
  return request ? estimate_tokens(*request) : -1;
}

TEST(TokenEstimate, CountsEverythingThatTheModelReads) {
  const std::string quiet = R"({"model":"m","messages":[{"role":"user","content":"a"}])";
  EXPECT_EQ(estimate(quiet + "}"), 1);
  const std::string text(4000, 'x');
  for (const std::string& more :
       {R"("system":")" + text + "\"", R"("system":[{"type":"text","text":")" + text + "\"}]",
        R"("tools":[{"name":"t","description":")" + text + R"(","input_schema":{}}])",
        R"("tools":[{"name":"t","input_schema":{"title":")" + text + R"("}}])"}) {
    EXPECT_GE(estimate(quiet + "," + more + "}"), 1000) << more.substr(0, 30);
    EXPECT_LE(estimate(quiet + "," + more + "}"), 1010) << more.substr(0, 30);
  }
  const auto turns = [&](const std::string& block) {
    return R"({"model":"m","messages":[{"role":"assistant","content":[)" + block + "]}]}";
  };
  EXPECT_GE(estimate(turns(R"({"type":"thinking","signature":"s","thinking":")" + text + "\"}")),
            1000);
  EXPECT_GE(
      estimate(turns(R"({"type":"tool_use","id":"1","name":"t","input":{"a":")" + text + "\"}}")),
      1000);
  EXPECT_GE(estimate(R"({"model":"m","messages":[{"role":"user","content":[
                        {"type":"tool_result","tool_use_id":"1","content":")" +
                     text + R"("}]}]})"),
            1000);
}

TEST(TokenEstimate, AnImageIsWhatItMostlyCostsAndACharacterIsOne) {
  EXPECT_EQ(estimate(R"({"model":"m","messages":[{"role":"user","content":[{"type":"image",
                "source":{"type":"base64","media_type":"image/png","data":"iVBORw0KGgo="}}]}]})"),
            1600);
  EXPECT_EQ(estimate(R"({"model":"m","messages":[{"role":"user","content":"äöüß日本語中"}]})"), 2);
}

}  // namespace
}  // namespace omni::pipeline
