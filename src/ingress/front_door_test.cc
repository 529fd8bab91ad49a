#include "ingress/front_door.h"

#include <gtest/gtest.h>

#include <array>

#include "identity/test_gate.h"

namespace omni::ingress {
namespace {

using identity::AccessOptions;
using identity::AddressRule;
using identity::GateWorld;
using identity::gist;
using net::testing::RawClient;
using net::testing::TestServer;

bool has(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

/// The value of a field of an answer; "(none)" where there is none.
std::string field(std::string_view answer, std::string_view name) {
  const std::string line = "\r\n" + std::string(name) + ": ";
  const std::size_t at = answer.find(line);
  if (at == answer.npos) return "(none)";
  answer.remove_prefix(at + line.size());
  return std::string(answer.substr(0, answer.find('\r')));
}

AccessOptions behind_a_proxy() {
  AccessOptions options;
  options.trusted_proxies = {*AddressRule::parse("127.0.0.1")};
  return options;
}

class FrontDoorTest : public testing::Test {
 protected:
  explicit FrontDoorTest(AccessOptions options = {}) : world_(std::move(options)) {}

  std::string ask(std::string_view line, std::string_view fields = {}) {
    RawClient client(server_.port());
    return identity::ask(client, line, fields);
  }

  GateWorld world_;
  FrontDoor door_{world_.router, world_.gate, world_.clock, world_.random, {}};
  TestServer server_{world_.world,
                     [this](net::Exchange& exchange) { return door_.handle(exchange); }};
};

class FrontDoorBehindAProxyTest : public FrontDoorTest {
 protected:
  FrontDoorBehindAProxyTest() : FrontDoorTest(behind_a_proxy()) {}
};

/// What there is at a path, or is not.
constexpr std::array<std::string_view, 6> all_kinds{"GET /open",     "GET /v1/models",
                                                    "GET /api/read", "GET /nowhere",
                                                    "DELETE /open",  "OPTIONS /v1/chat"};

TEST_F(FrontDoorTest, GivesEveryAnswerTheFieldsThatProtectBrowsers) {
  for (const std::string_view line : all_kinds) {
    const std::string answer = ask(line);
    EXPECT_EQ(field(answer, "x-frame-options"), "DENY") << line;
    EXPECT_EQ(field(answer, "x-content-type-options"), "nosniff") << line;
    EXPECT_EQ(field(answer, "referrer-policy"), "strict-origin-when-cross-origin") << line;
    EXPECT_EQ(field(answer, "permissions-policy"),
              "camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=()");
    EXPECT_EQ(field(answer, "access-control-allow-methods"),
              "GET, POST, PUT, DELETE, PATCH, OPTIONS");
    EXPECT_TRUE(has(field(answer, "access-control-allow-headers"), "x-omniroute-connection"));
    EXPECT_EQ(field(answer, "x-request-id").size(), 36) << line;
  }
}

/// management.md, 8: HSTS on http; CSP with unsafe-inline, unsafe-eval and foreign origins.
TEST_F(FrontDoorTest, AllowsPagesNothingThatIsNotOurs) {
  const std::string policy = field(ask("GET /open"), "content-security-policy");
  EXPECT_TRUE(policy.starts_with("default-src 'self'; "));
  EXPECT_TRUE(has(policy, "frame-ancestors 'none'"));
  for (const std::string_view part : {"unsafe", "http", "*", "//"}) {
    EXPECT_FALSE(has(policy, part)) << part;
  }
}

/// management.md, 8: the same.
TEST_F(FrontDoorTest, DoesNotBindBrowsersToTlsOverPlainHttp) {
  EXPECT_EQ(field(ask("GET /open"), "strict-transport-security"), "(none)");
  EXPECT_EQ(field(ask("GET /open", "x-forwarded-proto: https\r\n"), "strict-transport-security"),
            "(none)")
      << "a stranger says so";
}

TEST_F(FrontDoorBehindAProxyTest, BindsBrowsersToTlsThatCameByIt) {
  const std::string_view by_tls = "x-forwarded-for: 203.0.113.7\r\nx-forwarded-proto: https\r\n";
  EXPECT_EQ(field(ask("GET /open", by_tls), "strict-transport-security"), "max-age=31536000");
  EXPECT_EQ(field(ask("GET /open"), "strict-transport-security"), "(none)");
}

TEST_F(FrontDoorTest, CallsARequestWhatItCallsItself) {
  EXPECT_EQ(field(ask("GET /open", "x-request-id: a-1.b\r\n"), "x-request-id"), "a-1.b");
  const std::string longest(128, 'x');
  EXPECT_EQ(field(ask("GET /open", "x-request-id: " + longest + "\r\n"), "x-request-id"), longest);
  for (const std::string id : {"req:1/2;x=@3", "\"a\"", "<script>", "{}~!"}) {
    EXPECT_EQ(field(ask("GET /open", "x-request-id: " + id + "\r\n"), "x-request-id"), id);
  }
  for (const std::string& other :
       {longest + "x", std::string("a b"), std::string("\xc3\xa4"), std::string()}) {
    const std::string id =
        field(ask("GET /open", "x-request-id: " + other + "\r\n"), "x-request-id");
    EXPECT_EQ(id.size(), 36) << id;
    EXPECT_NE(id, other);
  }
}

TEST_F(FrontDoorTest, NamesTheRequestInErrorsAlsoInTheRoutersOwn) {
  world_.set_password();
  for (const std::string_view line : {"GET /nowhere", "DELETE /open", "GET /api/read"}) {
    const std::string answer = ask(line, "x-request-id: r1\r\n");
    EXPECT_EQ(field(answer, "x-request-id"), "r1") << line;
    EXPECT_TRUE(has(answer, R"("correlation_id":"r1")")) << answer;
  }
  EXPECT_EQ(field(ask("DELETE /open"), "allow"), "GET, HEAD, POST, OPTIONS");
}

TEST_F(FrontDoorTest, QuotesWhatARequestCallsItselfInErrors) {
  EXPECT_TRUE(has(ask("GET /nowhere", "x-request-id: \"},\\\r\n"), R"("correlation_id":"\"},\\")"));
}

TEST_F(FrontDoorTest, LetsPagesReadWhatARequestIsCalledAndWhenToComeAgain) {
  const std::string exposed = field(ask("GET /v1/models"), "access-control-expose-headers");
  for (const std::string_view name :
       {"x-request-id", "retry-after", "x-omniroute-cache", "x-ratelimit-remaining-requests",
        "x-ratelimit-reset-tokens"}) {
    EXPECT_TRUE(has(exposed, name)) << name;
  }
}

TEST_F(FrontDoorTest, SaysOfWhichClassARouteIs) {
  struct Row {
    std::string_view line, name;
  };
  for (const Row& row : {Row{"GET /open", "PUBLIC"}, Row{"POST /mixed", "MANAGEMENT"},
                         Row{"GET /v1/models", "CLIENT_API"}, Row{"OPTIONS /v1/chat", "CLIENT_API"},
                         Row{"GET /api/read", "MANAGEMENT"}, Row{"DELETE /api/read", "MANAGEMENT"},
                         Row{"GET /v1/nowhere", "CLIENT_API"}, Row{"GET /v1", "CLIENT_API"},
                         Row{"GET /api/v1beta/x", "CLIENT_API"}, Row{"GET /v10", "MANAGEMENT"},
                         Row{"GET /api/nowhere", "MANAGEMENT"}, Row{"GET /", "MANAGEMENT"}}) {
    const std::string answer = ask(row.line, "x-omniroute-route-class: PUBLIC\r\n");
    EXPECT_EQ(field(answer, "x-omniroute-route-class"), row.name) << row.line;
  }
  RawClient client(server_.port());
  client.send("HEAD /mixed HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
  EXPECT_EQ(field(client.read_to_end(), "x-omniroute-route-class"), "PUBLIC");
}

TEST_F(FrontDoorTest, AnswersOptionsWithoutAKey) {
  world_.set_password();
  world_.set([](store::Settings& settings) { settings.require_api_key = true; });
  EXPECT_TRUE(ask("OPTIONS /v1/chat").starts_with("HTTP/1.1 204 "));
  EXPECT_TRUE(ask("OPTIONS /api/admin").starts_with("HTTP/1.1 204 "));
  EXPECT_TRUE(ask("OPTIONS *").starts_with("HTTP/1.1 204 "));
}

void block_loopback(store::Settings& settings) {
  settings.ip_filter_enabled = true;
  settings.ip_blacklist = {"127.0.0.0/8"};
}

/// management.md, 8: requests from 127.0.0.1 still 200; the list is gone after a restart.
TEST_F(FrontDoorTest, TurnsBlockedAddressesAwayWhateverTheyAskFor) {
  world_.set(block_loopback);
  for (const std::string_view line : all_kinds) {
    const std::string answer = ask(line, "x-request-id: r1\r\n");
    EXPECT_EQ(gist(answer),
              has(line, "/v1/")
                  ? R"(403 {"error":{"message":"This address is blocked",)"
                    R"("type":"permission_error","param":null,"code":"permission_denied"}})"
                  : R"(403 {"error":{"message":"This address is blocked","type":"forbidden",)"
                    R"("code":"IP_BLOCKED","correlation_id":"r1"}})")
        << line;
    EXPECT_EQ(field(answer, "x-frame-options"), "DENY") << line;
  }
  world_.set([](store::Settings& settings) { settings.ip_filter_enabled = false; });
  EXPECT_TRUE(ask("GET /open").starts_with("HTTP/1.1 200 "));
}

/// management.md, 8: the same.
TEST_F(FrontDoorTest, TurnsBlockedAddressesAwayAfterARestartAsWell) {
  world_.set(block_loopback);
  world_.open_store();
  EXPECT_TRUE(ask("GET /open").starts_with("HTTP/1.1 403 "));
}

TEST_F(FrontDoorTest, LetsTheOwnMachinePassAWhitelist) {
  world_.set([](store::Settings& settings) {
    settings.ip_filter_enabled = true;
    settings.ip_filter_mode = "whitelist";
    settings.ip_whitelist = {"192.0.2.1"};
  });
  EXPECT_TRUE(ask("GET /open").starts_with("HTTP/1.1 200 "));
  EXPECT_TRUE(ask("GET /open", "x-forwarded-for: 192.0.2.1\r\n").starts_with("HTTP/1.1 403 "))
      << "it passes on for who knows whom";
}

TEST_F(FrontDoorBehindAProxyTest, LooksBehindTheProxyForWhomItTurnsAway) {
  world_.set([](store::Settings& settings) {
    settings.ip_filter_enabled = true;
    settings.ip_blacklist = {"203.0.113.*"};
  });
  EXPECT_TRUE(ask("GET /open", "x-forwarded-for: 203.0.113.7\r\n").starts_with("HTTP/1.1 403 "));
  EXPECT_TRUE(
      ask("GET /open", "x-forwarded-for: 203.0.113.7, 192.0.2.1\r\n").starts_with("HTTP/1.1 200 "));
}

TEST_F(FrontDoorTest, LetsABannedAddressInAgainWhenItsTimeIsOver) {
  world_.set([&](store::Settings& settings) {
    const std::int64_t until = to_millis(world_.clock.wall()) + 1000;
    settings.ip_temp_bans =
        json::Raw::trusted(R"([{"ip":"127.0.0.1","until":)" + std::to_string(until) + "}]");
  });
  EXPECT_TRUE(ask("GET /open").starts_with("HTTP/1.1 403 "));
  world_.advance(Millis{1000});
  EXPECT_TRUE(ask("GET /open").starts_with("HTTP/1.1 200 "));
}

TEST_F(FrontDoorTest, LetsPagesOfAllowedOriginsReadAnswers) {
  const std::string_view page = "origin: https://ui.example\r\n";
  EXPECT_EQ(field(ask("GET /open", page), "access-control-allow-origin"), "(none)");
  world_.set([](store::Settings& settings) {
    settings.cors_origins = "https://other.example, https://ui.example";
  });
  for (const std::string_view line : all_kinds) {
    const std::string answer = ask(line, page);
    EXPECT_EQ(field(answer, "access-control-allow-origin"), "https://ui.example") << line;
    EXPECT_EQ(field(answer, "access-control-allow-credentials"), "true") << line;
    EXPECT_EQ(field(answer, "vary"), "origin") << line;
  }
  for (const std::string_view other :
       {"", "origin: null\r\n", "origin: http://ui.example\r\n", "origin: https://ui.example:1\r\n",
        "origin: https://evil.ui.example\r\n"}) {
    const std::string answer = ask("GET /open", other);
    EXPECT_EQ(field(answer, "access-control-allow-origin"), "(none)") << other;
    EXPECT_EQ(field(answer, "access-control-allow-credentials"), "(none)") << other;
    EXPECT_EQ(field(answer, "vary"), "origin") << other;
  }
}

TEST_F(FrontDoorTest, LetsAnyPageReadAnswersOnlyWhenToldAndWithoutCookies) {
  world_.set([](store::Settings& settings) { settings.cors_origins = "*"; });
  const std::string answer = ask("GET /open", "origin: https://any.example\r\n");
  EXPECT_EQ(field(answer, "access-control-allow-origin"), "*");
  EXPECT_EQ(field(answer, "access-control-allow-credentials"), "(none)");
}

TEST_F(FrontDoorTest, LetsNoPageManageWhereAnyOriginIsAllowed) {
  world_.set([](store::Settings& settings) {
    settings.cors_origins = "*";
    settings.require_login = false;
  });
  const auto allowed = [&](std::string_view line, std::string_view fields = {}) {
    const std::string page = "origin: https://any.example\r\n";
    return field(ask(line, page + std::string(fields)), "access-control-allow-origin");
  };
  for (const std::string_view line : {"GET /api/read", "POST /api/write", "OPTIONS /api/admin",
                                      "GET /api/nowhere", "DELETE /api/read"}) {
    EXPECT_EQ(allowed(line), "(none)") << line;
  }
  EXPECT_EQ(allowed("OPTIONS /mixed", "access-control-request-method: POST\r\n"), "(none)");
  EXPECT_EQ(allowed("OPTIONS /mixed", "access-control-request-method: GET\r\n"), "*");
  EXPECT_EQ(allowed("POST /v1/chat"), "*");
  EXPECT_EQ(allowed("GET /v1/nowhere"), "*");
}

TEST_F(FrontDoorTest, LetsPagesOfAllowedOriginsSendWhatFieldsTheyLike) {
  const std::string_view asks = "access-control-request-headers: x-stainless-os\r\n";
  const std::string page = "origin: https://ui.example\r\n" + std::string(asks);
  EXPECT_FALSE(has(ask("OPTIONS /v1/chat", page), "x-stainless-os"));
  world_.set([](store::Settings& settings) { settings.cors_origins = "https://ui.example"; });
  EXPECT_TRUE(
      has(ask("OPTIONS /v1/chat", page), "\r\naccess-control-allow-headers: x-stainless-os\r\n"));
}

/// Counts what it is sent.
class Eater {
 public:
  explicit Eater(GateWorld& world, FrontDoor::Options options = {})
      : world_(world), door_(router_, world_.gate, world_.clock, world_.random, options) {}
  std::string feed(std::string_view path, std::size_t bytes) {
    RawClient client(server_.port());
    client.send("POST " + std::string(path) + " HTTP/1.1\r\nhost: localhost\r\ncontent-length: " +
                std::to_string(bytes) + "\r\nconnection: close\r\n\r\n");
    client.send(std::string(bytes, 'a'));
    return client.read_answer().substr(9, 3);
  }

 private:
  static net::Task<Status> eat(net::Exchange& exchange) {
    const Result<std::string> body = co_await exchange.read_body();
    if (!body) co_return body.error();
    co_return co_await exchange.reply_json(200, "{}");
  }

  GateWorld& world_;
  net::Router router_{{{net::Method::post, "/any", net::Role::open, "", eat},
                       {net::Method::post, "/small", net::Role::open, "", eat, 10}},
                      &world_.gate};
  FrontDoor door_;
  TestServer server_{world_.world,
                     [this](net::Exchange& exchange) { return door_.handle(exchange); }};
};

TEST_F(FrontDoorTest, TakesBodiesAsLargeAsTheSettingSays) {
  Eater eater(world_);
  world_.set([](store::Settings& settings) { settings.max_body_size_mb = 1; });
  EXPECT_EQ(eater.feed("/any", 1024 * 1024), "200");
  EXPECT_EQ(eater.feed("/any", 1024 * 1024 + 1), "413");
  EXPECT_EQ(eater.feed("/small", 10), "200");
  EXPECT_EQ(eater.feed("/small", 11), "413") << "a row's own limit holds";
}

TEST_F(FrontDoorTest, TakesBodiesAsLargeAsTheEnvironmentSaysWhateverTheSetting) {
  Eater eater(world_, {.body_bytes_max = 100});
  for (const std::int64_t setting : {10, 1}) {  // 10 is also the default
    world_.set([setting](store::Settings& settings) { settings.max_body_size_mb = setting; });
    EXPECT_EQ(eater.feed("/any", 100), "200") << setting;
    EXPECT_EQ(eater.feed("/any", 101), "413") << setting;
  }
}

TEST_F(FrontDoorTest, AsksToComeAgainWhileItDrains) {
  door_.set_draining();
  const std::string answer = ask("GET /api/read", "x-request-id: r1\r\n");
  EXPECT_EQ(gist(answer), R"(503 {"error":{"message":"Server is shutting down",)"
                          R"("type":"unavailable","code":"SERVICE_UNAVAILABLE",)"
                          R"("correlation_id":"r1"}})");
  EXPECT_EQ(field(answer, "retry-after"), "5");
  EXPECT_EQ(field(answer, "x-frame-options"), "DENY");
  EXPECT_TRUE(ask("GET /open").starts_with("HTTP/1.1 200 ")) << "health checks go on";
}

}  // namespace
}  // namespace omni::ingress
