// Accounts at providers: what is added is there after a restart, and its key is nowhere to be seen.

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "browser.h"
#include "process.h"

namespace omni::gateway_test {
namespace {

constexpr std::string_view canary = "sk-canary-0123456789";

/// All that stands in the files of a folder.
std::string everything_in(const std::string& folder) {
  std::string all;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    all.append(std::istreambuf_iterator<char>(file), {});
  }
  return all;
}

TEST(Providers, ArePartOfWhatARestartKeepsAndShowTheirKeysNowhere) {
  const Folder folder;
  const std::string body = R"({"provider":"openai","name":"work","apiKey":")" +
                           std::string(canary) + R"(","providerSpecificData":{"consoleApiKey":")" +
                           std::string(canary) + R"("}})";
  std::string told;
  {
    Served served({}, {"APP_LOG_LEVEL=debug"}, folder);
    Browser browser(served.port());
    const Answer made = browser.ask("POST", "/api/providers", body);
    EXPECT_EQ(made.status, 201) << made.body;
    told += made.head + made.body;
    const Answer node = browser.ask("POST", "/api/provider-nodes",
                                    R"({"name":"Lab","prefix":"lab","apiType":"chat"})");
    EXPECT_EQ(node.status, 201) << node.body;
    EXPECT_EQ(
        browser.ask("POST", "/api/models/alias", R"({"alias":"fast","model":"lab/x"})").status,
        200);
    served.process().send(SIGTERM);
    const Ending ending = served.process().wait();
    EXPECT_EQ(ending.status, 0);
    told += ending.out + ending.err;
  }
  Served served({}, {}, folder);
  Browser browser(served.port());
  for (const char* path : {"/api/providers", "/api/provider-nodes", "/api/models/alias",
                           "/api/compliance/audit-log", "/api/db-backups/export"}) {
    told += browser.get(path).body;
  }
  EXPECT_NE(told.find(R"("provider":"openai","authType":"apikey","name":"work")"),
            std::string::npos);
  EXPECT_NE(browser.get("/api/providers").body.find(R"("keyHint":"…6789")"), std::string::npos);
  EXPECT_NE(browser.get("/api/provider-nodes").body.find(R"("prefix":"lab")"), std::string::npos);
  EXPECT_NE(browser.get("/api/models/alias").body.find(R"("fast":"lab/x")"), std::string::npos);
  EXPECT_EQ(told.find(canary), std::string::npos);
  EXPECT_EQ(everything_in(folder.path()).find(canary), std::string::npos);
}

TEST(Providers, AreAddedFromTheEnvironmentOfTheCommandOnce) {
  const Folder folder;
  Served served({}, {}, folder);
  const auto run = [&](std::vector<std::string> arguments, Process::Variables variables = {}) {
    arguments.insert(arguments.begin(), "providers");
    arguments.insert(arguments.end(), {"--data-dir", served.data_dir()});
    return run_omniroute(std::move(arguments), std::move(variables), "");
  };
  EXPECT_EQ(run({"list"}).out, "There are no accounts at providers.\n");
  EXPECT_EQ(run({"add", "--from-env"}).out, "No variable of a provider is set.\n");
  const Process::Variables with_key{"OPENAI_API_KEY=" + std::string(canary)};
  const Ending added = run({"add", "--from-env"}, with_key);
  EXPECT_EQ(added.status, 0) << added.err;
  EXPECT_EQ(added.out, "openai: added as \"from OPENAI_API_KEY\"\n");
  EXPECT_EQ(run({"add", "--from-env"}, with_key).out,
            "openai: has an account, OPENAI_API_KEY is not used\n");
  const std::string list = run({"list"}).out;
  EXPECT_NE(list.find("from OPENAI_API_KEY"), std::string::npos) << list;
  EXPECT_EQ((list + run({"list", "--json"}).out + added.err).find(canary), std::string::npos);
}

TEST(Providers, AreAddedByNameWithTheKeyOnStandardInput) {
  const Folder folder;
  Served served({}, {}, folder);
  const auto add = [&](const std::string& provider, std::string_view input) {
    return run_omniroute({"providers", "add", provider, "mine", "--data-dir", served.data_dir()},
                         {}, input);
  };
  EXPECT_EQ(add("openai", std::string(canary) + "\n").out, "openai: added as \"mine\"\n");
  const Ending refused = add("nobody", "k\n");
  EXPECT_EQ(refused.status, 1);
  EXPECT_EQ(refused.err,
            "omniroute: no provider is called nobody; omniroute providers known lists them\n");
  const Ending two_lines = add("openai", "k\nand more\n");
  EXPECT_EQ(two_lines.status, 2);
  EXPECT_NE(two_lines.err.find("more than one line"), std::string::npos) << two_lines.err;
  const std::string known =
      run_omniroute({"providers", "known", "--data-dir", served.data_dir()}, {}, "").out;
  EXPECT_NE(known.find("\nopenai "), std::string::npos) << known;
  const Ending tested =
      run_omniroute({"providers", "test", "--data-dir", served.data_dir()}, {}, "");
  const std::string list =
      run_omniroute({"providers", "list", "--data-dir", served.data_dir()}, {}, "").out;
  const auto row_of = [](const std::string& table) {
    const std::size_t row = table.find(" openai ");
    return row == std::string::npos ? table : table.substr(row, table.find("mine", row) + 4 - row);
  };
  EXPECT_EQ(row_of(tested.out), row_of(list)) << tested.out << tested.err << list;
  EXPECT_NE(tested.out.find("mine"), std::string::npos) << tested.out;
}

TEST(Providers, OfAUsersOwnBringTheModelsThatTheirServerLists) {
  Process mock({OMNIROUTE_BINARY, "mock", "--port", "0"});
  const std::string line = mock.read_line();
  const std::string at = line.substr(line.find("http://"));
  const Folder folder;
  Served served({}, {}, folder);
  Browser browser(served.port());
  struct Row {
    std::string type, base;
  };
  for (const Row& row : std::vector<Row>{{"openai-compatible", "/v1"},
                                         {"anthropic-compatible", "/v1"},
                                         {"gemini-compatible", "/v1beta"},
                                         {"ollama-compatible", ""}}) {
    const Answer made =
        browser.ask("POST", "/api/provider-nodes",
                    R"({"apiType":"chat","name":"n","type":")" + row.type + R"(","prefix":")" +
                        row.type + R"(-x","baseUrl":")" + at + row.base + "\"}");
    EXPECT_EQ(made.status, 201) << made.body;
    const Ending added = run_omniroute(
        {"providers", "add", row.type + "-x", "mine", "--data-dir", served.data_dir()}, {}, "k\n");
    EXPECT_EQ(added.status, 0) << added.err;
    EXPECT_NE(browser.get("/v1/models").body.find("\"" + row.type + "-x/echo\""), std::string::npos)
        << row.type;
  }
  mock.send(SIGTERM);
}

TEST(Providers, SayAfterARestartAsWellWhatTheLastRequestHasFound) {
  Process mock({OMNIROUTE_BINARY, "mock", "--port", "0"});
  const std::string line = mock.read_line();
  const Folder folder;
  const auto list = [](const Served& served) {
    return run_omniroute({"providers", "list", "--data-dir", served.data_dir()}, {}, "").out;
  };
  {
    Served served({}, {}, folder);
    Browser browser(served.port());
    browser.ask("POST", "/api/provider-nodes",
                R"({"apiType":"chat","name":"n","prefix":"lab","baseUrl":")" +
                    line.substr(line.find("http://")) + R"(/v1"})");
    run_omniroute({"providers", "add", "lab", "mine", "--data-dir", served.data_dir()}, {}, "k\n");
    const auto ask = [&](const std::string& model) {
      return browser
          .ask("POST", "/v1/chat/completions",
               R"({"model":"lab/)" + model + R"(","messages":[{"role":"user","content":"x"}]})")
          .status;
    };
    EXPECT_EQ(ask("echo"), 200);
    EXPECT_NE(list(served).find("active        mine"), std::string::npos) << list(served);
    EXPECT_EQ(ask("fail-402"), 402);
    served.process().send(SIGTERM);
    EXPECT_EQ(served.process().wait().status, 0);
  }
  Served served({}, {}, folder);
  const std::string told = list(served);
  EXPECT_NE(told.find("lab                 credits_exhausted mine"), std::string::npos) << told;
  EXPECT_EQ(told.find("openai-compatible"), std::string::npos) << told;
  mock.send(SIGTERM);
}

TEST(Explaining, IsForPathsWhereAChatIsAnswered) {
  const Folder folder;
  Served served({}, {}, folder);
  const auto explain = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "explain");
    arguments.insert(arguments.end(), {"--data-dir", served.data_dir()});
    return run_omniroute(std::move(arguments), {}, "");
  };
  for (const char* path :
       {"/v1/chat/completions", "/v1/messages", "/v1/responses?x=1", "/api/chat",
        "/v1beta/models/demo/echo:generateContent", "/v1/providers/demo/chat/completions"}) {
    const Ending told = explain({"demo/echo", "--path", path});
    EXPECT_NE(told.out.find("can answer: demo/echo"), std::string::npos) << told.out << told.err;
  }
  for (const char* path : {"/v1/embeddings", "/v1/models", "/v1/messages/count_tokens", "/"}) {
    EXPECT_EQ(explain({"demo/echo", "--path", path}).err,
              "omniroute: No chat is answered at the path " + std::string(path) +
                  ", so there is nothing to explain\n");
  }
}

}  // namespace
}  // namespace omni::gateway_test
