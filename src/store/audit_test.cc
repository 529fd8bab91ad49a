#include "store/audit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <vector>

#include "store/test_config.h"

namespace omni::store {
namespace {

std::string redact(std::string text) {
  return std::string(redacted(json::Raw::trusted(std::move(text))).text());
}

TEST(Redaction, HidesWhatSoundsSecretAtAnyDepth) {
  EXPECT_EQ(
      redact(R"({"a":[{"b":{"apiKey":"x","n":1}}],"Access_Token":["x"],"x-api-key":{"k":1}})"),
      R"({"a":[{"b":{"apiKey":"[redacted]","n":1}}],"Access_Token":["[redacted]"],)"
      R"("x-api-key":{"k":"[redacted]"}})");
  for (const std::string name :
       {"password", "newPassword", "passphrase", "client_secret", "refreshToken", "Authorization",
        "set-cookie", "credentials", "refreshTokens", "secretTokens", "passwordMaxTokens"}) {
    EXPECT_EQ(redact("{\"" + name + "\":\"x\"}"), "{\"" + name + "\":\"[redacted]\"}");
  }
}

TEST(Redaction, LeavesWhatTellsNothing) {
  for (const std::string text :
       {R"({"maxTokens":5,"tokenType":"x","requireApiKey":true,"apiKey":null,"name":"x"})",
        R"("password")", R"(["token"])", R"({"usageTokenBuffer":{"before":0,"after":1}})",
        R"({"requireApiKey":{"before":false,"after":true}})"}) {
    EXPECT_EQ(redact(text), text);
  }
}

class AuditTest : public testing::Test {
 protected:
  void add(std::string action, std::int64_t when_ms, std::string actor = "admin") {
    AuditEntry entry;
    entry.when = from_millis(when_ms);
    entry.action = std::move(action);
    entry.actor = std::move(actor);
    entry.target = "t";
    entry.address = "192.0.2.1";
    entry.resource_type = "settings";
    entry.request_id = "r";
    entry.details = json::Raw::trusted(R"({"deep":{"password":"canary"}})");
    EXPECT_TRUE(add_audit_entry(*config_.session, entry));
  }
  /// How many there are in all, and the actions of the page.
  std::string find(const AuditQuery& query) {
    std::string actions;
    const auto total = find_audit_entries(
        *config_.session, query, [&](const AuditEntry& entry) { actions += " " + entry.action; });
    return total ? std::to_string(*total) + ":" + actions : total.error().message();
  }

  TestConfig config_;
};

TEST_F(AuditTest, ComesBackAsItWasNotedWithoutSecrets) {
  add("settings.updated", 1234);
  std::vector<AuditEntry> found;
  EXPECT_TRUE(find_audit_entries(*config_.session, {},
                                 [&](const AuditEntry& entry) { found.push_back(entry); }));
  ASSERT_EQ(found.size(), 1U);
  const AuditEntry& entry = found[0];
  EXPECT_EQ(entry.when, from_millis(1234));
  EXPECT_EQ(entry.action + entry.actor + entry.target + entry.address + entry.resource_type +
                entry.status + entry.request_id,
            "settings.updatedadmint192.0.2.1settingssuccessr");
  EXPECT_EQ(entry.details.text(), R"({"deep":{"password":"[redacted]"}})");
  EXPECT_EQ(read_file(config_.folder.file("config.sqlite-wal")).find("canary"), std::string::npos);
}

TEST_F(AuditTest, ComesNewestFirstInPagesWithTheCountOfAll) {
  for (int i = 1; i <= 5; ++i) add("a" + std::to_string(i), i);
  EXPECT_EQ(find({.limit = 2}), "5: a5 a4");
  EXPECT_EQ(find({.limit = 2, .offset = 4}), "5: a1");
  EXPECT_EQ(find({.offset = 9}), "5:");
}

/// What this thread has used of the processor so far.
Millis work_so_far() {
  timespec used{};
  EXPECT_EQ(::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used), 0);
  return std::chrono::duration_cast<Millis>(std::chrono::seconds(used.tv_sec) +
                                            std::chrono::nanoseconds(used.tv_nsec));
}

/// management.md, 8: eight seconds of work for one page of statistics.
TEST_F(AuditTest, GivesAPageOfVeryManyWithoutSortingThemAll) {
  ASSERT_TRUE(config_.session->run_script(
      "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) "
      "INSERT INTO audit_log (timestamp, action, actor, details, metadata) "
      "SELECT i, 'settings.updated', 'admin', '{}', '{}' FROM n"));
  add("newest", 200'001);
  Millis work = Millis::max();
  for (int i = 0; i < 5; ++i) {  // the best of several, for others use the machine as well
    const Millis before = work_so_far();
    EXPECT_EQ(find({.limit = 2}), "200001: newest settings.updated");
    work = std::min(work, work_so_far() - before);
  }
  EXPECT_LT(work, Millis(50));
}

TEST_F(AuditTest, TakesFiltersTogether) {
  add("auth.login", 1);
  add("auth.logout", 2, "bob");
  add("authority", 3);
  add("a%b", 4);
  EXPECT_EQ(find({.action = "auth.*"}), "2: auth.logout auth.login");
  EXPECT_EQ(find({.action = "a%*"}), "1: a%b");
  EXPECT_EQ(find({.action = "auth.login"}), "1: auth.login");
  EXPECT_EQ(find({.action = "auth*", .actor = "bob"}), "1: auth.logout");
  EXPECT_EQ(find({.from = from_millis(2), .to = from_millis(3)}), "2: authority auth.logout");
  EXPECT_EQ(find({.target = "u"}), "0:");
  EXPECT_EQ(find({.resource_type = "u"}), "0:");
  EXPECT_EQ(find({.status = "failed"}), "0:");
  EXPECT_EQ(find({.request_id = "u"}), "0:");
}

TEST_F(AuditTest, ForgetsWhatIsOlderThanATime) {
  add("old", 1);
  add("new", 2);
  EXPECT_TRUE(delete_audit_entries_before(*config_.session, from_millis(2)));
  EXPECT_EQ(find({}), "1: new");
}

}  // namespace
}  // namespace omni::store
