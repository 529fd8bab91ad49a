// `omniroute mock`: a provider that is played, as a process.

#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "browser.h"
#include "net/test_net.h"
#include "process.h"

namespace omni::gateway_test {
namespace {

constexpr std::string_view version = "anthropic-version: 2023-06-01\r\n";
constexpr std::string_view chat = "/v1/chat/completions";

/// A mock on a port of its own.
class Mock {
 public:
  explicit Mock(const std::vector<std::string>& flags = {}) : process_(command(flags)) {
    const std::string line = process_.read_line();
    EXPECT_TRUE(line.starts_with("The mock listens on http://127.0.0.1:")) << line;
    port_ = static_cast<std::uint16_t>(
        parse_unsigned(std::string_view(line).substr(line.rfind(':') + 1)).value_or(0));
  }

  std::uint16_t port() const { return port_; }
  Process& process() { return process_; }

  Answer post(std::string_view path, std::string_view json, std::string_view fields = {}) const {
    return Browser(port_).ask("POST", path, json, fields);
  }
  Answer get(std::string_view path, std::string_view fields = {}) const {
    return Browser(port_).ask("GET", path, "", fields);
  }
  /// Everything that comes until the connection ends.
  std::string read_to_end(std::string_view model) const {
    net::testing::RawClient client(port_);
    client.send(request_of(model));
    return client.read_to_end();
  }
  static std::string request_of(std::string_view model) {
    const std::string body = R"({"stream":true,"model":")" + std::string(model) +
                             R"(","messages":[{"role":"user","content":"Hi"}]})";
    return "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
           "connection: close\r\ncontent-length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
  }

 private:
  static std::vector<std::string> command(const std::vector<std::string>& flags) {
    std::vector<std::string> words{OMNIROUTE_BINARY, "mock", "--port", "0"};
    words.insert(words.end(), flags.begin(), flags.end());
    return words;
  }

  Process process_;
  std::uint16_t port_ = 0;
};

std::string chat_body(std::string_view model) {
  return R"({"model":")" + std::string(model) + R"(","messages":[{"role":"user","content":"Hi"}]})";
}

TEST(Mock, AnswersAtThePathsOfEveryProvider) {
  const Mock mock;
  struct Row {
    std::string path, body, part;
  };
  const std::string turn = R"("messages":[{"role":"user","content":"Hi"}]})";
  const std::string contents = R"({"contents":[{"role":"user","parts":[{"text":"Hi"}]}]})";
  const std::vector<Row> rows{
      {"/v1/chat/completions", R"({"model":"gpt-4o",)" + turn, R"("content":"Hi")"},
      {"/chat/completions", R"({"model":"x","stream":true,)" + turn, "data: [DONE]"},
      {"/v1/responses", R"({"model":"gpt-4o","input":"Hi"})", R"("text":"Hi")"},
      {"/v1/messages", R"({"model":"claude","max_tokens":9,)" + turn, R"("text":"Hi")"},
      {"/v1/messages", R"({"model":"claude","max_tokens":9,"stream":true,)" + turn,
       "event: message_stop"},
      {"/v1/messages/count_tokens", R"({"model":"claude",)" + turn, R"({"input_tokens":4})"},
      {"/v1beta/models/gemini-3:generateContent", contents, R"("text":"Hi")"},
      {"/v1beta/models/gemini-3:streamGenerateContent?alt=sse", contents, "data: {"},
      {"/v1beta/models/gemini-3:countTokens", contents, R"({"totalTokens":4})"},
      {"/api/chat", R"({"model":"llama","stream":false,)" + turn, R"("content":"Hi")"},
  };
  for (const Row& row : rows) {
    const Answer answer = mock.post(row.path, row.body, version);
    EXPECT_EQ(answer.status, 200) << row.path << answer.body;
    EXPECT_NE(answer.body.find(row.part), std::string::npos) << row.path << answer.body;
  }
}

TEST(Mock, ListsItsModelsInEveryDialect) {
  const Mock mock;
  EXPECT_TRUE(mock.get("/v1/models").body.starts_with(R"({"object":"list","data":[{"id":"echo")"));
  EXPECT_TRUE(mock.get("/models", version).body.starts_with(R"({"data":[{"type":"model","id")"));
  EXPECT_TRUE(mock.get("/v1beta/models").body.starts_with(R"({"models":[{"name":"models/echo")"));
  EXPECT_TRUE(mock.get("/api/tags").body.starts_with(R"({"models":[{"name":"echo")"));
}

TEST(Mock, LetsInWhoShowsAKeyInTheWayOfItsDialect) {
  const Mock mock({"--key", "first,second"});
  const std::string contents = R"({"contents":[{"parts":[{"text":"Hi"}]}]})";
  const std::string message =
      R"({"model":"m","max_tokens":9,"messages":[{"role":"user","content":"Hi"}]})";
  const std::string gemini = "/v1beta/models/m:generateContent";
  EXPECT_EQ(mock.post(chat, chat_body("m"), "Authorization: Bearer second\r\n").status, 200);
  EXPECT_EQ(mock.post(chat, chat_body("m"), "x-api-key: first\r\n").status, 401);
  EXPECT_EQ(mock.post(chat, chat_body("m"), "Authorization: Bearer third\r\n").status, 401);
  const std::string fields(version);
  EXPECT_EQ(mock.post("/v1/messages", message, fields + "x-api-key: first\r\n").status, 200);
  const Answer refused = mock.post("/v1/messages", message, fields);
  EXPECT_EQ(refused.status, 401);
  EXPECT_NE(refused.body.find(R"("type":"authentication_error")"), std::string::npos);
  EXPECT_EQ(mock.post(gemini, contents, "x-goog-api-key: first\r\n").status, 200);
  EXPECT_EQ(mock.post(gemini + "?key=second", contents).status, 200);
  EXPECT_EQ(mock.post(gemini + "?key=third", contents).status, 401);
  EXPECT_EQ(mock.get("/v1/models").status, 401);
}

TEST(Mock, IsAsStrictAsAProvider) {
  const Mock mock;
  const std::string message = R"({"model":"m","messages":[{"role":"user","content":"Hi"}]})";
  EXPECT_NE(mock.post("/v1/messages", message).body.find("anthropic-version"), std::string::npos);
  const Answer unlimited = mock.post("/v1/messages", message, version);
  EXPECT_EQ(unlimited.status, 400);
  EXPECT_NE(unlimited.body.find("max_tokens: Field required"), std::string::npos);
  EXPECT_EQ(mock.post(chat, chat_body("m"), "Content-Type: text/plain\r\n").status, 415);
  EXPECT_EQ(mock.post(chat, "{\"model\":").status, 400);
  EXPECT_EQ(mock.post(chat, R"({"model":"m","messages":[{"role":"user","content":7}]})").status,
            400);
  EXPECT_EQ(mock.post("/v2/nothing", "{}").status, 404);
}

TEST(Mock, FailsAsTheModelsNameAsks) {
  const Mock mock;
  const Answer limited = mock.post(chat, chat_body("fail-429"));
  EXPECT_EQ(limited.status, 429);
  EXPECT_NE(to_lower(limited.head).find("retry-after: 7\r\n"), std::string::npos);
  const std::string cut = mock.read_to_end("cut");
  EXPECT_NE(cut.find("Lorem"), std::string::npos);
  EXPECT_EQ(cut.find("[DONE]"), std::string::npos);
  EXPECT_FALSE(cut.ends_with("0\r\n\r\n"));
  const std::string early = mock.read_to_end("cut-early");
  EXPECT_TRUE(early.starts_with("HTTP/1.1 200 OK\r\n"));
  EXPECT_EQ(early.find("data:"), std::string::npos);
  EXPECT_NE(mock.read_to_end("error-midstream").find(R"({"error":)"), std::string::npos);
  EXPECT_NE(mock.read_to_end("html").find("<h1>502 Bad Gateway</h1>"), std::string::npos);
}

TEST(Mock, CountsClientsThatLeave) {
  const Mock mock;
  {
    net::testing::RawClient client(mock.port());
    client.send(Mock::request_of("stall"));
    while (client.read_some().find("Lorem") == std::string::npos) {
    }
    const std::string during = mock.get("/mock/connections").body;
    EXPECT_EQ(during, R"({"open":2,"answering":1,"answered":0,"ended_by_peer":0})");
  }
  EXPECT_TRUE(net::testing::eventually([&] {
    return mock.get("/mock/connections")
        .body.ends_with(R"("answering":0,"answered":0,"ended_by_peer":1})");
  }));
}

TEST(Mock, TellsWhatItWasAsked) {
  const Mock mock({"--record"});
  mock.post(chat, chat_body("m"), "X-Trace: a\r\nX-Trace: b\r\n");
  mock.post("/api/chat", "no json");
  const std::string noted = mock.get("/mock/requests").body;
  EXPECT_TRUE(noted.starts_with(
      R"({"requests":[{"method":"POST","path":"/v1/chat/completions","fields":{"connection":)"))
      << noted;
  EXPECT_NE(noted.find(R"("x-trace":"a, b"},"body":)" + chat_body("m") + "}"), std::string::npos)
      << noted;
  EXPECT_NE(noted.find(R"("body":"no json"})"), std::string::npos) << noted;
  EXPECT_EQ(Browser(mock.port()).ask("DELETE", "/mock/requests", "").status, 204);
  EXPECT_EQ(mock.get("/mock/requests").body, R"({"requests":[]})");
  EXPECT_EQ(Mock().get("/mock/requests").status, 404);
}

TEST(Mock, PlaysAScript) {
  const Folder folder;
  const std::string path = folder.path() + "/script.json";
  std::ofstream(path) << R"({"models":{"shaky":["fail-503",{"status":200,
    "fields":{"content-type":"text/event-stream"},"pieces":["data: 1\n\n",
    {"pauseMs":20,"text":"data: 2\n\n"}]}]},"keys":{"spent":"fail-402"},"default":null})";
  const Mock mock({"--script=" + path, "--key=good,spent"});
  const std::string_view good = "Authorization: Bearer good\r\n";
  EXPECT_EQ(mock.post(chat, chat_body("shaky"), good).status, 503);
  EXPECT_NE(mock.post(chat, chat_body("shaky"), good).body.find("data: 2\n\n"), std::string::npos);
  EXPECT_EQ(mock.post(chat, chat_body("echo"), "Authorization: Bearer spent\r\n").status, 402);
  EXPECT_EQ(mock.post(chat, chat_body("other"), good).status, 404);
}

TEST(Mock, RefusesToStartWithWhatItCannotPlay) {
  const Ending missing = run_omniroute({"mock", "--script", "/nowhere/script.json"});
  EXPECT_EQ(missing.status, 2);
  EXPECT_NE(missing.err.find("cannot read the script /nowhere/script.json"), std::string::npos);
  const Ending valueless = run_omniroute({"mock", "--key"});
  EXPECT_EQ(valueless.status, 2);
  EXPECT_EQ(valueless.err, "omniroute: --key needs a value\nTry: omniroute --help\n");
}

TEST(Mock, EndsWhenItIsTold) {
  Mock mock;
  mock.process().send(SIGTERM);
  EXPECT_EQ(mock.process().wait().status, 0);
}

}  // namespace
}  // namespace omni::gateway_test
