// Several accounts of one provider, and a provider that is down.

#include <thread>

#include "pipeline/test_pipeline.h"

namespace omni::pipeline {
namespace {

using chat::Dialect;
using testing::Ask;
using testing::Mode;
using testing::TestAnswer;
using upstream::testing::json_reply;
using upstream::testing::Reply;

class AccountsTest : public testing::PipelineTest {
 protected:
  void play(const std::string& key, Reply reply) { provider_.play(key, {std::move(reply)}); }
  void connect_good(const std::vector<std::string>& keys) {
    for (const std::string& key : keys) {
      connect("ch", key);
      play(key, testing::hi(Dialect::openai_chat, Mode::whole));
    }
  }
  void go_round() {
    set("fallbackStrategy", [](store::Settings& s) { s.fallback_strategy = "round-robin"; });
    set("stickyRoundRobinLimit", [](store::Settings& s) { s.sticky_round_robin_limit = 1; });
  }
  TestAnswer ask_chat(std::string_view model = "ch/m") { return ask(Dialect::openai_chat, model); }
  /// A request of a conversation that begins with these words.
  TestAnswer say(const std::string& first, const std::string& rest = "", std::string fields = "") {
    return ask(Ask{"/v1/chat/completions",
                   R"({"model":"ch/m","messages":[{"role":"system","content":"Be kind"},)"
                   R"({"role":"user","content":")" +
                       first + "\"}" + rest + "]}",
                   std::move(fields)});
  }
  /// "one two": who was asked, in this order.
  std::string who_was_asked() {
    std::string names;
    for (const auto& asked : provider_.asked()) {
      names += (names.empty() ? "" : " ") + asked.field("authorization").substr(7);
    }
    return names;
  }
};

const std::string answered =
    R"(,{"role":"assistant","content":"Hi"},{"role":"user","content":"?"})";

TEST_F(AccountsTest, TheSettingsSayHowAnAccountIsPickedAndForWhichProviderNot) {
  connect_good({"one", "two"});
  go_round();
  for (int i = 0; i < 4; ++i) ask_chat();
  EXPECT_EQ(who_was_asked(), "one two one two");
  set("providerStrategies", [](store::Settings& s) {
    s.provider_strategies =
        json::Raw::trusted(R"([{"provider":"ch","fallbackStrategy":"fill-first"}])");
  });
  for (int i = 0; i < 2; ++i) ask_chat();
  EXPECT_EQ(who_was_asked(), "one two one two one one");
}

TEST_F(AccountsTest, AConversationThatGoesOnStaysWithTheAccountThatBeganIt) {
  connect_good({"one", "two"});
  go_round();
  say("first");
  say("second");
  for (int i = 0; i < 3; ++i) say("first", answered);
  for (int i = 0; i < 2; ++i) say("second", answered);
  EXPECT_EQ(who_was_asked(), "one two one one one two two");
  const auto sessions = sessions_.all();
  ASSERT_EQ(sessions.size(), 2U);
  EXPECT_EQ(sessions[0].requests, 3U);
  EXPECT_EQ(sessions[0].connection, "c-two");
  EXPECT_EQ(sessions[0].id.size(), 16U);
}

TEST_F(AccountsTest, AConversationMovesOnWithTheAccountThatTookItOver) {
  connect_good({"one", "two"});
  say("first");
  play("one", json_reply(R"({"error":{"message":"slow down"}})", 429));
  say("first", answered);
  advance(std::chrono::minutes(5));
  play("one", testing::hi(Dialect::openai_chat, Mode::whole));
  say("first", answered);
  EXPECT_EQ(who_was_asked(), "one one two two");
}

TEST_F(AccountsTest, AClientMayNameItsConversation) {
  connect_good({"one", "two"});
  go_round();
  for (const char* words : {"a", "b", "c"}) say(words, "", "x-session-id: mine\r\n");
  EXPECT_EQ(who_was_asked(), "one one one");
  EXPECT_EQ(sessions_.all().at(0).id, "ext:mine");
}

TEST_F(AccountsTest, OneModelsErrorsNeverStopItsSiblings) {
  connect("ch", "one");
  for (int i = 0; i < 3; ++i) {
    play("one", json_reply(R"({"error":{"message":"broke"}})", 500));
    EXPECT_EQ(ask_chat("ch/bad").status, 500);
    play("one", testing::hi(Dialect::openai_chat, Mode::whole));
    EXPECT_EQ(ask_chat("ch/m").status, 200);
  }
}

TEST_F(AccountsTest, AProviderThatIsDownIsLeftAloneUntilOneRequestFindsItWell) {
  connect("ch", "one");
  connect("ch", "two");
  const Reply broken = json_reply(R"({"error":{"message":"broke"}})", 503);
  play("one", broken);
  play("two", broken);
  set("resilience.apikeyFailureThreshold", [](store::Settings& s) { s.key_breaker_failures = 3; });
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ask_chat().status, 503);
  EXPECT_EQ(provider_.asked().size(), 6U) << "each request asks both accounts and counts once";
  for (int i = 0; i < 20; ++i) {
    const TestAnswer answer = ask_chat();
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.field("retry-after"), "30");
    EXPECT_TRUE(answer.says("Provider ch circuit breaker is open")) << answer.body;
    EXPECT_TRUE(answer.says("provider_circuit_open")) << answer.body;
  }
  EXPECT_EQ(provider_.asked().size(), 6U);
  EXPECT_NE(trace().find("circuit breaker is open"), std::string::npos) << trace();
  advance(Millis{30'000});
  play("one", testing::hi(Dialect::openai_chat, Mode::whole));
  EXPECT_EQ(ask_chat().status, 200);
  EXPECT_EQ(ask_chat().status, 200);
}

TEST_F(AccountsTest, WhatIsNotTheProvidersFaultOpensNoBreaker) {
  connect("ch", "one");
  set("resilience.apikeyFailureThreshold", [](store::Settings& s) { s.key_breaker_failures = 1; });
  for (const int status : {400, 401, 404, 429}) {
    play("one", json_reply(R"({"error":{"message":"no"}})", status));
    EXPECT_EQ(ask_chat().status, status);
    advance(std::chrono::hours(1));
  }
  play("one", testing::hi(Dialect::openai_chat, Mode::whole));
  EXPECT_EQ(ask_chat().status, 200);
}

TEST_F(AccountsTest, OneAccountThatIsOnlyLimitedSpeaksForItsProvider) {
  connect("ch", "one");
  connect("ch", "two");
  set("resilience.apikeyFailureThreshold", [](store::Settings& s) { s.key_breaker_failures = 1; });
  play("one", json_reply(R"({"error":{"message":"broke"}})", 500));
  play("two", json_reply(R"({"error":{"message":"slow down"}})", 429));
  ask_chat();
  EXPECT_FALSE(breakers_.obstacle("ch", "m"));
}

class LimitedAccountTest : public AccountsTest {
 protected:
  /// One account that takes one request at once.
  LimitedAccountTest() {
    connect("ch", "one");
    write([this](sql::Session& session) -> Status {
      store::Connection connection = store_->current()->connections.at(0);
      connection.concurrent_max = 1;
      connection.rate_limit_protection = true;
      return store::update_connection(session, store_->sealer(), connection);
    });
  }
};

TEST_F(LimitedAccountTest, WhoComesWhileItIsBusyWaitsForHisTurn) {
  set("resilience.minTimeBetweenRequestsMs", [](store::Settings& s) { s.queue_gap_ms = 0; });
  play("one", upstream::testing::no_reply());
  auto first = begin(turn(Dialect::openai_chat, "ch/m"));
  while (provider_.asked().empty()) std::this_thread::yield();
  play("one", testing::hi(Dialect::openai_chat, Mode::whole));
  auto second = begin(turn(Dialect::openai_chat, "ch/m"));
  while (accounts_.waiting_for("ch") == 0) std::this_thread::yield();
  EXPECT_EQ(provider_.asked().size(), 1U);
  first.close();  // which gives its place back
  EXPECT_EQ(testing::parse_answer(second.read_to_end()).status, 200);
  EXPECT_EQ(accounts_.waiting_for("ch"), 0);
}

TEST_F(LimitedAccountTest, WhoLeavesTheLineIsNotAskedForElsewhere) {
  connect("an", "other");
  add_combo("both", R"({"models":["ch/m","an/m"],"config":{"maxRetries":0}})");
  play("one", upstream::testing::no_reply());
  auto first = begin(turn(Dialect::openai_chat, "ch/m"));
  while (provider_.asked().empty()) std::this_thread::yield();
  Ask waits = turn(Dialect::openai_chat, "both");
  waits.fields = "x-request-id: waits\r\n";
  auto second = begin(waits);
  while (accounts_.waiting_for("ch") == 0) std::this_thread::yield();
  second.close();
  EXPECT_TRUE(net::testing::eventually([this] { return traces_.find("waits").has_value(); }));
  EXPECT_NE(traces_.find("waits")->find(R"("status":499)"), std::string::npos);
  EXPECT_EQ(provider_.asked().size(), 1U);
}

TEST_F(LimitedAccountTest, WhoWaitsWhileTheProviderFailsAndThatIsOverTriesIt) {
  set("resilience.minTimeBetweenRequestsMs", [](store::Settings& s) { s.queue_gap_ms = 0; });
  play("one", upstream::testing::no_reply());
  auto first = begin(turn(Dialect::openai_chat, "ch/m"));
  while (provider_.asked().empty()) std::this_thread::yield();
  play("one", testing::hi(Dialect::openai_chat, Mode::whole));
  auto second = begin(turn(Dialect::openai_chat, "ch/m"));
  while (accounts_.waiting_for("ch") == 0) std::this_thread::yield();
  const account::Profile profile{.failures_max = 1, .open_for = Millis{1}};
  auto pass = breakers_.enter("ch", "m", profile);
  breakers_.settle(std::move(std::get<account::Breakers::Pass>(pass)),
                   account::Breakers::Outcome::failed);
  EXPECT_TRUE(breakers_.obstacle("ch", "m"));
  clock_.advance(Millis{1});
  first.close();
  EXPECT_EQ(testing::parse_answer(second.read_to_end()).status, 200);
  EXPECT_FALSE(breakers_.obstacle("ch", "m"));
}

TEST_F(LimitedAccountTest, WhoWaitsIsCalledInTheOrderOfComingWhenAPlaceIsFree) {
  set("resilience.minTimeBetweenRequestsMs", [](store::Settings& s) { s.queue_gap_ms = 0; });
  play("one", upstream::testing::no_reply());
  auto first = begin(turn(Dialect::openai_chat, "ch/m"));
  while (provider_.asked().empty()) std::this_thread::yield();
  play("one", testing::hi(Dialect::openai_chat, Mode::whole));
  std::vector<net::testing::RawClient> waiting;
  constexpr std::size_t count = 20;
  for (std::size_t i = 0; i < count; ++i) {
    waiting.push_back(begin(turn(Dialect::openai_chat, "ch/m" + std::to_string(i))));
    while (accounts_.waiting_for("ch") <= static_cast<std::int64_t>(i)) std::this_thread::yield();
  }
  waiting[3].close();  // whoever leaves takes nobody's place
  while (accounts_.waiting_for("ch") == count) std::this_thread::yield();
  first.close();
  for (std::size_t i = 0; i < count; ++i) {
    if (i == 3) continue;
    EXPECT_EQ(testing::parse_answer(waiting[i].read_to_end()).status, 200);
  }
  const auto asked = provider_.asked();
  ASSERT_EQ(asked.size(), count);
  for (std::size_t i = 1; i < count; ++i) {
    const std::string model = "\"m" + std::to_string(i <= 3 ? i - 1 : i) + "\"";
    EXPECT_NE(asked[i].body.find(model), std::string::npos) << asked[i].body;
  }
}

TEST_F(LimitedAccountTest, WhoseTurnWouldComeTooLateIsToldAtOnceWhenToComeAgain) {
  set("resilience.requestsPerMinute", [](store::Settings& s) { s.queue_per_minute = 1; });
  set("resilience.maxWaitMs", [](store::Settings& s) { s.queue_wait_max_ms = 1000; });
  play("one", testing::hi(Dialect::openai_chat, Mode::whole));
  EXPECT_EQ(ask_chat().status, 200);
  const TestAnswer answer = ask_chat();
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(answer.field("retry-after"), "60");
  advance(Millis{60'000});
  EXPECT_EQ(ask_chat().status, 200);
}

TEST_F(AccountsTest, WhatAProviderSaysItHasLeftIsNotExceeded) {
  connect_good({"one", "two"});
  Reply reply = testing::hi(Dialect::openai_chat, Mode::whole);
  reply.fields = {{"x-ratelimit-limit-requests", "100"},
                  {"x-ratelimit-remaining-requests", "1"},
                  {"x-ratelimit-reset-requests", "20s"}};
  play("one", reply);
  ask_chat();
  reply.fields[1].second = "0";
  play("one", reply);
  ask_chat();
  ask_chat();
  EXPECT_EQ(who_was_asked(), "one one two");
}

}  // namespace
}  // namespace omni::pipeline
