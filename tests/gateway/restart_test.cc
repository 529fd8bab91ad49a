// What was stored is what is active, however the process before has ended, and a database that
// cannot be used is refused with what to do.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "browser.h"
#include "process.h"

namespace omni::gateway_test {
namespace {

namespace fs = std::filesystem;

void stop(Served& served) {
  served.process().send(SIGTERM);
  EXPECT_EQ(served.process().wait().status, 0);
}

Ending run_on(const Folder& folder, std::vector<std::string> arguments,
              std::string_view input = {}) {
  arguments.insert(arguments.end(), {"--data-dir", folder.path() + "/data"});
  return run_omniroute(std::move(arguments), {}, input);
}

/// What is wrong with the start; empty if nothing is.
std::string refusal(const Folder& folder, Process::Variables variables = {}) {
  Process process({OMNIROUTE_BINARY, "--port", "0", "--data-dir", folder.path() + "/data"},
                  std::move(variables));
  if (process.read_line() != "") return "";
  const Ending ending = process.wait();
  EXPECT_EQ(ending.status, 2);
  return ending.err;
}

TEST(Restart, KeepsSettingsInForce) {
  const Folder folder;
  {
    Served served({}, {}, folder);
    Browser browser(served.port());
    EXPECT_EQ(
        browser
            .ask("PUT", "/api/settings/thinking-budget", R"({"mode":"custom","customBudget":777})")
            .status,
        200);
    EXPECT_EQ(
        browser
            .ask("PUT", "/api/settings/system-prompt", R"({"enabled":true,"prompt":"Be brief."})")
            .status,
        200);
    stop(served);
  }
  Served served({}, {}, folder);
  Browser browser(served.port());
  const std::string thinking = browser.get("/api/settings/thinking-budget").body;
  EXPECT_NE(thinking.find(R"("mode":"custom","customBudget":777)"), std::string::npos) << thinking;
  const std::string prompt = browser.get("/api/settings/system-prompt").body;
  EXPECT_EQ(prompt, R"({"enabled":true,"prompt":"Be brief."})");
}

/// Whether a request is logged, which only the level debug does.
bool logs_requests(Served& served) {
  Browser(served.port()).get("/api/settings?key=hidden");
  served.process().send(SIGTERM);
  const std::string log = served.process().wait().err;
  EXPECT_EQ(log.find("hidden"), std::string::npos) << log;
  return log.find("request.ended") != std::string::npos;
}

TEST(Restart, KeepsDebugModeWhichIsOnAtOnceWhateverTheLevel) {
  const Folder folder;
  const Process::Variables quiet{"APP_LOG_LEVEL=error"};
  {
    Served served({}, quiet, folder);
    Browser browser(served.port());
    EXPECT_EQ(browser.ask("PATCH", "/api/settings", R"({"debugMode":true})").status, 200);
    browser.get("/healthz");
    EXPECT_TRUE(served.process().wait_for_error("/healthz"));
    EXPECT_TRUE(logs_requests(served));
  }
  {
    Served served({}, quiet, folder);
    Browser browser(served.port());
    browser.get("/healthz");
    EXPECT_TRUE(served.process().wait_for_error("/healthz"));
    EXPECT_EQ(browser.ask("PATCH", "/api/settings", R"({"debugMode":false})").status, 200);
    EXPECT_FALSE(logs_requests(served));
  }
}

/// What a process has used of the processor so far.
Millis work_of(pid_t id) {
  clockid_t clock{};
  timespec used{};
  EXPECT_EQ(::clock_getcpuclockid(id, &clock), 0);
  EXPECT_EQ(::clock_gettime(clock, &used), 0);
  return std::chrono::duration_cast<Millis>(std::chrono::seconds(used.tv_sec) +
                                            std::chrono::nanoseconds(used.tv_nsec));
}

std::string budget(int tokens) { return "\"customBudget\":" + std::to_string(tokens); }

TEST(Restart, LosesNothingThatWasAcknowledgedToAKillAmongWritesAndIsQuick) {
  const Folder folder;
  constexpr int last = 20;
  {
    Served served({}, {}, folder);
    Browser browser(served.port());
    for (int tokens = 1; tokens <= last; ++tokens) {
      const std::string body = "{" + budget(tokens) + "}";
      EXPECT_EQ(browser.ask("PUT", "/api/settings/thinking-budget", body).status, 200);
    }
    const std::string body = "{" + budget(last + 1) + "}";
    net::testing::RawClient one_more(served.port());
    one_more.send(
        "PUT /api/settings/thinking-budget HTTP/1.1\r\nHost: localhost\r\n"
        "Content-Type: application/json\r\nContent-Length: " +
        std::to_string(body.size()) + "\r\n\r\n" + body);
    served.process().send(SIGKILL);
    EXPECT_EQ(served.process().wait().signal, SIGKILL);
  }
  // The work of it, which does not depend on what else the machine has to do; the best of several.
  Millis work = Millis::max();
  for (int i = 0; i < 5; ++i) {
    Served again({}, {}, folder);
    work = std::min(work, work_of(again.process().id()));
    again.process().send(SIGKILL);
    EXPECT_EQ(again.process().wait().signal, SIGKILL);
  }
  RecordProperty("restart_ms", std::to_string(work.count()));
  std::cout << "restart after a kill: " << work.count() << " ms of work\n";
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)  // they cost their own
  EXPECT_LT(work, Millis(100));
#endif
  Served served({}, {}, folder);
  Browser browser(served.port());
  const std::string thinking = browser.get("/api/settings/thinking-budget").body;
  const bool kept = thinking.find(budget(last)) != std::string::npos ||
                    thinking.find(budget(last + 1)) != std::string::npos;
  EXPECT_TRUE(kept) << thinking;
}

TEST(Rekey, LeavesEverythingInForceUnderANewKey) {
  const Folder folder;
  install(folder);
  EXPECT_EQ(run_on(folder, {"reset-password", "--password-stdin"}, "a good long password").status,
            0);
  std::ifstream old_file(folder.path() + "/data/master.key");
  std::string old_key;
  std::getline(old_file, old_key);
  const Ending ending = run_on(folder, {"rekey"});
  EXPECT_EQ(ending.status, 0) << ending.err;
  std::ifstream new_file(folder.path() + "/data/master.key");
  std::string new_key;
  std::getline(new_file, new_key);
  EXPECT_EQ(new_key.size(), 64U);
  EXPECT_NE(new_key, old_key);
  int kept = 0;
  for (const auto& entry : fs::directory_iterator(folder.path() + "/data")) {
    if (!entry.path().filename().string().starts_with("master.key.")) continue;
    ++kept;
    std::ifstream file(entry.path());
    std::string key;
    std::getline(file, key);
    EXPECT_EQ(key, old_key);
  }
  EXPECT_EQ(kept, 1) << "the backups of before need it";
  EXPECT_FALSE(fs::is_empty(folder.path() + "/data/db_backups"));
  Served served({}, {}, folder);
  EXPECT_EQ(Browser(served.port()).log_in("a good long password"), 200);
}

TEST(Rekey, MovesTheKeyIntoAPassphrase) {
  const Folder folder;
  install(folder);
  EXPECT_EQ(run_on(folder, {"rekey", "--passphrase-stdin"}, "correct horse\n").status, 0);
  EXPECT_FALSE(fs::exists(folder.path() + "/data/master.key"));
  EXPECT_EQ(refusal(folder, {"STORAGE_ENCRYPTION_KEY=correct horse"}), "");
  EXPECT_NE(refusal(folder, {"STORAGE_ENCRYPTION_KEY=battery staple"}), "");
  EXPECT_NE(refusal(folder), "");
}

TEST(Rekey, TakesNoPassphraseThatIsSoonGuessed) {
  const Folder folder;
  install(folder);
  EXPECT_EQ(run_on(folder, {"rekey", "--passphrase-stdin"}, "short\n").status, 2);
  EXPECT_EQ(refusal(folder), "");
}

TEST(Rekey, IsRefusedWhileAGatewayRuns) {
  const Folder folder;
  Served served({}, {}, folder);
  const Ending ending = run_on(folder, {"rekey"});
  EXPECT_EQ(ending.status, 1);
  EXPECT_NE(ending.err.find("stop it first"), std::string::npos) << ending.err;
}

TEST(MasterKey, ThatIsMissingOrWrongIsRefusedWithWhatToDoAndNeverReplaced) {
  const Folder folder;
  EXPECT_EQ(refusal(folder), "");
  const std::string key = folder.path() + "/data/master.key";
  fs::rename(key, key + ".kept");
  const std::string missing = refusal(folder);
  EXPECT_NE(missing.find("master.key, is missing"), std::string::npos) << missing;
  EXPECT_NE(missing.find("Put the key back"), std::string::npos) << missing;
  EXPECT_FALSE(fs::exists(key));
  fs::rename(key + ".kept", key);
  EXPECT_EQ(refusal(folder), "");
}

TEST(Database, ThatIsDamagedIsRefusedWithWhatToDoAndLeftAsItIs) {
  const Folder folder;
  fs::create_directory(folder.path() + "/data");
  const std::string path = folder.path() + "/data/config.sqlite";
  std::ofstream(path) << std::string(8192, 'x');
  const std::string why = refusal(folder);
  EXPECT_NE(why.find(path), std::string::npos) << why;
  EXPECT_NE(why.find("db_backups"), std::string::npos) << why;
  EXPECT_EQ(fs::file_size(path), 8192U);
}

}  // namespace
}  // namespace omni::gateway_test
