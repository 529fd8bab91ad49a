// A request to a combo: who is asked after whom, and what is told if nobody answers.

#include "pipeline/test_pipeline.h"

namespace omni::pipeline {
namespace {

using chat::Dialect;
using testing::Mode;
using testing::TestAnswer;
using upstream::testing::json_reply;
using upstream::testing::Reply;

Reply refusal(int status, const std::string& words) {
  return json_reply(R"({"error":{"message":")" + words + R"("}})", status);
}

Reply limited_for(std::string seconds) {
  Reply reply = refusal(429, "Slow down");
  reply.fields = {{"retry-after", std::move(seconds)}};
  return reply;
}

/// The combo `best` of three models at providers of one account each, which are called `one`,
/// `two` and `three`.
class ComboTest : public testing::PipelineTest {
 protected:
  ComboTest() {
    connect("ch", "one");
    connect("an", "two");
    connect("re", "three");
    add_best(R"("config":{"maxRetries":0})");
    good("two", Dialect::anthropic);
    good("three", Dialect::openai_responses);
  }
  void add_best(const std::string& members) {
    add_combo("best", R"({"models":["ch/m","an/m","re/m"],)" + members + "}");
  }
  void change_best(const std::string& members) {
    write([](sql::Session& session) { return store::delete_combo(session, "id-best"); });
    add_best(members);
  }
  void good(const std::string& key, Dialect dialect) {
    provider_.play(key, {testing::hi(dialect, Mode::whole)});
  }
  void says(const std::string& key, Reply reply) { provider_.play(key, {std::move(reply)}); }
  TestAnswer ask_best() { return ask(Dialect::openai_chat, "best"); }
  /// "one two": who was asked, in this order.
  std::string who_was_asked() {
    std::string names;
    for (const auto& asked : provider_.asked()) {
      const std::string bearer(asked.field("authorization"));
      names += names.empty() ? "" : " ";
      names += bearer.empty() ? std::string(asked.field("x-api-key")) : bearer.substr(7);
    }
    return names;
  }
  route::ComboMetrics metrics() { return memory_.find("id-best")->metrics(); }
};

TEST_F(ComboTest, T17_a_combo_goes_on_after_what_only_one_provider_refuses) {
  const std::vector<Reply> refusals{
      refusal(400, "model not found"),
      refusal(400, "Unsupported parameter: 'temperature'"),
      refusal(400, "maximum context length is 8192 tokens"),
      refusal(400, "The response was filtered due to our content policy"),
      refusal(400, "this model does not support image input"),
      refusal(400, "No credentials for provider: ch"),
      refusal(401, "wrong key"),
      refusal(404, "no such model"),
      refusal(413, "too long"),
      refusal(500, "broke"),
      refusal(503, "busy"),
      limited_for("60"),
      json_reply(R"({"error":{"message":"broke"}})"),
      json_reply(""),
      upstream::testing::no_reply(),
  };
  start({.first_byte = Millis{300}}, heartbeat_);
  for (const Reply& reply : refusals) {
    SCOPED_TRACE(std::to_string(reply.status) + (reply.pieces.empty() ? "" : reply.pieces[0]));
    says("one", reply);
    for (const Dialect client : chat::all_dialects) {
      const TestAnswer answer = ask(client, "best");
      EXPECT_EQ(answer.status, 200) << answer.body;
      EXPECT_EQ(testing::hear(client, answer).text, "Hi") << answer.body;
    }
    advance(std::chrono::hours(1));
  }
}

TEST_F(ComboTest, T17_a_combo_goes_on_where_a_provider_has_no_account) {
  add_combo("c", R"({"models":["ol/m","groq/x","ch/m"],"config":{"maxRetries":0}})");
  good("one", Dialect::openai_chat);
  EXPECT_EQ(ask(Dialect::openai_chat, "c").status, 200);
  EXPECT_EQ(who_was_asked(), "one");
}

TEST_F(ComboTest, StopsWhereTheSameRequestWouldFailEverywhere) {
  says("one", refusal(400, "messages: Field required"));
  EXPECT_EQ(ask_best().status, 400);
  EXPECT_EQ(who_was_asked(), "one");
}

TEST_F(ComboTest, TellsTheFirstRefusalOfTheRequestIfAllFail) {
  says("one", refusal(500, "broke"));
  says("two", refusal(400, "Unsupported parameter"));
  says("three", refusal(413, "too long"));
  const TestAnswer answer = ask_best();
  EXPECT_EQ(answer.status, 400);
  EXPECT_TRUE(answer.says("Unsupported parameter")) << answer.body;
  EXPECT_EQ(who_was_asked(), "one two three");
}

TEST_F(ComboTest, T20_says_at_once_when_the_first_of_its_models_answers_again) {
  says("one", limited_for("9"));
  says("two", limited_for("7"));
  says("three", refusal(500, "broke"));
  for (int i = 0; i < 2; ++i) {
    const auto began = std::chrono::steady_clock::now();
    const TestAnswer answer = ask_best();
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(1));
    EXPECT_EQ(answer.status, 429);
    EXPECT_EQ(answer.field("retry-after"), "7");
  }
  EXPECT_EQ(who_was_asked(), "one two three three") << "who rests is not asked";
}

TEST_F(ComboTest, SaysThatNobodyCanBeAskedIfNobodyCan) {
  add_combo("idle", R"({"models":["groq/x","ol/m"]})");
  add_combo("none", R"({"models":[]})");
  add_combo("around", R"({"models":["idle"]})");
  const TestAnswer idle = ask(Dialect::openai_chat, "idle");
  EXPECT_EQ(idle.status, 503);
  EXPECT_TRUE(idle.says("service_unavailable")) << idle.body;
  const std::string why =
      "has no model that can be asked: groq/x (No credentials for "
      "provider: groq), ol/m (No credentials for provider: ol)";
  EXPECT_TRUE(idle.says("The combo idle " + why)) << idle.body;
  const TestAnswer around = ask(Dialect::openai_chat, "around");
  EXPECT_TRUE(around.says("The combo around " + why)) << around.body;
  const TestAnswer none = ask(Dialect::openai_chat, "none");
  EXPECT_EQ(none.status, 404);
  EXPECT_TRUE(none.says("The combo none has no models")) << none.body;
  EXPECT_EQ(who_was_asked(), "");
}

TEST_F(ComboTest, AsksNobodyTwiceWhileOthersStandReady) {
  change_best(R"("config":{"maxRetries":3})");
  says("one", refusal(500, "broke"));
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(ask_best().status, 200);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(1));
  EXPECT_EQ(who_was_asked(), "one two");
}

TEST_F(ComboTest, AsksAllOnceMoreWhenNobodyElseIsLeft) {
  change_best(R"("config":{"maxRetries":2,"retryDelayMs":0})");
  says("one", refusal(500, "broke"));
  says("two", refusal(503, "busy"));
  provider_.play("three",
                 {refusal(500, "broke"), testing::hi(Dialect::openai_responses, Mode::whole)});
  EXPECT_EQ(ask_best().status, 200);
  EXPECT_EQ(who_was_asked(), "one two three one two three");
  EXPECT_EQ(metrics().fallbacks, 2U) << "and to ask again is none";
}

TEST_F(ComboTest, WaitsBeforeItAsksAModelAgainAsOftenAsItSays) {
  add_combo("only", R"({"models":["ch/m"],"config":{"maxRetries":2,"retryDelayMs":150}})");
  says("one", refusal(500, "broke"));
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(ask(Dialect::openai_chat, "only").status, 500);
  EXPECT_GE(std::chrono::steady_clock::now() - began, std::chrono::milliseconds(300));
  EXPECT_EQ(who_was_asked(), "one one one");
}

TEST_F(ComboTest, DoesNotAskAgainWhatWillNotChange) {
  change_best(R"("config":{"maxRetries":2,"retryDelayMs":0})");
  std::string asked;
  for (const int status : {400, 401, 404, 429}) {
    for (const char* const key : {"one", "two", "three"}) says(key, refusal(status, "no"));
    EXPECT_EQ(ask_best().status, status);
    asked += asked.empty() ? "one two three" : " one two three";
    EXPECT_EQ(who_was_asked(), asked);
    advance(std::chrono::hours(1));
  }
}

TEST_F(ComboTest, WaitsForNoProviderThatWillBeBackLate) {
  Reply down = refusal(503, "Down");
  down.fields = {{"retry-after", "3600"}};
  add_combo("only", R"({"models":["ch/m"],"config":{"maxRetries":3,"retryDelayMs":0}})");
  says("one", down);
  const auto began = std::chrono::steady_clock::now();
  const TestAnswer answer = ask(Dialect::openai_chat, "only");
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(1));
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.field("retry-after"), "3600");
  EXPECT_EQ(who_was_asked(), "one");
}

TEST_F(ComboTest, WaitsForNoLimitThatIsLong) {
  add_combo("only", R"({"models":["ch/m"],"config":{"maxRetries":3,"retryDelayMs":0}})");
  says("one", limited_for("7"));
  const auto began = std::chrono::steady_clock::now();
  const TestAnswer answer = ask(Dialect::openai_chat, "only");
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(1));
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(answer.field("retry-after"), "7");
  EXPECT_EQ(who_was_asked(), "one");
}

TEST_F(ComboTest, GoesOnWhereAModelSaysNothingForAsLongAsTheComboOrTheModelBears) {
  using upstream::testing::stream_reply;
  std::vector<std::string> pings(100, ": ping\n\n");
  Reply pinging = stream_reply(pings);
  pinging.pause = Millis{50};
  says("one", pinging);
  change_best(R"("config":{"maxRetries":0,"timeoutMs":200})");
  EXPECT_EQ(ask_best().status, 200);
  add_combo("step", R"({"models":[{"model":"ch/m","timeoutMs":200},"an/m"],
                        "config":{"maxRetries":0,"timeoutMs":60000}})");
  EXPECT_EQ(ask(Dialect::openai_chat, "step", Mode::stream).status, 200);
  EXPECT_EQ(who_was_asked(), "one two one two");
}

TEST_F(ComboTest, EndsAfterThirtyAttempts) {
  change_best(R"("config":{"maxRetries":10,"retryDelayMs":0})");
  for (const char* const key : {"one", "two", "three"}) says(key, refusal(500, "broke"));
  EXPECT_EQ(ask_best().status, 500);
  EXPECT_EQ(provider_.asked().size(), 30U);
}

TEST_F(ComboTest, GoesRoundAndCountsWhatItsModelsDo) {
  change_best(R"("strategy":"round-robin","config":{"maxRetries":0})");
  says("one", refusal(500, "broke"));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ask_best().status, 200);
  EXPECT_EQ(who_was_asked(), "one two two three");
  const route::ComboMetrics counted = metrics();
  EXPECT_EQ(counted.requests, 3U);
  EXPECT_EQ(counted.successes, 3U);
  EXPECT_EQ(counted.fallbacks, 1U);
  ASSERT_EQ(counted.steps.size(), 3U);
  EXPECT_EQ(counted.steps[0].name, "ch/m");
  EXPECT_EQ(counted.steps[0].failures, 1U);
  EXPECT_EQ(counted.steps[1].successes, 2U);
  EXPECT_EQ(counted.steps[2].requests, 1U);
  for (const route::Tally& step : counted.steps) EXPECT_EQ(step.in_flight, 0U);
}

TEST_F(ComboTest, DoesNotBlameAModelForWhatTheClientDidWrong) {
  for (const char* const key : {"one", "two", "three"}) says(key, refusal(400, "Unsupported"));
  EXPECT_EQ(ask_best().status, 400);
  for (const route::Tally& step : metrics().steps) {
    EXPECT_EQ(step.requests, 1U);
    EXPECT_EQ(step.failures, 0U);
    EXPECT_EQ(step.health, 1);
  }
}

TEST_F(ComboTest, BlamesAModelForWhatAnotherDidNotRefuse) {
  says("one", refusal(400, "Unsupported parameter"));
  EXPECT_EQ(ask_best().status, 200);
  EXPECT_EQ(metrics().steps[0].failures, 1U);
  EXPECT_LT(metrics().steps[0].health, 1);
  EXPECT_EQ(metrics().steps[0].in_flight, 0U);
  EXPECT_EQ(metrics().steps[1].health, 1);
}

TEST_F(ComboTest, AsksWhoRefusesEachRequestAfterTheOthers) {
  for (const std::string strategy : {"auto", "p2c"}) {
    add_combo(strategy, R"({"models":["ch/m","an/m"],"config":{"maxRetries":0},"strategy":")" +
                            strategy + "\"}");
    good("one", Dialect::openai_chat);
    good("two", Dialect::anthropic);
    for (int i = 0; i < 4; ++i) EXPECT_EQ(ask(Dialect::openai_chat, strategy).status, 200);
    says("one", refusal(400, "Unsupported parameter"));
    for (int i = 0; i < 20; ++i) EXPECT_EQ(ask(Dialect::openai_chat, strategy).status, 200);
    const std::string asked = who_was_asked();
    EXPECT_TRUE(asked.ends_with("two two two two")) << strategy << ": " << asked;
  }
}

TEST_F(ComboTest, AsksOnlyTheConnectionThatAStepNames) {
  connect("ch", "four");
  add_combo("c", R"({"models":[{"model":"ch/m","connectionId":"c-four"}]})");
  good("four", Dialect::openai_chat);
  EXPECT_EQ(ask(Dialect::openai_chat, "c").status, 200);
  EXPECT_EQ(who_was_asked(), "four");
}

TEST_F(ComboTest, IsForKeysThatMayUseItsNameOrOneOfItsModels) {
  const auto with = [this](std::string key) {
    testing::Ask turn = testing::PipelineTest::turn(Dialect::openai_chat, "best");
    turn.fields = "authorization: Bearer sk-" + std::move(key) + "\r\n";
    return ask(turn).status;
  };
  add_key("name", [](store::ApiKey& key) { key.allowed_models = {"best"}; });
  add_key("model", [](store::ApiKey& key) { key.allowed_models = {"an/*"}; });
  add_key("other", [](store::ApiKey& key) { key.allowed_models = {"ge/*"}; });
  good("one", Dialect::openai_chat);
  EXPECT_EQ(with("name"), 200);
  EXPECT_EQ(with("model"), 200);
  EXPECT_EQ(with("other"), 403);
  EXPECT_EQ(who_was_asked(), "one two");
}

TEST_F(ComboTest, StandsInTheRowsOfUsageThatItsRequestsLeave) {
  good("one", Dialect::openai_chat);
  EXPECT_EQ(ask_best().status, 200);
  EXPECT_EQ(ask(Dialect::openai_chat, "ch/m").status, 200);
  EXPECT_EQ(usage("coalesce(combo, '-')", 2), "best -");
}

TEST_F(ComboTest, TellsItsStrategyAndOrderInTheTrace) {
  good("one", Dialect::openai_chat);
  EXPECT_EQ(ask_best().status, 200);
  const std::string told = trace();
  EXPECT_NE(told.find(R"("combo":"best","strategy":"priority")"), std::string::npos) << told;
  EXPECT_NE(told.find("best chooses by priority: ch/m, an/m, re/m"), std::string::npos) << told;
}

TEST_F(ComboTest, ForeseesWhoWouldBeAskedIfSomebodyFailedAndWhatATranslationLoses) {
  std::string told;
  const auto explain = [&](std::vector<std::string> failing) {
    explained_ = [this, &told, failing = std::move(failing)](net::Exchange& exchange) {
      const auto trace = chat_->explain(
          exchange, {.dialect = Dialect::openai_chat},
          {"/v1/chat/completions",
           R"({"model":"best","seed":7,"messages":[{"role":"user","content":"Hi"}]})", failing});
      told = trace ? to_json(*trace) : trace.error().message();
    };
    ask(testing::Ask{"/explain", ""});
    return told;
  };
  EXPECT_NE(explain({}).find(R"("chosen":{"provider":"ch")"), std::string::npos) << told;
  for (const char* const name : {"ch", "ch/m", "c-one", "one"}) {
    explain({name});
    EXPECT_NE(told.find(R"("chosen":{"provider":"an")"), std::string::npos) << told;
    EXPECT_NE(told.find(R"("obstacle":"it is taken to fail")"), std::string::npos) << told;
    EXPECT_NE(told.find(R"("losses":["seed)"), std::string::npos) << told;
  }
  EXPECT_NE(explain({"ch", "an/m", "three"}).find("\"attempts\":[],\"losses\""), std::string::npos)
      << told;
  EXPECT_EQ(who_was_asked(), "");
}

}  // namespace
}  // namespace omni::pipeline
