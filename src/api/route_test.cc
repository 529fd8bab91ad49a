#include "api/route.h"

#include <gtest/gtest.h>

#include <array>

#include "net/test_net.h"

namespace omni::api {
namespace {

using net::testing::RawClient;

constexpr std::array key_members{
    json::MemberShape{"name", json::shape::text(1, 20), json::Presence::required},
    json::MemberShape{"noLog", json::shape::boolean()}};
constexpr std::array log_query{json::MemberShape{"limit", json::shape::integer(1, 500)}};
constexpr std::array clean_members{json::MemberShape{"keep", json::shape::integer(1, 9)}};

/// The name that came, whole: read after a wait of the handler's own.
net::Task<Status> make(net::Exchange& exchange, Arguments arguments) {
  if (!co_await net::testing::idle(Millis(1))) co_return Error(Error::Kind::internal, "no wait");
  if (arguments.body.find("name").text() == "twice") {
    co_return Error(Error::Kind::conflict, "There is such a key");
  }
  co_return co_await exchange.reply_json(201, std::string(arguments.body.slice()));
}

net::Task<Status> list(net::Exchange& exchange, Arguments arguments) {
  const json::Value limit = arguments.query.find("limit");
  co_return co_await exchange.reply_json(200, limit ? std::to_string(limit.integer()) : "50");
}

net::Task<Status> upload(net::Exchange& exchange, Arguments arguments) {
  const Result<std::string> body = co_await exchange.read_body();
  EXPECT_FALSE(arguments.body || arguments.query);
  co_return co_await exchange.reply(200, {}, *body);
}

net::Task<Status> clean(net::Exchange& exchange, Arguments arguments) {
  co_return co_await exchange.reply_json(200, std::string(arguments.body.slice()));
}

net::Task<Status> half(net::Exchange& exchange, Arguments) {
  (void)exchange.begin(200, {}, 10);
  (void)co_await exchange.write("half");
  co_return Error(Error::Kind::internal, "broke");
}

std::vector<Route> rows() {
  using net::Method;
  using net::Role;
  return {
      {.method = Method::post,
       .pattern = "/api/keys",
       .role = Role::open,
       .summary = "Makes a key",
       .handler = make,
       .body = json::shape::object(key_members),
       .body_bytes_max = 1000},
      {.method = Method::post,
       .pattern = "/api/old",
       .role = Role::open,
       .summary = "The same for old scripts",
       .handler = make,
       .body = json::shape::object(key_members),
       .errors = ErrorForm::text},
      {.method = Method::get,
       .pattern = "/api/log",
       .role = Role::open,
       .summary = "Lists",
       .handler = list,
       .query = log_query},
      {.method = Method::post,
       .pattern = "/api/upload",
       .role = Role::open,
       .summary = "Takes anything",
       .handler = upload},
      {.method = Method::delete_,
       .pattern = "/api/backups",
       .role = Role::open,
       .summary = "Cleans up",
       .handler = clean,
       .body = json::shape::object(clean_members)},
      {.method = Method::get,
       .pattern = "/api/half",
       .role = Role::open,
       .summary = "Breaks off",
       .handler = half},
      {.method = Method::get,
       .pattern = "/api/shut",
       .role = Role::admin,
       .summary = "For few",
       .handler = list},
  };
}

class ApiRouteTest : public ::testing::Test {
 protected:
  std::string ask(const std::string& line, const std::string& body = "",
                  const std::string& fields = "content-type: application/json\r\n") {
    RawClient client(server_.port());
    client.send(line + " HTTP/1.1\r\nhost: x\r\nconnection: close\r\n" + fields +
                "content-length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    return client.read_to_end();
  }
  static std::string invalid(std::string_view field, std::string_view message) {
    return R"({"error":{"message":"Invalid request","details":[{"field":")" + std::string(field) +
           R"(","message":")" + std::string(message) + R"("}]}})";
  }

  net::testing::World world_;
  net::Router router_{dispatch(rows())};
  net::testing::TestServer server_{
      world_, [this](net::Exchange& exchange) { return router_.handle(exchange); }};
};

TEST_F(ApiRouteTest, HandsTheBodyOverThatFitsTheRow) {
  const std::string answer = ask("POST /api/keys", R"({"name":"c\u0069","other":1})");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 201 ")) << answer;
  EXPECT_TRUE(answer.ends_with(R"({"name":"c\u0069","other":1})")) << answer;
}

TEST_F(ApiRouteTest, RefusesABodyThatDoesNotAndSaysWhere) {
  const std::string answer = ask("POST /api/keys", R"({"name":""})");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << answer;
  EXPECT_TRUE(answer.ends_with(invalid("name", "must be a text of 1 to 20 characters"))) << answer;
  for (const std::string_view bad : {"{", "no", R"({"name":"a"}x)", "\xff"}) {
    EXPECT_TRUE(
        ask("POST /api/keys", std::string(bad)).ends_with(invalid("body", "Invalid JSON body")))
        << bad;
  }
  EXPECT_TRUE(ask("POST /api/keys", "[]").ends_with(invalid("body", "must be an object")));
}

TEST_F(ApiRouteTest, TakesNoBodyForAnEmptyObject) {
  EXPECT_TRUE(ask("DELETE /api/backups").ends_with("\r\n\r\n{}"));
  EXPECT_TRUE(ask("POST /api/keys").ends_with(invalid("name", "is required")));
}

TEST_F(ApiRouteTest, ChecksTheQuery) {
  EXPECT_TRUE(ask("GET /api/log?limit=7").ends_with("\r\n\r\n7"));
  EXPECT_TRUE(ask("GET /api/log?limit=").ends_with("\r\n\r\n50"));
  const std::string refused = invalid("limit", "must be a whole number from 1 to 500");
  EXPECT_TRUE(ask("GET /api/log?limit=501").ends_with(refused));
  EXPECT_TRUE(ask("GET /api/log?limit=x").ends_with(refused));
  const std::string broken = ask("GET /api/log?limit=%ff");
  EXPECT_TRUE(broken.ends_with(invalid("query", "must be UTF-8"))) << broken;
}

TEST_F(ApiRouteTest, WantsABodyThatComesWithACookieToSayThatItIsJson) {
  const std::string body = R"({"name":"a"})";
  const std::string cookie = "cookie: auth_token=1\r\n";
  EXPECT_TRUE(ask("POST /api/keys", body, "").starts_with("HTTP/1.1 201 "));
  EXPECT_TRUE(ask("POST /api/keys", body, cookie).starts_with("HTTP/1.1 415 "));
  EXPECT_TRUE(
      ask("POST /api/keys", body, cookie + "content-type: text/plain;a=application/json\r\n")
          .starts_with("HTTP/1.1 415 "));
  EXPECT_TRUE(ask("POST /api/keys", body, cookie + "content-type: application/x+json\r\n")
                  .starts_with("HTTP/1.1 415 "));
  EXPECT_TRUE(
      ask("POST /api/keys", body, cookie + "content-type: Application/JSON ; charset=utf-8\r\n")
          .starts_with("HTTP/1.1 201 "));
  EXPECT_TRUE(ask("DELETE /api/backups", "", cookie).starts_with("HTTP/1.1 200 "));
}

TEST_F(ApiRouteTest, AnswersAnErrorInTheFormOfItsRow) {
  EXPECT_TRUE(ask("POST /api/keys", R"({"name":"twice"})")
                  .ends_with(R"({"error":{"code":"CONFLICT","message":"There is such a key",)"
                             R"("type":"conflict"}})"));
  const std::string text = ask("POST /api/old", R"({"name":"twice"})");
  EXPECT_TRUE(text.starts_with("HTTP/1.1 409 ")) << text;
  EXPECT_TRUE(text.ends_with(R"({"error":"There is such a key"})")) << text;
}

TEST_F(ApiRouteTest, RefusesABodyBeyondTheBoundOfItsRow) {
  const std::string answer = ask("POST /api/keys", std::string(1001, ' '));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 413 ")) << answer;
  EXPECT_NE(answer.find(R"("code":"PAYLOAD_TOO_LARGE")"), std::string::npos) << answer;
}

TEST_F(ApiRouteTest, LeavesABodyWithoutAShapeToTheHandler) {
  EXPECT_TRUE(ask("POST /api/upload?limit=x", "no json", "cookie: a=b\r\n").ends_with("no json"));
}

TEST_F(ApiRouteTest, AddsNothingToAnAnswerThatWasBegun) {
  const std::string answer = ask("GET /api/half");
  EXPECT_NE(answer.find("half"), std::string::npos);
  EXPECT_EQ(answer.find("error"), std::string::npos) << answer;
}

TEST_F(ApiRouteTest, KeepsTheRoleOfItsRow) {
  EXPECT_TRUE(ask("GET /api/shut").starts_with("HTTP/1.1 403 "));
}

}  // namespace
}  // namespace omni::api
