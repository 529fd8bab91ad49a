// The rows of clients: API keys and who does without one.

#include <gtest/gtest.h>

#include <set>

#include "identity/gate.h"
#include "identity/test_gate.h"

namespace omni::identity {
namespace {

using net::testing::RawClient;
using net::testing::TestServer;
using std::chrono::hours;
using std::chrono::minutes;

constexpr std::string_view missing =
    R"(401 {"error":{"message":"Missing API key","type":"unauthorized","code":"AUTH_002"}})";
constexpr std::string_view invalid =
    R"(401 {"error":{"message":"Invalid API key","type":"unauthorized","code":"AUTH_002"}})";
constexpr std::string_view nobody = "200 anonymous anonymous at 127.0.0.1";

std::string bearer(std::string_view token) {
  return std::string("authorization: Bearer ").append(token).append("\r\n");
}

std::string refusal(std::string_view message) {
  return std::string(R"(403 {"error":{"message":")")
      .append(message)
      .append(R"(","type":"forbidden","code":"FORBIDDEN"}})");
}

AccessOptions with_environment_keys() {
  AccessOptions options;
  options.environment_keys = {Secret("sk-env-1"), Secret("sk-env-2")};
  options.environment_key_id = "env-key";
  return options;
}

class GateKeysTest : public testing::Test {
 protected:
  std::string ask(std::string_view line, std::string_view fields = {}) {
    RawClient client(server_.port());
    return gist(identity::ask(client, line, fields));
  }
  std::string chat_with(std::string_view key) { return ask("POST /v1/chat", bearer(key)); }
  void require_keys() {
    world_.set_password();
    world_.set([](store::Settings& settings) { settings.require_api_key = true; });
  }

  GateWorld world_{with_environment_keys()};
  TestServer server_{world_.world,
                     [this](net::Exchange& exchange) { return world_.router.handle(exchange); }};
};

TEST_F(GateKeysTest, FindsAKeyWhereverADialectPutsIt) {
  world_.add_key("app");
  const std::string known = "200 client key:app at 127.0.0.1";
  EXPECT_EQ(ask("POST /v1/chat", bearer("sk-app")), known);
  EXPECT_EQ(ask("POST /v1/chat", "authorization: bearer  sk-app \r\n"), known);
  EXPECT_EQ(ask("POST /v1/chat", "x-api-key: sk-app\r\n"), known);
  EXPECT_EQ(ask("POST /v1/chat", "x-goog-api-key: sk-app\r\n"), known);
  EXPECT_EQ(ask("POST /v1/chat?alt=sse&key=sk-app"), known);
  EXPECT_EQ(ask("POST /v1/chat?key=sk%2Dapp"), known);
}

TEST(GateKeys, AndAddressesTellEveryCallerFromAllOthers) {
  AccessOptions options = with_environment_keys();
  options.trusted_proxies = {*AddressRule::parse("127.0.0.1")};
  GateWorld world(std::move(options));
  TestServer server(world.world,
                    [&](net::Exchange& exchange) { return world.router.handle(exchange); });
  world.add_key("app");
  world.add_key("other");
  const auto holder = [&](const std::string& fields) {
    RawClient client(server.port());
    return gist(ask(client, "POST /v1/holder", fields));
  };
  const std::string elsewhere = "x-forwarded-for: 203.0.113.7\r\n";
  const std::vector<std::string> callers{
      bearer("sk-app"), bearer("sk-other"),         bearer("sk-env-1"), bearer("sk-env-2"),
      bearer("none"),   bearer("none") + elsewhere, elsewhere,          ""};
  std::set<std::string> holders;
  for (const std::string& fields : callers) {
    holders.insert(holder(fields));
    EXPECT_EQ(holder(fields), holder(fields));
  }
  EXPECT_EQ(holders.size(), callers.size());
  EXPECT_EQ(holder("x-api-key: sk-app\r\n"), holder(bearer("sk-app")));
  EXPECT_EQ(holder(bearer("sk-app") + elsewhere), holder(bearer("sk-app")));
}

TEST_F(GateKeysTest, TakesAnyKeyOrNoneWhereNoneIsRequired) {
  EXPECT_EQ(ask("POST /v1/chat"), nobody);
  EXPECT_EQ(chat_with("sk-anything"), nobody);
  EXPECT_EQ(chat_with("ollama"), nobody);
  EXPECT_EQ(ask("GET /v1/models", "host: gate.lan\r\n"), nobody);
}

TEST_F(GateKeysTest, WantsAKnownKeyWhereOneIsRequired) {
  world_.add_key("app");
  require_keys();
  EXPECT_EQ(ask("POST /v1/chat"), missing);
  EXPECT_EQ(ask("POST /v1/chat", "authorization: Bearer \r\n"), missing);
  EXPECT_EQ(chat_with("sk-anything"), invalid);
  EXPECT_EQ(chat_with("sk-app"), "200 client key:app at 127.0.0.1");
}

TEST(GateKeys, AreWantedWhereTheEnvironmentSaysSo) {
  AccessOptions options;
  options.require_api_key = true;
  GateWorld world(std::move(options));
  TestServer server(world.world,
                    [&](net::Exchange& exchange) { return world.router.handle(exchange); });
  RawClient client(server.port());
  EXPECT_EQ(gist(ask(client, "POST /v1/chat")), missing);
}

TEST_F(GateKeysTest, GoesByTheKeyThatStandsFirst) {
  world_.add_key("app");
  require_keys();
  EXPECT_EQ(ask("POST /v1/chat?key=sk-app", bearer("sk-other")), invalid);
}

TEST_F(GateKeysTest, KnowsNoKeyThatIsRevokedOrExpiredOrDeleted) {
  require_keys();
  const Clock::Wall now = world_.clock.wall();
  world_.add_key("revoked", [now](store::ApiKey& key) { key.revoked_at = now; });
  world_.add_key("expired", [now](store::ApiKey& key) { key.expires_at = now + minutes{1}; });
  world_.add_key("deleted");
  EXPECT_EQ(chat_with("sk-revoked"), invalid);
  EXPECT_EQ(chat_with("sk-expired"), "200 client key:expired at 127.0.0.1");
  EXPECT_EQ(chat_with("sk-deleted"), "200 client key:deleted at 127.0.0.1");
  world_.advance(minutes{1});
  world_.write([](sql::Session& session) { return store::delete_api_key(session, "id-deleted"); });
  EXPECT_EQ(chat_with("sk-expired"), invalid);
  EXPECT_EQ(chat_with("sk-deleted"), invalid);
}

TEST_F(GateKeysTest, RefusesADisabledKeyEvenWhereNoneIsRequired) {
  world_.add_key("off", [](store::ApiKey& key) { key.active = false; });
  EXPECT_EQ(chat_with("sk-off"), refusal("This API key is disabled"));
}

TEST_F(GateKeysTest, RefusesAKeyFromAnAddressThatIsNotOnItsList) {
  world_.add_key("there", [](store::ApiKey& key) { key.ip_allowlist = {"192.0.2.0/24"}; });
  world_.add_key("here", [](store::ApiKey& key) { key.ip_allowlist = {"192.0.2.1", "127.*"}; });
  world_.add_key("nowhere", [](store::ApiKey& key) { key.ip_allowlist = {"no address"}; });
  const std::string refused = refusal("This API key may not be used from this address");
  EXPECT_EQ(chat_with("sk-there"), refused);
  EXPECT_EQ(ask("POST /v1/chat", bearer("sk-there") + "x-forwarded-for: 192.0.2.1\r\n"), refused);
  EXPECT_EQ(chat_with("sk-here"), "200 client key:here at 127.0.0.1");
  EXPECT_EQ(chat_with("sk-nowhere"), refused);
}

TEST_F(GateKeysTest, RefusesAKeyOutsideItsHours) {
  const auto open = [](std::string_view members) {
    return [text = "{" + std::string(members) + R"(,"days":[0,1,2,3,4,5,6],"tz":"UTC"})"](
               store::ApiKey& key) { key.access_schedule = json::Raw::trusted(text); };
  };
  world_.advance(hours{4});  // to noon
  world_.add_key("noon", open(R"("enabled":true,"from":"11:00","until":"13:00")"));
  world_.add_key("night", open(R"("enabled":true,"from":"22:00","until":"06:00")"));
  world_.add_key("off", open(R"("enabled":false,"from":"22:00","until":"06:00")"));
  world_.add_key("unread", open(R"("enabled":true,"from":"25:00","until":"13:00")"));
  const std::string refused = refusal("This API key may not be used at this time");
  EXPECT_EQ(chat_with("sk-noon"), "200 client key:noon at 127.0.0.1");
  EXPECT_EQ(chat_with("sk-night"), refused);
  EXPECT_EQ(chat_with("sk-off"), "200 client key:off at 127.0.0.1");
  EXPECT_EQ(chat_with("sk-unread"), refused);
  world_.advance(hours{1});
  EXPECT_EQ(chat_with("sk-noon"), refused);
}

TEST_F(GateKeysTest, CountsTheRequestsOfAKey) {
  world_.set_password();
  world_.add_key("slow", [](store::ApiKey& key) { key.requests_per_minute_max = 2; });
  world_.add_key("free");
  RawClient client(server_.port());
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(
        identity::ask(client, "POST /v1/chat", bearer("sk-slow")).starts_with("HTTP/1.1 200"));
  }
  EXPECT_TRUE(ask("GET /open", bearer("sk-slow")).starts_with("200 ")) << "not counted";
  const std::string answer = identity::ask(client, "POST /v1/chat", bearer("sk-slow"));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 429 ")) << answer;
  EXPECT_NE(answer.find("\r\nretry-after: 30\r\n"), std::string::npos) << answer;
  EXPECT_NE(answer.find(R"("code":"RATE_LIMITED")"), std::string::npos) << answer;
  EXPECT_TRUE(chat_with("sk-free").starts_with("200 "));
  world_.advance(minutes{1});
  EXPECT_TRUE(chat_with("sk-slow").starts_with("200 "));
}

TEST_F(GateKeysTest, TellsALimitedKeyInEveryAnswerHowItsLimitsStand) {
  world_.set_password();
  world_.add_key("slow", [](store::ApiKey& key) {
    key.requests_per_minute_max = 1;
    key.tokens_per_minute_max = 90;
  });
  world_.add_key("free");
  const auto ask_all = [this](const std::string& fields) {
    RawClient client(server_.port());
    return identity::ask(client, "POST /v1/chat", fields);
  };
  for (const std::string_view status : {"200", "429"}) {
    const std::string answer = ask_all(bearer("sk-slow"));
    EXPECT_EQ(answer.substr(9, 3), status);
    EXPECT_NE(answer.find("\r\nx-ratelimit-limit-requests: 1\r\n"
                          "x-ratelimit-remaining-requests: 0\r\n"
                          "x-ratelimit-reset-requests: 1m0s\r\n"
                          "x-ratelimit-limit-tokens: 90\r\n"
                          "x-ratelimit-remaining-tokens: 90\r\n"
                          "x-ratelimit-reset-tokens: 0s\r\n"),
              std::string::npos)
        << answer;
    EXPECT_EQ(answer.find("anthropic-ratelimit"), std::string::npos);
  }
  const std::string answer = ask_all(bearer("sk-slow") + "anthropic-version: 2023-06-01\r\n");
  EXPECT_NE(answer.find("\r\nanthropic-ratelimit-requests-limit: 1\r\n"
                        "anthropic-ratelimit-requests-remaining: 0\r\n"
                        "anthropic-ratelimit-requests-reset: " +
                        iso8601(world_.clock.wall() + minutes{1}) + "\r\n"),
            std::string::npos)
      << answer;
  EXPECT_EQ(ask_all(bearer("sk-free")).find("ratelimit"), std::string::npos);
}

TEST_F(GateKeysTest, CountsARequestAsRunningUntilItIsOver) {
  world_.set_password();
  world_.add_key("one", [](store::ApiKey& key) { key.requests_at_once_max = 1; });
  RawClient client(server_.port());
  for (int i = 0; i < 3; ++i) {
    const std::string answer = identity::ask(client, "POST /v1/chat", bearer("sk-one"));
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200")) << answer;
  }
}

/// management.md, 8: budgets were enforced on counters that were written every 60 s.
TEST_F(GateKeysTest, AdmitsNotOneMoreThanAKeyMaySendHoweverManyComeAtOneInstant) {
  world_.set_password();
  world_.add_key("minute", [](store::ApiKey& key) { key.requests_per_minute_max = 5; });
  world_.add_key("day", [](store::ApiKey& key) { key.requests_per_day_max = 5; });
  for (const std::string key : {"sk-minute", "sk-day"}) {
    std::vector<std::unique_ptr<RawClient>> clients(20);
    for (auto& client : clients) {
      client = std::make_unique<RawClient>(server_.port());
      client->send("POST /v1/chat HTTP/1.1\r\nhost: localhost\r\n" + bearer(key) +
                   "content-length: 0\r\n\r\n");
    }
    int admitted = 0;
    int refused = 0;
    for (auto& client : clients) {
      const std::string answer = client->read_answer();
      admitted += answer.starts_with("HTTP/1.1 200 ") ? 1 : 0;
      refused += answer.starts_with("HTTP/1.1 429 ") ? 1 : 0;
    }
    EXPECT_EQ(admitted, 5) << key;
    EXPECT_EQ(refused, 15) << key;
  }
}

TEST_F(GateKeysTest, TakesTheKeysOfTheEnvironment) {
  require_keys();
  EXPECT_EQ(chat_with("sk-env-1"), "200 client key:env-key at 127.0.0.1");
  EXPECT_EQ(chat_with("sk-env-2"), "200 client key:env-key at 127.0.0.1");
  EXPECT_EQ(chat_with("sk-env-"), invalid);
  EXPECT_TRUE(ask("POST /api/admin", bearer("sk-env-1")).starts_with("403 "));
}

TEST_F(GateKeysTest, LetsWhoRunsTheGatewayLookButNotUseModels) {
  require_keys();
  world_.add_session("me", world_.clock.wall() + hours{1});
  world_.add_token("looks", {"read"});
  world_.add_token("keeps", {"keys"});
  const std::string_view cookie = "cookie: auth_token=me\r\n";
  EXPECT_EQ(ask("GET /v1/models", cookie), "200 session admin at 127.0.0.1");
  EXPECT_EQ(ask("POST /v1/chat", cookie), missing);
  EXPECT_EQ(ask("GET /v1/models", bearer("mt_looks")), "200 token token:looks at 127.0.0.1");
  EXPECT_EQ(ask("POST /v1/chat", bearer("mt_looks")), invalid);
  EXPECT_EQ(ask("GET /v1/models", bearer("mt_keeps")), invalid);
  EXPECT_EQ(ask("GET /v1/models"), missing);
  world_.set([](store::Settings& settings) { settings.require_login = false; });
  EXPECT_EQ(ask("GET /v1/models"), missing) << "who need not show who he is shows nothing";
  EXPECT_EQ(ask("POST /v1/chat"), missing);
}

TEST_F(GateKeysTest, RefusesPagesThatReachUsByANameThatIsNotOurs) {
  world_.add_key("app");
  const std::string page = "host: evil.example\r\norigin: http://evil.example\r\n";
  EXPECT_TRUE(ask("POST /v1/chat", page).starts_with("403 "));
  EXPECT_TRUE(ask("POST /v1/chat", page + bearer("sk-x")).starts_with("403 "));
  EXPECT_TRUE(ask("POST /v1/chat", page + bearer("sk-app")).starts_with("200 "));
  EXPECT_EQ(ask("POST /v1/chat", "host: gate.lan\r\n"), nobody) << "no browser";
  const std::string asked_first = "content-type: application/json\r\n";
  EXPECT_EQ(ask("POST /v1/chat", asked_first + "origin: http://localhost:3000\r\n"), nobody);
}

}  // namespace
}  // namespace omni::identity
