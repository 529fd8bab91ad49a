#include "api/monitoring.h"

#include "api/test_traffic.h"

namespace omni::api {
namespace {

using testing::TestAnswer;

class MonitoringTest : public testing::TrafficTest {
 protected:
  MonitoringTest() { serve(monitoring_.routes()); }

  Monitoring monitoring_{*with_, *changes_, "1.2.3"};
};

TEST_F(MonitoringTest, GetApiMonitoringHealthTellsWhoMayReadHowEverythingIs) {
  const account::Lease held = lend(account("one"));
  sessions_.note("s", "one", "k");
  TestAnswer answer = get("/api/monitoring/health");
  EXPECT_EQ(answer.status, 200);
  for (const char* part :
       {R"({"status":"healthy","timestamp":"2026-03-01T10:00:00.000Z")", R"("version":"1.2.3")",
        R"("activeConnections":1)",
        R"("circuitBreakers":{"open":0,"halfOpen":0,"closed":1,"total":1})",
        R"("providerBreakers":[{"provider":"acme","state":"CLOSED","failureCount":0,)"
        R"("lastFailure":null,"retryAfterMs":0}])",
        R"("providerHealth":{"acme":{"state":"CLOSED","failures":0)",
        R"("cryptography":{"status":"healthy","provider":"aes-256-gcm"})",
        R"("quotaMonitor":{"active":0})",
        R"("configuredCount":1,"activeCount":1,"monitoredCount":0)",
        R"("sessions":{"activeCount":1,"stickyBoundCount":1,"byApiKey":{"k":1},"top":[{)"}) {
    EXPECT_TRUE(says(answer, part)) << part << "\n" << answer.body;
  }
  open_breaker("acme");
  answer = get("/api/monitoring/health");
  EXPECT_TRUE(says(answer, R"({"status":"degraded")"));
  EXPECT_TRUE(says(answer, R"("circuitBreakers":{"open":1,"halfOpen":0,"closed":0,"total":1})"));
}

TEST_F(MonitoringTest, GetApiMonitoringHealthTellsEverybodyElseTheStatusAlone) {
  const TestAnswer answer = ask({.path = "/api/monitoring/health", .caller = "none"});
  EXPECT_EQ(answer.body, R"({"status":"healthy","timestamp":"2026-03-01T10:00:00.000Z"})");
}

TEST_F(MonitoringTest, DeleteApiMonitoringHealthClosesBreakers) {
  open_breaker("acme");
  const TestAnswer answer = send("DELETE", "/api/monitoring/health", "");
  EXPECT_EQ(answer.body,
            R"({"success":true,"message":"Closed 1 circuit breakers","resetCount":1})");
  EXPECT_FALSE(breakers_.obstacle("acme", "m"));
  EXPECT_EQ(audit(), "resilience.reset session");
}

TEST_F(MonitoringTest, GetApiSessionsListsConversationsAndTheAccountsTheyStayWith) {
  sessions_.note("0123456789abcdef", "one", "k");
  clock_.advance(Millis{1234});
  sessions_.note("ext:mine", "two", "");
  const TestAnswer answer = get("/api/sessions");
  EXPECT_EQ(answer.body,
            R"({"count":2,"sessions":[{"sessionId":"ext:mine","createdAt":1772359201234,)"
            R"("lastActive":1772359201234,"requestCount":1,"connectionId":"two","ageMs":0},)"
            R"({"sessionId":"0123456789abcdef","createdAt":1772359200000,)"
            R"("lastActive":1772359200000,"requestCount":1,"connectionId":"one","ageMs":1234}],)"
            R"("byApiKey":{"k":1}})");
}

}  // namespace
}  // namespace omni::api
