#include "api/provider_tests.h"

#include <thread>

#include "api/test_api.h"

namespace omni::api {
namespace {

using testing::TestAnswer;

class ProviderTestsTest : public testing::ApiTest {
 protected:
  void SetUp() override {
    serve(tests_.routes());
    add({.id = "c1", .provider = "acme", .api_key = Secret("sk-canary")});
  }
  void add(store::Connection connection) {
    connection.name = connection.id;
    write([&](sql::Session& session) {
      return store::add_connection(session, store_->sealer(), connection);
    });
  }
  void answer(int status, std::string body = "{}") {
    prober_.answer = [=](const std::string&) {
      return ProbeAnswer{.status = status, .body = body, .text = "Hello"};
    };
  }
  void fail(Error error) {
    prober_.answer = [=](const std::string&) -> Result<ProbeAnswer> { return error; };
  }
  TestAnswer test(const std::string& id = "c1", std::string body = "{}") {
    return send("POST", "/api/providers/" + id + "/test", std::move(body));
  }
  store::Connection stored(std::string_view id = "c1") {
    for (const store::Connection& each : store_->current()->connections) {
      if (each.id == id) return each;
    }
    return {};
  }
  static bool has(const TestAnswer& answer, std::string_view part) {
    return answer.body.find(part) != std::string::npos;
  }

  ProviderTests tests_{*with_, *changes_};
};

TEST_F(ProviderTestsTest, OfAnAccountThatIsGoodAskForTheListAndForgetErrors) {
  write([](sql::Session& session) {
    return session.run("UPDATE provider_connections SET last_error = 'no', backoff_level = 2");
  });
  const TestAnswer good = test();
  EXPECT_EQ(good.status, 200);
  EXPECT_EQ(good.body,
            R"({"valid":true,"error":null,"warning":null,"refreshed":false,"diagnosis":)"
            R"({"type":"ok","source":"upstream","message":null,"code":null},"latencyMs":0,)"
            R"("statusCode":200,"runtime":null,"testedAt":"2026-03-01T10:00:00.000Z"})");
  EXPECT_EQ(prober_.questions(), std::vector<std::string>{"models acme /models sk-canary"});
  EXPECT_EQ(stored().test_status, "active");
  EXPECT_EQ(stored().last_error, "");
  EXPECT_EQ(stored().backoff_level, 0);
  EXPECT_EQ(stored().last_tested_at, clock_.wall());
}

TEST_F(ProviderTestsTest, JudgeWhatTheProviderAnswers) {
  struct Case {
    int status;
    std::string valid, type, test_status;
  };
  for (const Case& each : {Case{401, "false", "upstream_auth_error", "error"},
                           Case{402, "false", "upstream_error", "credits_exhausted"},
                           Case{403, "false", "upstream_auth_error", "error"},
                           Case{429, "true", "upstream_rate_limited", "active"},
                           Case{500, "false", "upstream_unavailable", "unavailable"},
                           Case{503, "false", "upstream_unavailable", "unavailable"},
                           Case{400, "false", "upstream_error", "error"}}) {
    answer(each.status, R"({"error":{"message":"because of sk-canary"}})");
    const TestAnswer found = test();
    EXPECT_TRUE(has(found, R"({"valid":)" + each.valid)) << found.body;
    EXPECT_TRUE(has(found, R"("type":")" + each.type + R"(","source":"upstream")")) << found.body;
    EXPECT_TRUE(has(found, R"("statusCode":)" + std::to_string(each.status)));
    EXPECT_FALSE(has(found, "sk-canary")) << found.body;
    EXPECT_EQ(stored().test_status, each.test_status);
    if (each.valid == "true") continue;
    EXPECT_TRUE(has(found, "because of ***")) << found.body;
    EXPECT_NE(stored().last_error.find("because of ***"), std::string::npos);
    EXPECT_EQ(stored().last_error_type, each.type);
    EXPECT_EQ(stored().error_code, std::to_string(each.status));
  }
}

TEST_F(ProviderTestsTest, JudgeWhyThereIsNoAnswer) {
  struct Case {
    Error::Kind kind;
    std::string type, source, test_status;
  };
  using enum Error::Kind;
  for (const Case& each : {Case{unavailable, "network_error", "upstream", "unavailable"},
                           Case{timed_out, "network_error", "upstream", "unavailable"},
                           Case{forbidden, "validation_error", "local", "error"},
                           Case{internal, "runtime_error", "runtime", "error"}}) {
    fail({each.kind, "nobody there"});
    const TestAnswer found = test();
    EXPECT_EQ(found.status, 200);
    EXPECT_TRUE(has(found, R"("type":")" + each.type + R"(","source":")" + each.source +
                               R"(","message":"nobody there")"))
        << found.body;
    EXPECT_EQ(stored().test_status, each.test_status);
    EXPECT_EQ(stored().last_error_source, each.source);
  }
}

TEST_F(ProviderTestsTest, AskAModelWhereOneIsNamedOrThereIsNoList) {
  test("c1", R"({"validationModelId":"small"})");
  answer(404);
  test();
  EXPECT_EQ(prober_.questions(),
            (std::vector<std::string>{"chat acme small sk-canary", "models acme /models sk-canary",
                                      "chat acme large sk-canary"}));
}

TEST_F(ProviderTestsTest, DoNotAskWithWhatCannotWork) {
  add({.id = "no key", .provider = "acme"});
  add({.id = "gone", .provider = "gone", .api_key = Secret("k")});
  add({.id = "old",
       .provider = "login",
       .auth_type = "oauth",
       .access_token = Secret("t"),
       .token_expires_at = clock_.wall()});
  add({.id = "out", .provider = "login", .auth_type = "oauth"});
  EXPECT_TRUE(has(test("no%20key"), R"("type":"auth_missing")"));
  EXPECT_TRUE(has(test("gone"), R"("type":"unsupported")"));
  EXPECT_TRUE(has(test("old"), R"("type":"token_expired")"));
  EXPECT_TRUE(has(test("out"), R"("type":"reauth_required")"));
  add({.id = "renewable",
       .provider = "login",
       .auth_type = "oauth",
       .refresh_token = Secret("r"),
       .token_expires_at = clock_.wall()});
  EXPECT_TRUE(has(test("renewable"), "its next request gets a new one"));
  EXPECT_EQ(stored("renewable").test_status, "unknown");
  EXPECT_EQ(stored("old").test_status, "expired");
  EXPECT_TRUE(prober_.questions().empty());
  EXPECT_EQ(test("none").status, 404);
}

TEST_F(ProviderTestsTest, SayNothingAboutAKeyThatCameMeanwhile) {
  prober_.answer = [this](const std::string&) -> Result<ProbeAnswer> {
    EXPECT_TRUE(store_->database().write_now([this](sql::Session& session) -> Status {
      auto connection = *store::load_connection(session, store_->sealer(), "c1");
      connection.api_key = Secret("another");
      return store::update_connection(session, store_->sealer(), connection);
    }));
    return ProbeAnswer{.status = 401};
  };
  EXPECT_TRUE(has(test(), R"("valid":false)"));
  EXPECT_EQ(stored().test_status, "unknown");
}

TEST_F(ProviderTestsTest, OfManyRunFiveAtATime) {
  for (int i = 2; i <= 12; ++i) {
    add({.id = "c" + std::to_string(i),
         .provider = i % 2 == 0 ? "acme" : "bin",
         .api_key = Secret("k")});
  }
  add({.id = "off", .provider = "acme", .active = false, .api_key = Secret("k")});
  prober_.delay = Millis(5);
  prober_.answer = [](const std::string& question) {
    return ProbeAnswer{.status = question.starts_with("models bin") ? 500 : 200};
  };
  const TestAnswer all = send("POST", "/api/providers/test-batch", R"({"mode":"all"})");
  EXPECT_TRUE(has(all, R"({"mode":"all","providerId":null,"results":[{"provider":"acme",)"
                       R"("connectionId":"c1","connectionName":"c1","authType":"apikey",)"
                       R"("testStatus":"active","valid":true)"))
      << all.body;
  EXPECT_TRUE(has(all, R"("summary":{"total":12,"passed":7,"failed":5})")) << all.body;
  EXPECT_TRUE(has(all, R"("testStatus":"unavailable","valid":false)")) << all.body;
  EXPECT_EQ(prober_.at_once_max(), 5U);
  EXPECT_EQ(stored("c3").test_status, "unavailable");
  EXPECT_EQ(stored("off").test_status, "unknown");
  const auto total = [this](const std::string& body) {
    const TestAnswer found = send("POST", "/api/providers/test-batch", body);
    const std::size_t at = found.body.find(R"("total":)");
    return at == std::string::npos ? found.body : found.body.substr(at + 8, 1);
  };
  EXPECT_EQ(total(R"({"mode":"local"})"), "5");
  EXPECT_EQ(total(R"({"mode":"provider","providerId":"ac"})"), "7");
  EXPECT_EQ(total(R"({"mode":"provider","providerId":"none"})"), "0");
  EXPECT_EQ(total(R"({"mode":"oauth"})"), "0");
  EXPECT_EQ(total(R"({"mode":"provider"})"), R"({"error":"providerId is required"})");
}

TEST_F(ProviderTestsTest, OfManyAreCalledOffWhenWhoeverAskedHasLeft) {
  for (int i = 2; i <= 12; ++i) {
    add({.id = "c" + std::to_string(i), .provider = "acme", .api_key = Secret("k")});
  }
  prober_.delay = std::chrono::hours(1);
  {
    net::testing::RawClient client(server_->port());
    client.send(
        "POST /api/providers/test-batch HTTP/1.1\r\nhost: localhost\r\nx-caller: session\r\n"
        "content-length: 14\r\n\r\n{\"mode\":\"all\"}");
    while (prober_.at_once() < 5) std::this_thread::yield();
  }
  while (prober_.at_once() > 0) std::this_thread::yield();
  EXPECT_EQ(prober_.questions().size(), 5U);
  EXPECT_EQ(stored().test_status, "unknown");
}

TEST_F(ProviderTestsTest, PostApiProvidersValidateTriesAndKeepsNothing) {
  const auto validate = [this](const std::string& body) {
    return send("POST", "/api/providers/validate", body);
  };
  const TestAnswer good = validate(R"({"provider":"acme","apiKey":" k "})");
  EXPECT_TRUE(has(good, R"("valid":true,"error":null,"warning":null)")) << good.body;
  EXPECT_TRUE(has(good, R"("method":"models")"));
  EXPECT_EQ(prober_.questions().back(), "models acme /models k");
  answer(401);
  EXPECT_TRUE(has(validate(R"({"provider":"acme","apiKey":"k","validationModelId":"m"})"),
                  R"("method":"chat")"));
  EXPECT_EQ(validate(R"({"provider":"none"})").body,
            R"({"error":"Provider validation not supported"})");
  EXPECT_EQ(validate(R"({"provider":"anthropic-compatible-x"})").status, 404);
  EXPECT_EQ(validate(R"({"provider":"acme","baseUrl":"file:///etc"})").status, 400);
  EXPECT_EQ(store_->current()->connections.size(), 1U);
  EXPECT_EQ(audit(), "");
}

TEST_F(ProviderTestsTest, NoteAnAddressThatMayNotBeCalled) {
  fail({Error::Kind::forbidden, "that address is not for providers"});
  const TestAnswer refused =
      send("POST", "/api/providers/validate",
           R"({"provider":"acme","apiKey":"k","baseUrl":"http://169.254.169.254/x"})");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.body, R"({"error":"that address is not for providers"})");
  EXPECT_EQ(
      send("POST", "/api/provider-nodes/validate", R"({"baseUrl":"http://10.0.0.1/"})").status,
      403);
  EXPECT_EQ(audit(),
            "provider.validation.ssrf_blocked session, provider.validation.ssrf_blocked session");
}

TEST_F(ProviderTestsTest, PostApiProviderNodesValidateAsksForTheList) {
  const auto validate = [this](const std::string& body) {
    return send("POST", "/api/provider-nodes/validate", body);
  };
  EXPECT_TRUE(has(validate(R"({"baseUrl":"http://10.0.0.1/v1","apiKey":"k"})"), R"("valid":true)"));
  validate(R"({"baseUrl":"http://10.0.0.1/v1","modelsPath":"/list"})");
  validate(R"({"baseUrl":"http://10.0.0.1/api","type":"ollama-compatible"})");
  const std::vector<std::string> asked = prober_.questions();
  ASSERT_EQ(asked.size(), 3U);
  EXPECT_NE(asked[0].find(" /models k"), std::string::npos);
  EXPECT_NE(asked[1].find(" /list "), std::string::npos);
  EXPECT_NE(asked[2].find(" /api/tags "), std::string::npos);
  answer(404);
  EXPECT_TRUE(has(validate(R"({"baseUrl":"http://10.0.0.1/v1"})"), R"("valid":false)"));
  EXPECT_EQ(validate(R"({"baseUrl":"http://a:b@10.0.0.1/v1"})").status, 400);
}

TEST_F(ProviderTestsTest, PostApiModelsTestAsksAModelForAWord) {
  answer(200);
  const TestAnswer good =
      send("POST", "/api/models/test", R"({"providerId":"acme","modelId":"large"})");
  EXPECT_EQ(good.body, R"({"status":"ok","latencyMs":0,"responseText":"Hello"})");
  prober_.answer = [](const std::string&) -> Result<ProbeAnswer> {
    return ProbeAnswer{.status = 200, .silent = true};
  };
  EXPECT_EQ(send("POST", "/api/models/test", R"({"providerId":"acme","modelId":"x"})").body,
            R"({"status":"error","latencyMs":0,)"
            R"("error":"The model gave neither words nor a tool call nor a thought"})");
  prober_.answer = [](const std::string&) -> Result<ProbeAnswer> {
    return ProbeAnswer{.status = 429, .body = R"({"error":"slow"})", .reset = Millis{7400}};
  };
  EXPECT_EQ(send("POST", "/api/models/test", R"({"providerId":"acme","modelId":"x"})").body,
            R"({"status":"error","latencyMs":0,"error":"Rate limited for 8 s: slow"})");
  answer(404, R"({"error":"no such model"})");
  EXPECT_TRUE(has(send("POST", "/api/models/test", R"({"providerId":"acme","modelId":"x"})"),
                  R"({"status":"error","latencyMs":0,"error":)"));
  EXPECT_EQ(send("POST", "/api/models/test", R"({"providerId":"bin","modelId":"x"})").status, 404);
  EXPECT_EQ(send("POST", "/api/models/test", R"({"providerId":"no","modelId":"x"})").status, 404);
  EXPECT_EQ(send("POST", "/api/models/test", R"({"providerId":"demo","modelId":"echo"})").status,
            200);
}

}  // namespace
}  // namespace omni::api
