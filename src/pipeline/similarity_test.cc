// The same question in other words: who is told the answer that was given before, who never is, and
// what becomes of a request whose vector nobody makes.

#include "pipeline/resemblance.h"
#include "pipeline/test_pipeline.h"
#include "recall/marks.h"
#include "store/models.h"

namespace omni::pipeline {
namespace {

using chat::Dialect;
using testing::Ask;
using testing::Mode;
using testing::TestAnswer;
using upstream::testing::Asked;
using upstream::testing::json_reply;
using upstream::testing::Reply;

constexpr const char* first = "How do I sort a list?";
constexpr const char* paraphrase = "Tell me the way to sort a list";

class SimilarityTest : public testing::PipelineTest {
 protected:
  SimilarityTest() {
    for (const Dialect dialect : chat::all_dialects) {
      connect(testing::provider_of(dialect), "key-" + testing::provider_of(dialect));
    }
    provider_.play_by([this](const Asked& asked) { return reply_to(asked); });
    embed_with("ch/e");
  }

  void embed_with(const std::string& model) {
    set("semanticCacheEmbeddingModel",
        [&](store::Settings& settings) { settings.semantic_cache_embedding_model = model; });
  }
  void want(double similarity) {
    set("semanticCacheSimilarityMin", [similarity](store::Settings& settings) {
      settings.semantic_cache_similarity_min = similarity;
    });
  }
  static bool is_embedding(const Asked& asked) {
    return asked.target.find("embed") != std::string::npos;
  }
  /// Questions about weather are no more alike to others than 0.9.
  Reply reply_to(const Asked& asked) const {
    if (!is_embedding(asked)) {
      const bool responses = asked.target.starts_with("/re");
      return testing::hi(responses ? Dialect::openai_responses : Dialect::openai_chat, Mode::whole);
    }
    if (broken_) return *broken_;
    const bool weather = asked.body.find("weather") != std::string::npos;
    const std::string vector = weather ? "[0.9,0.43589]" : "[1,0]";
    if (asked.target.starts_with("/ol")) return json_reply(R"({"embeddings":[)" + vector + "]}");
    return json_reply(R"({"data":[{"index":0,"embedding":)" + vector +
                      R"(}],"usage":{"prompt_tokens":7,"total_tokens":7}})");
  }

  static Ask question(std::string_view text, Dialect client = Dialect::openai_chat,
                      Mode mode = Mode::whole) {
    return worded(cold(client, mode), text);
  }
  static Ask worded(Ask ask, std::string_view text) {
    ask.body.replace(ask.body.find("\"Hi\""), 4, '"' + std::string(text) + '"');
    return ask;
  }
  /// "HIT", "MISS"
  std::string cache(const Ask& asked) { return ask(asked).field("x-omniroute-cache"); }
  /// The same once a vector of it is kept.
  void teach(const Ask& asked) {
    const std::size_t before = recall_.paraphrases.counts().entries;
    EXPECT_EQ(cache(asked), "MISS") << asked.bytes();
    EXPECT_TRUE(net::testing::eventually(
        [&] { return recall_.paraphrases.counts().entries == before + 1; }));
  }
  std::size_t embeddings() const {
    const auto asked = provider_.asked();
    return static_cast<std::size_t>(std::ranges::count_if(asked, is_embedding));
  }
  std::size_t chats() const { return provider_.asked().size() - embeddings(); }

  std::optional<Reply> broken_;  // before the first request
};

TEST_F(SimilarityTest, TheSameInOtherWordsIsAnsweredFromMemory) {
  ASSERT_EQ(recall::marks_of(first), recall::marks_of(paraphrase));
  teach(question(first));
  const TestAnswer answer = ask(question(paraphrase));
  EXPECT_EQ(answer.field("x-omniroute-cache"), "HIT");
  EXPECT_EQ(testing::hear(Dialect::openai_chat, answer).text, "Hi");
  EXPECT_EQ(chats(), 1U);
  EXPECT_EQ(embeddings(), 2U);
  EXPECT_NE(trace().find(R"("cacheSource":"similar")"), std::string::npos) << trace();
  EXPECT_EQ(recall_.paraphrases.counts().hits, 1U);
}

TEST_F(SimilarityTest, ItIsToldInTheDialectAndTheModeOfWhoAsks) {
  teach(question(first));
  for (const Dialect client : chat::all_dialects) {
    for (const Mode mode : {Mode::stream, Mode::whole}) {
      SCOPED_TRACE(name_of(client));
      const TestAnswer answer = ask(question(paraphrase, client, mode));
      EXPECT_EQ(answer.field("x-omniroute-cache"), "HIT");
      EXPECT_EQ(testing::hear(client, answer).text, "Hi") << answer.body;
      EXPECT_EQ(answer.field("content-type") != "application/json", mode == Mode::stream);
    }
  }
  EXPECT_EQ(chats(), 1U);
}

TEST_F(SimilarityTest, NobodyGetsTheAnswerToSomethingElse) {
  add_key("ann");
  Ask beta = question(first, Dialect::anthropic);
  beta.fields += "anthropic-beta: interleaved-thinking-2025-05-14\r\n";
  Ask later = question(first);
  later.body.replace(later.body.find("[{"), 1,
                     R"([{"role":"user","content":"Ho"},{"role":"assistant","content":"Hm"},)");
  Ask kind = question(first);
  kind.body.replace(kind.body.find("[{"), 1, R"([{"role":"system","content":"Be kind."},)");
  const std::string tool =
      R"("tools":[{"type":"function","function":{"name":"f","parameters":{}}}])";
  const std::vector<Ask> asks{
      question(first),
      by("ann", question(first)),
      beta,
      later,
      kind,
      worded(cold(Dialect::openai_chat, Mode::whole, "re/m"), first),
      worded(cold(Dialect::openai_chat, Mode::whole, "ch/other"), first),
      saying(question(first), tool),
      saying(question(first), tool + R"(,"tool_choice":"required")"),
      saying(question(first), R"("response_format":{"type":"json_object"})"),
      saying(question(first), R"("stop":["x"])"),
      saying(question(first), R"("user":"ann")"),
      question("How do I sort 5 lists?"),
      question("How do I sort 6 lists?"),
      question("How do I not sort a list?")};
  for (std::size_t i = 0; i < asks.size(); ++i) {
    teach(asks[i]);
    EXPECT_EQ(chats(), i + 1) << asks[i].bytes();
  }
  EXPECT_EQ(cache(question(paraphrase)), "HIT");
  EXPECT_EQ(cache(by("ann", question(paraphrase))), "HIT") << "her own";
}

TEST_F(SimilarityTest, OnlyQuestionsThatAreAlikeEnoughHaveTheSameAnswer) {
  const store::Settings usual;
  EXPECT_FLOAT_EQ(static_cast<float>(usual.semantic_cache_similarity_min),
                  recall::Nearest::likeness_min_default);
  teach(question(first));
  teach(question("What is the weather like?"));
  want(0.85);
  EXPECT_EQ(cache(question("How is the weather?")), "HIT");
  recall_.cache.forget([](const recall::Shown& shown) { return shown.hits > 0; });
  EXPECT_EQ(cache(question("Tell me the weather")), "HIT") << "by the other, at 0.9";
  want(0);
  EXPECT_EQ(cache(question(paraphrase)), "MISS");
  EXPECT_EQ(embeddings(), 4U);
}

TEST_F(SimilarityTest, AComboHasItsOwnThreshold) {
  add_combo("loose", R"({"models":["ch/m"],"config":{"cacheSimilarityMin":0.85}})");
  add_combo("strict", R"({"models":["ch/m"],"config":{"cacheSimilarityMin":null}})");
  add_combo("never", R"({"models":["ch/m"],"config":{"cacheSimilarityMin":0}})");
  const auto about_weather = [](std::string_view combo) {
    return worded(cold(Dialect::openai_chat, Mode::whole, combo), "How is the weather?");
  };
  teach(worded(cold(Dialect::openai_chat, Mode::whole, "loose"), first));
  EXPECT_EQ(cache(about_weather("loose")), "HIT");
  const std::size_t before = embeddings();
  EXPECT_EQ(cache(about_weather("never")), "MISS");
  EXPECT_EQ(embeddings(), before);
  EXPECT_EQ(cache(about_weather("strict")), "MISS");
}

TEST_F(SimilarityTest, NoVectorIsMadeWhereNobodyWantsOne) {
  add_key("secret", [](store::ApiKey& key) { key.no_log = true; });
  Ask fresh = question(first);
  fresh.fields = "x-omniroute-no-cache: true\r\n";
  Ask two = question(first);
  two.body.insert(two.body.rfind("]"), R"(,{"role":"assistant","content":"Well,"})");
  Ask warm = turn(Dialect::openai_chat, "ch/m");
  const std::vector<Ask> asks{warm,
                              saying(warm, R"("temperature":0.5)"),
                              fresh,
                              two,
                              by("secret", question(first)),
                              question(" "),
                              question(std::string(Resemblance::words_bytes_max + 1, 'a'))};
  for (const Ask& each : asks) EXPECT_EQ(ask(each).status, 200) << each.bytes();
  embed_with("");
  EXPECT_EQ(ask(question(first)).status, 200);
  EXPECT_EQ(embeddings(), 0U);
}

TEST_F(SimilarityTest, WhatIsFoundByItsWordsNeedsNoVector) {
  teach(question(first));
  EXPECT_EQ(cache(question(first)), "HIT");
  EXPECT_EQ(embeddings(), 1U);
  EXPECT_NE(trace().find(R"("cacheSource":"semantic")"), std::string::npos) << trace();
}

TEST_F(SimilarityTest, AnAnswerIsForgottenInAllWordsAtOnce) {
  teach(question(first));
  EXPECT_EQ(cache(question(paraphrase)), "HIT");
  EXPECT_EQ(recall_.cache.counts().entries, 1U) << "it is not kept under other words";
  recall_.cache.forget([](const recall::Shown&) { return true; });
  EXPECT_EQ(cache(question(paraphrase)), "MISS");
  EXPECT_EQ(chats(), 2U);
}

TEST_F(SimilarityTest, VectorsOfDifferentModelsAreNotCompared) {
  teach(question(first));
  embed_with("ol/e");
  EXPECT_EQ(cache(question(paraphrase)), "MISS");
}

TEST_F(SimilarityTest, WhoMakesNoVectorsCostsNobodyAnAnswerAndIsLeftAloneForAWhile) {
  broken_ = json_reply(R"({"error":{"message":"no"}})", 500);
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(cache(question("Question " + std::to_string(i))), "MISS");
  }
  EXPECT_EQ(chats(), 6U);
  EXPECT_LE(embeddings(), 3U);
  const std::size_t before = embeddings();
  advance(recall::Paraphrases::rest);
  EXPECT_EQ(cache(question("Question 7")), "MISS");
  EXPECT_EQ(embeddings(), before + 1);
}

TEST_F(SimilarityTest, AnAccountThatMakesNoVectorsStillAnswers) {
  int asked = 0;
  for (const int status : {400, 401, 402, 403, 404, 408, 413, 429, 500, 503}) {
    broken_ = json_reply(R"({"error":{"message":"no"}})", status);
    EXPECT_EQ(ask(question("Question " + std::to_string(++asked))).status, 200) << status;
    advance(recall::Paraphrases::rest);
  }
}

TEST_F(SimilarityTest, WhoIsSlowIsNotWaitedFor) {
  broken_ = upstream::testing::no_reply();
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(cache(question(first)), "MISS");
  const auto took = std::chrono::steady_clock::now() - began;
  EXPECT_GE(took, Resemblance::patience);
  EXPECT_LT(took, 2 * Resemblance::patience);
  EXPECT_EQ(chats(), 1U);
  broken_.reset();
  EXPECT_EQ(cache(question(paraphrase)), "MISS") << "there is no vector of the first";
}

TEST_F(SimilarityTest, ANameThatMakesNoVectorsIsAsIfThereWereNone) {
  for (const char* model : {"ch/m", "nobody/e", "an/e"}) {
    embed_with(model);
    EXPECT_EQ(cache(question(first + std::string(model))), "MISS") << model;
  }
  EXPECT_EQ(embeddings(), 0U);
}

TEST_F(SimilarityTest, WhoLeavesMeanwhileIsAskedNothingMore) {
  broken_ = upstream::testing::no_reply();
  net::testing::RawClient client = begin(question(first));
  EXPECT_TRUE(net::testing::eventually([&] { return embeddings() == 1; }));
  client.close();
  EXPECT_TRUE(net::testing::eventually([&] { return trace() != "none"; }));
  EXPECT_NE(trace().find("499"), std::string::npos) << trace();
  EXPECT_EQ(chats(), 0U);
}

TEST_F(SimilarityTest, AVectorStandsInTheBooksOfWhoAsked) {
  add_key("ann");
  write([](sql::Session& session) {
    return store::put_user_price(
        session,
        {.provider = "ch", .model = "e", .price = json::Raw::trusted(R"({"input":1,"output":0})")});
  });
  teach(by("ann", question(first)));
  EXPECT_EQ(usage("model || '|' || tokens_input || '|' || cost_nano || '|' || api_key_id || '|' || "
                  "request_id",
                  2),
            "e|7|7000|id-ann|r-1 m|9|13000|id-ann|r-1");
  EXPECT_EQ(cache(by("ann", question(paraphrase))), "HIT");
  EXPECT_EQ(usage("model", 3), "e m e") << "an answer from memory costs its vector";
}

TEST_F(SimilarityTest, ABudgetPaysForVectorsAsWell) {
  add_key("ann");
  write([](sql::Session& session) {
    const Status priced = store::put_user_price(
        session,
        {.provider = "ch", .model = "e", .price = json::Raw::trusted(R"({"input":1,"output":0})")});
    return priced
               ? store::put_budget(session, {.scope = "key:id-ann",
                                             .limits_nano = {20'000, std::nullopt, std::nullopt}})
               : priced;
  });
  teach(by("ann", question(first)));
  EXPECT_TRUE(net::testing::eventually(
      [&] { return budgets_.state_of("key:id-ann")->spent_nano == 20'000; }));
  EXPECT_EQ(ask(by("ann", question(first))).status, 200) << "what is remembered costs nothing";
  EXPECT_EQ(ask(by("ann", question(paraphrase))).status, 429);
  EXPECT_EQ(embeddings(), 1U) << "nothing is left that would pay for one";
}

TEST_F(SimilarityTest, AKeyHasVectorsMadeWithItsOwnAccountsOnly) {
  add_key("bound", [](store::ApiKey& key) { key.allowed_connections = {"c-key-ch"}; });
  embed_with("ol/e");
  for (const char* text : {first, paraphrase, "Who are you?"}) {
    EXPECT_EQ(cache(by("bound", question(text))), "MISS");
  }
  EXPECT_EQ(embeddings(), 0U);
  EXPECT_EQ(cache(question(first)), "MISS");
  EXPECT_EQ(embeddings(), 1U) << "it was nobody's failure";
}

}  // namespace
}  // namespace omni::pipeline
