#include "api/resilience.h"

#include "api/test_api.h"
#include "api/test_traffic.h"

namespace omni::api {
namespace {

using testing::TestAnswer;

class ResilienceTest : public testing::TrafficTest {
 protected:
  ResilienceTest() { serve(resilience_.routes()); }
  TestAnswer put(std::string body) { return send("PUT", "/api/resilience", std::move(body)); }
  const store::Settings& settings() { return store_->current()->settings; }

  Resilience resilience_{*with_, *changes_};
};

TEST_F(ResilienceTest, GetApiResilienceShowsAllOfItAlsoUnderTheNamesOfBefore) {
  const TestAnswer answer = get("/api/resilience");
  EXPECT_EQ(answer.status, 200);
  for (const char* part :
       {R"("requestQueue":{"autoEnableApiKeyProviders":false,"requestsPerMinute":100,)"
        R"("minTimeBetweenRequestsMs":200,"concurrentRequests":10,"maxWaitMs":120000})",
        R"("connectionCooldown":{"oauth":{"baseCooldownMs":5000,"useUpstreamRetryHints":true,)"
        R"("maxBackoffSteps":8},"apikey":{"baseCooldownMs":3000)",
        R"("providerBreaker":{"oauth":{"failureThreshold":8,"resetTimeoutMs":60000},)",
        R"("local":{"failureThreshold":2,"resetTimeoutMs":15000})",
        R"("waitForCooldown":{"enabled":false)",
        R"("profiles":{"oauth":{"transientCooldown":5000,"rateLimitCooldown":0,)"
        R"("maxBackoffLevel":8,"circuitBreakerThreshold":8,"circuitBreakerReset":60000})",
        R"("defaults":{"requestsPerMinute":100,"minTimeBetweenRequests":200,)"
        R"("concurrentRequests":10})",
        R"("legacy":{"profiles":{)", R"("circuitBreakers":[],"rateLimitStatus":[])"}) {
    EXPECT_TRUE(says(answer, part)) << part << "\n" << answer.body;
  }
}

TEST_F(ResilienceTest, GetApiResilienceShowsWhoIsLeftAlone) {
  open_breaker("acme");
  rest(account("one"), 429);
  const TestAnswer answer = get("/api/resilience");
  EXPECT_TRUE(says(answer,
                   R"("circuitBreakers":[{"name":"acme","state":"OPEN","failureCount":1,)"
                   R"("lastFailureTime":"2026-03-01T10:00:00.000Z","retryAfterMs":30000}])"))
      << answer.body;
  EXPECT_TRUE(says(answer, R"("rateLimitStatus":[{"provider":"acme","connectionId":"one",)"
                           R"("connectionName":"one","model":"large","status":"cooldown",)"
                           R"("reason":"rate_limit_exceeded","until":"2026-03-01T10:00:01.000Z",)"
                           R"("lastError":"no"}])"))
      << answer.body;
}

TEST_F(ResilienceTest, PutApiResilienceChangesWhatTheBodyNamesAndNothingElse) {
  const TestAnswer answer = put(R"({"providerBreaker":{"apikey":{"failureThreshold":3}},)"
                                R"("connectionCooldown":{"local":{"useUpstreamRetryHints":false}},)"
                                R"("requestQueue":{"maxWaitMs":10}})");
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_TRUE(answer.body.starts_with(R"({"ok":true,)"));
  EXPECT_EQ(settings().key_breaker_failures, 3);
  EXPECT_EQ(settings().key_breaker_reset_ms, 30'000);
  EXPECT_FALSE(settings().local_upstream_hints);
  EXPECT_EQ(settings().queue_wait_max_ms, 10);
  EXPECT_EQ(audit(), "resilience.updated session resilience");
  EXPECT_EQ(send("PATCH", "/api/resilience", R"({"requestQueue":{"maxWaitMs":20}})").status, 200);
  EXPECT_EQ(settings().queue_wait_max_ms, 20);
}

TEST_F(ResilienceTest, PutApiResilienceTakesTheNamesOfBefore) {
  EXPECT_EQ(put(R"({"profiles":{"oauth":{"transientCooldown":1,"rateLimitCooldown":60000,)"
                R"("maxBackoffLevel":2,"circuitBreakerThreshold":4,"circuitBreakerReset":5000}},)"
                R"("defaults":{"minTimeBetweenRequests":6}})")
                .status,
            200);
  EXPECT_EQ(settings().oauth_cooldown_ms, 1);
  EXPECT_FALSE(settings().oauth_upstream_hints);
  EXPECT_EQ(settings().oauth_backoff_steps, 2);
  EXPECT_EQ(settings().oauth_breaker_failures, 4);
  EXPECT_EQ(settings().oauth_breaker_reset_ms, 5000);
  EXPECT_EQ(settings().queue_gap_ms, 6);
}

TEST_F(ResilienceTest, PutApiResilienceRefusesWhatDoesNotFit) {
  for (const char* body :
       {"{}", R"({"odd":1})", R"({"requestQueue":{}})", R"({"requestQueue":{"odd":1}})",
        R"({"providerBreaker":{"cloud":{"failureThreshold":1}}})",
        R"({"providerBreaker":{"oauth":{"failureThreshold":0}}})",
        R"({"providerBreaker":{"oauth":{"resetTimeoutMs":999}}})",
        R"({"requestQueue":{"requestsPerMinute":0}})", R"({"waitForCooldown":{"enabled":true}})"}) {
    EXPECT_EQ(put(body).status, 400) << body;
  }
  EXPECT_EQ(audit(), "");
}

TEST_F(ResilienceTest, PostApiResilienceResetClosesBreakersAndEndsRests) {
  open_breaker("acme");
  rest(account("one"), 429);
  const TestAnswer answer = send("POST", "/api/resilience/reset", "");
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(says(answer, R"({"ok":true,"resetCount":1,)")) << answer.body;
  EXPECT_FALSE(breakers_.obstacle("acme", "m"));
  EXPECT_TRUE(accounts_.rests().empty());
}

}  // namespace
}  // namespace omni::api
