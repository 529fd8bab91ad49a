#include "pipeline/translate.h"

#include <gtest/gtest.h>

namespace omni::pipeline {
namespace {

using chat::Dialect;

constexpr std::string_view chat_body =
    R"({"model": "x","messages":[{"role":"user","content":"Hi"}], "odd":1})";

class TranslateTest : public ::testing::Test {
 protected:
  TranslateTest() {
    provider_.id = "acme";
    speaks({Dialect::openai_chat});
    target_ = {
        .provider = &provider_, .model = &model_, .model_id = "m", .ending = {}, .connection = {}};
  }
  void speaks(const std::vector<Dialect>& dialects) {
    provider_.endpoints.clear();
    for (const Dialect dialect : dialects) {
      provider_.endpoints.push_back(
          {.dialect = dialect, .base = "https://acme.example/" + std::string(name_of(dialect))});
    }
  }
  Result<Translation> translated(Dialect client, std::string_view body, std::string_view path = "",
                                 std::string_view accept = "") {
    const Incoming incoming{.dialect = client, .path = path, .body = body, .accept = accept};
    const auto draft = scan(incoming);
    if (!draft) return draft.error();
    account_ = account::prepare(provider_, nullptr, {});
    return translate(
        incoming, *draft,
        {.target = &target_, .account = &account_, .policies = &policies_, .seals = &seals_});
  }
  Translation chat(std::string_view body = chat_body) {
    auto made = translated(Dialect::openai_chat, body);
    EXPECT_TRUE(made) << made.error().message();
    return *std::move(made);
  }

  catalog::Provider provider_;
  catalog::Model model_;
  catalog::Target target_;
  account::Account account_;
  adapt::Policies policies_;
  ManualClock clock_;
  adapt::SealMemory seals_{clock_, {}};
};

TEST_F(TranslateTest, GoesInTheClientsDialectWhereTheProviderSpeaksIt) {
  speaks({Dialect::openai_chat, Dialect::openai_responses, Dialect::anthropic});
  for (const auto& [client, wanted] : {std::pair{Dialect::openai_chat, Dialect::openai_chat},
                                       {Dialect::openai_responses, Dialect::openai_responses},
                                       {Dialect::anthropic, Dialect::anthropic},
                                       {Dialect::ollama, Dialect::openai_chat}}) {
    const std::string body = client == Dialect::openai_responses
                                 ? R"({"model":"x","input":"Hi"})"
                                 : R"({"model":"x","max_tokens":9,"messages":[)"
                                   R"({"role":"user","content":"Hi"}]})";
    const auto made = translated(client, body);
    ASSERT_TRUE(made) << made.error().message();
    EXPECT_EQ(made->base->dialect, wanted) << name_of(client);
    EXPECT_EQ(made->byte_lane, client == wanted);
  }
}

TEST_F(TranslateTest, AModelMayBeServedInSomeDialectsAlone) {
  speaks({Dialect::openai_chat, Dialect::openai_responses});
  model_.dialects = {Dialect::openai_responses};
  EXPECT_EQ(chat().base->dialect, Dialect::openai_responses);
  EXPECT_EQ(chat().outbound.path, "/responses");
  model_.dialects = {Dialect::gemini};
  const auto nowhere = translated(Dialect::openai_chat, chat_body);
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().kind(), Error::Kind::bad_request);
}

TEST_F(TranslateTest, SaysWhatTheAccountLacks) {
  provider_.endpoints[0].base = "https://{resource}.acme.example";
  const auto made = translated(Dialect::openai_chat, chat_body);
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().message().find("lacks resource"), std::string::npos);
}

TEST_F(TranslateTest, OnTheByteLaneOnlyTheModelAndTheModeAreOurs) {
  const Translation made = chat();
  EXPECT_TRUE(made.byte_lane);
  EXPECT_EQ(made.outbound.body,
            R"({"model": "m","messages":[{"role":"user","content":"Hi"}], "odd":1})");
  EXPECT_FALSE(made.asked);
}

TEST_F(TranslateTest, ASystemPromptOfTheOperatorClosesTheByteLane) {
  policies_.system_prompt = "Be kind.";
  const Translation made = chat();
  EXPECT_FALSE(made.byte_lane);
  EXPECT_NE(made.outbound.body.find("Be kind."), std::string::npos);
  ASSERT_TRUE(made.asked);
}

TEST_F(TranslateTest, WhatOnlyLoadsAModelOfOllamaGoesByAsItCameWhateverIsSetForQuestions) {
  speaks({Dialect::ollama});
  policies_.system_prompt = "Be kind.";
  target_.ending = "-high";
  const auto made = translated(Dialect::ollama, R"({"model":"x","messages":[],"keep_alive":"5m"})");
  ASSERT_TRUE(made);
  EXPECT_TRUE(made->byte_lane);
  EXPECT_EQ(made->outbound.body, R"({"model":"m","messages":[],"keep_alive":"5m"})");
}

TEST_F(TranslateTest, MembersThatAProviderRefusesAreDroppedInBothLanes) {
  provider_.dropped_members = {"odd", "never"};
  EXPECT_EQ(chat().outbound.body, R"({"model": "m","messages":[{"role":"user","content":"Hi"}]})");
  policies_.system_prompt = "Be kind.";
  EXPECT_EQ(chat().outbound.body.find("odd"), std::string::npos);
}

TEST_F(TranslateTest, AnEndingSwitchesTheThinkingOfTheRequest) {
  model_.thinking = true;
  target_.ending = "-high";
  const Translation made = chat();
  EXPECT_FALSE(made.byte_lane);
  EXPECT_NE(made.outbound.body.find(R"("reasoning_effort":"high")"), std::string::npos)
      << made.outbound.body;
  EXPECT_NE(made.outbound.body.find(R"("model":"m")"), std::string::npos);
  speaks({Dialect::anthropic});
  target_.ending = "-thinking";
  EXPECT_NE(chat().outbound.body.find(R"("thinking":{"type":"enabled")"), std::string::npos)
      << chat().outbound.body;
}

TEST_F(TranslateTest, ABodyOfAnotherDialectThanItsPathIsTranslated) {
  const Translation made = chat(R"({"model":"x","system":"Be brief.","max_tokens":9,
                                   "messages":[{"role":"user","content":"Hi"}]})");
  EXPECT_FALSE(made.byte_lane);
  EXPECT_NE(made.outbound.body.find(R"({"role":"system","content":"Be brief."})"),
            std::string::npos)
      << made.outbound.body;
}

TEST_F(TranslateTest, AStreamIsAskedForInTheWayOfTheProvidersDialect) {
  const auto made = translated(Dialect::openai_chat, chat_body, "", "text/event-stream");
  ASSERT_TRUE(made);
  EXPECT_TRUE(made->provider_streams);
  EXPECT_NE(made->outbound.body.find(R"("stream":true)"), std::string::npos) << made->outbound.body;
  EXPECT_NE(made->outbound.body.find(R"("include_usage":true)"), std::string::npos);
}

TEST_F(TranslateTest, WhatGeminiWantsAsAnArrayIsTranslated) {
  speaks({Dialect::gemini});
  const std::string body = R"({"contents":[{"role":"user","parts":[{"text":"Hi"}]}]})";
  const auto array = translated(Dialect::gemini, body, "/v1beta/models/x:streamGenerateContent");
  ASSERT_TRUE(array);
  EXPECT_FALSE(array->byte_lane);
  EXPECT_EQ(array->outbound.path, "/models/m:streamGenerateContent?alt=sse");
  const auto events =
      translated(Dialect::gemini, body, "/v1beta/models/x:streamGenerateContent?alt=sse");
  ASSERT_TRUE(events);
  EXPECT_TRUE(events->byte_lane);
}

TEST_F(TranslateTest, WhatCannotBeReadIsTheClientsFault) {
  speaks({Dialect::anthropic});
  const auto made = translated(Dialect::openai_chat, R"({"model":"x","messages":[{"role":7}]})");
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().kind(), Error::Kind::bad_request);
}

}  // namespace
}  // namespace omni::pipeline
