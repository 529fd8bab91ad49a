#include "net/router.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "net/test_net.h"

namespace omni::net {
namespace {

using testing::RawClient;
using testing::TestServer;
using testing::World;

/// A row whose answer is its summary.
Route row(Method method, std::string_view pattern, std::string_view summary) {
  const auto answer = [summary](Exchange& exchange) -> Task<Status> {
    co_return co_await exchange.reply(200, {}, std::string(summary));
  };
  return {method, pattern, Role::open, summary, answer};
}

/// The summary of the row that fits, with what its names stand for: "one id=7".
std::string matched(const Router& router, std::string_view path) {
  const Router::Match match = router.match(path);
  if (match.rows == nullptr) return "";
  std::string text(match.rows->front()->summary);
  for (const auto& [name, value] : match.params) {
    text.append(" ").append(name).append("=").append(value);
  }
  return text;
}

TEST(Router, MatchesExactPathsWithAndWithoutATrailingSlash) {
  const Router router({row(Method::get, "/", "root"), row(Method::get, "/v1/models", "models")});
  EXPECT_EQ(matched(router, "/"), "root");
  EXPECT_EQ(matched(router, "/v1/models"), "models");
  EXPECT_EQ(matched(router, "/v1/models/"), "models");
  for (const std::string_view path :
       {"", "v1/models", "/v1", "/v1/models//", "//v1/models", "/v1/models/x", "/V1/models", "*"}) {
    EXPECT_EQ(matched(router, path), "") << path;
  }
}

TEST(Router, TakesAParameterForExactlyOneSegment) {
  const Router router({row(Method::get, "/api/keys/{id}", "key"),
                       row(Method::get, "/api/{group}/{id}/log", "log")});
  EXPECT_EQ(matched(router, "/api/keys/7"), "key id=7");
  EXPECT_EQ(matched(router, "/api/keys/7/"), "key id=7");
  EXPECT_EQ(matched(router, "/api/keys/7/log"), "log group=keys id=7");
  for (const std::string_view path :
       {"/api/keys", "/api/keys/", "/api/keys/7/8", "/api//7/log", "/api/keys//log"}) {
    EXPECT_EQ(matched(router, path), "") << path;
  }
}

TEST(Router, TakesTheRestOfAPathSlashesIncluded) {
  const Router router({row(Method::get, "/files/{path...}", "file")});
  EXPECT_EQ(matched(router, "/files/a"), "file path=a");
  EXPECT_EQ(matched(router, "/files/a/b/c.txt"), "file path=a/b/c.txt");
  EXPECT_EQ(matched(router, "/files"), "");
  EXPECT_EQ(matched(router, "/files/"), "");
}

TEST(Router, PrefersTheMoreLiteralPatternWhateverTheOrderOfTheRows) {
  std::vector<Route> rows{
      row(Method::get, "/{rest...}", "rest"), row(Method::get, "/{a}/{b}", "both"),
      row(Method::get, "/keys/{id}", "key"), row(Method::get, "/{group}/list", "list"),
      row(Method::get, "/keys/list", "exact")};
  for (int round = 0; round < 2; ++round) {
    const Router router(rows);
    EXPECT_EQ(matched(router, "/keys/list"), "exact");
    EXPECT_EQ(matched(router, "/keys/7"), "key id=7");
    EXPECT_EQ(matched(router, "/users/list"), "list group=users");
    EXPECT_EQ(matched(router, "/users/7"), "both a=users b=7");
    EXPECT_EQ(matched(router, "/users/7/8"), "rest rest=users/7/8");
    std::reverse(rows.begin(), rows.end());
  }
}

TEST(Router, DecodesParametersAndMatchesNoBadEscapes) {
  const Router router(
      {row(Method::get, "/models/{id}", "model"), row(Method::get, "/files/{path...}", "file")});
  EXPECT_EQ(matched(router, "/models/openai%2Fgpt%204"), "model id=openai/gpt 4");
  EXPECT_EQ(matched(router, "/models/a+b"), "model id=a+b");  // a plus is a plus in a path
  EXPECT_EQ(matched(router, "/files/a%20b/c"), "file path=a b/c");
  for (const std::string_view path :
       {"/models/%", "/models/%4", "/models/%zz", "/models/a%00b", "/files/x/%2"}) {
    EXPECT_EQ(matched(router, path), "") << path;
  }
}

TEST(Router, AssertsThatItsTableMakesSense) {
  const auto table = [](std::vector<Route> rows) { const Router router(std::move(rows)); };
  const auto get = [](std::string_view pattern) { return row(Method::get, pattern, ""); };
  EXPECT_THROW(table({get("/a"), get("/a")}), Bug);
  EXPECT_THROW(table({get("/a/{x}"), get("/a/{y}")}), Bug);
  EXPECT_THROW(table({get("/a/{x}"), row(Method::post, "/a/{y}", "")}), Bug);
  EXPECT_NO_THROW(table({get("/a/{x}"), row(Method::post, "/a/{x}", "")}));
  for (const std::string_view pattern :
       {"", "a", "/a/", "/a//b", "/{x...}/b", "/{}", "/{...}", "/{x", "/x}", "/{x}y", "/a/{x}}"}) {
    EXPECT_THROW(table({get(pattern)}), Bug) << pattern;
  }
  EXPECT_THROW(table({{Method::get, "/a", Role::open, "no handler", nullptr}}), Bug);
}

/// A served table, and one request at a time.
class RouterServerTest : public ::testing::Test {
 protected:
  std::string answer(std::string_view request_line, std::string_view rest = "\r\n") {
    RawClient client(server_.port());
    client.send(std::string(request_line) + " HTTP/1.1\r\nhost: x\r\nconnection: close\r\n" +
                std::string(rest));
    return client.read_to_end();
  }
  static std::string body_of(const std::string& answer) {
    const std::size_t end = answer.find("\r\n\r\n");
    return end == std::string::npos ? "no answer" : answer.substr(end + 4);
  }

  static std::vector<Route> rows() {
    std::vector<Route> rows{row(Method::get, "/thing", "got"), row(Method::put, "/thing", "put"),
                            row(Method::delete_, "/thing/{id}", "deleted")};
    rows.push_back({Method::post, "/echo/{name}", Role::open, "Echoes", echo, 8});
    return rows;
  }
  static Task<Status> echo(Exchange& exchange) {
    const Result<std::string> body = co_await exchange.read_body();
    if (!body) co_return body.error();
    const std::string text = std::string(exchange.param("name")) + "," +
                             std::string(exchange.param("nobody")) + "," + *body;
    co_return co_await exchange.reply(200, {}, text);
  }

  World world_;
  Router router_{rows()};
  TestServer server_{world_, [this](Exchange& exchange) { return router_.handle(exchange); }};
};

TEST_F(RouterServerTest, CallsTheRowOfTheMethod) {
  EXPECT_EQ(body_of(answer("GET /thing")), "got");
  EXPECT_EQ(body_of(answer("PUT /thing?query=1")), "put");
  EXPECT_EQ(body_of(answer("DELETE /thing/7")), "deleted");
}

TEST_F(RouterServerTest, Answers404WhereThereIsNothing) {
  const std::string got = answer("GET /nowhere");
  EXPECT_TRUE(got.starts_with("HTTP/1.1 404 Not Found\r\n")) << got;
  EXPECT_NE(got.find(R"("type":"not_found")"), std::string::npos);
  EXPECT_TRUE(answer("OPTIONS /nowhere").starts_with("HTTP/1.1 404 "));
}

TEST_F(RouterServerTest, Answers405WithTheMethodsThatThereAre) {
  const std::string got = answer("DELETE /thing");
  EXPECT_TRUE(got.starts_with("HTTP/1.1 405 ")) << got;
  EXPECT_NE(got.find("\r\nallow: GET, HEAD, PUT, OPTIONS\r\n"), std::string::npos) << got;
  const std::string head = answer("HEAD /thing/7");  // no GET row
  EXPECT_TRUE(head.starts_with("HTTP/1.1 405 "));
  EXPECT_NE(head.find("\r\nallow: DELETE, OPTIONS\r\n"), std::string::npos) << head;
  EXPECT_EQ(body_of(head), "");
  EXPECT_TRUE(answer("get /thing").starts_with("HTTP/1.1 405 "));  // methods have a case
}

TEST_F(RouterServerTest, AnswersHeadByTheGetRowWithoutItsBody) {
  const std::string got = answer("HEAD /thing");
  EXPECT_TRUE(got.starts_with("HTTP/1.1 200 OK\r\n"));
  EXPECT_NE(got.find("content-length: 3\r\n"), std::string::npos);
  EXPECT_EQ(body_of(got), "");
}

TEST_F(RouterServerTest, AnswersOptionsWithTheMethodsAndNoBody) {
  const std::string got = answer("OPTIONS /thing");
  EXPECT_TRUE(got.starts_with("HTTP/1.1 204 No Content\r\n"));
  EXPECT_NE(got.find("\r\nallow: GET, HEAD, PUT, OPTIONS\r\n"), std::string::npos);
  EXPECT_EQ(body_of(got), "");
}

TEST_F(RouterServerTest, HandsParametersToTheHandler) {
  EXPECT_EQ(body_of(answer("POST /echo/a%20name", "content-length: 2\r\n\r\nhi")), "a name,,hi");
}

TEST_F(RouterServerTest, AnswersOptionsAboutTheServerAsAWhole) {
  const std::string got = answer("OPTIONS *");
  EXPECT_TRUE(got.starts_with("HTTP/1.1 204 No Content\r\n")) << got;
  EXPECT_NE(got.find("\r\nallow: GET, "), std::string::npos);
}

/// Lets in whoever says the word, and remembers for which row.
class WordGate final : public Gate {
 public:
  Task<Status> admit(Exchange& exchange, const Route& route) override {
    asked_for = route.role;
    if (route.role == Role::open) co_return Nothing{};
    if (exchange.request().field("word") == "please") co_return Nothing{};
    co_return Error(Error::Kind::unauthorized, "say the word", "WORD_001");
  }
  std::optional<Role> asked_for;
};

TEST(RouterGate, StandsBeforeEveryRow) {
  World world;
  WordGate gate;
  Router router({{Method::get, "/open", Role::open, "", row(Method::get, "/", "in").handler},
                 {Method::get, "/shut", Role::keys, "", row(Method::get, "/", "in").handler}},
                &gate);
  TestServer server(world, [&](Exchange& exchange) { return router.handle(exchange); });
  RawClient client(server.port());
  client.send("GET /open HTTP/1.1\r\nhost: x\r\n\r\n");
  EXPECT_TRUE(client.read_answer().starts_with("HTTP/1.1 200 "));
  EXPECT_EQ(gate.asked_for, Role::open);
  client.send("GET /shut HTTP/1.1\r\nhost: x\r\n\r\n");
  EXPECT_TRUE(client.read_answer().starts_with("HTTP/1.1 401 "));
  client.send("GET /shut HTTP/1.1\r\nhost: x\r\nword: please\r\n\r\n");
  EXPECT_TRUE(client.read_answer().starts_with("HTTP/1.1 200 "));
  EXPECT_EQ(gate.asked_for, Role::keys);
}

TEST(Role, HasTheNameOfItsScope) {
  EXPECT_EQ(name_of(Role::open), "open");
  EXPECT_EQ(name_of(Role::read), "read");
  EXPECT_EQ(name_of(Role::admin), "admin");
}

TEST(RouterGate, WithoutOneNobodyGetsToARowThatIsNotOpen) {
  World world;
  Router router({{Method::get, "/shut", Role::client, "", row(Method::get, "/", "in").handler}});
  TestServer server(world, [&](Exchange& exchange) { return router.handle(exchange); });
  RawClient client(server.port());
  client.send("GET /shut HTTP/1.1\r\nhost: x\r\n\r\n");
  EXPECT_TRUE(client.read_answer().starts_with("HTTP/1.1 403 "));
}

TEST_F(RouterServerTest, EnforcesTheBoundOfTheRoute) {
  EXPECT_EQ(body_of(answer("POST /echo/x", "content-length: 8\r\n\r\n12345678")), "x,,12345678");
  const std::string announced = answer("POST /echo/x", "content-length: 9\r\n\r\n123456789");
  EXPECT_TRUE(announced.starts_with("HTTP/1.1 413 ")) << announced;
  const std::string chunked =
      answer("POST /echo/x", "transfer-encoding: chunked\r\n\r\n9\r\n123456789\r\n0\r\n\r\n");
  EXPECT_TRUE(chunked.starts_with("HTTP/1.1 413 ")) << chunked;
}

}  // namespace
}  // namespace omni::net
