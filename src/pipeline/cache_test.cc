// Questions that have the same answer again: it is remembered, and told to whom it may be told.

#include <future>

#include "pipeline/test_pipeline.h"

namespace omni::pipeline {
namespace {

using chat::Dialect;
using testing::Ask;
using testing::Mode;
using testing::TestAnswer;

class CacheTest : public testing::PipelineTest {
 protected:
  CacheTest() {
    for (const Dialect dialect : chat::all_dialects) {
      connect(testing::provider_of(dialect), "key-" + testing::provider_of(dialect));
    }
    provider_.play(testing::hi(Dialect::openai_chat, Mode::whole));
  }

  /// As if the memory had been full since, or the process had started anew.
  void forget_in_memory() {
    recall_.cache.forget([](const auto&) { return true; });
  }
  bool eventually_stored(std::size_t answers) {
    const bool noted =
        net::testing::eventually([&] { return recall_.archive.counts().entries == answers; });
    write_usage([](sql::Session&) { return Status(Nothing{}); });  // behind what it was noted by
    return noted;
  }
  void write_usage(const store::Database::Work& work) {
    EXPECT_TRUE(usage_database_->write_now(work));
  }
  std::size_t calls() const { return provider_.asked().size(); }
  /// "HIT", "MISS"
  std::string cache(const Ask& asked) { return ask(asked).field("x-omniroute-cache"); }
};

TEST_F(CacheTest, T23_a_hit_is_told_in_the_dialect_and_the_mode_of_who_asks) {
  for (const Dialect provider : chat::all_dialects) {
    for (const Mode first : {Mode::whole, Mode::stream}) {
      provider_.play(testing::hi(provider, first));
      advance(std::chrono::hours(1));
      const std::size_t before = calls();
      const std::string model = testing::provider_of(provider) + "/m";
      ask(cold(provider, first, model));
      for (const Dialect client : chat::all_dialects) {
        for (const Mode mode : {Mode::stream, Mode::whole}) {
          SCOPED_TRACE(std::string(name_of(client)) + " of " + std::string(name_of(provider)));
          const TestAnswer answer = ask(cold(client, mode, model));
          EXPECT_EQ(answer.status, 200);
          EXPECT_EQ(answer.field("x-omniroute-cache"), "HIT");
          EXPECT_EQ(answer.field("x-omniroute-provider"), testing::provider_of(provider));
          EXPECT_EQ(answer.field("x-omniroute-model"), "m");
          EXPECT_EQ(answer.field("x-omniroute-attempts"), "0");
          const bool streams = answer.field("content-type") != "application/json";
          EXPECT_EQ(streams, mode == Mode::stream) << answer.head;
          const testing::Heard heard = testing::hear(client, answer);
          EXPECT_EQ(heard.text, "Hi") << answer.body;
          EXPECT_FALSE(heard.failure) << answer.body;
        }
      }
      EXPECT_EQ(calls(), before + 1) << name_of(provider);
    }
  }
}

TEST_F(CacheTest, T23_nobody_gets_the_answer_to_something_else) {
  add_key("ann");
  add_key("bob");
  provider_.play("key-re", {testing::hi(Dialect::openai_responses, Mode::whole)});
  const Ask plain = cold(Dialect::openai_chat);
  const auto tool = [](const std::string& rest) {
    return R"("tools":[{"type":"function","function":{"name":)" + rest + "}}]";
  };
  Ask beta = cold(Dialect::anthropic);
  beta.fields += "anthropic-beta: interleaved-thinking-2025-05-14\r\n";
  std::vector<Ask> asks{plain,
                        by("ann", plain),
                        by("bob", plain),
                        beta,
                        cold(Dialect::openai_chat, Mode::whole, "re/m"),
                        cold(Dialect::openai_chat, Mode::whole, "ch/other")};
  for (const std::string& member :
       {tool(R"("f","parameters":{})"), tool(R"("g","parameters":{})"),
        tool(R"("f","parameters":{"type":"object"})"),
        tool(R"("f","parameters":{})") + R"(,"tool_choice":"required")",
        tool(R"("f","parameters":{})") + R"(,"parallel_tool_calls":false)",
        std::string(R"("response_format":{"type":"json_object"})"),
        std::string(R"("response_format":{"type":"json_schema","json_schema":{"name":"a",
                        "schema":{"type":"object"}}})"),
        std::string(R"("response_format":{"type":"json_schema","json_schema":{"name":"a",
                        "schema":{"type":"array"}}})"),
        std::string(R"("stop":["x"])"), std::string(R"("reasoning_effort":"low")"),
        std::string(R"("top_p":0.5)"), std::string(R"("seed":5)"), std::string(R"("n":2)"),
        std::string(R"("presence_penalty":1)"), std::string(R"("user":"ann")"),
        std::string(R"("logprobs":true)"), std::string(R"("verbosity":"low")")}) {
    asks.push_back(saying(plain, member));
  }
  for (std::size_t i = 0; i < asks.size(); ++i) {
    const TestAnswer answer = ask(asks[i]);
    EXPECT_EQ(answer.field("x-omniroute-cache"), "MISS") << asks[i].bytes();
    EXPECT_EQ(calls(), i + 1) << asks[i].bytes();
  }
  for (std::size_t i = 0; i < asks.size(); ++i) {
    EXPECT_EQ(cache(asks[i]), "HIT") << asks[i].bytes();
  }
}

TEST_F(CacheTest, T23_what_the_operator_changes_is_another_question) {
  const Ask plain = cold(Dialect::openai_chat);
  ask(plain);
  set("system-prompt.prompt", [](store::Settings& s) { s.system_prompt = "Be kind."; });
  EXPECT_EQ(cache(plain), "HIT") << "it is not in force";
  set("system-prompt.enabled", [](store::Settings& s) { s.system_prompt_enabled = true; });
  EXPECT_EQ(cache(plain), "MISS");
  set("thinking-budget.mode", [](store::Settings& s) { s.thinking_mode = "custom"; });
  EXPECT_EQ(cache(plain), "MISS");
}

TEST_F(CacheTest, AHitIsNotBilledAndIsSeenInTheTrace) {
  ask(cold(Dialect::openai_chat));
  EXPECT_EQ(cache(cold(Dialect::openai_chat)), "HIT");
  EXPECT_NE(trace().find(R"("cacheSource":"semantic")"), std::string::npos) << trace();
  EXPECT_EQ(PipelineTest::calls("cache_source || ' ' || cost_nano || ' ' || attempts", 2),
            "upstream 13000 1 semantic 0 0");
  ask(turn(Dialect::openai_chat, "ch/m"));
  EXPECT_EQ(usage("status", 2), "200 200") << "of the first, and of the one just now";
  const auto counts = recall_.cache.counts();
  EXPECT_EQ(counts.tokens_saved, 11);
  EXPECT_EQ(counts.cost_nano_saved, 13'000) << "nine at a dollar for a million, two at two";
  EXPECT_EQ(counts.misses, 1U) << "who may not be answered from it has not missed it";
}

TEST_F(CacheTest, OnlyZeroIsCertain) {
  const Ask bare = turn(Dialect::openai_chat, "ch/m");
  const Ask warm = saying(bare, R"("temperature":0.1)");
  for (const Ask& asked : {bare, bare, warm, warm}) EXPECT_EQ(cache(asked), "MISS");
  EXPECT_EQ(calls(), 4U);
  set("semanticCacheTreatAbsentAsZero",
      [](store::Settings& s) { s.semantic_cache_absent_as_zero = true; });
  EXPECT_EQ(cache(bare), "MISS");
  EXPECT_EQ(cache(bare), "HIT");
  EXPECT_EQ(cache(warm), "MISS");
}

TEST_F(CacheTest, WhoSaysSoIsNotAnsweredFromItNorRememberedInIt) {
  Ask fresh = cold(Dialect::openai_chat);
  fresh.fields = "x-omniroute-no-cache: TRUE\r\n";
  EXPECT_EQ(cache(fresh) + cache(fresh), "MISSMISS");
  EXPECT_EQ(recall_.cache.counts().entries, 0U);
  ask(cold(Dialect::openai_chat));
  EXPECT_EQ(cache(fresh), "MISS");
  Ask sdk = cold(Dialect::openai_chat);
  sdk.fields = "cache-control: no-cache\r\n";
  EXPECT_EQ(cache(sdk), "HIT") << "which SDKs say by themselves";
}

TEST_F(CacheTest, ItIsForOneKeyOrForAllAsTheSettingSays) {
  add_key("ann");
  add_key("bob");
  const Ask plain = cold(Dialect::openai_chat);
  ask(by("ann", plain));
  EXPECT_EQ(cache(by("bob", plain)), "MISS");
  set("semanticCacheScope", [](store::Settings& s) { s.semantic_cache_scope = "shared"; });
  EXPECT_EQ(cache(by("ann", plain)), "MISS") << "what was one's own stays so";
  EXPECT_EQ(cache(by("bob", plain)), "HIT");
}

TEST_F(CacheTest, WhatAKeyWithoutALogWasToldIsNotKept) {
  add_key("ann", [](store::ApiKey& key) { key.no_log = true; });
  const Ask secret = by("ann", cold(Dialect::openai_chat));
  EXPECT_EQ(cache(secret) + cache(secret), "MISSMISS");
  EXPECT_EQ(recall_.cache.counts().entries, 0U);
}

TEST_F(CacheTest, ItIsOffWhereTheSettingSaysSo) {
  set("semanticCacheEnabled", [](store::Settings& s) { s.semantic_cache_enabled = false; });
  const Ask plain = cold(Dialect::openai_chat);
  EXPECT_EQ(cache(plain) + cache(plain), "MISSMISS");
}

TEST_F(CacheTest, AnAnswerIsToldAgainForAsLongAsTheSettingSays) {
  set("semanticCacheTtlMs", [](store::Settings& s) { s.semantic_cache_ttl_ms = 1000; });
  const Ask plain = cold(Dialect::openai_chat);
  ask(plain);
  advance(Millis{999});
  EXPECT_EQ(cache(plain), "HIT");
  advance(Millis{1});
  EXPECT_EQ(cache(plain), "MISS");
}

TEST_F(CacheTest, AnAnswerThatEndedEarlyIsNotKept) {
  upstream::testing::Reply cut = testing::hi(Dialect::openai_chat, Mode::whole);
  const std::string stop = R"("finish_reason":"stop")";
  cut.pieces[0].replace(cut.pieces[0].find(stop), stop.size(), R"("finish_reason":"length")");
  provider_.play(cut);
  const Ask plain = cold(Dialect::openai_chat);
  EXPECT_EQ(cache(plain) + cache(plain), "MISSMISS");
  EXPECT_EQ(calls(), 2U);
}

TEST_F(CacheTest, T23_whatMemoryHasLostIsToldFromTheTableInAnyDialect) {
  ask(cold(Dialect::openai_chat));
  ASSERT_TRUE(eventually_stored(1));
  for (const Dialect client : chat::all_dialects) {
    for (const Mode mode : {Mode::whole, Mode::stream}) {
      forget_in_memory();
      const TestAnswer answer = ask(cold(client, mode));
      EXPECT_EQ(answer.field("x-omniroute-cache"), "HIT") << answer.head;
      EXPECT_EQ(testing::hear(client, answer).text, "Hi") << answer.body;
    }
  }
  EXPECT_EQ(calls(), 1U);
  const auto counts = recall_.cache.counts();
  EXPECT_EQ(counts.entries, 1U) << "it is remembered again";
  EXPECT_EQ(counts.hits, 10U);
  EXPECT_EQ(counts.misses, 1U) << "the first";
  EXPECT_EQ(counts.tokens_saved, 110);
}

TEST_F(CacheTest, ManyWhoAskForWhatOnlyTheTableHasAskNobody) {
  ask(cold(Dialect::openai_chat));
  ASSERT_TRUE(eventually_stored(1));
  forget_in_memory();
  std::vector<net::testing::RawClient> clients;
  for (int i = 0; i < 8; ++i) clients.push_back(begin(cold(Dialect::openai_chat)));
  for (net::testing::RawClient& client : clients) {
    EXPECT_EQ(testing::parse_answer(client.read_to_end()).field("x-omniroute-cache"), "HIT");
  }
  EXPECT_EQ(calls(), 1U);
}

TEST_F(CacheTest, WhatTheTableHasIsNotToldLongerThanFromMemory) {
  ask(cold(Dialect::openai_chat));
  ASSERT_TRUE(eventually_stored(1));
  forget_in_memory();
  advance(std::chrono::minutes(59));
  EXPECT_EQ(cache(cold(Dialect::openai_chat)), "HIT");
  advance(std::chrono::minutes(1));
  EXPECT_EQ(cache(cold(Dialect::openai_chat)), "MISS") << "though it was remembered again since";
  forget_in_memory();
  ASSERT_TRUE(net::testing::eventually([this] {
    forget_in_memory();
    return cache(cold(Dialect::openai_chat)) == "HIT";
  })) << "the new one has taken its place";
  EXPECT_GE(calls(), 2U);
}

TEST_F(CacheTest, WhoAsksDoesNotWaitForADatabaseThatIsBusy) {
  ask(cold(Dialect::openai_chat));
  ASSERT_TRUE(eventually_stored(1));
  forget_in_memory();
  std::promise<void> free;
  usage_database_->read(
      [until = free.get_future().share()](sql::Session&) {
        until.wait();
        return Status(Nothing{});
      },
      [](const Status&) {});
  const TestAnswer answer = ask(cold(Dialect::openai_chat));
  EXPECT_EQ(answer.field("x-omniroute-cache"), "MISS");
  EXPECT_EQ(testing::hear(Dialect::openai_chat, answer).text, "Hi");
  EXPECT_EQ(cache(cold(Dialect::openai_chat)), "HIT") << "from memory";
  free.set_value();
}

TEST_F(CacheTest, ADatabaseThatFailsFailsNoRequest) {
  ask(cold(Dialect::openai_chat));
  ASSERT_TRUE(eventually_stored(1));
  forget_in_memory();
  write_usage(
      [](sql::Session& session) { return session.run_script("DROP TABLE semantic_cache"); });
  const TestAnswer answer = ask(cold(Dialect::openai_chat));
  EXPECT_EQ(answer.field("x-omniroute-cache"), "MISS");
  EXPECT_EQ(testing::hear(Dialect::openai_chat, answer).text, "Hi");
  EXPECT_EQ(cache(cold(Dialect::openai_chat)), "HIT");
}

TEST_F(CacheTest, WhatIsNotRememberedIsNotStoredEither) {
  add_key("ann", [](store::ApiKey& key) { key.no_log = true; });
  ask(by("ann", cold(Dialect::openai_chat)));
  Ask fresh = cold(Dialect::openai_chat);
  fresh.fields = "x-omniroute-no-cache: true\r\n";
  ask(fresh);
  ask(turn(Dialect::openai_chat, "ch/m"));
  Ask keyed = turn(Dialect::openai_chat, "ch/m");
  keyed.fields = "idempotency-key: k\r\n";
  ask(keyed);
  ask(cold(Dialect::anthropic));  // written after all of these
  ASSERT_TRUE(eventually_stored(1));
  EXPECT_EQ(calls(), 5U);
}

TEST_F(CacheTest, ManyWhoAskTheSameAtOnceGetOneCall) {
  upstream::testing::Reply slow = testing::hi(Dialect::openai_chat, Mode::whole);
  slow.pieces = {slow.pieces[0].substr(0, 1), slow.pieces[0].substr(1)};
  slow.pause = Millis{500};
  provider_.play(slow);
  std::vector<net::testing::RawClient> clients;
  for (int i = 0; i < 8; ++i) clients.push_back(begin(cold(Dialect::openai_chat)));
  for (net::testing::RawClient& client : clients) {
    const TestAnswer answer = testing::parse_answer(client.read_to_end());
    EXPECT_EQ(testing::hear(Dialect::openai_chat, answer).text, "Hi");
  }
  EXPECT_EQ(calls(), 1U);
}

TEST_F(CacheTest, NobodyWaitsForEver) {
  patience_ = Millis{50};
  start({}, heartbeat_);
  provider_.play("",
                 {upstream::testing::no_reply(), testing::hi(Dialect::openai_chat, Mode::whole)});
  auto first = begin(cold(Dialect::openai_chat));
  ASSERT_TRUE(net::testing::eventually([this] { return calls() == 1; }));
  EXPECT_EQ(testing::hear(Dialect::openai_chat, ask(cold(Dialect::openai_chat))).text, "Hi");
  EXPECT_EQ(calls(), 2U);
}

TEST_F(CacheTest, WhoWaitsForOneThatBringsNothingAsksAtOnceAndNotOneAfterTheOther) {
  provider_.play(upstream::testing::no_reply());
  auto first = begin(cold(Dialect::openai_chat));
  ASSERT_TRUE(net::testing::eventually([this] { return calls() == 1; }));
  auto second = begin(cold(Dialect::openai_chat)), third = begin(cold(Dialect::openai_chat));
  ASSERT_TRUE(net::testing::eventually([this] { return recall_.cache.counts().waiting == 2; }));
  first.close();
  EXPECT_TRUE(net::testing::eventually([this] { return calls() == 3; }));
}

TEST_F(CacheTest, ARepeatedRequestMayAlsoBeAnsweredFromIt) {
  ask(cold(Dialect::openai_chat));
  Ask keyed = cold(Dialect::openai_chat);
  keyed.fields = "idempotency-key: k\r\n";
  const TestAnswer first = ask(keyed), second = ask(keyed);
  EXPECT_EQ(first.field("x-omniroute-cache"), "HIT");
  EXPECT_EQ(first.field("x-omniroute-idempotent"), "");
  EXPECT_EQ(second.field("x-omniroute-idempotent"), "true");
  EXPECT_EQ(calls(), 1U);
}

TEST_F(CacheTest, ACombosAnswersAreItsOwn) {
  add_combo("best", R"({"strategy":"random","models":["ch/m","ch/n"]})");
  for (int i = 0; i < 8; ++i) ask(cold(Dialect::openai_chat, Mode::whole, "best"));
  EXPECT_EQ(calls(), 1U) << "whichever of its models would have its turn";
  EXPECT_EQ(cache(cold(Dialect::openai_chat)), "MISS");
}

}  // namespace
}  // namespace omni::pipeline
