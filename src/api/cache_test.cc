#include "api/cache.h"

#include <array>

#include "api/test_traffic.h"
#include "store/rollup.h"

namespace omni::api {
namespace {

using namespace std::chrono_literals;
using testing::TestAnswer;

class CacheApiTest : public testing::TrafficTest {
 protected:
  CacheApiTest() { serve(cache_.routes()); }

  static void keep(recall::Answers& answers, const std::string& print, const std::string& model) {
    auto found = answers.find(print, [](std::uint64_t) { return nullptr; });
    recall::Answer answer{.model = model, .cost_nano = 2'500'000, .bytes = 100};
    answer.reply.usage.emplace().output_text = 7;
    std::get<recall::Lead>(*found).bring(std::make_shared<const recall::Answer>(answer), 1h);
  }
  void keep(const std::string& print, const std::string& model) {
    keep(recall_.cache, print, model);
  }
  /// In the table alone, as after a restart.
  void store(const std::string& print, const std::string& model) {
    recall::Answer answer{.model = model, .bytes = 100};
    recall_.archive.keep(print, std::make_shared<const recall::Answer>(answer), 1h);
    EXPECT_TRUE(usage_database_->write_now([](sql::Session&) { return Status(Nothing{}); }));
  }
  void use(std::vector<store::UsageRow> rows) {
    EXPECT_TRUE(usage_database_->write_now([&](sql::Session& session) {
      store::Rollup rollup;
      for (const store::UsageRow& row : rows) rollup.add(row);
      return rollup.store(session);
    }));
  }
  /// Of models that are asked in any order.
  void add_combo(const std::string& name) {
    write([&](sql::Session& session) {
      return store::add_combo(session, {.id = name, .name = name, .strategy = "random"});
    });
  }
  void add_price(const std::string& model, const std::string& price) {
    write([&](sql::Session& session) {
      return store::put_user_price(
          session, {.provider = "acme", .model = model, .price = json::Raw::trusted(price)});
    });
  }
  void hit(const std::string& print) {
    recall_.cache.find(print, [](std::uint64_t) { return nullptr; });
  }
  std::string forget(const std::string& query) {
    return send("DELETE", "/api/cache" + query, "").body;
  }

  CacheApi cache_{*with_, *changes_};
};

TEST_F(CacheApiTest, GetApiCacheTellsHowManyAnswersThereAreAndWhatTheySaved) {
  const std::string none = get("/api/cache").body;
  EXPECT_TRUE(none.starts_with(
      R"({"semanticCache":{"memorySize":0,"memoryMaxSize":500,"memoryBytes":0,"dbSize":0,)"
      R"("dbMaxSize":10000,"dbBytes":0,"hitRate":0,"memoryEntries":0,"dbEntries":0,"hits":0,)"
      R"("misses":0,"hitRatePct":0,"tokensSaved":0,"costSavedUsd":0,)"
      R"("similar":{"entries":0,"bytes":0,"hits":0,"misses":0,"hitRate":0}},)"
      R"("idempotency":{"activeKeys":0,"windowMs":5000},)"
      R"("promptCache":{"totalRequests":0,"requestsWithCacheControl":0,"totalInputTokens":0,)"
      R"("totalCachedTokens":0,"totalCacheCreationTokens":0,"tokensSaved":0,)"
      R"("estimatedCostSaved":0,"byProvider":{},"byConnection":{},"byStrategy":{},)"
      R"("lastUpdated":"2026-03-01T10:00:00.000Z"},"trend":[)"))
      << none;
  EXPECT_TRUE(none.ends_with(
      R"("config":{"semanticCacheEnabled":true,"semanticCacheTreatAbsentAsZero":false,)"
      R"("semanticCacheScope":"key","semanticCacheTtlMs":3600000,)"
      R"("semanticCacheEmbeddingModel":"","semanticCacheSimilarityMin":0.95}})"))
      << none;
  keep("aa", "acme/large");
  store("bb", "acme/small");
  keep(recall_.repeats, "k", "acme/large");
  for (int i = 0; i < 3; ++i) hit("aa");
  const std::string some = get("/api/cache").body;
  const std::string bytes = std::to_string(recall_.archive.counts().bytes);
  EXPECT_TRUE(some.starts_with(
      R"({"semanticCache":{"memorySize":1,"memoryMaxSize":500,"memoryBytes":502,"dbSize":1,)"
      R"("dbMaxSize":10000,"dbBytes":)" +
      bytes +
      R"(,"hitRate":0.75,"memoryEntries":1,)"
      R"("dbEntries":1,"hits":3,"misses":1,"hitRatePct":75,"tokensSaved":21,)"
      R"("costSavedUsd":0.0075,"similar":{"entries":0,"bytes":0,"hits":0,"misses":0,)"
      R"("hitRate":0}},"idempotency":{"activeKeys":1,"windowMs":5000},)"))
      << some;
}

TEST_F(CacheApiTest, GetApiCacheTellsWhatTheCachesOfProvidersHaveServed) {
  account("work");
  add_combo("cheap");
  store::UsageRow row{.time = clock_.wall() - 30min,
                      .provider = "acme",
                      .model = "large",
                      .connection_id = "work",
                      .combo = "cheap",
                      .tokens = {.input = 3'000'000, .cache_read = 2'000'000},
                      .status = 200,
                      .success = true};
  store::UsageRow plain = row;
  plain.time -= 48h;
  plain.combo = "gone";
  plain.tokens = {.input = 10};
  store::UsageRow unpriced = row;
  unpriced.provider = "bin", unpriced.model = "shared", unpriced.connection_id = {};
  unpriced.combo = {};
  unpriced.tokens = {.input = 7, .cache_creation = 5};
  use({row, plain, unpriced});
  const std::string body = get("/api/cache?trendHours=2").body;
  const std::string sums = R"("totalRequests":3,"requestsWithCacheControl":2,)"
                           R"("totalInputTokens":3000017,"totalCachedTokens":2000000,)"
                           R"("totalCacheCreationTokens":5,"tokensSaved":2000000,)"
                           R"("estimatedCostSaved":4.5,)";
  const std::string of_acme = R"("requestsWithCacheControl":1,"inputTokens":3000010,)"
                              R"("cachedTokens":2000000,"cacheCreationTokens":0,)"
                              R"("tokensSaved":2000000,"estimatedCostSaved":4.5})";
  const std::string of_bin = R"("requestsWithCacheControl":1,"inputTokens":7,"cachedTokens":0,)"
                             R"("cacheCreationTokens":5,"tokensSaved":0,"estimatedCostSaved":0})";
  const std::string of_combo = R"("requestsWithCacheControl":1,"inputTokens":3000000,)"
                               R"("cachedTokens":2000000,"cacheCreationTokens":0,)"
                               R"("tokensSaved":2000000,"estimatedCostSaved":4.5})";
  EXPECT_NE(body.find(R"("promptCache":{)" + sums + R"("byProvider":{"acme":{"requests":2,)" +
                      of_acme + R"(,"bin":{"requests":1,)" + of_bin +
                      R"(},"byConnection":{"work":{"name":"work",)"
                      R"("requests":2,)" +
                      of_acme + R"(},"byStrategy":{"random":{"requests":1,)" + of_combo +
                      R"(},"lastUpdated":"2026-03-01T10:00:00.000Z"})"),
            std::string::npos)
      << body;
  EXPECT_NE(body.find(R"("trend":[{"timestamp":"2026-03-01T09:00:00Z","requests":2,)"
                      R"("cachedRequests":2,"inputTokens":3000007,"cachedTokens":2000000,)"
                      R"("cacheCreationTokens":5},{"timestamp":"2026-03-01T10:00:00Z",)"
                      R"("requests":0,"cachedRequests":0,"inputTokens":0,"cachedTokens":0,)"
                      R"("cacheCreationTokens":0}],)"),
            std::string::npos)
      << body;
  EXPECT_EQ(get("/api/cache?trendHours=0").status, 400);
}

TEST_F(CacheApiTest, WritingIntoACacheOfAProviderCountsAgainstReadingFromIt) {
  add_price("shared", R"({"input":1,"cache_read":0.5,"cache_write":1.25})");
  use({{.time = clock_.wall(),
        .provider = "acme",
        .model = "shared",
        .tokens = {.input = 5'000'000, .cache_read = 1'000'000, .cache_creation = 4'000'000}}});
  EXPECT_NE(get("/api/cache").body.find(R"("estimatedCostSaved":-0.5,)"), std::string::npos);
}

TEST_F(CacheApiTest, GetApiCacheStatsTellsHowFullItIs) {
  keep("aa", "acme/large");
  hit("aa");
  store("bb", "acme/small");
  const std::string bytes = std::to_string(recall_.archive.counts().bytes);
  EXPECT_EQ(get("/api/cache/stats").body,
            R"({"size":1,"maxSize":500,"bytes":502,"maxBytes":33554432,"dbSize":1,)"
            R"("dbMaxSize":10000,"dbBytes":)" +
                bytes +
                R"(,"dbMaxBytes":67108864,"hits":1,"misses":1,"evictions":0,"hitRate":0.5})");
}

TEST_F(CacheApiTest, GetApiCacheEntriesListsThemByPages) {
  keep("aa", "acme/large");
  keep("bb", "acme/small");
  hit("aa");
  const std::string first =
      R"({"id":"aa","signature":"aa","model":"acme/large","hit_count":1,"tokens_saved":7,)"
      R"("created_at":"2026-03-01T10:00:00.000Z","expires_at":"2026-03-01T11:00:00.000Z"})";
  EXPECT_EQ(get("/api/cache/entries?limit=1").body,
            R"({"entries":[)" + first +
                R"(],"pagination":{"page":1,"limit":1,"total":2,"totalPages":2}})");
  const TestAnswer second = get("/api/cache/entries?limit=1&page=2");
  EXPECT_NE(second.body.find(R"("signature":"bb")"), std::string::npos);
  EXPECT_EQ(get("/api/cache/entries?search=large").body,
            R"({"entries":[)" + first +
                R"(],"pagination":{"page":1,"limit":50,"total":1,"totalPages":1}})");
  EXPECT_EQ(get("/api/cache/entries?page=9").body,
            R"({"entries":[],"pagination":{"page":9,"limit":50,"total":2,"totalPages":1}})");
  EXPECT_EQ(get("/api/cache/entries?page=0").status, 400);
}

TEST_F(CacheApiTest, GetApiCacheEntriesListsThoseOfTheTableBehindThoseInMemoryEachOnce) {
  store("old", "acme/large");
  clock_.advance(1s);
  store("new", "acme/small");
  store("aa", "acme/large");
  keep("aa", "acme/large");
  const std::string body = get("/api/cache/entries").body;
  EXPECT_NE(body.find(R"("total":3,)"), std::string::npos) << body;
  const std::size_t first = body.find(R"("signature":"aa")"),
                    second = body.find(R"("signature":"new")");
  EXPECT_LT(first, second);
  EXPECT_LT(second, body.find(R"("signature":"old")"));
  EXPECT_NE(get("/api/cache/entries?search=small").body.find(R"("total":1,)"), std::string::npos);
}

TEST_F(CacheApiTest, DeleteApiCacheForgetsWhatIsNamed) {
  keep("aa", "acme/large");
  keep("bb", "acme/small");
  keep("cc", "other/large");
  clock_.advance(10s);
  keep("dd", "acme/new");
  EXPECT_NE(forget("?modle=acme").find("Say model"), std::string::npos) << "all would be gone";
  EXPECT_EQ(forget("?signature=bb"),
            R"({"success":true,"ok":true,"invalidated":1,"scope":"signature"})");
  EXPECT_EQ(forget("?model=acme%2Flarge"), R"({"success":true,"ok":true,"invalidated":1,)"
                                           R"("scope":"model","model":"acme/large"})");
  keep("aa", "acme/large");
  EXPECT_EQ(forget("?model=large"),
            R"({"success":true,"ok":true,"invalidated":2,"scope":"model","model":"large"})");
  keep("ee", "acme/large");
  clock_.advance(1s);
  EXPECT_EQ(forget("?staleMs=1000"),
            R"({"success":true,"ok":true,"invalidated":0,"scope":"stale","maxAgeMs":1000})");
  EXPECT_EQ(forget("?staleMs=999"),
            R"({"success":true,"ok":true,"invalidated":2,"scope":"stale","maxAgeMs":999})");
  EXPECT_EQ(audit().substr(0, 20), "cache.forget session");
}

TEST_F(CacheApiTest, DeleteApiCacheForgetsAllAndRepeatedRequestsToo) {
  keep("aa", "acme/large");
  keep(recall_.repeats, "k", "acme/large");
  EXPECT_EQ(forget(""), R"({"success":true,"ok":true,"cleared":1,"scope":"all"})");
  EXPECT_EQ(recall_.cache.counts().entries + recall_.repeats.counts().entries, 0U);
}

TEST_F(CacheApiTest, DeleteApiCacheForgetsAnswersToOtherWordsAsWell) {
  keep("aa", "acme/large");
  keep("bb", "acme/small");
  const recall::Vector vector = *recall::Vector::of(std::array{1.0F, 0.0F});
  for (const char* print : {"aa", "bb"}) recall_.paraphrases.keep(print, print, vector, 1h);
  EXPECT_NE(recall_.paraphrases.find("aa", vector, 0.9F), nullptr);
  EXPECT_EQ(recall_.paraphrases.find("cc", vector, 0.9F), nullptr);
  const auto shows = [this](std::string_view text) {
    return get("/api/cache").body.find(text) != std::string::npos;
  };
  EXPECT_TRUE(shows(R"("similar":{"entries":2,)"));
  EXPECT_TRUE(shows(R"("hits":1,"misses":1,"hitRate":0.5}})"));
  forget("?signature=aa");
  EXPECT_TRUE(shows(R"("similar":{"entries":1,)"));
  forget("");
  EXPECT_TRUE(shows(R"("similar":{"entries":0,)"));
}

TEST_F(CacheApiTest, DeleteApiCacheForgetsInTheTableAsWell) {
  store("aa", "acme/large");
  keep("aa", "acme/large");
  store("bb", "acme/large");
  store("cc", "acme/small");
  EXPECT_EQ(forget("?model=large"), R"({"success":true,"ok":true,"invalidated":2,)"
                                    R"("scope":"model","model":"large"})");
  EXPECT_EQ(recall_.archive.counts().entries, 1U);
  EXPECT_EQ(forget(""), R"({"success":true,"ok":true,"cleared":1,"scope":"all"})");
  EXPECT_EQ(recall_.archive.counts().entries, 0U);
  EXPECT_EQ(recall_.archive.counts().bytes, 0U);
}

TEST_F(CacheApiTest, DeleteApiCacheRefusesTwoWordsAtOnceAndAnAgeThatIsNone) {
  keep("aa", "acme/large");
  for (const char* const query :
       {"?model=a&signature=b", "?model=a&staleMs=5", "?staleMs=0", "?staleMs=x", "?staleMs=-1"}) {
    EXPECT_EQ(send("DELETE", std::string("/api/cache") + query, "").status, 400) << query;
  }
  EXPECT_EQ(recall_.cache.counts().entries, 1U);
}

}  // namespace
}  // namespace omni::api
