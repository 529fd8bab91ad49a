#include "identity/gate.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>

#include "identity/test_gate.h"

namespace omni::identity {
namespace {

using net::testing::RawClient;
using net::testing::TestServer;
using std::chrono::days;
using std::chrono::minutes;

constexpr std::string_view cookie = "cookie: auth_token=me\r\n";
constexpr std::string_view from_far = "x-forwarded-for: 203.0.113.7\r\n";
constexpr std::string_view no_login =
    R"(401 {"error":{"message":"Authentication required","type":"unauthorized",)"
    R"("code":"AUTH_001"}})";
constexpr std::string_view no_token =
    R"(403 {"error":{"message":"Invalid management token","type":"forbidden","code":"AUTH_001"}})";

std::string bearer(std::string_view token) {
  return std::string("authorization: Bearer ").append(token).append("\r\n");
}

bool has(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

AccessOptions behind_a_proxy() {
  AccessOptions options;
  options.trusted_proxies = {*AddressRule::parse("127.0.0.1")};
  return options;
}

class GateTest : public testing::Test {
 protected:
  explicit GateTest(AccessOptions options = {}) : world_(std::move(options)) {}

  std::string ask(std::string_view line, std::string_view fields = {}) {
    RawClient client(server_.port());
    return gist(identity::ask(client, line, fields));
  }
  /// A password is set and somebody has logged in.
  void log_in() {
    world_.set_password();
    world_.add_session("me", world_.clock.wall() + days{30});
  }

  GateWorld world_;
  TestServer server_{world_.world,
                     [this](net::Exchange& exchange) { return world_.router.handle(exchange); }};
};

class GateBehindAProxyTest : public GateTest {
 protected:
  GateBehindAProxyTest() : GateTest(behind_a_proxy()) {}
};

TEST_F(GateTest, LetsASessionDoEverything) {
  log_in();
  for (const std::string_view line : {"GET /api/read", "POST /api/write", "POST /api/keys",
                                      "POST /api/backups", "POST /api/admin"}) {
    EXPECT_EQ(ask(line, cookie), "200 session admin at 127.0.0.1") << line;
    EXPECT_EQ(ask(line), no_login) << line;
    EXPECT_EQ(ask(line, "cookie: auth_token=other\r\n"), no_login) << line;
  }
}

/// management.md, 8: a token works after logout.
TEST_F(GateTest, KnowsNobodyWhoHasLoggedOut) {
  log_in();
  EXPECT_EQ(ask("GET /api/read", cookie), "200 session admin at 127.0.0.1");
  world_.write([](sql::Session& session) {
    return store::end_login_session(session, token_hash(Secret("me")));
  });
  EXPECT_EQ(ask("GET /api/read", cookie), no_login);
  EXPECT_EQ(ask("POST /api/admin", cookie), no_login);
}

TEST_F(GateTest, EndsASessionWhenItsTimeIsOver) {
  log_in();
  world_.advance(days{30} - Millis{1});
  EXPECT_EQ(ask("GET /api/read", cookie), "200 session admin at 127.0.0.1");
  world_.advance(Millis{1});
  EXPECT_EQ(ask("GET /api/read", cookie), no_login);
}

TEST_F(GateTest, LetsATokenDoWhatItsScopesSay) {
  world_.set_password();
  struct Row {
    std::string_view scope, may;
  };
  for (const Row& row :
       {Row{"read", "read"}, Row{"write", "read write"}, Row{"keys", "keys"},
        Row{"backups", "backups"}, Row{"admin", "read write keys backups admin"}}) {
    world_.add_token(row.scope, {std::string(row.scope)});
    const std::string shown = bearer("mt_" + std::string(row.scope));
    for (const std::string_view line : {"GET /api/read", "POST /api/write", "POST /api/keys",
                                        "POST /api/backups", "POST /api/admin"}) {
      const std::string_view role = line.substr(line.rfind('/') + 1);
      const std::string answer = ask(line, shown);
      if (has(row.may, role)) {
        EXPECT_EQ(answer, "200 token token:" + std::string(row.scope) + " at 127.0.0.1") << line;
      } else {
        EXPECT_EQ(answer, "403 {\"error\":{\"message\":\"The token lacks the scope " +
                              std::string(role) + R"(","type":"forbidden","code":"FORBIDDEN"}})");
      }
    }
  }
}

TEST_F(GateTest, RefusesATokenThatIsNone) {
  log_in();
  world_.add_key("ci");
  world_.add_token("old", {"admin"}, world_.clock.wall());
  EXPECT_EQ(ask("GET /api/read", bearer("mt_ci")), no_token);
  EXPECT_EQ(ask("GET /api/read", bearer("mt_old")), no_token);
  EXPECT_EQ(ask("GET /api/read", bearer("sk-ci")), no_token) << "a client's key never is one";
  EXPECT_EQ(ask("GET /api/read", "x-api-key: sk-ci\r\n"), no_login);
  EXPECT_EQ(ask("GET /api/read", "authorization: Basic Og==\r\n"), no_token);
}

TEST_F(GateTest, GoesByTheHeaderBeforeTheCookie) {
  log_in();
  world_.add_token("ci", {"read"});
  const std::string both = bearer("mt_ci") + std::string(cookie);
  EXPECT_EQ(ask("GET /api/read", both), "200 token token:ci at 127.0.0.1");
  EXPECT_TRUE(ask("POST /api/write", both).starts_with("403 "));
  EXPECT_EQ(ask("GET /api/read", bearer("mt_other") + std::string(cookie)), no_token);
  // What a proxy that asks for a password of its own passes on says nothing about us.
  EXPECT_EQ(ask("GET /api/read", "authorization: Basic Og==\r\n" + std::string(cookie)),
            "200 session admin at 127.0.0.1");
}

TEST_F(GateTest, LetsOnlyThisMachineInBeforeThereIsAPassword) {
  EXPECT_EQ(ask("POST /api/admin"), "200 visitor anonymous at 127.0.0.1");
  EXPECT_EQ(ask("POST /api/admin", from_far), no_login) << "it was passed on";
  world_.set_password();
  EXPECT_EQ(ask("POST /api/admin"), no_login);
}

TEST_F(GateBehindAProxyTest, LetsNobodyInFromElsewhereBeforeThereIsAPassword) {
  EXPECT_EQ(ask("POST /api/admin", from_far), no_login);
  EXPECT_EQ(ask("POST /api/admin", "x-forwarded-for: 127.0.0.1\r\n"), no_login);
}

TEST(Gate, LetsNobodyInWhoDoesNotLogInWhereAnInitialPasswordIsSet) {
  AccessOptions options;
  options.has_initial_password = true;
  GateWorld world(std::move(options));
  TestServer server(world.world,
                    [&](net::Exchange& exchange) { return world.router.handle(exchange); });
  RawClient client(server.port());
  EXPECT_EQ(gist(ask(client, "GET /api/read")), no_login);
}

TEST_F(GateBehindAProxyTest, LetsEverybodyInWhereLoginIsOff) {
  world_.set_password();
  EXPECT_EQ(ask("POST /api/admin", from_far), no_login);
  world_.set([](store::Settings& settings) { settings.require_login = false; });
  EXPECT_EQ(ask("POST /api/admin", from_far), "200 visitor anonymous at 203.0.113.7");
  EXPECT_EQ(ask("POST /api/admin", bearer("sk-x")), "200 visitor anonymous at 127.0.0.1");
}

/// management.md, 8: a forged X-Forwarded-For.
TEST_F(GateTest, TakesNoStrangersWordForHisAddress) {
  for (const std::string_view forged :
       {"x-forwarded-for: 203.0.113.7\r\n", "x-real-ip: 203.0.113.7\r\n",
        "forwarded: for=203.0.113.7\r\n", "cf-connecting-ip: 203.0.113.7\r\n"}) {
    EXPECT_TRUE(ask("GET /open", forged).ends_with(" at 127.0.0.1")) << forged;
  }
}

/// management.md, 8: a text/plain POST of another origin with the cookie makes a key.
TEST_F(GateTest, MakesNothingForAPageOfAnotherOrigin) {
  log_in();
  for (const std::string_view origin :
       {"origin: http://localhost:3000\r\n", "origin: https://evil.example\r\n", "origin: null\r\n",
        "sec-fetch-site: same-site\r\n", "sec-fetch-site: cross-site\r\n"}) {
    const std::string fields =
        std::string(cookie).append("content-type: text/plain\r\n").append(origin);
    EXPECT_EQ(ask("POST /api/keys", fields),
              R"(403 {"error":{"message":"Cross-origin request refused","type":"forbidden",)"
              R"("code":"CSRF_001"}})")
        << origin;
  }
  EXPECT_TRUE(world_.made.empty());
  EXPECT_EQ(ask("POST /api/keys", std::string(cookie) + "origin: http://localhost\r\n"),
            "200 session admin at 127.0.0.1");
  EXPECT_TRUE(ask("GET /api/read", std::string(cookie) + "origin: http://localhost:3000\r\n")
                  .starts_with("200 "));
}

TEST_F(GateTest, MakesNothingForAPageOfAnotherOriginThatVisits) {
  EXPECT_TRUE(ask("POST /api/keys", "origin: https://evil.example\r\n").starts_with("403 "));
  EXPECT_TRUE(world_.made.empty());
}

TEST_F(GateTest, LetsNoPageOfAnotherOriginSendAnythingToAnOpenRow) {
  world_.set_password();
  const std::string_view text = "content-type: text/plain\r\n";
  for (const std::string_view page :
       {"origin: https://evil.example\r\n", "origin: null\r\n", "sec-fetch-site: same-site\r\n",
        "sec-fetch-site: cross-site\r\n", "origin: http://x.example\r\nhost: x.example\r\n"}) {
    for (const std::string_view login : {std::string_view(), cookie}) {
      const std::string fields = std::string(page).append(text).append(login);
      EXPECT_TRUE(ask("POST /open", fields).starts_with("403 ")) << fields;
    }
    EXPECT_TRUE(ask("GET /open", page).starts_with("200 anonymous ")) << page;
  }
  EXPECT_TRUE(world_.made.empty());
  EXPECT_TRUE(ask("POST /open", "origin: http://localhost\r\n").starts_with("200 anonymous "));
  EXPECT_TRUE(ask("POST /open", "sec-fetch-site: same-origin\r\n").starts_with("200 anonymous "));
}

TEST_F(GateTest, ShowsAPageOfAnotherOriginNothingOfWhatAVisitorMaySee) {
  const auto refuses = [&](std::string_view fields) {
    return ask("GET /api/read", fields).starts_with("403 ");
  };
  world_.set([](store::Settings& settings) { settings.require_login = false; });
  EXPECT_TRUE(refuses("origin: https://evil.example\r\n"));
  EXPECT_TRUE(refuses("origin: http://localhost:3000\r\n"));
  EXPECT_TRUE(refuses("sec-fetch-site: cross-site\r\n"));
  EXPECT_FALSE(refuses("origin: http://localhost\r\n"));
  EXPECT_FALSE(refuses(""));
  world_.set([](store::Settings& settings) { settings.cors_origins = "*"; });
  EXPECT_TRUE(refuses("origin: https://evil.example\r\n"));
  world_.set([](store::Settings& settings) { settings.cors_origins = "https://ui.example"; });
  EXPECT_FALSE(refuses("origin: https://ui.example\r\n"));
}

TEST_F(GateTest, SpendsNothingForAPageOfAnotherOriginThatSendsWithoutAsking) {
  const std::string from_a_page = "origin: https://evil.example\r\n";
  EXPECT_TRUE(ask("POST /v1/chat", from_a_page + "content-type: text/plain\r\n").find("CSRF_001") !=
              std::string::npos);
  EXPECT_TRUE(ask("POST /v1/chat", from_a_page + "content-type: application/json\r\n")
                  .starts_with("200 anonymous"))
      << "a browser asks before it sends this, and is told no";
  EXPECT_TRUE(ask("POST /v1/chat", "content-type: text/plain\r\n").starts_with("200 anonymous"));
}

TEST_F(GateTest, TrustsPagesOfOriginsThatTheSettingsAllow) {
  log_in();
  const std::string fields = std::string(cookie) + "origin: https://ui.example:8443\r\n";
  EXPECT_TRUE(ask("POST /api/write", fields).starts_with("403 "));
  world_.set([](store::Settings& settings) {
    settings.cors_origins = "https://a.example, https://ui.example:8443/";
  });
  EXPECT_TRUE(ask("POST /api/write", fields).starts_with("200 "));
  world_.set([](store::Settings& settings) { settings.cors_origins = "*"; });
  EXPECT_TRUE(ask("POST /api/write", fields).starts_with("403 ")) << "any origin: without cookies";
}

TEST_F(GateTest, KnowsABrowserByOurOwnNamesOnly) {
  log_in();
  const auto by_name = [&](std::string_view host) {
    return ask("GET /api/read", std::string(cookie).append("host: ").append(host).append("\r\n"));
  };
  EXPECT_EQ(by_name("evil.example"),
            R"(403 {"error":{"message":"This host name is not known here; allowedHosts of the )"
            R"(settings names those that are","type":"forbidden","code":"HOST_001"}})");
  EXPECT_TRUE(by_name("192.0.2.1:20128").starts_with("200 "));
  EXPECT_TRUE(by_name("gate.lan").starts_with("403 "));
  world_.set([](store::Settings& settings) {
    settings.allowed_hosts = {"gate.lan"};
    settings.base_url = "https://llm.example:8443/base";
  });
  EXPECT_TRUE(by_name("gate.lan:20128").starts_with("200 "));
  EXPECT_TRUE(by_name("llm.example").starts_with("200 "));
  world_.add_token("ci", {"read"});
  EXPECT_TRUE(ask("GET /api/read", bearer("mt_ci") + "host: evil.example\r\n").starts_with("200 "))
      << "no browser adds a token by itself";
}

TEST_F(GateTest, DoesNotLetAVisitorInByANameThatIsNotOurs) {
  EXPECT_TRUE(ask("GET /api/read", "host: evil.example\r\n").starts_with("403 "));
  EXPECT_EQ(ask("GET /open", "host: evil.example\r\n"), "200 anonymous anonymous at 127.0.0.1");
}

TEST_F(GateTest, SaysWhoCallsAnOpenRow) {
  EXPECT_EQ(ask("POST /open"), "200 visitor anonymous at 127.0.0.1");
  log_in();
  world_.add_token("ci", {"keys"});
  world_.add_key("app");
  world_.add_key("off", [](store::ApiKey& key) { key.active = false; });
  EXPECT_EQ(ask("POST /open"), "200 anonymous anonymous at 127.0.0.1");
  EXPECT_EQ(ask("POST /open", cookie), "200 session admin at 127.0.0.1");
  EXPECT_EQ(ask("POST /open", bearer("mt_ci")), "200 token token:ci at 127.0.0.1");
  EXPECT_EQ(ask("POST /open", bearer("sk-app")), "200 client key:app at 127.0.0.1");
  EXPECT_EQ(ask("POST /open", bearer("sk-off")), "200 anonymous anonymous at 127.0.0.1");
  EXPECT_EQ(ask("POST /open", bearer("nonsense")), "200 anonymous anonymous at 127.0.0.1");
}

TEST_F(GateTest, BelievesNoFieldThatSaysWhatTheGateFound) {
  world_.set_password();
  EXPECT_EQ(ask("GET /api/read",
                "x-omniroute-auth-kind: session\r\nx-omniroute-auth-id: 1\r\n"
                "x-omniroute-auth-scopes: admin\r\n"
                "x-omniroute-route-class: PUBLIC\r\n"),
            no_login);
}

TEST_F(GateTest, LetsTheOwnerDoEverythingByTheSocketFile) {
  world_.set_password();
  world_.set([](store::Settings& settings) { settings.require_api_key = true; });
  const std::string path = world_.folder.file("sock");
  ASSERT_TRUE(server_.server().listen_unix(path));
  const auto ask_file = [&](std::string_view line, std::string_view fields) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    net::Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::connect(fd.number(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    RawClient client(std::move(fd));
    return gist(identity::ask(client, line, fields));
  };
  for (const std::string_view line : {"GET /open", "POST /v1/chat", "POST /api/admin"}) {
    EXPECT_EQ(ask_file(line, ""), "200 owner owner at local") << line;
  }
  EXPECT_EQ(ask_file("POST /api/admin", from_far), no_login) << "somebody passes on to the file";
}

TEST_F(GateTest, WritesDownWhoWasHere) {
  log_in();
  world_.add_token("ci", {"read"});
  world_.add_key("app");
  world_.advance(days{24});
  ask("GET /api/read", cookie);
  ask("GET /api/read", bearer("mt_ci"));
  ask("POST /v1/chat", bearer("sk-app"));
  world_.gate.notes().flush(world_.store->database());
  world_.write([](sql::Session&) -> Status { return Nothing{}; });  // after what was flushed
  const auto stored = world_.store->current();
  const Clock::Wall now = world_.clock.wall();
  EXPECT_EQ(stored->api_keys.front().last_used_at, now);
  EXPECT_EQ(stored->management_tokens.front().last_used_at, now);
  EXPECT_EQ(stored->login_sessions.front().last_used_at, now);
  EXPECT_EQ(stored->login_sessions.front().expires_at, now + days{30});
  world_.advance(days{29});
  EXPECT_TRUE(ask("GET /api/read", cookie).starts_with("200 ")) << "thirty days anew";
}

}  // namespace
}  // namespace omni::identity
