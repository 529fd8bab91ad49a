// What the log of calls says of a request, and which bodies are kept.

#include "pipeline/call_note.h"

#include "pipeline/test_pipeline.h"
#include "store/calls.h"

namespace omni::pipeline {
namespace {

using chat::Dialect;
using testing::Ask;
using testing::Mode;
using upstream::testing::json_reply;
using upstream::testing::stream_reply;

class CallNoteTest : public testing::PipelineTest {
 protected:
  CallNoteTest() { connect("ch", "one"); }

  void keep_bodies(const std::string& which) {
    set("callLogBodies", [&](store::Settings& s) { s.call_log_bodies = which; });
  }
  /// Of the newest call, once there are so many.
  store::Bodies bodies(std::size_t rows = 1) {
    calls("id", rows);
    store::CallRow row;
    EXPECT_TRUE(usage_database_->read_now([&](sql::Session& session) -> Status {
      const auto page = store::list_calls(session, {.filter = {}, .before = {}, .rows_max = 1});
      row = page->rows.at(0);
      return Nothing{};
    }));
    const auto found = bodies_->read(row.bodies);
    EXPECT_TRUE(found) << row.bodies.segment;
    return found ? *found : store::Bodies();
  }
};

TEST_F(CallNoteTest, ARequestIsOneRowHoweverManyAttemptsItTook) {
  connect("ch", "two");
  add_key("ci");
  provider_.play("one", {json_reply(R"({"error":{"message":"busy"}})", 429)});
  provider_.play("two", {testing::hi(Dialect::openai_chat, Mode::whole)});
  Ask asked = turn(Dialect::anthropic, "ch/m");
  asked.fields = "x-api-key: sk-ci\r\nx-session-id: talk\r\n";
  EXPECT_EQ(ask(asked).status, 200);
  EXPECT_EQ(calls("request_id || ' ' || method || ' ' || path || ' ' || status || ' ' || "
                  "requested_model || ' ' || model || ' ' || provider || ' ' || account || ' ' || "
                  "connection_id || ' ' || tokens_input || ' ' || tokens_output || ' ' || "
                  "cost_nano || ' ' || cache_source || ' ' || source_format || ' ' || "
                  "target_format || ' ' || api_key_id || ' ' || api_key_name || ' ' || session || "
                  "' ' || error || ' ' || attempts || ' ' || body_segment"),
            "r-1 POST /v1/messages 200 ch/m m ch two c-two 9 2 13000 upstream anthropic "
            "openai_chat id-ci ci ext:talk  2 0");
  EXPECT_EQ(calls("duration_ms >= ttft_ms AND ttft_ms >= 0"), "1");
  EXPECT_EQ(calls("(SELECT trace LIKE '{\"requestId\":\"r-1\"%' FROM call_traces)"), "1");
}

TEST_F(CallNoteTest, AFailureSaysWhy) {
  provider_.play(json_reply(R"({"error":{"message":"no such thing"}})", 404));
  EXPECT_EQ(ask(Dialect::openai_chat, "ch/m").status, 404);
  EXPECT_EQ(ask({"/v1/chat/completions", "{}"}).status, 400);
  const std::string errors = calls("status || error", 2);
  EXPECT_NE(errors.find("no such thing"), std::string::npos) << errors;
  EXPECT_NE(errors.find("400Missing model"), std::string::npos) << errors;
}

TEST_F(CallNoteTest, NoBodyIsKeptUnlessTheSettingsSaySo) {
  provider_.play(testing::hi(Dialect::openai_chat, Mode::whole));
  ask(Dialect::openai_chat, "ch/m");
  EXPECT_EQ(calls("body_segment"), "0");
  EXPECT_EQ(bodies_->files().bytes(), 0U);
}

TEST_F(CallNoteTest, WhatTheClientGotIsKeptInEveryDialectWholeAndAsAStream) {
  keep_bodies("all");
  std::size_t rows = 0;
  for (const Dialect client : chat::all_dialects) {
    for (const Mode mode : {Mode::whole, Mode::stream}) {
      provider_.play(testing::hi(Dialect::openai_chat, mode));
      const Ask asked = turn(client, "ch/m", mode);
      const std::string answer = ask(asked).body;
      const store::Bodies kept = bodies(++rows);
      EXPECT_EQ(kept.request.text, asked.body);
      EXPECT_EQ(kept.answer.text, answer);
      EXPECT_EQ(kept.answer.bytes, answer.size());
    }
  }
}

TEST_F(CallNoteTest, AnAnswerThatWasRememberedIsKeptAsWell) {
  keep_bodies("all");
  Ask asked = turn(Dialect::openai_chat, "ch/m");
  asked.fields = "idempotency-key: again\r\n";
  provider_.play(testing::hi(Dialect::openai_chat, Mode::whole));
  ask(asked);
  const std::string answer = ask(asked).body;
  EXPECT_EQ(bodies(2).answer.text, answer);
  EXPECT_EQ(calls("cache_source", 2), "upstream idempotency");
}

TEST_F(CallNoteTest, OfFailuresAloneWhereTheyAreWhatIsWanted) {
  keep_bodies("errors");
  provider_.play(testing::hi(Dialect::openai_chat, Mode::whole));
  ask(Dialect::openai_chat, "ch/m");
  EXPECT_EQ(calls("body_segment"), "0");
  provider_.play(json_reply(R"({"error":{"message":"no such thing"}})", 404));
  const std::string answer = ask(Dialect::openai_chat, "ch/m").body;
  EXPECT_EQ(bodies(2).answer.text, answer);
  const std::string refused = ask({"/v1/chat/completions", "{}"}).body;
  EXPECT_EQ(bodies(3).answer.text, refused) << "also where nobody was asked";
}

TEST_F(CallNoteTest, NothingIsKeptOfAKeyThatWantsNoLog) {
  keep_bodies("all");
  add_key("quiet", [](store::ApiKey& key) { key.no_log = true; });
  provider_.play(json_reply(R"({"error":{"message":"no such thing: Hi"}})", 404));
  Ask asked = turn(Dialect::openai_chat, "ch/m");
  asked.fields = "authorization: Bearer sk-quiet\r\n";
  EXPECT_EQ(ask(asked).status, 404);
  EXPECT_EQ(calls("status || '-' || error || '-' || body_segment"), "404--0");
  EXPECT_EQ(calls("(SELECT count(*) FROM call_traces)"), "0");
  EXPECT_EQ(bodies_->files().bytes(), 0U);
}

TEST_F(CallNoteTest, KeysAreHiddenInBodies) {
  keep_bodies("all");
  connect("ch", "sk-of-the-provider");
  add_key("of-the-client");
  const std::string said = R"({"error":{"message":"both sk-of-the-client and ..."}})";
  provider_.play(json_reply(said, 404));
  Ask asked = turn(Dialect::openai_chat, "ch/m");
  asked.fields = "authorization: Bearer sk-of-the-client\r\n";
  asked.body.insert(1, R"("metadata":{"api_key":"of somebody"},)");
  ask(asked);
  const store::Bodies kept = bodies();
  EXPECT_EQ(kept.answer.text.find("sk-of-the"), std::string::npos) << kept.answer.text;
  EXPECT_NE(kept.answer.text.find("***"), std::string::npos) << kept.answer.text;
  EXPECT_NE(kept.request.text.find(R"("api_key":"***")"), std::string::npos) << kept.request.text;
}

TEST_F(CallNoteTest, LongBodiesAreCutAndSaySo) {
  keep_bodies("all");
  provider_.play(testing::hi(Dialect::openai_chat, Mode::whole));
  Ask asked = turn(Dialect::openai_chat, "ch/m");
  asked.body.insert(1, R"("user":")" + std::string(400'000, 'x') + "\",");
  EXPECT_EQ(ask(asked).status, 200);
  const store::Bodies kept = bodies();
  EXPECT_EQ(kept.request.text, asked.body.substr(0, store::BodyLog::body_bytes_max));
  EXPECT_EQ(kept.request.bytes, asked.body.size());
}

TEST_F(CallNoteTest, AStreamThatBrokeOffHasFailed) {
  provider_.play(stream_reply({testing::half_of_hi(Dialect::openai_chat)}));
  ask(Dialect::openai_chat, "ch/m", Mode::stream);
  EXPECT_EQ(calls("status >= 500 AND error <> ''"), "1");
}

}  // namespace
}  // namespace omni::pipeline
