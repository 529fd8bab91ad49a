// The commands that speak to a running gateway, and those that need none.

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "browser.h"
#include "process.h"

namespace omni::gateway_test {
namespace {

/// A running gateway and commands on its data directory.
class Commands : public testing::Test {
 protected:
  Ending run(std::vector<std::string> arguments, std::string_view input = {}) {
    arguments.insert(arguments.end(), {"--data-dir", served_.data_dir()});
    return run_omniroute(std::move(arguments), {}, input);
  }
  /// What a command prints that must not fail.
  std::string out(std::vector<std::string> arguments, std::string_view input = {}) {
    const Ending ending = run(std::move(arguments), input);
    EXPECT_EQ(ending.status, 0) << ending.err;
    return ending.out;
  }

  const Folder folder_;
  Served served_{{}, {}, folder_};
};

TEST_F(Commands, MakeListAndRevokeKeys) {
  EXPECT_EQ(out({"keys", "list"}), "There are no keys.\n");
  const std::string key = out({"keys", "add", "laptop"});
  EXPECT_TRUE(key.starts_with("sk-")) << key;
  const std::string list = out({"keys", "list"});
  EXPECT_NE(list.find("laptop"), std::string::npos) << list;
  EXPECT_TRUE(list.starts_with("ID ")) << list;
  EXPECT_NE(list.find(" active "), std::string::npos) << list;
  EXPECT_NE(list.find(" never "), std::string::npos) << list;
  EXPECT_EQ(list.find(key.substr(0, key.size() - 1)), std::string::npos) << list;
  EXPECT_NE(out({"keys", "list", "--json"}).find("\"total\":1"), std::string::npos);
  const std::string row = list.substr(list.find('\n') + 1);
  const std::string id = row.substr(0, row.find(' '));
  out({"keys", "revoke", id});
  EXPECT_EQ(out({"keys", "list"}), "There are no keys.\n");
  const Ending gone = run({"keys", "revoke", id});
  EXPECT_EQ(gone.status, 1);
  EXPECT_EQ(gone.err,
            "omniroute: there is no key with the id " + id + ": see omniroute keys list\n");
  EXPECT_EQ(run({"keys", "revoke", "../settings"}).status, 2);
  EXPECT_EQ(run({"keys", "add"}).status, 2);
}

TEST_F(Commands, ShowTheIdOfANewKeyAndWhenOneIsOver) {
  const Ending made = run({"keys", "add", "laptop"});
  const std::string list = out({"keys", "list"});
  const std::string row = list.substr(list.find('\n') + 1);
  const std::string id = row.substr(0, row.find(' '));
  EXPECT_NE(made.err.find(id), std::string::npos) << made.err;
  Browser owner(served_.port());
  const Answer over =
      owner.ask("PATCH", "/api/keys/" + id, R"({"expiresAt":"2020-01-01T00:00:00Z"})");
  ASSERT_EQ(over.status, 200) << over.body;
  const std::string after = out({"keys", "list"});
  EXPECT_NE(after.find(" expired  2020-01-01T00:00:00.000Z "), std::string::npos) << after;
}

TEST_F(Commands, ReadAndChangeSettings) {
  EXPECT_EQ(out({"config", "get", "requestRetry"}), "3\n");
  EXPECT_EQ(out({"config", "set", "requestRetry", "5"}), "requestRetry is 5 now.\n");
  out({"config", "set", "instanceName", "the attic"});
  out({"config", "set", "thinking-budget.mode", "auto"});
  EXPECT_EQ(out({"config", "get", "requestRetry"}), "5\n");
  EXPECT_EQ(out({"config", "get", "instanceName"}), "\"the attic\"\n");
  EXPECT_NE(out({"config", "get"}).find("thinking-budget.mode = \"auto\"\n"), std::string::npos);
  const Ending wrong = run({"config", "set", "requestRetry", "11"});
  EXPECT_EQ(wrong.status, 1);
  EXPECT_NE(wrong.err.find("requestRetry"), std::string::npos) << wrong.err;
  EXPECT_EQ(wrong.err.find("Try:"), std::string::npos) << wrong.err;
  const Ending unknown = run({"config", "get", "nonsense"});
  EXPECT_EQ(unknown.status, 2);
  EXPECT_NE(unknown.err.find("config get lists them all"), std::string::npos) << unknown.err;
  const Ending maybe = run({"config", "set", "requireApiKey", "maybe"});
  EXPECT_NE(maybe.err.find("requireApiKey must be true or false"), std::string::npos) << maybe.err;
  EXPECT_EQ(run({"config", "set", "requestRetry", "many"}).status, 2);
  const Ending negative = run({"config", "set", "requestRetry", "-5"});
  EXPECT_NE(negative.err.find("requestRetry"), std::string::npos) << negative.err;
  EXPECT_EQ(negative.err.find("flag"), std::string::npos) << negative.err;
  out({"config", "set", "instanceName", "-the attic-"});
  EXPECT_EQ(out({"config", "get", "instanceName"}), "\"-the attic-\"\n");
  EXPECT_NE(run({"config", "set", "nonsense", "-5"}).err.find("there is no setting nonsense"),
            std::string::npos);
  EXPECT_NE(run({"config", "get", "-5"}).err.find("unknown flag -5"), std::string::npos);
}

TEST_F(Commands, ApplyWhatTheyExported) {
  const std::string before = out({"config", "export"});
  EXPECT_EQ(out({"config", "apply", "-"}, before), "Nothing differs.\n");
  const std::string file = folder_.path() + "/wanted.json";
  std::ofstream(file) << R"({"requestRetry": 7, "system-prompt.prompt": "Be brief."})";
  const std::string expected =
      "requestRetry: 3 -> 7\nsystem-prompt.prompt: \"\" -> \"Be brief.\"\n";
  EXPECT_EQ(out({"config", "apply", file, "--dry-run"}), expected);
  EXPECT_EQ(out({"config", "export"}), before);
  EXPECT_EQ(out({"config", "apply", file}), expected);
  EXPECT_EQ(out({"config", "get", "requestRetry"}), "7\n");
  out({"config", "apply", "-"}, before);
  EXPECT_EQ(out({"config", "export"}), before);
  EXPECT_EQ(run({"config", "apply", "-"}, R"({"nonsense": 1})").status, 2);
  EXPECT_EQ(run({"config", "apply", folder_.path() + "/missing"}).status, 2);
  const Ending wrong = run({"config", "apply", "-", "--dry-run"}, R"({"requestRetry": 99})");
  EXPECT_EQ(wrong.status, 2);
  EXPECT_NE(wrong.err.find("requestRetry: must be"), std::string::npos) << wrong.err;
}

TEST_F(Commands, GoBackToABackup) {
  EXPECT_EQ(out({"restore"}), "There are no backups.\n");
  out({"config", "set", "requestRetry", "5"});
  const std::string line = out({"backup"});
  const std::string name = line.substr(0, line.find('\n'));
  EXPECT_NE(out({"restore"}).find(name), std::string::npos);
  out({"config", "set", "requestRetry", "6"});
  out({"restore", name});
  EXPECT_EQ(out({"config", "get", "requestRetry"}), "5\n");
  const Ending none = run({"restore", "../master.key"});
  EXPECT_EQ(none.status, 1);
  EXPECT_EQ(none.err,
            "omniroute: there is no backup ../master.key: omniroute restore lists them\n");
}

TEST_F(Commands, LetTheirOwnerInAgainWhomTheIpFilterShutsOut) {
  Browser owner(served_.port());
  out({"config", "set", "ip-filter.blacklist", R"(["127.0.0.1"])"});
  out({"config", "set", "ip-filter.enabled", "true"});
  EXPECT_EQ(owner.get("/api/settings").status, 403);
  EXPECT_EQ(out({"config", "set", "ip-filter.enabled", "false"}),
            "ip-filter.enabled is false now.\n");
  EXPECT_EQ(owner.get("/api/settings").status, 200);
}

TEST_F(Commands, SayThatTheRunningGatewayMayHaveBeenStartedOtherwise) {
  EXPECT_NE(run({"config", "--explain"}).err.find("One runs on this data directory"),
            std::string::npos);
}

TEST_F(Commands, FindAHealthyGatewayHealthy) {
  const std::string text = out({"doctor"});
  EXPECT_NE(text.find("ok    port: a gateway runs on this data directory and answers\n"),
            std::string::npos)
      << text;
}

TEST(CommandsAlone, SayThatNoGatewayRuns) {
  const Folder folder;
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"keys", "list"}, {"config", "get"}, {"backup"}, {"restore"}}) {
    std::vector<std::string> arguments = words;
    arguments.insert(arguments.end(), {"--data-dir", folder.path()});
    const Ending ending = run_omniroute(arguments);
    EXPECT_EQ(ending.status, 1) << words.front();
    EXPECT_NE(ending.err.find("no omniroute runs"), std::string::npos) << ending.err;
  }
}

TEST(CommandsAlone, FindWhatIsWrong) {
  const Folder folder;
  std::ofstream(folder.path() + "/config.sqlite") << std::string(8192, 'x');
  const Ending ending = run_omniroute({"doctor", "--port", "0", "--data-dir", folder.path()});
  EXPECT_EQ(ending.status, 1);
  EXPECT_NE(ending.out.find("bad   databases: "), std::string::npos) << ending.out;
  EXPECT_NE(ending.out.find("bad   master key: "), std::string::npos) << ending.out;
}

TEST(CommandsAlone, DoNotCallADatabaseDamagedThatWasLeftInAHurry) {
  const Folder folder;
  const std::string data = folder.path() + "/data";
  {
    Served served({}, {}, folder);
    served.process().send(SIGKILL);
    served.process().wait();
  }
  ASSERT_TRUE(std::filesystem::exists(data + "/config.sqlite-wal"));
  const Ending hurried = run_omniroute({"doctor", "--port", "0", "--data-dir", data});
  EXPECT_EQ(hurried.status, 0) << hurried.out;
  EXPECT_NE(hurried.out.find("ok    databases: whole"), std::string::npos) << hurried.out;
}

TEST(CommandsAlone, TryTheKey) {
  const Folder folder;
  const std::string data = install(folder);
  const std::vector<std::string> doctor{"doctor", "--port", "0", "--data-dir", data};
  EXPECT_EQ(run_omniroute(doctor).status, 0);
  const Ending ending = run_omniroute(doctor, {"STORAGE_ENCRYPTION_KEY=another one"});
  EXPECT_EQ(ending.status, 1);
  EXPECT_NE(ending.out.find("bad   start: "), std::string::npos) << ending.out;
}

TEST(CommandsAlone, FindTheKeyThatAChangeOfKeysLeftInItsOwnFile) {
  const Folder folder;
  const std::string data = install(folder);
  const std::vector<std::string> doctor{"doctor", "--port", "0", "--data-dir", data};
  std::filesystem::rename(data + "/master.key", data + "/master.key.next");
  const Ending found = run_omniroute(doctor);
  EXPECT_EQ(found.status, 0) << found.out;
  EXPECT_NE(found.out.find("ok    master key: " + data + "/master.key.next"), std::string::npos);
  std::filesystem::remove(data + "/master.key.next");
  const Ending lost = run_omniroute(doctor);
  EXPECT_EQ(lost.status, 1);
  EXPECT_NE(lost.out.find("bad   master key: "), std::string::npos) << lost.out;
}

/// `doctor` and `serve --check` have to find what a start finds.
void expect_all_refuse(const std::string& data, std::vector<std::string> flags,
                       const Process::Variables& variables = {}) {
  flags.insert(flags.end(), {"--port", "0", "--data-dir", data});
  const auto run = [&](std::vector<std::string> words) {
    words.insert(words.end(), flags.begin(), flags.end());
    return run_omniroute(std::move(words), variables);
  };
  const Ending start = run({"serve"});
  const Ending check = run({"serve", "--check"});
  const Ending doctor = run({"doctor"});
  EXPECT_EQ(start.status, 2) << start.err;
  EXPECT_EQ(check.status, 2) << check.err;
  EXPECT_EQ(check.err, start.err);
  EXPECT_EQ(doctor.status, 1) << start.err << doctor.out;
}

TEST(CommandsAlone, JudgeAsTheStartDoes) {
  const Folder folder;
  const std::string data = install(folder);
  const auto copy = std::filesystem::copy_options::overwrite_existing;
  expect_all_refuse(data, {}, {"STORAGE_ENCRYPTION_KEY=another one"});
  expect_all_refuse(data, {"--host", "0.0.0.0"});
  expect_all_refuse(data, {"--host", "0.0.0.0"}, {"INITIAL_PASSWORD=k3!x9"});
  std::ofstream(data + "/omniroute.sock") << "mine";
  expect_all_refuse(data, {});
  std::filesystem::remove(data + "/omniroute.sock");
  std::ofstream(data + "/master.key") << "junk";
  expect_all_refuse(data, {});
  std::filesystem::copy_file(data + "/usage.sqlite", data + "/config.sqlite", copy);
  expect_all_refuse(data, {});
}

TEST(CommandsAlone, MakeNoEmptyDatabaseInThePlaceOfALostOne) {
  const Folder folder;
  const std::string data = install(folder);
  std::filesystem::create_directory(data + "/db_backups");
  std::filesystem::rename(data + "/config.sqlite",
                          data + "/db_backups/db_2026-03-01T10-00-00-000Z_manual.sqlite");
  expect_all_refuse(data, {});
}

TEST(CommandsAlone, MakeNothingOfAMistypedFolder) {
  const Folder folder;
  for (const std::string verb : {"rekey", "reset-password"}) {
    const Ending ending = run_omniroute({verb, "--data-dir", folder.path() + "/typo"});
    EXPECT_EQ(ending.status, 2);
    EXPECT_NE(ending.err.find("no config.sqlite in " + folder.path() + "/typo"), std::string::npos)
        << ending.err;
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(CommandsAlone, GiveShellsWhatTheyUnderstand) {
  const Ending script = run_omniroute({"completion", "bash"});
  EXPECT_EQ(script.status, 0);
  Process shell({"bash", "-c",
                 script.out + "COMP_WORDS=(omniroute keys re) COMP_CWORD=2; _omniroute; "
                              "echo \"${COMPREPLY[@]}\""});
  EXPECT_EQ(shell.wait().out, "revoke\n");
}

}  // namespace
}  // namespace omni::gateway_test
