#include "api/auth.h"

#include "api/test_api.h"

namespace omni::api {
namespace {

using testing::Ask;
using testing::TestAnswer;

class AuthTest : public testing::ApiTest {
 protected:
  void start(LoginRules::Options rules = {}, Auth::Options options = {}) {
    rules_ = std::make_unique<LoginRules>(*with_, *changes_, std::move(rules));
    auth_ = std::make_unique<Auth>(*with_, *changes_, *rules_, std::move(options));
    serve(auth_->routes());
  }
  TestAnswer log_in_with(std::string_view password, std::string from = "192.0.2.1") {
    return ask({.method = "POST",
                .path = "/api/auth/login",
                .body = R"({"password":")" + std::string(password) + R"("})",
                .caller = "",
                .from = std::move(from)});
  }
  TestAnswer change(std::string body, std::string caller = "session", std::string from = "") {
    return ask({.method = "PUT",
                .path = "/api/settings/require-login",
                .body = std::move(body),
                .caller = std::move(caller),
                .from = std::move(from)});
  }
  std::string stored_password() { return std::string(store_->current()->password_hash.reveal()); }

  std::unique_ptr<LoginRules> rules_;
  std::unique_ptr<Auth> auth_;
};

TEST_F(AuthTest, PostApiAuthLoginGivesASessionInACookie) {
  set_password(std::string(testing::test_password_hash));
  start();
  const TestAnswer answer = log_in_with("correct horse");
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.body, R"({"success":true})");
  const std::string cookie = answer.field("set-cookie");
  EXPECT_TRUE(cookie.starts_with("auth_token=")) << cookie;
  EXPECT_TRUE(cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax")) << cookie;
  const std::string id = cookie.substr(11, cookie.find(';') - 11);
  const store::LoginSession* const login =
      store_->current()->find_login_session(identity::token_hash(Secret(id)));
  ASSERT_NE(login, nullptr);
  EXPECT_EQ(login->address, "192.0.2.1");
  EXPECT_EQ(login->expires_at, clock_.wall() + std::chrono::days(30));
  EXPECT_EQ(audit(), "auth.login.success admin");
  EXPECT_EQ(everything_stored().find(id), std::string::npos);
}

TEST_F(AuthTest, PostApiAuthLoginMarksTheCookieSecureWhereTheClientCameByTls) {
  set_password(std::string(testing::test_password_hash));
  start();
  const TestAnswer answer = ask({.method = "POST",
                                 .path = "/api/auth/login",
                                 .body = R"({"password":"correct horse"})",
                                 .caller = "",
                                 .fields = "x-encrypted: yes\r\n"});
  EXPECT_TRUE(answer.field("set-cookie").ends_with("; Secure")) << answer.head;
}

TEST_F(AuthTest, PostApiAuthLoginRefusesAWrongPassword) {
  set_password(std::string(testing::test_password_hash));
  start();
  const TestAnswer answer = log_in_with("battery staple");
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(answer.body, R"({"error":"Invalid password"})");
  EXPECT_EQ(answer.field("set-cookie"), "");
  EXPECT_TRUE(audit().starts_with("auth.login.failed"));
}

TEST_F(AuthTest, PostApiAuthLoginNamesThePasswordThatIsMissing) {
  start();
  for (const std::string body : {"", "{}", R"({"password":""})", R"({"password":1})"}) {
    const TestAnswer answer =
        ask({.method = "POST", .path = "/api/auth/login", .body = body, .caller = ""});
    EXPECT_EQ(answer.status, 400) << body;
    EXPECT_NE(answer.body.find(R"("field":"password")"), std::string::npos) << answer.body;
  }
}

TEST_F(AuthTest, PostApiAuthLoginReadsNoMoreThanAPasswordNeeds) {
  set_password(std::string(testing::test_password_hash));
  start();
  const auto send_bytes = [&](std::size_t size) {
    const std::string body = R"({"password":"correct horse","x":")";
    return ask({.method = "POST",
                .path = "/api/auth/login",
                .body = body + std::string(size - body.size() - 2, 'a') + R"("})",
                .caller = ""})
        .status;
  };
  EXPECT_EQ(send_bytes(4096), 200);
  EXPECT_EQ(send_bytes(4097), 413);
}

TEST_F(AuthTest, PostApiAuthLoginSaysThatThereIsNoPasswordYet) {
  start();
  const TestAnswer answer = log_in_with("anything");
  EXPECT_EQ(answer.status, 403);
  EXPECT_NE(answer.body.find(R"("needsSetup":true)"), std::string::npos);
  log_in_with("anything");
  EXPECT_EQ(select("SELECT count(*) FROM audit_log"), "1") << "each attempt costs a row";
}

TEST_F(AuthTest, PostApiAuthLoginNotesALockOutSoonAfterAnAttemptWithoutPassword) {
  start();
  log_in_with("anything");
  set_password(std::string(testing::test_password_hash));
  for (int i = 0; i < 6; ++i) log_in_with("wrong");
  EXPECT_TRUE(audit().starts_with("auth.login.locked"));
}

TEST_F(AuthTest, PostApiAuthLoginLocksAnAddressOutAfterFiveFailuresAndNoOther) {
  set_password(std::string(testing::test_password_hash));
  start();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(log_in_with("wrong").status, 401);
  const TestAnswer locked = log_in_with("correct horse");
  EXPECT_EQ(locked.status, 429);
  EXPECT_EQ(locked.field("retry-after"), "900");
  EXPECT_TRUE(audit().starts_with("auth.login.locked"));
  log_in_with("correct horse");
  EXPECT_EQ(select("SELECT count(*) FROM audit_log WHERE action = 'auth.login.locked'"), "1");
  EXPECT_EQ(log_in_with("correct horse", "192.0.2.2").status, 200);
  clock_.advance(std::chrono::minutes(15));
  EXPECT_EQ(log_in_with("correct horse").status, 200);
}

TEST_F(AuthTest, PutApiSettingsRequireLoginEndsLockOutsByANewPasswordAlone) {
  set_password(std::string(testing::test_password_hash));
  start();
  for (int i = 0; i < 5; ++i) log_in_with("wrong");
  EXPECT_EQ(change(R"({"requireLogin":true})", "owner").status, 200);
  EXPECT_EQ(log_in_with("correct horse").status, 429);
  EXPECT_EQ(change(R"({"password":"battery staple"})", "owner").status, 200);
  EXPECT_EQ(log_in_with("battery staple").status, 200);
}

TEST_F(AuthTest, PostApiAuthLoginDoesNotLockWhereThatIsSwitchedOff) {
  set_password(std::string(testing::test_password_hash));
  write([&](sql::Session& session) {
    store::Settings settings;
    settings.brute_force_protection = false;
    return store::SettingWriter{session, store_->sealer(), clock_.wall()}.store(
        settings, *store::find_setting("bruteForceProtection"));
  });
  start();
  for (int i = 0; i < 7; ++i) EXPECT_EQ(log_in_with("wrong").status, 401);
}

TEST_F(AuthTest, PostApiAuthLoginTurnsThePasswordOfTheEnvironmentIntoAHash) {
  start({.initial_password = Secret("from the environment")});
  EXPECT_EQ(log_in_with("wrong").status, 401);
  EXPECT_EQ(log_in_with("from the environment").status, 200);
  EXPECT_TRUE(stored_password().starts_with("$2b$12$")) << stored_password();
  EXPECT_TRUE(store_->current()->settings.setup_complete);
  EXPECT_EQ(log_in_with("from the environment").status, 200);
  EXPECT_EQ(everything_stored().find("from the environment"), std::string::npos);
}

TEST_F(AuthTest, PostApiAuthLoginTurnsAPasswordInClearOfAnOldReleaseIntoAHash) {
  set_password("kept in clear");
  start();
  EXPECT_EQ(log_in_with("kept in clea").status, 401);
  EXPECT_EQ(log_in_with("kept in clear").status, 200);
  EXPECT_TRUE(stored_password().starts_with("$2b$12$"));
}

TEST_F(AuthTest, PostApiAuthLogoutEndsTheSession) {
  log_in("mine");
  log_in("other");
  start();
  const TestAnswer answer =
      ask({.method = "POST", .path = "/api/auth/logout", .caller = "session", .id = "mine"});
  EXPECT_EQ(answer.body, R"({"success":true})");
  EXPECT_NE(answer.field("set-cookie").find("1970"), std::string::npos);
  EXPECT_EQ(select("SELECT id_hash FROM sessions"), "other");
  EXPECT_EQ(audit(), "auth.logout.success session");
}

TEST_F(AuthTest, PostApiAuthLogoutOfNobodyIsNoFailureAndNoRow) {
  start();
  const TestAnswer answer = ask({.method = "POST", .path = "/api/auth/logout", .caller = ""});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.field("set-cookie"), "") << "whoever has no session has no cookie to lose";
  EXPECT_EQ(audit(), "");
}

TEST_F(AuthTest, GetApiAuthStatusTellsWhetherOneMayManage) {
  start();
  EXPECT_EQ(get("/api/auth/status").body, R"({"authenticated":true})");
  for (const std::string caller : {"", "client"}) {
    EXPECT_EQ(ask({.path = "/api/auth/status", .caller = caller}).body,
              R"({"authenticated":false})");
  }
}

TEST_F(AuthTest, GetApiInitSaysThatTheGatewayIsReady) {
  start();
  EXPECT_EQ(ask({.path = "/api/init", .caller = ""}).body, R"({"initialized":true})");
}

TEST_F(AuthTest, GetApiSettingsRequireLoginTellsTheVersionOnlyToWhoMayManage) {
  start({}, {.version = "1.2.3"});
  const std::string path = "/api/settings/require-login";
  EXPECT_EQ(ask({.path = path, .caller = ""}).body,
            R"({"requireLogin":true,"hasPassword":false,"setupComplete":false})");
  set_password(std::string(testing::test_password_hash));
  EXPECT_EQ(get(path).body, R"({"requireLogin":true,"hasPassword":true,"setupComplete":false,)"
                            R"("version":"1.2.3"})");
}

TEST_F(AuthTest, PutApiSettingsRequireLoginSetsTheFirstPasswordFromThisMachineAlone) {
  start();
  const std::string body = R"({"password":"a good one"})";
  EXPECT_EQ(change(body, "visitor", "192.0.2.1").status, 401);
  EXPECT_EQ(stored_password(), "");
  EXPECT_EQ(change(body, "visitor").status, 200);
  EXPECT_TRUE(stored_password().starts_with("$2b$12$"));
  EXPECT_TRUE(store_->current()->settings.setup_complete);
  EXPECT_EQ(audit(), "auth.password.changed visitor");
  EXPECT_EQ(log_in_with("a good one").status, 200);
}

TEST_F(AuthTest, PutApiSettingsRequireLoginWantsTheOldPasswordOfWhoHasNotLoggedIn) {
  set_password(std::string(testing::test_password_hash));
  start();
  EXPECT_EQ(change(R"({"password":"a good one"})", "visitor").body,
            R"({"error":"Current password is required"})");
  EXPECT_EQ(change(R"({"password":"a good one","currentPassword":"no"})", "visitor").status, 401);
  EXPECT_EQ(stored_password(), testing::test_password_hash);
  EXPECT_EQ(
      change(R"({"password":"a good one","currentPassword":"correct horse"})", "visitor").status,
      200);
  EXPECT_NE(stored_password(), testing::test_password_hash);
}

TEST_F(AuthTest, PutApiSettingsRequireLoginBelievesNoWrongOldPasswordOfAnybody) {
  log_in("s");
  set_password(std::string(testing::test_password_hash));
  start();
  EXPECT_EQ(change(R"({"password":"a good one","currentPassword":"no"})").status, 401);
  EXPECT_EQ(stored_password(), testing::test_password_hash);
  EXPECT_EQ(change(R"({"password":"a good one"})").status, 200);
}

TEST_F(AuthTest, PutApiSettingsRequireLoginEndsAllOtherSessionsWithTheOldPassword) {
  log_in("s");
  log_in("other");
  start();
  EXPECT_EQ(change(R"({"password":"a good one"})").status, 200);
  EXPECT_EQ(select("SELECT id_hash FROM sessions"), "s");
}

TEST_F(AuthTest, PutApiSettingsRequireLoginRefusesPasswordsThatAreWeakOrTooLong) {
  start();
  EXPECT_EQ(change(R"({"password":"seven77"})").body,
            R"({"error":"The password needs at least 8 characters"})");
  EXPECT_EQ(change(R"({"password":"ChangeMe"})").body,
            R"({"error":"This password is too well known"})");
  EXPECT_EQ(change(R"({"password":")" + std::string(73, 'a') + R"("})").status, 400);
  EXPECT_EQ(change("{}").body, R"({"error":"No valid fields to update"})");
  EXPECT_EQ(stored_password(), "");
  EXPECT_EQ(change(R"({"password":")" + std::string(72, 'a') + R"("})").status, 200);
}

TEST_F(AuthTest, PutApiSettingsRequireLoginTakesWeakPasswordsWhereThatIsAllowed) {
  start({.allow_weak_passwords = true});
  EXPECT_EQ(change(R"({"password":"abc"})").status, 400);
  EXPECT_EQ(change(R"({"password":"abcd"})").status, 200);
}

TEST_F(AuthTest, PutApiSettingsRequireLoginWantsItConfirmedThatOthersMayManage) {
  start({.exposed = true, .keys_required = true});
  const TestAnswer refused = change(R"({"requireLogin":false})");
  EXPECT_EQ(refused.status, 400);
  EXPECT_NE(refused.body.find("confirmExposed"), std::string::npos);
  EXPECT_TRUE(store_->current()->settings.require_login);
  EXPECT_EQ(change(R"({"requireLogin":false,"confirmExposed":true})").status, 200);
  EXPECT_FALSE(store_->current()->settings.require_login);
  EXPECT_EQ(audit(), "settings.updated session");
}

TEST_F(AuthTest, PutApiSettingsRequireLoginIsRefusedWhereTheGatewayWouldNotStartAgain) {
  set_password(std::string(testing::test_password_hash));
  start({.exposed = true});
  const TestAnswer refused = change(R"({"requireLogin":false,"confirmExposed":true})");
  EXPECT_EQ(refused.status, 400);
  EXPECT_NE(refused.body.find("requireApiKey"), std::string::npos) << refused.body;
  EXPECT_TRUE(store_->current()->settings.require_login);
}

TEST_F(AuthTest, PostAndPatchApiSettingsRequireLoginDoTheSame) {
  start();
  for (const std::string method : {"POST", "PATCH"}) {
    const std::string off = method == "POST" ? "false" : "true";
    EXPECT_EQ(send(method, "/api/settings/require-login", R"({"requireLogin":)" + off + "}").status,
              200);
    EXPECT_EQ(store_->current()->settings.require_login, off == "true");
  }
}

TEST_F(AuthTest, GetApiAuthSessionsListsWhoIsLoggedIn) {
  log_in("s");
  log_in("other");
  start();
  const TestAnswer answer = get("/api/auth/sessions");
  EXPECT_EQ(answer.body.find(R"("current":true)"), answer.body.rfind(R"("current":true)"));
  EXPECT_NE(answer.body.find(R"("address":"192.0.2.1","userAgent":"test","current":false)"),
            std::string::npos)
      << answer.body;
  clock_.advance(std::chrono::hours(1));
  EXPECT_EQ(get("/api/auth/sessions").body, R"({"sessions":[]})");
}

TEST_F(AuthTest, DeleteApiAuthSessionsSignsOutEverywhereElse) {
  log_in("s");
  log_in("other");
  start();
  EXPECT_EQ(send("DELETE", "/api/auth/sessions", "").status, 200);
  EXPECT_EQ(select("SELECT id_hash FROM sessions"), "s");
  EXPECT_EQ(audit(), "auth.sessions.ended session");
}

}  // namespace
}  // namespace omni::api
