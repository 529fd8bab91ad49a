// What a client's key may ask for, and of whom.

#include "pipeline/test_pipeline.h"
#include "store/settings_table.h"

namespace omni::pipeline {
namespace {

using chat::Dialect;
using testing::Ask;
using testing::Mode;
using testing::TestAnswer;

class PermitTest : public testing::PipelineTest {
 protected:
  PermitTest() {
    connect("ch", "one");
    connect("ch", "two");
    provider_.play(testing::hi(Dialect::openai_chat, Mode::whole));
  }
  TestAnswer ask_as(const std::string& key, std::string_view model,
                    Dialect client = Dialect::openai_chat) {
    Ask asked = turn(client, model);
    asked.fields = "authorization: Bearer sk-" + key + "\r\n";
    return ask(asked);
  }
};

TEST_F(PermitTest, AKeyWithRulesMayAskForTheseModelsAlone) {
  add_key("some", [](store::ApiKey& key) { key.allowed_models = {"ch/m", "ch/small-*"}; });
  EXPECT_EQ(ask_as("some", "ch/m").status, 200);
  EXPECT_EQ(ask_as("some", "ch/small-1").status, 200);
  const TestAnswer answer = ask_as("some", "ch/large", Dialect::anthropic);
  EXPECT_EQ(answer.status, 403);
  EXPECT_TRUE(answer.says("may not use the model ch/large")) << answer.body;
  EXPECT_TRUE(answer.says("permission_error"));
  EXPECT_EQ(provider_.asked().size(), 2U);
}

TEST_F(PermitTest, ATraceSaysWhichModelsOfAComboAKeyMayNotUse) {
  connect("an", "three");
  add_combo("both", R"({"models":["an/m","ch/m"]})");
  add_key("some", [](store::ApiKey& key) { key.allowed_models = {"ch/*"}; });
  EXPECT_EQ(ask_as("some", "both").status, 200);
  EXPECT_NE(trace().find("The API key may not use an/m"), std::string::npos) << trace();
}

TEST_F(PermitTest, ARuleHoldsForWhatAnAliasStandsFor) {
  add_key("some", [](store::ApiKey& key) { key.allowed_models = {"ch/m"}; });
  write([](sql::Session& session) { return store::put_model_alias(session, {"good", "ch/m"}); });
  write([](sql::Session& session) { return store::put_model_alias(session, {"bad", "ch/x"}); });
  EXPECT_EQ(ask_as("some", "good").status, 200);
  EXPECT_EQ(ask_as("some", "bad").status, 403);
}

TEST_F(PermitTest, AKeyMayBeBoundToAccounts) {
  add_key("bound", [](store::ApiKey& key) { key.allowed_connections = {"c-two"}; });
  EXPECT_EQ(ask_as("bound", "ch/m").status, 200);
  EXPECT_EQ(provider_.last_asked().field("authorization"), "Bearer two");
  provider_.play("two", {upstream::testing::json_reply("{}", 401)});
  EXPECT_EQ(ask_as("bound", "ch/m").status, 401) << "the other one is not asked";
  EXPECT_EQ(provider_.asked().size(), 2U);
  EXPECT_EQ(ask_as("bound", "ch/m").status, 401);
  EXPECT_EQ(provider_.asked().size(), 2U) << "it rests";
}

TEST_F(PermitTest, AKeyMayHaveSoManyConversationsAtATime) {
  add_key("few", [](store::ApiKey& key) { key.sessions_max = 2; });
  const auto say = [this](const std::string& session) {
    Ask asked = turn(Dialect::openai_chat, "ch/m");
    asked.fields = "authorization: Bearer sk-few\r\nx-session-id: " + session + "\r\n";
    return ask(asked).status;
  };
  EXPECT_EQ(say("one"), 200);
  EXPECT_EQ(say("two"), 200);
  EXPECT_EQ(say("three"), 429);
  EXPECT_EQ(say("one"), 200) << "one that goes on may";
  EXPECT_EQ(ask_as("other", "ch/m").status, 200);
  advance(std::chrono::minutes(31));
  EXPECT_EQ(say("three"), 200) << "the others are over";
}

TEST_F(PermitTest, AKeyThatIsBoundToNoneOfAProvidersAccountsHasNoCredentials) {
  add_key("bound", [](store::ApiKey& key) { key.allowed_connections = {"c-elsewhere"}; });
  const TestAnswer answer = ask_as("bound", "ch/m");
  EXPECT_EQ(answer.status, 400);
  EXPECT_TRUE(answer.says("No credentials for provider: ch")) << answer.body;
}

TEST_F(PermitTest, T25_a_key_is_shown_in_the_way_of_every_dialect) {
  write([&](sql::Session& session) -> Status {
    store::Settings settings;
    settings.require_api_key = true;
    const store::SettingWriter writer{session, store_->sealer(), clock_.wall()};
    return writer.store(settings, *store::find_setting("", "requireApiKey"));
  });
  add_key("ci");
  for (const Dialect client : chat::all_dialects) {
    SCOPED_TRACE(name_of(client));
    for (const char* const fields :
         {"authorization: Bearer sk-ci\r\n", "x-api-key: sk-ci\r\n", "x-goog-api-key: sk-ci\r\n"}) {
      Ask asked = turn(client, "ch/m");
      asked.fields = fields;
      EXPECT_EQ(ask(asked).status, 200) << fields;
    }
    EXPECT_EQ(ask(turn(client, "ch/m")).status, 401);
    Ask wrong = turn(client, "ch/m");
    wrong.fields = "x-api-key: sk-other\r\n";
    EXPECT_EQ(ask(wrong).status, 401);
  }
  Ask query = turn(Dialect::gemini, "ch/m");
  query.path += "?key=sk-ci";
  EXPECT_EQ(ask(query).status, 200);
}

TEST_F(PermitTest, T25_any_key_will_do_where_none_is_required) {
  EXPECT_EQ(ask_as("dummy", "ch/m").status, 200);
  EXPECT_EQ(ask(Dialect::openai_chat, "ch/m").status, 200);
}

TEST_F(PermitTest, AKeysTokensAreThoseOfItsAnswers) {
  add_key("few", [](store::ApiKey& key) { key.tokens_per_minute_max = 22; });
  for (const Mode mode : {Mode::whole, Mode::stream}) {
    provider_.play(testing::hi(Dialect::openai_chat, mode));
    Ask asked = turn(Dialect::openai_chat, "ch/m", mode);
    asked.fields = "authorization: Bearer sk-few\r\n";
    const TestAnswer answer = ask(asked);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.field("x-ratelimit-remaining-tokens"), mode == Mode::whole ? "22" : "11");
  }
  const TestAnswer refused = ask_as("few", "ch/m", Dialect::anthropic);
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.field("retry-after"), "3");
  EXPECT_EQ(provider_.asked().size(), 2U);
  advance(Millis{3000});
  EXPECT_EQ(ask_as("few", "ch/m").status, 200);
}

TEST_F(PermitTest, AKeyThatMayAskOnceAtATimeIsFreeAgainWhenItsClientLeaves) {
  add_key("one", [](store::ApiKey& key) { key.requests_at_once_max = 1; });
  provider_.play(upstream::testing::no_reply());
  Ask asked = turn(Dialect::openai_chat, "ch/m");
  asked.fields = "authorization: Bearer sk-one\r\n";
  auto first = std::make_unique<net::testing::RawClient>(begin(asked));
  EXPECT_TRUE(net::testing::eventually([&] { return provider_.asked().size() == 1; }));
  const TestAnswer refused = ask(asked);
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.field("retry-after"), "1");
  first.reset();
  provider_.play(testing::hi(Dialect::openai_chat, Mode::whole));
  EXPECT_TRUE(net::testing::eventually([&] { return ask(asked).status == 200; }));
}

}  // namespace
}  // namespace omni::pipeline
