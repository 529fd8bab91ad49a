// The first start, the password, and who may connect from elsewhere.

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>

#include "browser.h"
#include "process.h"

namespace omni::gateway_test {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view password = "a good long password";

Ending reset_password(const std::string& data_dir, std::string_view to) {
  return run_omniroute({"reset-password", "--password-stdin", "--data-dir", data_dir}, {},
                       std::string(to) + "\n");
}

TEST(FirstStart, MakesFilesForTheirOwnerAlone) {
  Served served;
  for (const auto& entry : fs::recursive_directory_iterator(served.data_dir())) {
    const fs::perms others = entry.status().permissions() & fs::perms(077);
    EXPECT_EQ(others, fs::perms::none) << entry.path();
  }
  for (const char* name : {"config.sqlite", "usage.sqlite", "master.key", "omniroute.sock"}) {
    EXPECT_TRUE(fs::exists(served.data_dir() + "/" + name)) << name;
  }
}

TEST(FirstStart, LeavesWholeDatabasesAtTheEnd) {
  const Folder folder;
  Served served({}, {}, folder);
  served.process().send(SIGTERM);
  EXPECT_EQ(served.process().wait().status, 0);
  EXPECT_FALSE(fs::exists(served.data_dir() + "/config.sqlite-wal"));
  EXPECT_FALSE(fs::exists(served.data_dir() + "/usage.sqlite-wal"));
}

TEST(FirstStart, LetsWhoeverIsHereSetAPasswordAndThenAsksForIt) {
  Served served;
  Browser first(served.port());
  EXPECT_EQ(first.get("/api/settings").status, 200);
  EXPECT_EQ(
      first.ask("POST", "/api/settings/require-login", R"({"password":"a good long password"})")
          .status,
      200);
  EXPECT_EQ(first.get("/api/settings").status, 401);
  Browser second(served.port());
  EXPECT_EQ(second.log_in("wrong"), 401);
  EXPECT_EQ(second.log_in(password), 200);
  EXPECT_EQ(second.get("/api/settings").status, 200);
  EXPECT_EQ(second.ask("POST", "/api/auth/logout", "").status, 200);
  EXPECT_EQ(second.get("/api/settings").status, 401);  // with the same cookie
}

TEST(FirstStart, SaysHowToSetAPasswordWhileThereIsNone) {
  Served open;
  open.process().read_line();
  EXPECT_TRUE(open.process().read_line().starts_with("No password is asked for"));
  EXPECT_EQ(open.process().read_line(), "  omniroute reset-password --data-dir " + open.data_dir());
  Served guarded({}, {"INITIAL_PASSWORD=" + std::string(password)});
  guarded.process().send(SIGTERM);
  EXPECT_EQ(guarded.process().wait().out.find("No password"), std::string::npos);
}

TEST(Start, SaysThatNoPasswordIsAskedForWhereLoginIsOff) {
  const Folder folder;
  const std::vector<std::string> variables{"INITIAL_PASSWORD=" + std::string(password)};
  {
    Served served({}, variables, folder);
    Browser browser(served.port());
    ASSERT_EQ(browser.log_in(password), 200);
    ASSERT_EQ(browser.ask("PATCH", "/api/settings", R"({"requireLogin":false})").status, 200);
  }
  Served open({}, variables, folder);
  open.process().read_line();
  EXPECT_TRUE(open.process().read_line().starts_with("No password is asked for"));
}

TEST(FirstStart, TakesThePasswordOfTheEnvironment) {
  Served served({}, {"INITIAL_PASSWORD=" + std::string(password)});
  Browser browser(served.port());
  EXPECT_EQ(browser.get("/api/settings").status, 401);
  EXPECT_EQ(browser.log_in(password), 200);
  EXPECT_EQ(browser.get("/api/settings").status, 200);
}

TEST(FirstStart, ReadsTheFileOfVariables) {
  const Folder folder;
  fs::create_directory(folder.path() + "/data");
  std::FILE* file = std::fopen((folder.path() + "/data/.env").c_str(), "w");
  std::fputs("# mine\nINITIAL_PASSWORD='a good long password'\nOMNIROUTE_HOST=127.0.0.2\n", file);
  std::fclose(file);
  Served served({}, {}, folder);
  EXPECT_TRUE(served.url().starts_with("http://127.0.0.2:")) << served.url();
  EXPECT_TRUE(served.process().wait_for_error(folder.path() + "/data/.env"));
}

TEST(FirstStart, RefusesAFileOfVariablesThatIsWrongAndShowsNothingOfIt) {
  const Folder folder;
  std::FILE* file = std::fopen((folder.path() + "/.env").c_str(), "w");
  std::fputs("PORT=0\nINITIAL_PASSWORD='hunter2\n", file);
  std::fclose(file);
  const Ending ending = run_omniroute({"--data-dir", folder.path()});
  EXPECT_EQ(ending.status, 2);
  EXPECT_NE(ending.err.find(folder.path() + "/.env: line 2: "), std::string::npos) << ending.err;
  EXPECT_EQ(ending.err.find("hunter2"), std::string::npos) << ending.err;
}

TEST(Exposure, IsRefusedWithoutPasswordAndKeysAndSaysWhatToDo) {
  const Folder folder;
  const Ending ending =
      run_omniroute({"--host", "0.0.0.0", "--port", "0", "--data-dir", folder.path()});
  EXPECT_EQ(ending.status, 2);
  EXPECT_EQ(ending.out, "");
  for (const char* fix : {"omniroute reset-password", "REQUIRE_API_KEY=true", "--host 127.0.0.1"}) {
    EXPECT_NE(ending.err.find(fix), std::string::npos) << ending.err;
  }
}

TEST(Exposure, IsAllowedOnceThatWasDone) {
  const Folder folder;
  EXPECT_EQ(reset_password(install(folder), password).status, 0);
  Served served({"--host", "0.0.0.0"}, {}, folder);
  EXPECT_NE(served.port(), 0);
  EXPECT_TRUE(served.process().wait_for_error("no API key is required"));
}

TEST(Exposure, IsAllowedAfterResetPasswordAlsoWhereLoginWasSwitchedOff) {
  const Folder folder;
  const std::string data_dir = folder.path() + "/data";
  {
    Served here({}, {}, folder);
    Browser owner(here.port());
    const Answer off = owner.ask("PATCH", "/api/settings",
                                 R"({"requireLogin":false,"newPassword":"long enough"})");
    ASSERT_EQ(off.status, 200) << off.body;
  }
  const Ending refused =
      run_omniroute({"--host", "0.0.0.0", "--port", "0", "--data-dir", data_dir});
  EXPECT_EQ(refused.status, 2);
  EXPECT_EQ(reset_password(data_dir, password).status, 0);
  Served served({"--host", "0.0.0.0"}, {}, folder);
  Browser browser(served.port());
  EXPECT_EQ(browser.get("/api/settings").status, 401);
  EXPECT_EQ(browser.log_in(password), 200);
}

TEST(Exposure, IsNotLeftOpenBySettingsOfARunningGateway) {
  const Folder folder;
  Served served({"--host", "0.0.0.0"}, {"INITIAL_PASSWORD=" + std::string(password)}, folder);
  Browser browser(served.port());
  ASSERT_EQ(browser.log_in(password), 200);
  const std::string_view off = R"({"requireLogin":false,"confirmExposed":true})";
  EXPECT_EQ(browser.ask("PATCH", "/api/settings", off).status, 400);
  EXPECT_EQ(browser.ask("PUT", "/api/settings/require-login", off).status, 400);
  EXPECT_EQ(browser.ask("PATCH", "/api/settings", R"({"requireApiKey":true})").status, 200);
  EXPECT_EQ(browser.ask("PATCH", "/api/settings", off).status, 200);
}

TEST(Exposure, IsRefusedWithAPasswordThatEverybodyKnows) {
  const Folder folder;
  const Ending ending =
      run_omniroute({"--host", "0.0.0.0", "--port", "0", "--data-dir", folder.path()},
                    {"INITIAL_PASSWORD=CHANGEME", "REQUIRE_API_KEY=true"});
  EXPECT_EQ(ending.status, 2);
  EXPECT_NE(ending.err.find("INITIAL_PASSWORD"), std::string::npos) << ending.err;
  EXPECT_EQ(ending.err.find("CHANGEME"), std::string::npos) << ending.err;
}

TEST(ResetPassword, WorksWhileNoGatewayRuns) {
  const Folder folder;
  const std::string data_dir = install(folder);
  EXPECT_EQ(reset_password(data_dir, "another long password").status, 0);
  EXPECT_EQ(reset_password(data_dir, password).status, 0);
  Served served({}, {}, folder);
  Browser browser(served.port());
  EXPECT_EQ(browser.log_in("another long password"), 401);
  EXPECT_EQ(browser.log_in(password), 200);
}

TEST(ResetPassword, WorksWhileAGatewayRunsAndEndsEverySession) {
  const Folder folder;
  Served served({}, {"INITIAL_PASSWORD=the first long password"}, folder);
  Browser old(served.port());
  EXPECT_EQ(old.log_in("the first long password"), 200);
  const Ending ending = reset_password(served.data_dir(), password);
  EXPECT_EQ(ending.status, 0) << ending.err;
  EXPECT_EQ(old.get("/api/settings").status, 401);
  EXPECT_EQ(old.log_in("the first long password"), 401);
  EXPECT_EQ(old.log_in(password), 200);
}

TEST(ResetPassword, RefusesWhatIsNoPassword) {
  const Folder folder;
  const std::string data_dir = install(folder);
  EXPECT_EQ(reset_password(data_dir, "short").status, 2);
  EXPECT_EQ(reset_password(data_dir, "").status, 2);
  const Ending without = run_omniroute({"reset-password", "--data-dir", data_dir});
  EXPECT_EQ(without.status, 2);
  EXPECT_NE(without.err.find("--password-stdin"), std::string::npos) << without.err;
}

}  // namespace
}  // namespace omni::gateway_test
