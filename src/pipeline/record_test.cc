// What is left behind of a request: rows of usage, a line of log, a trace; and what is not.

#include "pipeline/record.h"

#include "pipeline/test_pipeline.h"
#include "store/settings_table.h"

namespace omni::pipeline {
namespace {

using chat::Dialect;
using testing::Ask;
using testing::Mode;
using upstream::testing::json_reply;
using upstream::testing::Reply;
using upstream::testing::stream_reply;

class RecordTest : public testing::PipelineTest {
 protected:
  RecordTest() { connect("ch", "one"); }
};

TEST_F(RecordTest, AnAnswerLeavesARowWithItsTokensAndItsCost) {
  add_key("ci");
  for (const Mode mode : {Mode::whole, Mode::stream}) {
    provider_.play(testing::hi(Dialect::openai_chat, mode));
    Ask asked = turn(Dialect::anthropic, "ch/m", mode);
    asked.fields = "x-api-key: sk-ci\r\n";
    EXPECT_EQ(ask(asked).status, 200);
  }
  const std::string row =
      "provider || ' ' || model || ' ' || connection_id || ' ' || api_key_id || ' ' || "
      "api_key_name || ' ' || tokens_input || ' ' || tokens_output || ' ' || cost_nano || ' ' || "
      "status || ' ' || success || ' ' || coalesce(error_code, '-')";
  // 9 tokens for a micro-dollar each, 2 for two.
  const std::string whole = "ch m c-one id-ci ci 9 2 13000 200 1 ";
  const std::string rows = usage(row, 2);
  EXPECT_EQ(rows.substr(0, whole.size()), whole) << rows;
  EXPECT_NE(rows.find(whole, 1), std::string::npos) << "and the stream likewise: " << rows;
}

TEST_F(RecordTest, TheRowIsThereWhenTheClientHasTheEndOfItsAnswer) {
  std::uint64_t asked = 0;
  for (const Mode mode : {Mode::whole, Mode::stream}) {
    for (int i = 0; i < 25; ++i) {
      provider_.play(testing::hi(Dialect::openai_chat, mode));
      EXPECT_EQ(ask(Dialect::openai_chat, "ch/m", mode).status, 200);
      const store::UsageLog::Counts counts = usage_->counts();
      ASSERT_EQ(counts.stored + counts.waiting, ++asked);
    }
  }
}

TEST_F(RecordTest, ATraceShowsWhoCouldHaveBeenAskedBeforeItsOwnFailures) {
  provider_.play(json_reply("{}", 503));
  EXPECT_EQ(ask(Dialect::openai_chat, "ch/m").status, 503);
  EXPECT_NE(trace().find(R"("available":true)"), std::string::npos) << trace();
}

TEST_F(RecordTest, WhatNobodyHasCountedIsEstimated) {
  const std::string answer =
      R"({"id":"x","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,)"
      R"("message":{"role":"assistant","content":"twenty letters in it"},)"
      R"("finish_reason":"stop"}]})";
  const std::string broken =
      R"(data: {"id":"x","object":"chat.completion.chunk","created":1,"model":"m","choices":)"
      R"([{"index":0,"delta":{"role":"assistant","content":"twenty letters in it"}}]})"
      "\n\n";
  provider_.play(json_reply(answer));
  EXPECT_EQ(ask(Dialect::openai_chat, "ch/m").status, 200);
  provider_.play(stream_reply({broken}));
  ask(Dialect::openai_chat, "ch/m", Mode::stream);
  const std::string row =
      "tokens_input || ' ' || tokens_output || ' ' || cost_nano || ' ' || estimated";
  EXPECT_EQ(usage(row, 2), "1 5 11000 1 1 5 11000 1");
}

TEST_F(RecordTest, EveryProvidersTokensAreCounted) {
  for (const Dialect provider : chat::all_dialects) {
    connect(testing::provider_of(provider), "key-" + testing::provider_of(provider));
    for (const Mode mode : {Mode::whole, Mode::stream}) {
      provider_.play(testing::hi(provider, mode));
      EXPECT_EQ(ask(provider, testing::provider_of(provider) + "/m", mode).status, 200);
    }
  }
  EXPECT_EQ(usage("DISTINCT tokens_input || '+' || tokens_output || '=' || cost_nano", 10),
            "9+2=13000");
}

TEST_F(RecordTest, EachAttemptLeavesARowOfItsOwn) {
  connect("ch", "two");
  provider_.play("one", {json_reply("{}", 503)});
  provider_.play("two", {testing::hi(Dialect::openai_chat, Mode::whole)});
  EXPECT_EQ(ask(Dialect::openai_chat, "ch/m").status, 200);
  EXPECT_EQ(usage("connection_id || ':' || status || ':' || success || ':' || "
                  "coalesce(error_code, '')",
                  2),
            "c-one:503:0:provider c-two:200:1:");
}

TEST_F(RecordTest, WhatAClientUsedBeforeItLeftIsCounted) {
  connect("an", "three");
  provider_.play(stream_reply({testing::half_of_hi(Dialect::anthropic)}, Reply::End::silent));
  net::testing::RawClient client = begin(turn(Dialect::anthropic, "an/m", Mode::stream));
  for (std::string read; read.find("\"Hi\"") == std::string::npos;) read += client.read_some();
  client.close();
  EXPECT_EQ(usage("status || ' ' || tokens_input || ' ' || error_code"), "499 9 client");
  EXPECT_NE(trace().find(R"("status":499)"), std::string::npos) << trace();
}

TEST_F(RecordTest, AStreamThatBreaksOffIsAFailureOfItsProvider) {
  provider_.play(stream_reply({testing::half_of_hi(Dialect::openai_chat)}, Reply::End::broken));
  EXPECT_EQ(ask(Dialect::openai_chat, "ch/m", Mode::stream).status, 200);
  EXPECT_EQ(usage("success || ' ' || error_code"), "0 provider");
}

TEST_F(RecordTest, ATraceSaysHowARequestWentItsWay) {
  connect("ch", "two");
  provider_.play("one", {json_reply(R"({"error":{"message":"busy"}})", 503)});
  provider_.play("two", {testing::hi(Dialect::openai_chat, Mode::whole)});
  EXPECT_EQ(ask(Dialect::anthropic, "ch/m").status, 200);
  const std::string text = trace();
  for (const char* const part :
       {R"("requestedModel":"ch/m")", R"("reasons":["ch names the provider ch"])",
        R"("connectionName":"one","dialect":"openai_chat","lane":"translated","status":503)",
        R"("blame":"provider","next":"next_account","message":"busy")", R"("connectionName":"two")",
        R"("next":"done")", R"("status":200})"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
}

TEST_F(RecordTest, NeitherContentNorKeysAreInLogOrTrace) {
  add_key("secret-key");
  for (const Reply& reply :
       {testing::hi(Dialect::openai_chat, Mode::whole), json_reply("{}", 500)}) {
    provider_.play(reply);
    ask({.path = "/v1beta/models/ch/m:generateContent?key=sk-secret-key",
         .body = R"({"contents":[{"role":"user","parts":[{"text":"secret words"}]}]})"});
    ask({.path = "/v1/chat/completions",
         .body = R"({"model":"ch/m","messages":[{"role":"user","content":"secret words"}]})",
         .fields = "authorization: Bearer sk-secret-key\r\n"});
  }
  const std::string left = world_.log_text() + trace();
  EXPECT_NE(left.find(R"("request")"), std::string::npos) << "there is something to look at";
  for (const char* const secret : {"secret words", "sk-secret-key", "Bearer", "\"Hi\""}) {
    EXPECT_EQ(left.find(secret), std::string::npos) << secret;
  }
}

TEST_F(RecordTest, AClientsKeyInTheQueryGoesToNobody) {
  connect("ge", "of-gemini");
  provider_.play(testing::hi(Dialect::gemini, Mode::stream));
  for (const char* const query : {"?key=sk-mine&alt=sse", "?alt=sse&key=sk-mine", "?alt=sse&key"}) {
    Ask asked = turn(Dialect::gemini, "ge/m", Mode::stream);
    asked.path = "/v1beta/models/ge/m:streamGenerateContent" + std::string(query);
    EXPECT_EQ(ask(asked).status, 200) << query;
    EXPECT_EQ(provider_.last_asked().target, "/ge/models/m:streamGenerateContent?alt=sse");
  }
}

TEST_F(RecordTest, AKeyThatAProviderRepeatsReachesNobody) {
  connect("an", "sk-ant-very-secret");
  for (const int status : {200, 401}) {
    provider_.play(json_reply(
        R"({"type":"error","error":{"message":"invalid key: sk-ant-very-secret!"}})", status));
    const auto answer = ask(Dialect::openai_chat, "an/m");
    EXPECT_TRUE(answer.says("invalid key: ***!")) << answer.body;
    EXPECT_EQ((trace() + world_.log_text()).find("very-secret!"), std::string::npos) << trace();
    advance(std::chrono::hours(1));
  }
}

TEST_F(RecordTest, AKeyThatWantsNoLogHasNone) {
  add_key("quiet", [](store::ApiKey& key) { key.no_log = true; });
  provider_.play(testing::hi(Dialect::openai_chat, Mode::whole));
  Ask asked = turn(Dialect::openai_chat, "ch/m");
  asked.fields = "authorization: Bearer sk-quiet\r\n";
  EXPECT_EQ(ask(asked).status, 200);
  EXPECT_EQ(world_.log_text().find(R"("request")"), std::string::npos) << world_.log_text();
  EXPECT_EQ(usage("api_key_id"), "id-quiet") << "what it used is counted all the same";
  EXPECT_EQ(calls("status || api_key_id || body_segment || error"), "200id-quiet0");
}

TEST_F(RecordTest, TheLogSaysWhatBecameOfARequest) {
  provider_.play(testing::hi(Dialect::openai_chat, Mode::whole));
  ask(Dialect::openai_chat, "ch/m");
  const std::string lines = world_.log_text();
  for (const char* const part : {R"("id":"r-1")", R"("model":"ch/m")", R"("provider":"ch")",
                                 R"("upstream_model":"m")", R"("attempts":1)", R"("status":200)"}) {
    EXPECT_NE(lines.find(part), std::string::npos) << part << lines;
  }
}

TEST_F(RecordTest, AnAnswerSaysWhichWayItCame) {
  connect("ch", "two");
  provider_.play("one", {json_reply("{}", 503)});
  for (const Mode mode : {Mode::whole, Mode::stream}) {
    provider_.play("two", {testing::hi(Dialect::openai_chat, mode)});
    const auto answer = ask(Dialect::anthropic, "ch/m", mode);
    EXPECT_EQ(answer.field("x-omniroute-provider"), "ch");
    EXPECT_EQ(answer.field("x-omniroute-model"), "m");
    EXPECT_EQ(answer.field("x-omniroute-connection"), "c-two");
    EXPECT_EQ(answer.field("x-omniroute-attempts"), mode == Mode::whole ? "2" : "1");
    EXPECT_EQ(answer.field("x-omniroute-latency-ms"), "0");
    EXPECT_EQ(answer.field("x-omniroute-combo"), "");
  }
}

TEST_F(RecordTest, AFailureSaysWhoWasAskedLast) {
  connect("ch", "two");
  provider_.play("one", {json_reply("{}", 503)});
  provider_.play("two", {json_reply("{}", 503)});
  const auto answer = ask(Dialect::anthropic, "ch/m", Mode::stream);
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.field("x-omniroute-provider"), "ch");
  EXPECT_EQ(answer.field("x-omniroute-model"), "m");
  EXPECT_EQ(answer.field("x-omniroute-connection"), "c-two");
  EXPECT_EQ(answer.field("x-omniroute-attempts"), "2");
  EXPECT_EQ(answer.field("x-omniroute-latency-ms"), "0");
}

TEST_F(RecordTest, AFailureForWhichNobodyWasAskedSaysNothingOfItsWay) {
  provider_.play("one", {json_reply("{}", 429)});
  ask(Dialect::openai_chat, "ch/m");
  const auto resting = ask(Dialect::openai_chat, "ch/m");
  EXPECT_EQ(resting.status, 429);
  EXPECT_EQ(resting.head.find("x-omniroute-"), std::string::npos) << resting.head;
  const auto unknown = ask(Dialect::openai_chat, "nobody/m");
  EXPECT_EQ(unknown.head.find("x-omniroute-"), std::string::npos) << unknown.head;
}

TEST_F(RecordTest, AnAnswerSaysNothingOfItsWayWhereTheSettingIsOff) {
  store::Settings settings;
  settings.routing_fields = false;
  write([&](sql::Session& session) {
    const store::SettingWriter writer{session, store_->sealer(), clock_.wall()};
    return writer.store(settings, *store::find_setting("routingHeaders"));
  });
  provider_.play(testing::hi(Dialect::openai_chat, Mode::whole));
  EXPECT_EQ(ask(Dialect::openai_chat, "ch/m").head.find("x-omniroute-provider"), std::string::npos);
  provider_.play(json_reply("{}", 503));
  const auto failure = ask(Dialect::openai_chat, "ch/m");
  EXPECT_EQ(failure.status, 503);
  EXPECT_EQ(failure.head.find("x-omniroute-"), std::string::npos) << failure.head;
}

TEST_F(RecordTest, ANameOfAModelThatIsNoFieldIsNone) {
  provider_.play(testing::hi(Dialect::openai_chat, Mode::whole));
  const auto answer = ask(Dialect::openai_chat, "ch/m\xc3\xa9 1");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.field("x-omniroute-provider"), "ch");
  EXPECT_EQ(answer.field("x-omniroute-model"), "");
}

TEST_F(RecordTest, AFailureLeavesWhoCouldHaveBeenAskedAndWhoWas) {
  connect("ch", "two");
  provider_.play("one", {json_reply(R"({"error":{"message":"busy"}})", 429)});
  provider_.play("two", {testing::hi(Dialect::openai_chat, Mode::whole)});
  EXPECT_EQ(ask(Dialect::openai_chat, "ch/m").status, 200);
  const std::string text = trace();
  for (const char* const part :
       {R"("connectionName":"one","dialect":"openai_chat","available":true)", R"("status":429)",
        R"("chosen":{"provider":"ch","model":"m","connectionId":"c-two"})"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
}

TEST(Traces, KeepTheLastOnesAndFindTheNewestOfAnId) {
  Traces traces(2);
  for (const auto& [id, status] : {std::pair{"a", 1}, {"b", 2}, {"b", 3}}) {
    Trace trace;
    trace.request_id = id;
    trace.status = status;
    traces.keep(trace);
  }
  EXPECT_FALSE(traces.find("a"));
  EXPECT_NE(traces.find("b")->find(R"("status":3)"), std::string::npos);
}

}  // namespace
}  // namespace omni::pipeline
