#include "api/cache.h"

#include "api/test_api.h"

namespace omni::api {
namespace {

using namespace std::chrono_literals;
using testing::TestAnswer;

class CacheApiTest : public testing::ApiTest {
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
  void hit(const std::string& print) {
    recall_.cache.find(print, [](std::uint64_t) { return nullptr; });
  }
  std::string forget(const std::string& query) {
    return send("DELETE", "/api/cache" + query, "").body;
  }

  CacheApi cache_{*with_, *changes_};
};

TEST_F(CacheApiTest, GetApiCacheTellsHowManyAnswersThereAreAndWhatTheySaved) {
  EXPECT_EQ(get("/api/cache").body,
            R"({"semanticCache":{"memorySize":0,"memoryMaxSize":500,"dbSize":0,"hitRate":0,)"
            R"("memoryEntries":0,"dbEntries":0,"hits":0,"misses":0,"hitRatePct":0,)"
            R"("tokensSaved":0,"costSavedUsd":0},"idempotency":{"activeKeys":0,"windowMs":5000},)"
            R"("config":{"semanticCacheEnabled":true}})");
  keep("aa", "acme/large");
  keep(recall_.repeats, "k", "acme/large");
  for (int i = 0; i < 3; ++i) hit("aa");
  EXPECT_EQ(get("/api/cache").body,
            R"({"semanticCache":{"memorySize":1,"memoryMaxSize":500,"dbSize":0,"hitRate":0.75,)"
            R"("memoryEntries":1,"dbEntries":0,"hits":3,"misses":1,"hitRatePct":75,)"
            R"("tokensSaved":21,"costSavedUsd":0.0075},)"
            R"("idempotency":{"activeKeys":1,"windowMs":5000},)"
            R"("config":{"semanticCacheEnabled":true}})");
}

TEST_F(CacheApiTest, GetApiCacheStatsTellsHowFullItIs) {
  keep("aa", "acme/large");
  hit("aa");
  EXPECT_EQ(get("/api/cache/stats").body,
            R"({"size":1,"maxSize":500,"bytes":502,"maxBytes":33554432,"hits":1,"misses":1,)"
            R"("evictions":0,"hitRate":0.5})");
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

TEST_F(CacheApiTest, DeleteApiCacheForgetsWhatIsNamed) {
  keep("aa", "acme/large");
  keep("bb", "acme/small");
  keep("cc", "other/large");
  clock_.advance(10s);
  keep("dd", "acme/new");
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
