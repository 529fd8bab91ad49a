#include "api/rate_limits.h"

#include "api/test_traffic.h"

namespace omni::api {
namespace {

using testing::TestAnswer;

class RateLimitsTest : public testing::TrafficTest {
 protected:
  RateLimitsTest() { serve(limits_.routes()); }

  RateLimits limits_{*with_, *changes_};
};

TEST_F(RateLimitsTest, GetApiRateLimitsShowsHowBusyEachAccountIs) {
  const account::Lease held = lend(account("one"));
  rest(account("two"), 429);
  catalog::Provider acme;
  acme.id = "acme";
  const account::Wish wish{.provider = &acme};
  const account::Accounts::Waiting waiting(accounts_, wish);
  const TestAnswer answer = get("/api/rate-limits");
  EXPECT_TRUE(says(answer, R"({"connectionId":"one","provider":"acme","name":"one",)"
                           R"("rateLimitProtection":false,"enabled":false,"active":true,)"
                           R"("queued":1,"running":1,"executing":1,"done":0})"))
      << answer.body;
  EXPECT_TRUE(says(answer, R"("overview":{"connections":2,"limited":0,"running":1})"));
  EXPECT_TRUE(says(answer, R"("lockouts":[{"provider":"acme","connectionId":"two")"));
}

TEST_F(RateLimitsTest, PostApiRateLimitsHasTheLimitsHoldForAnAccount) {
  account("one");
  const TestAnswer answer =
      send("POST", "/api/rate-limits", R"({"connectionId":"one","enabled":true})");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"success":true,"connectionId":"one","enabled":true})");
  EXPECT_TRUE(store_->current()->connections[0].rate_limit_protection);
  EXPECT_TRUE(says(get("/api/rate-limits"), R"("rateLimitProtection":true,"enabled":true)"));
  EXPECT_EQ(audit(), "provider.updated session one");
  EXPECT_EQ(send("POST", "/api/rate-limits", R"({"connectionId":"no","enabled":true})").status,
            404);
}

TEST_F(RateLimitsTest, GetApiRateLimitShowsTheConfigurationAsWell) {
  account("one");
  const TestAnswer answer = get("/api/rate-limit");
  EXPECT_TRUE(says(answer, R"("connections":[{"connectionId":"one")")) << answer.body;
  EXPECT_TRUE(says(answer, R"("config":{"autoEnableApiKeyProviders":false,)"
                           R"("requestsPerMinute":100,"minTimeBetweenRequestsMs":200,)"
                           R"("concurrentRequests":10,"maxWaitMs":120000})"))
      << answer.body;
}

TEST_F(RateLimitsTest, PutApiRateLimitChangesTheConfiguration) {
  EXPECT_TRUE(says(send("PUT", "/api/rate-limit", R"({"requestsPerMinute":7})"),
                   R"("requestsPerMinute":7)"));
  EXPECT_EQ(send("POST", "/api/rate-limit", R"({"concurrentRequests":2})").status, 200);
  EXPECT_EQ(store_->current()->settings.queue_per_minute, 7);
  EXPECT_EQ(store_->current()->settings.queue_at_once, 2);
  EXPECT_EQ(send("PUT", "/api/rate-limit", R"({"requestsPerMinute":0})").status, 400);
}

}  // namespace
}  // namespace omni::api
