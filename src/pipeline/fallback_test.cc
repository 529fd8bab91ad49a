// What goes wrong before anything has gone to the client: another account takes its place, or the
// right failure is told.

#include "pipeline/test_pipeline.h"
#include "store/settings_table.h"

namespace omni::pipeline {
namespace {

using chat::Dialect;
using testing::Mode;
using testing::TestAnswer;
using upstream::testing::json_reply;
using upstream::testing::Reply;
using upstream::testing::stream_reply;

constexpr std::string_view limited = R"({"error":{"message":"Slow down","type":"tokens"}})";

Reply limited_for(std::string seconds) {
  Reply reply = json_reply(std::string(limited), 429);
  reply.fields = {{"retry-after", std::move(seconds)}};
  return reply;
}

class FallbackTest : public testing::PipelineTest {
 protected:
  FallbackTest() {
    connect("ch", "one");
    connect("ch", "two");
    provider_.play("two", {testing::hi(Dialect::openai_chat, Mode::stream)});
  }
  void first_says(Reply reply) { provider_.play("one", {std::move(reply)}); }
  void second_says(Reply reply) { provider_.play("two", {std::move(reply)}); }
  void expect_a_word_in(Millis time) {
    write([&](sql::Session& session) {
      store::Settings settings;
      settings.first_token_timeout_ms = time.count();
      const store::SettingWriter writer{session, store_->sealer(), clock_.wall()};
      return writer.store(settings, *store::find_setting("firstTokenTimeoutMs"));
    });
  }
  TestAnswer ask_chat(Mode mode = Mode::whole) { return ask(Dialect::openai_chat, "ch/m", mode); }
  /// "one two": who was asked, in this order.
  std::string who_was_asked() {
    std::string names;
    for (const auto& asked : provider_.asked()) {
      names += (names.empty() ? "" : " ") + asked.field("authorization").substr(7);
    }
    return names;
  }
};

TEST_F(FallbackTest, T18_what_brings_no_answer_is_taken_over_by_the_next_account) {
  const std::string half = R"(data: {"id":"c","object":"chat.completion.chunk","created":1,
"model":"x","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]})";
  const std::string begun = half.substr(0, half.find('\n')) + half.substr(half.find('\n') + 1);
  const std::vector<std::pair<std::string, Reply>> rows{
      {"an error", json_reply(R"({"error":{"message":"broke"}})", 500)},
      {"a page", json_reply("<html>502</html>", 502)},
      {"an error with a good status", json_reply(R"({"error":{"message":"broke"}})")},
      {"no JSON", json_reply("Hello there")},
      {"nothing", json_reply("")},
      {"an empty stream", stream_reply({})},
      {"only comments", stream_reply({": hello\n\n", ": hello\n\n"})},
      {"an early error", stream_reply({"data: {\"error\":{\"message\":\"broke\"}}\n\n"})},
      {"an error behind the role", stream_reply({begun + "\n\n", "data: {\"error\":{}}\n\n"})},
      {"an end behind the role", stream_reply({begun + "\n\n"})},
      {"a break behind the role", stream_reply({begun + "\n\n"}, Reply::End::broken)},
      {"a page with a good status",
       [] {
         Reply page = json_reply("<html>Welcome</html>");
         page.type = "text/html";
         return page;
       }()},
  };
  for (const auto& [name, reply] : rows) {
    for (const Mode mode : {Mode::whole, Mode::stream}) {
      SCOPED_TRACE(name + (mode == Mode::stream ? ", streamed" : ""));
      first_says(reply);
      const TestAnswer answer = ask_chat(mode);
      EXPECT_EQ(answer.status, 200);
      EXPECT_EQ(testing::hear(Dialect::openai_chat, answer).text, "Hi") << answer.body;
      EXPECT_FALSE(answer.says("error")) << answer.body;
      EXPECT_NE(trace().find(R"("connectionName":"one")"), std::string::npos) << trace();
      advance(std::chrono::hours(1));
    }
  }
}

TEST_F(FallbackTest, WhoHasFailedIsAskedAgainWhenItsRestIsOver) {
  first_says(limited_for("30"));
  ask_chat();
  ask_chat();
  EXPECT_EQ(who_was_asked(), "one two two");
  advance(Millis{30'000});
  first_says(testing::hi(Dialect::openai_chat, Mode::whole));
  ask_chat();
  EXPECT_EQ(who_was_asked(), "one two two one");
}

TEST_F(FallbackTest, WhatTheClientDidWrongIsToldAndTriedWithNobodyElse) {
  first_says(json_reply(R"({"error":{"message":"bad temperature","param":"temperature"}})", 400));
  const TestAnswer answer = ask_chat();
  EXPECT_EQ(answer.status, 400);
  EXPECT_TRUE(answer.says("[400]: bad temperature")) << answer.body;
  EXPECT_EQ(who_was_asked(), "one");
  ask_chat();
  EXPECT_EQ(who_was_asked(), "one one") << "and its account does not rest";
}

TEST_F(FallbackTest, OfSeveralFailuresTheFirstThatBlamesTheRequestIsTold) {
  first_says(json_reply(R"({"error":{"message":"broke"}})", 500));
  second_says(json_reply(R"({"error":{"message":"too much"}})", 413));
  EXPECT_EQ(ask_chat().status, 413);
}

TEST_F(FallbackTest, ABadRequestThatBlamesTheModelDoesNotStopTheNextAccount) {
  first_says(json_reply(R"({"error":{"message":"model not found"}})", 400));
  EXPECT_EQ(ask_chat().status, 200);
  second_says(json_reply(R"({"error":{"message":"broke"}})", 503));
  advance(std::chrono::hours(1));
  EXPECT_EQ(ask_chat().status, 400) << "of the failures the first that is the caller's";
}

TEST_F(FallbackTest, WithoutSuchTheLastFailureIsTold) {
  first_says(json_reply(R"({"error":{"message":"broke"}})", 500));
  second_says(json_reply(R"({"error":{"message":"busy"}})", 503));
  const TestAnswer answer = ask_chat();
  EXPECT_EQ(answer.status, 503);
  EXPECT_TRUE(answer.says("[503]: busy")) << answer.body;
}

TEST_F(FallbackTest, AStatusKeepsItsMeaningInEveryDialect) {
  for (const Dialect client : chat::all_dialects) {
    for (const int status : {401, 403, 404, 429, 500, 503, 504}) {
      SCOPED_TRACE(std::string(name_of(client)) + std::to_string(status));
      first_says(json_reply(R"({"error":{"message":"so it is"}})", status));
      second_says(json_reply(R"({"error":{"message":"so it is"}})", status));
      const TestAnswer answer = ask(client, "ch/m", Mode::stream);
      EXPECT_EQ(answer.status, status);
      EXPECT_EQ(answer.field("content-type"), "application/json");
      const auto failure = testing::hear(client, answer).failure;
      ASSERT_TRUE(failure);
      EXPECT_EQ(failure->message, "[" + std::to_string(status) + "]: so it is");
      advance(std::chrono::hours(1));
    }
  }
}

TEST_F(FallbackTest, T16_a_limit_keeps_its_retry_after) {
  first_says(limited_for("100"));
  second_says(limited_for("7"));
  const TestAnswer answer = ask_chat();
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(answer.field("retry-after"), "7");
}

TEST_F(FallbackTest, T20_while_all_rest_it_is_said_at_once_when_to_come_again) {
  first_says(limited_for("150"));
  second_says(limited_for("200"));
  ask_chat();
  const auto began = std::chrono::steady_clock::now();
  const TestAnswer answer = ask_chat();
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(1));
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(answer.field("retry-after"), "150");
  EXPECT_TRUE(answer.says("[ch/m] Slow down (reset after 2m 30s)")) << answer.body;
  EXPECT_EQ(who_was_asked(), "one two") << "and nobody was asked";
}

TEST_F(FallbackTest, T19_a_limit_of_one_model_leaves_the_others_alone) {
  first_says(limited_for("150"));
  second_says(limited_for("150"));
  ask_chat();
  first_says(testing::hi(Dialect::openai_chat, Mode::whole));
  EXPECT_EQ(ask(Dialect::openai_chat, "ch/other").status, 200);
  EXPECT_EQ(ask(Dialect::openai_chat, "ch/m").status, 429);
}

TEST_F(FallbackTest, AnAccountThatBrokeIsTheLastChoiceAndNotNone) {
  first_says(json_reply("{}", 500));
  second_says(json_reply("{}", 500));
  EXPECT_EQ(ask_chat().status, 500);
  first_says(testing::hi(Dialect::openai_chat, Mode::whole));
  EXPECT_EQ(ask_chat().status, 200);
}

TEST_F(FallbackTest, WhoSaysNothingInTimeIsTakenOver) {
  start({.first_byte = Millis{300}}, heartbeat_);
  first_says(upstream::testing::no_reply());
  EXPECT_EQ(ask_chat().status, 200);
  second_says(upstream::testing::no_reply());
  EXPECT_EQ(ask_chat().status, 504);
}

TEST_F(FallbackTest, WhoFallsSilentBeforeItsFirstWordIsTakenOver) {
  start({.idle = Millis{300}}, heartbeat_);
  first_says(stream_reply({": wait\n\n"}, Reply::End::silent));
  for (const Mode mode : {Mode::whole, Mode::stream}) EXPECT_EQ(ask_chat(mode).status, 200);
  second_says(stream_reply({}, Reply::End::silent));
  EXPECT_EQ(ask_chat(Mode::stream).status, 504);
}

TEST_F(FallbackTest, SignsOfLifeOfAProviderAreNoWords) {
  expect_a_word_in(Millis{300});
  std::vector<std::string> pings(100, ": ping\n\n");
  Reply pinging = stream_reply(pings);
  Reply blank = json_reply(" ");
  blank.pieces.assign(100, " \n");
  pinging.pause = blank.pause = Millis{50};
  for (const Reply& reply : {pinging, blank}) {
    first_says(reply);
    for (const Mode mode : {Mode::whole, Mode::stream}) {
      const auto began = std::chrono::steady_clock::now();
      EXPECT_EQ(ask_chat(mode).status, 200);
      EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(2));
      EXPECT_NE(trace().find("It said nothing in time"), std::string::npos) << trace();
      advance(std::chrono::hours(1));
    }
  }
}

TEST_F(FallbackTest, WhoHasBegunInTimeMayTakeItsTimeForTheRest) {
  expect_a_word_in(Millis{300});
  for (const Mode mode : {Mode::whole, Mode::stream}) {
    Reply slow = testing::hi(Dialect::openai_chat, mode);
    const std::string all = slow.pieces[0];
    const std::size_t at =
        mode == Mode::stream ? testing::half_of_hi(Dialect::openai_chat).size() : 1;
    slow.pieces = {all.substr(0, at), all.substr(at)};
    slow.pause = Millis{500};
    first_says(slow);
    EXPECT_EQ(testing::hear(Dialect::openai_chat, ask_chat(mode)).text, "Hi");
  }
  EXPECT_EQ(who_was_asked(), "one one");
}

TEST_F(FallbackTest, WhatIsMissingInAnAccountsDataIsTold) {
  connect("azure", "three");
  const TestAnswer answer = ask(Dialect::openai_chat, "azure/gpt-4o");
  EXPECT_EQ(answer.status, 503) << "it is not the request that is wrong";
  EXPECT_TRUE(answer.says("[azure/gpt-4o] The account cannot be used: the connection's provider"))
      << answer.body;
  EXPECT_TRUE(answer.says("providerSpecificData lacks resource")) << answer.body;
}

TEST_F(FallbackTest, WhatWeSayOfAFailureNamesTheModelThatFailed) {
  start({.first_byte = Millis{200}}, heartbeat_);
  first_says(upstream::testing::no_reply());
  second_says(upstream::testing::no_reply());
  EXPECT_TRUE(ask_chat().says("[ch/m] the upstream timed out"));
  first_says(json_reply(""));
  second_says(json_reply(""));
  EXPECT_TRUE(ask_chat().says("[ch/m] Provider returned empty content"));
  EXPECT_NE(world_.log_text().find(R"("provider":"ch","upstream_model":"m","account":"two")"),
            std::string::npos);
}

TEST_F(FallbackTest, WhatTheProviderSaysItselfBeginsAsClientsExpectIt) {
  first_says(json_reply(R"({"error":{"message":"broke"}})", 500));
  second_says(json_reply(R"({"error":{"message":"broke"}})", 500));
  EXPECT_TRUE(ask_chat().says(R"("message":"[500]: broke")"));
}

TEST_F(FallbackTest, AProxyThatFailsIsNamedAndItsPasswordIsNot) {
  write([this](sql::Session& session) {
    return store::put_proxy(
        session, store_->sealer(),
        {.level = "global", .id = "", .url = Secret("http://me:hush@127.0.0.1:1")});
  });
  const TestAnswer answer = ask_chat();
  EXPECT_TRUE(answer.says("[ch/m] proxy: cannot connect: Connection refused")) << answer.body;
  EXPECT_EQ((answer.body + world_.log_text() + trace()).find("hush"), std::string::npos);
}

TEST_F(FallbackTest, AnswersWithoutContentAreToldAsWhatTheyAre) {
  for (const Mode mode : {Mode::whole, Mode::stream}) {
    first_says(mode == Mode::stream ? stream_reply({}) : json_reply(""));
    second_says(mode == Mode::stream ? stream_reply({}) : json_reply(""));
    const TestAnswer empty = ask_chat(mode);
    EXPECT_EQ(empty.status, 502);
    EXPECT_TRUE(empty.says("Provider returned empty content")) << empty.body;
  }
  first_says(json_reply("Hello there"));
  second_says(json_reply("Hello there"));
  const TestAnswer odd = ask_chat();
  EXPECT_EQ(odd.status, 502);
  EXPECT_TRUE(odd.says("Invalid JSON response from provider")) << odd.body;
}

}  // namespace
}  // namespace omni::pipeline
