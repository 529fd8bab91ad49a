#include "api/audit.h"

#include "api/test_api.h"

namespace omni::api {
namespace {

using testing::TestAnswer;

class AuditLogTest : public testing::ApiTest {
 protected:
  void SetUp() override { serve(log_api_.routes()); }
  void add(std::string action, std::string details = "{}") {
    write([&](sql::Session& session) {
      return store::add_audit_entry(session, {.when = clock_.wall(),
                                              .action = action,
                                              .actor = "admin",
                                              .target = "t",
                                              .address = "192.0.2.1",
                                              .resource_type = "settings",
                                              .request_id = "r-7",
                                              .details = json::Raw::trusted(details)});
    });
    clock_.advance(Millis(60'000));
  }

  AuditLog log_api_{*with_};
};

TEST_F(AuditLogTest, GetApiComplianceAuditLogShowsRowsInBothSpellings) {
  add("settings.updated", R"({"password":"canary","theme":"dark"})");
  const TestAnswer answer = get("/api/compliance/audit-log");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body,
            R"([{"id":1,"timestamp":"2026-03-01T10:00:00.000Z",)"
            R"("createdAt":"2026-03-01T10:00:00.000Z","action":"settings.updated",)"
            R"("actor":"admin","target":"t","details":{"password":"[redacted]","theme":"dark"},)"
            R"("ip_address":"192.0.2.1","ip":"192.0.2.1","resource_type":"settings",)"
            R"("resourceType":"settings","status":"success","request_id":"r-7",)"
            R"("requestId":"r-7","metadata":{}}])");
}

TEST_F(AuditLogTest, GetApiComplianceAuditLogGivesPagesAndTellsWhichInFields) {
  for (const std::string action : {"a.one", "a.two", "b.one"}) add(action);
  const TestAnswer answer = get("/api/compliance/audit-log?limit=1&offset=1");
  EXPECT_EQ(answer.field("x-total-count"), "3");
  EXPECT_EQ(answer.field("x-page-limit"), "1");
  EXPECT_EQ(answer.field("x-page-offset"), "1");
  EXPECT_NE(answer.body.find("a.two"), std::string::npos) << answer.body;
  EXPECT_EQ(answer.body.find("one"), std::string::npos) << answer.body;
  EXPECT_EQ(get("/api/compliance/audit-log").field("x-page-limit"), "50");
}

TEST_F(AuditLogTest, GetApiComplianceAuditLogTakesEveryFilter) {
  for (const std::string action : {"a.one", "a.two", "b.one"}) add(action);
  const std::vector<std::pair<std::string, std::string>> counts{
      {"action=a.one", "1"},
      {"action=a.*", "2"},
      {"actor=admin", "3"},
      {"actor=nobody", "0"},
      {"target=t", "3"},
      {"resource=u", "0"},
      {"resourceType=settings", "3"},
      {"status=failed", "0"},
      {"requestId=r-7", "3"},
      {"from=2026-03-01T10:01:00Z", "2"},
      {"to=2026-03-01T10:00:30Z", "1"},
  };
  for (const auto& [query, count] : counts) {
    EXPECT_EQ(get("/api/compliance/audit-log?" + query).field("x-total-count"), count) << query;
  }
  for (const std::string query : {"limit=501", "limit=0", "offset=-1", "from=monday"}) {
    EXPECT_EQ(get("/api/compliance/audit-log?" + query).status, 400) << query;
  }
}

}  // namespace
}  // namespace omni::api
