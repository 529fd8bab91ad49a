// What the predecessor got wrong, one test each; src/api/README.md lists them all with those that
// are tested elsewhere.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "browser.h"
#include "process.h"

namespace omni::gateway_test {
namespace {

const std::string password = "a good long password";
const std::vector<std::string> environment{"INITIAL_PASSWORD=" + password};

/// The value of a member that is a text.
std::string member(const std::string& body, const std::string& name) {
  const std::string begin = "\"" + name + "\":\"";
  const std::size_t at = body.find(begin);
  if (at == std::string::npos) return {};
  return body.substr(at + begin.size(), body.find('"', at + begin.size()) - at - begin.size());
}

TEST(Defects, IpFilterIsEnforcedAndNotGoneAfterARestart) {
  const Folder folder;
  {
    Served served({}, {}, folder);
    Browser browser(served.port());
    const std::string_view filter = R"({"enabled":true,"blacklist":["127.0.0.0/8"],"force":true})";
    ASSERT_EQ(browser.ask("PUT", "/api/settings/ip-filter", filter).status, 200);
    EXPECT_EQ(browser.get("/api/settings").status, 403);
  }
  Served served({}, {}, folder);
  EXPECT_EQ(Browser(served.port()).get("/api/settings").status, 403);
}

TEST(Defects, TokenDoesNotWorkAfterLogout) {
  Served served({}, environment);
  Browser browser(served.port());
  ASSERT_EQ(browser.log_in(password), 200);
  EXPECT_EQ(browser.get("/api/keys").status, 200);
  EXPECT_EQ(browser.ask("POST", "/api/auth/logout", "").status, 200);
  EXPECT_EQ(browser.get("/api/keys").status, 401) << "with the same cookie";
}

TEST(Defects, PlainTextOfAnotherOriginWithTheCookieMakesNoKey) {
  Served served({}, environment);
  Browser browser(served.port());
  ASSERT_EQ(browser.log_in(password), 200);
  for (const std::string origin : {"http://localhost:3000", "https://evil.example", "null"}) {
    const std::string fields = "Content-Type: text/plain\r\nOrigin: " + origin + "\r\n";
    EXPECT_EQ(browser.ask("POST", "/api/keys", R"({"name":"x"})", fields).status, 403) << origin;
  }
  EXPECT_NE(browser.get("/api/keys").body.find(R"("total":0)"), std::string::npos);
}

TEST(Defects, ForgedXForwardedForDoesNotDefeatTheLockout) {
  Served served({}, environment);
  Browser browser(served.port());
  for (int i = 0; i < 6; ++i) {
    const std::string forged = "X-Forwarded-For: 203.0.113." + std::to_string(i) + "\r\n";
    const Answer answer = browser.ask("POST", "/api/auth/login", R"({"password":"wrong"})", forged);
    EXPECT_EQ(answer.status, i < 5 ? 401 : 429) << i;
  }
}

TEST(Defects, ClientKeyWritesNoConfiguration) {
  Served served({}, environment);
  Browser browser(served.port());
  ASSERT_EQ(browser.log_in(password), 200);
  const std::string key = member(browser.ask("POST", "/api/keys", R"({"name":"app"})").body, "key");
  ASSERT_TRUE(key.starts_with("sk-")) << key;
  Browser client(served.port());
  const std::string shown = "Authorization: Bearer " + key + "\r\n";
  EXPECT_EQ(client.ask("PATCH", "/api/settings", R"({"theme":"x"})", shown).status, 403);
  EXPECT_EQ(client.ask("POST", "/api/keys", R"({"name":"x"})", shown).status, 403);
}

TEST(Defects, ClientKeyIsNotInTheDatabaseInClearAndHas128RandomBits) {
  Served served;
  Browser browser(served.port());
  const std::string key = member(browser.ask("POST", "/api/keys", R"({"name":"app"})").body, "key");
  EXPECT_EQ(key.size(), std::string_view("sk-").size() + 16 + 1 + 32 + 1 + 8) << key;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(served.data_dir())) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    EXPECT_EQ(bytes.find(key), std::string::npos) << entry.path();
  }
}

TEST(Defects, HealthChecksTellNothingButHealth) {
  Served served;
  EXPECT_EQ(Browser(served.port()).get("/healthz").body, R"({"status":"ok"})");
  EXPECT_EQ(Browser(served.port()).get("/readyz").body, R"({"status":"ready"})");
}

TEST(Defects, NothingListensOnOtherInterfacesByDefault) {
  Served served;
  EXPECT_TRUE(served.url().starts_with("http://127.0.0.1:")) << served.url();
}

}  // namespace
}  // namespace omni::gateway_test
