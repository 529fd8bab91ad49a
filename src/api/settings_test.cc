#include "api/settings.h"

#include "api/test_api.h"

namespace omni::api {
namespace {

using testing::Ask;
using testing::TestAnswer;

class SettingsApiTest : public testing::ApiTest {
 protected:
  void start(LoginRules::Options rules = {}) {
    rules_ = std::make_unique<LoginRules>(*with_, *changes_, std::move(rules));
    api_ = std::make_unique<SettingsApi>(*with_, *changes_, *rules_,
                                         SettingsApi::Options{.port = 20128, .machine_id = "m1"});
    serve(api_->routes());
  }
  void SetUp() override { start(); }
  TestAnswer patch(std::string body) { return send("PATCH", "/api/settings", std::move(body)); }
  TestAnswer filter(std::string body, std::string from = "192.0.2.1") {
    return ask({.method = "PUT",
                .path = "/api/settings/ip-filter",
                .body = std::move(body),
                .from = std::move(from)});
  }
  static bool has(const TestAnswer& answer, std::string_view part) {
    return answer.body.find(part) != std::string::npos;
  }
  void make_token(std::string id, store::Texts scopes) {
    write([&](sql::Session& session) {
      return store::add_management_token(session,
                                         {.id = id, .name = id, .hash = id, .scopes = scopes});
    });
  }
  TestAnswer as_token(std::string id, std::string body) {
    return ask({.method = "PATCH",
                .path = "/api/settings",
                .body = std::move(body),
                .caller = "token",
                .id = std::move(id)});
  }

  std::unique_ptr<LoginRules> rules_;
  std::unique_ptr<SettingsApi> api_;
};

TEST_F(SettingsApiTest, GetApiSettingsShowsAllRowsAndWhatFollowsFromThem) {
  const TestAnswer answer = get("/api/settings");
  EXPECT_EQ(answer.status, 200);
  json::Reader reader;
  const json::Value body = reader.read(answer.body);
  ASSERT_TRUE(body) << answer.body;
  for (const store::SettingRow& row : store::setting_rows()) {
    if (row.group.empty()) EXPECT_NE(body.find(row.name).kind(), json::Kind::absent) << row.name;
  }
  EXPECT_FALSE(body.at("hasPassword").boolean());
  EXPECT_EQ(body.at("runtimePorts").slice(),
            R"({"port":20128,"apiPort":20128,"dashboardPort":20128,"apiPortExplicit":false,)"
            R"("dashboardPortExplicit":false})");
  EXPECT_EQ(body.at("machineId").text(), "m1");
  EXPECT_FALSE(body.at("cloudConfigured").boolean());
}

TEST_F(SettingsApiTest, PatchApiSettingsIsInForceWhenItIsAnswered) {
  const TestAnswer answer =
      patch(R"({"theme":"dark","maxBodySizeMb":20,"cloudUrl":"https://a.b"})");
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(store_->current()->settings.max_body_size_mb, 20);
  EXPECT_TRUE(has(answer, R"("theme":"dark")"));
  EXPECT_TRUE(has(answer, R"("cloudConfigured":true)"));
  EXPECT_FALSE(has(answer, "ignored"));
  EXPECT_EQ(select("SELECT details FROM audit_log WHERE action = 'settings.updated'"),
            R"({"theme":{"before":"","after":"dark"},)"
            R"("cloudUrl":{"before":"","after":"https://a.b"},)"
            R"("maxBodySizeMb":{"before":10,"after":20}})");
}

TEST_F(SettingsApiTest, PutApiSettingsLeavesWhatItDoesNotNameAsItIs) {
  patch(R"({"theme":"dark"})");
  EXPECT_EQ(send("PUT", "/api/settings", R"({"language":"de"})").status, 200);
  EXPECT_EQ(store_->current()->settings.theme, "dark");
  EXPECT_EQ(store_->current()->settings.language, "de");
}

TEST_F(SettingsApiTest, PatchApiSettingsTellsWhatItIgnores) {
  EXPECT_TRUE(has(patch(R"({"theme":"dark","nodeVersion":1,"password":"x"})"),
                  R"("ignored":["nodeVersion","password"])"));
}

TEST_F(SettingsApiTest, PatchApiSettingsRefusesWhatDoesNotFitAndChangesNothing) {
  const TestAnswer answer = patch(R"({"theme":"dark","maxBodySizeMb":501})");
  EXPECT_EQ(answer.status, 400);
  EXPECT_TRUE(has(answer, R"({"field":"maxBodySizeMb","message":"must be a whole number)"));
  EXPECT_EQ(store_->current()->settings.theme, "");
  EXPECT_EQ(audit(), "");
}

TEST_F(SettingsApiTest, PatchApiSettingsThatChangesNothingIsNoRowOfTheAudit) {
  EXPECT_EQ(patch(R"({"maxBodySizeMb":10})").status, 200);
  EXPECT_EQ(audit(), "");
}

TEST_F(SettingsApiTest, PatchApiSettingsKeepsASecretThatComesBackMasked) {
  patch(R"({"skillsmpApiKey":"canary"})");
  EXPECT_TRUE(has(get("/api/settings"), R"("skillsmpApiKey":"***")"));
  patch(R"({"skillsmpApiKey":"***","theme":"dark"})");
  EXPECT_EQ(store_->current()->settings.skillsmp_api_key, "canary");
  EXPECT_EQ(everything_stored().find("canary"), std::string::npos);
}

TEST_F(SettingsApiTest, PatchApiSettingsWithIfMatchChangesWhatWasSeenOrNothing) {
  const std::string etag = get("/api/settings").field("etag");
  const auto change = [&](const std::string& body) {
    return ask({.method = "PATCH",
                .path = "/api/settings",
                .body = body,
                .fields = "if-match: " + etag + "\r\n"});
  };
  EXPECT_EQ(change(R"({"theme":"dark"})").status, 200);
  EXPECT_NE(get("/api/settings").field("etag"), etag);
  const TestAnswer late = change(R"({"theme":"light"})");
  EXPECT_EQ(late.status, 412) << late.body;
  EXPECT_EQ(store_->current()->settings.theme, "dark");
}

TEST_F(SettingsApiTest, PatchApiSettingsChangesThePasswordOfWhoKnowsIt) {
  set_password(std::string(testing::test_password_hash));
  log_in("s");
  log_in("other");
  EXPECT_EQ(patch(R"({"newPassword":"a good one"})").body,
            R"({"error":"Current password is required"})");
  EXPECT_EQ(patch(R"({"newPassword":"a good one","currentPassword":"no"})").status, 401);
  EXPECT_EQ(patch(R"({"newPassword":"123456","currentPassword":"correct horse"})").status, 400);
  EXPECT_EQ(select("SELECT count(*) FROM sessions"), "2");
  const auto guesser = *identity::parse_address("192.0.2.1");
  for (int i = 0; i < 5; ++i) lockout_.attempt(guesser);
  const TestAnswer answer =
      patch(R"({"newPassword":"a good one","currentPassword":"correct horse","theme":"dark"})");
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_TRUE(has(answer, R"("theme":"dark")"));
  EXPECT_TRUE(store_->current()->password_hash.reveal().starts_with("$2b$12$"));
  EXPECT_EQ(select("SELECT id_hash FROM sessions"), "s");
  EXPECT_EQ(lockout_.attempt(guesser).count(), 0) << "guesses at the old one lock out";
}

TEST_F(SettingsApiTest, PatchApiSettingsSetsTheFirstPasswordFromThisMachineAlone) {
  const auto first = [&](std::string from) {
    return ask({.method = "PATCH",
                .path = "/api/settings",
                .body = R"({"newPassword":"a good one"})",
                .caller = "visitor",
                .from = std::move(from)});
  };
  EXPECT_EQ(first("192.0.2.1").status, 401);
  EXPECT_EQ(first("127.0.0.1").status, 200);
}

TEST_F(SettingsApiTest, PatchApiSettingsNeedsTheScopeAdminForWhatOpensTheDoor) {
  make_token("w", {"write"});
  make_token("a", {"admin"});
  EXPECT_EQ(as_token("w", R"({"theme":"dark"})").status, 200);
  for (const std::string body :
       {R"({"requireLogin":false})", R"({"newPassword":"a good one"})",
        R"({"requireApiKey":false})", R"({"bruteForceProtection":false})", R"({"corsOrigins":"*"})",
        R"({"theme":"x","allowedHosts":["evil.example"]})",
        R"({"baseUrl":"https://evil.example"})"}) {
    EXPECT_EQ(as_token("w", body).status, 403) << body;
  }
  EXPECT_EQ(store_->current()->settings.theme, "dark");
  EXPECT_TRUE(store_->current()->settings.require_login);
  EXPECT_EQ(as_token("a", R"({"requireLogin":false})").status, 200);
  EXPECT_FALSE(store_->current()->settings.require_login);
}

TEST_F(SettingsApiTest, PatchApiSettingsWantsItConfirmedThatOthersMayManage) {
  start({.exposed = true, .keys_required = true});
  EXPECT_EQ(patch(R"({"requireLogin":false})").status, 400);
  EXPECT_TRUE(store_->current()->settings.require_login);
  EXPECT_EQ(patch(R"({"requireLogin":false,"confirmExposed":true})").status, 200);
}

TEST_F(SettingsApiTest, PatchApiSettingsIsRefusedWhereTheGatewayWouldNotStartAgain) {
  const std::string off = R"({"requireLogin":false,"confirmExposed":true})";
  start({.exposed = true});
  EXPECT_EQ(patch(R"({"requireApiKey":true})").status, 200);
  EXPECT_EQ(patch(R"({"requireApiKey":false})").status, 400) << "there is no password either";
  EXPECT_TRUE(store_->current()->settings.require_api_key);
  EXPECT_EQ(patch(off).status, 200);
  set_password(std::string(testing::test_password_hash));
  EXPECT_EQ(patch(R"({"requireApiKey":false})").status, 400) << "nobody is asked for the password";
  EXPECT_EQ(patch(R"({"requireApiKey":false,"requireLogin":true})").status, 200);
  EXPECT_EQ(patch(off).status, 400);
  EXPECT_EQ(patch(R"({"theme":"dark"})").status, 200);
}

TEST_F(SettingsApiTest, GetApiSettingsIpFilterShowsTheListsAndHowLongBansLast) {
  EXPECT_EQ(get("/api/settings/ip-filter").body,
            R"({"enabled":false,"mode":"blacklist","blacklist":[],"whitelist":[],"tempBans":[]})");
  EXPECT_EQ(filter(R"({"tempBan":{"ip":"192.0.2.9","durationMs":5000,"reason":"noise"}})").status,
            200);
  clock_.advance(Millis(2000));
  EXPECT_TRUE(has(get("/api/settings/ip-filter"),
                  R"("tempBans":[{"ip":"192.0.2.9","until":1772359205000,"reason":"noise",)"
                  R"("remainingMs":3000}])"))
      << get("/api/settings/ip-filter").body;
  clock_.advance(Millis(3000));
  EXPECT_TRUE(has(get("/api/settings/ip-filter"), R"("tempBans":[])"));
}

TEST_F(SettingsApiTest, PutApiSettingsIpFilterChangesListsWholeAndEntryByEntry) {
  EXPECT_TRUE(has(filter(R"({"blacklist":["10.0.0.1"],"addBlacklist":"10.1.*"})"),
                  R"("blacklist":["10.0.0.1","10.1.*"])"));
  EXPECT_TRUE(has(filter(R"({"removeBlacklist":"10.1.0.0/16"})"), R"("blacklist":["10.0.0.1"])"));
  EXPECT_TRUE(has(filter(R"({"addBlacklist":"10.0.0.1"})"), R"("blacklist":["10.0.0.1"])"));
  EXPECT_TRUE(has(filter(R"({"addWhitelist":"::1","enabled":true})"), R"("whitelist":["::1"])"));
  EXPECT_TRUE(has(filter(R"({"removeWhitelist":"::1","mode":"whitelist","force":true})"),
                  R"("mode":"whitelist","blacklist":["10.0.0.1"],"whitelist":[])"));
}

TEST_F(SettingsApiTest, PutApiSettingsIpFilterEndsABan) {
  filter(R"({"tempBan":{"ip":"192.0.2.9"}})");
  filter(R"({"tempBan":{"ip":"192.0.2.8"}})");
  const TestAnswer answer = filter(R"({"removeBan":"192.0.2.9"})");
  EXPECT_FALSE(has(answer, "192.0.2.9")) << answer.body;
  EXPECT_TRUE(has(answer, R"("remainingMs":3600000)"));
}

TEST_F(SettingsApiTest, PutApiSettingsIpFilterRefusesABanTooManyAndKeepsTheOthers) {
  std::string bans;
  for (int i = 0; i < 10'000; ++i) {
    bans += (i == 0 ? R"([{"ip":"10.0.)" : R"(,{"ip":"10.0.)") + std::to_string(i / 250) + "." +
            std::to_string(i % 250) + R"(","until":9999999999999})";
  }
  write([&](sql::Session& session) {
    store::Settings settings;
    settings.ip_temp_bans = json::Raw::trusted(bans + "]");
    return store::SettingWriter{session, store_->sealer(), clock_.wall()}.store(
        settings, *store::find_setting("ip-filter.tempBans"));
  });
  const TestAnswer refused = filter(R"({"tempBan":{"ip":"192.0.2.9"}})");
  EXPECT_EQ(refused.status, 400);
  EXPECT_TRUE(has(refused, "ip-filter.tempBans: must be a list")) << refused.body;
  EXPECT_EQ(store_->current()->settings.ip_temp_bans.text().size(), bans.size() + 1);
  EXPECT_EQ(filter(R"({"removeBan":"10.0.0.1"})").status, 200);
}

TEST_F(SettingsApiTest, PutApiSettingsIpFilterRefusesAListThatIsTooLong) {
  std::string list;
  for (int i = 0; i < 10'000; ++i) {
    list += (i == 0 ? R"(["10.0.)" : R"(,"10.0.)") + std::to_string(i / 250) + "." +
            std::to_string(i % 250) + R"(")";
  }
  EXPECT_EQ(filter(R"({"blacklist":)" + list + "]}").status, 200);
  EXPECT_EQ(filter(R"({"addBlacklist":"192.0.2.9"})").status, 400);
  EXPECT_EQ(store_->current()->settings.ip_blacklist.size(), 10'000);
}

TEST_F(SettingsApiTest, PutApiSettingsIpFilterRefusesWhatItDoesNotKnow) {
  for (const std::string body :
       {"{}", R"({"tempBans":[]})", R"({"addBlacklist":"10.0.0"})", R"({"mode":"grey"})",
        R"({"tempBan":{"ip":"192.0.2.9","durationMs":0}})", R"({"tempBan":{"ip":"10.0.*"}})"}) {
    EXPECT_EQ(filter(body).status, 400) << body;
  }
}

TEST_F(SettingsApiTest, PutApiSettingsIpFilterDoesNotShutOutWhoAsksUnlessHeInsists) {
  const std::string body = R"({"enabled":true,"addBlacklist":"192.0.2.0/24")";
  const TestAnswer refused = filter(body + "}");
  EXPECT_EQ(refused.status, 409);
  EXPECT_TRUE(has(refused, "force"));
  EXPECT_TRUE(store_->current()->settings.ip_blacklist.empty());
  EXPECT_EQ(filter(body + "}", "198.51.100.1").status, 200);
  EXPECT_EQ(filter(R"({"mode":"whitelist"})", "127.0.0.1").status, 200) << "loopback is exempt";
  EXPECT_EQ(filter(body + R"(,"force":true})").status, 200);
}

TEST_F(SettingsApiTest, GetAndPutApiSettingsThinkingBudgetAreStrict) {
  const std::string path = "/api/settings/thinking-budget";
  EXPECT_EQ(get(path).body, R"({"mode":"passthrough","customBudget":10240,"effortLevel":"medium",)"
                            R"("baseBudget":10240,"complexityMultiplier":1})");
  EXPECT_TRUE(has(send("PUT", path, R"({"mode":"custom","customBudget":0})"),
                  R"("mode":"custom","customBudget":0)"));
  EXPECT_EQ(store_->current()->settings.thinking_mode, "custom");
  for (const std::string body :
       {"{}", R"({"other":1})", R"({"customBudget":131073})", R"({"complexityMultiplier":-1})"}) {
    EXPECT_EQ(send("PUT", path, body).status, 400) << body;
  }
}

TEST_F(SettingsApiTest, GetAndPutApiSettingsSystemPromptAreStrict) {
  const std::string path = "/api/settings/system-prompt";
  EXPECT_EQ(get(path).body, R"({"enabled":false,"prompt":""})");
  EXPECT_EQ(send("PUT", path, R"({"enabled":true,"prompt":"Be kind."})").body,
            R"({"enabled":true,"prompt":"Be kind."})");
  EXPECT_EQ(store_->current()->settings.system_prompt, "Be kind.");
  EXPECT_EQ(send("PUT", path, "{}").status, 400);
  EXPECT_EQ(send("PUT", path, R"({"prompt":")" + std::string(50'001, 'a') + R"("})").status, 400);
  EXPECT_EQ(send("PUT", path, R"({"prompt":")" + std::string(50'000, 'a') + R"("})").status, 200);
  EXPECT_EQ(select("SELECT length(details) < 200 FROM audit_log ORDER BY id DESC LIMIT 1"), "1");
}

}  // namespace
}  // namespace omni::api
