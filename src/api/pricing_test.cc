#include "api/pricing.h"

#include "api/test_api.h"

namespace omni::api {
namespace {

using testing::TestAnswer;

class PricingTest : public testing::ApiTest {
 protected:
  void SetUp() override { serve(pricing_.routes()); }
  TestAnswer set(std::string body) { return send("PATCH", "/api/pricing", std::move(body)); }
  static bool has(const std::string& body, std::string_view part) {
    return body.find(part) != std::string::npos;
  }

  Pricing pricing_{*with_, *changes_};
};

TEST_F(PricingTest, GetApiPricingGivesDollarsForAMillionTokens) {
  EXPECT_TRUE(
      has(get("/api/pricing").body, R"("ac":{"large":{"input":2.5,"output":10,"cached":0.25}})"));
  EXPECT_TRUE(has(get("/api/pricing/defaults").body, R"("ac":{"large":{"input":2.5)"));
}

TEST_F(PricingTest, PatchApiPricingWinsOverTheCatalogue) {
  for (const std::string method : {"PATCH", "POST", "PUT"}) {
    EXPECT_EQ(
        send(method, "/api/pricing", R"({"acme":{"large":{"input":0.000001,"cache_creation":3}}})")
            .body,
        R"({"ac":{"large":{"input":0.000001,"output":10,"cached":0.25,"cache_creation":3}}})");
  }
  EXPECT_EQ(store_->current()->user_prices.front().price.text(),
            R"({"input":0.000001,"output":10,"cache_read":0.25,"cache_write":3})");
  EXPECT_EQ(set(R"({"ac":{"large":{"input":1},"own":{"cache_read":2e-1}}})").body,
            R"({"ac":{"large":{"input":1,"output":10,"cached":0.25,"cache_creation":3},)"
            R"("own":{"cached":0.2}}})");
  EXPECT_TRUE(has(get("/api/pricing").body, R"("large":{"input":1,)"));
  EXPECT_TRUE(has(get("/api/pricing/defaults").body, R"("large":{"input":2.5,)"));
  const std::string sources = get("/api/pricing?includeSources=1").body;
  EXPECT_TRUE(has(sources, R"("sourceMap":{)")) << sources;
  EXPECT_TRUE(has(sources, R"("ac":{"large":"user","own":"user"})")) << sources;
  EXPECT_TRUE(has(sources, R"("echo":"default")"));
}

TEST_F(PricingTest, PatchApiPricingSetsWhatHoldsFromATimeOnOrForAService) {
  const std::string tiers = R"("tiers":[{"service":"batch","input":1},)"
                            R"({"from":"2026-12-01T00:00:00.000Z","input":2,"cached":0.2}])";
  EXPECT_EQ(set(R"({"ac":{"large":{)" + tiers + "}}}").body,
            R"({"ac":{"large":{"input":2.5,"output":10,"cached":0.25,)" + tiers + "}}}");
  EXPECT_TRUE(has(store_->current()->user_prices.front().price.text(), R"("cache_read":0.2}])"));
  EXPECT_TRUE(has(set(R"({"ac":{"large":{"input":3}}})").body, tiers)) << "they are kept";
  EXPECT_FALSE(has(set(R"({"ac":{"large":{"tiers":[]}}})").body, "tiers"));
  for (const std::string wrong :
       {R"(1)", R"([1])", R"([{"input":1}])", R"([{"service":"batch"}])",
        R"([{"service":"slow","input":1}])", R"([{"from":"soon","input":1}])",
        R"([{"above_tokens":-5,"input":1}])", R"([{"above_tokens":5,"inputs":1}])"}) {
    EXPECT_EQ(set(R"({"ac":{"large":{"tiers":)" + wrong + "}}}").status, 400) << wrong;
  }
}

TEST_F(PricingTest, PatchApiPricingRefusesWhatIsNoPriceAndTakesNothingOfIt) {
  for (const std::string body :
       {R"({"none":{"m":{"input":1}}})", R"({"acme":1})", R"({"acme":{"large":1}})",
        R"({"acme":{"large":{"input":-1}}})", R"({"acme":{"large":{"input":"1"}}})",
        R"({"acme":{"large":{"inputs":1}}})", R"({"acme":{"large":{"input":1e-9}}})",
        R"({"acme":{"":{"input":1}}})"}) {
    EXPECT_EQ(set(R"({"acme":{"own":{"input":1}},)" + body.substr(1)).status, 400) << body;
  }
  EXPECT_TRUE(store_->current()->user_prices.empty());
  EXPECT_TRUE(has(set(R"({"acme":{"large":{"input":-1}}})").body, "ac.large.input"));
}

TEST_F(PricingTest, DeleteApiPricingGoesBackToTheCatalogue) {
  set(R"({"acme":{"large":{"input":1},"own":{"input":1}},"bin":{"own":{"input":2}}})");
  const auto remove = [this](const std::string& query) {
    return ask({.method = "DELETE", .path = "/api/pricing" + query});
  };
  EXPECT_EQ(remove("?provider=ac&model=large").body,
            R"({"ac":{"own":{"input":1}},"bin":{"own":{"input":2}}})");
  EXPECT_EQ(remove("?provider=acme").body, R"({"bin":{"own":{"input":2}}})");
  EXPECT_EQ(remove("?model=own").body, "{}");
  EXPECT_EQ(remove("").status, 400);
  EXPECT_TRUE(has(get("/api/pricing").body, R"("large":{"input":2.5,)"));
}

TEST_F(PricingTest, GetApiPricingModelsListsWhatAPriceCanBeSetFor) {
  write([](sql::Session& session) {
    return store::put_custom_model(session, {.provider = "acme", .id = "own", .name = "Own"});
  });
  EXPECT_TRUE(has(get("/api/pricing/models").body,
                  R"("ac":{"id":"acme","alias":"ac","name":"Acme","models":[{"id":"large",)"
                  R"("name":"Large","custom":false},)"));
  EXPECT_TRUE(has(get("/api/pricing/models").body, R"({"id":"own","name":"Own","custom":true}]})"));
}

}  // namespace
}  // namespace omni::api
