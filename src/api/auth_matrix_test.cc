// Every route against everybody who might call it.  What is to be expected follows from the role of
// the row alone, so a new row is covered as soon as it is there.

#include <algorithm>
#include <array>

#include "api/all_routes.h"
#include "api/test_api.h"
#include "identity/gate.h"

namespace omni::api {
namespace {

using net::Role;

constexpr std::array scopes{Role::read, Role::write, Role::keys, Role::backups, Role::admin};

struct Sender {
  std::string name;
  std::string fields;
  /// The status for a row, from its role.
  std::function<int(const Route&)> expected;
};

class AuthMatrixTest : public testing::ApiTest {
 protected:
  AuthMatrixTest() {
    gate_.follow(*store_);
    for (Route& route : routes_) {
      route.handler = [](net::Exchange& exchange, Arguments) {
        return exchange.reply_json(200, "{}");
      };
      route.body.reset();
      route.query = {};
    }
    router_ = std::make_unique<net::Router>(dispatch(routes_), &gate_);
    server_ = std::make_unique<net::testing::TestServer>(
        world_, [this](net::Exchange& exchange) { return router_->handle(exchange); });
    write([&](sql::Session& session) { return fill(session); });
  }

  /// The store tells the gate of changes, so it goes first.
  ~AuthMatrixTest() override {
    server_.reset();
    store_.reset();
  }

  Status fill(sql::Session& session) {
    Status done = Nothing{};
    for (const std::string_view name : {"mine", "other"}) {
      const std::string hash = identity::token_hash(Secret("sk-" + std::string(name)));
      if (done) {
        done = store::add_api_key(
            session, {.id = std::string(name), .name = std::string(name), .hash = hash});
      }
    }
    for (const Role role : scopes) {
      const std::string name(net::name_of(role));
      if (done) {
        done = store::add_management_token(session,
                                           {.id = name,
                                            .name = name,
                                            .hash = identity::token_hash(Secret("mt_" + name)),
                                            .scopes = {name}});
      }
    }
    if (!done) return done;
    return store::add_login_session(session, {.id_hash = identity::token_hash(Secret("me")),
                                              .created_at = clock_.wall(),
                                              .expires_at = clock_.wall() + std::chrono::hours(1),
                                              .last_used_at = clock_.wall()});
  }

  int status_of(const Route& route, const std::string& fields) {
    std::string path(route.pattern);
    if (const std::size_t at = path.find("{id}"); at != std::string::npos) path.replace(at, 4, "x");
    net::testing::RawClient client(server_->port());
    const bool host = fields.find("host: ") != std::string::npos;
    client.send(std::string(net::name_of(route.method)) + " " + path + " HTTP/1.1\r\n" +
                (host ? "" : "host: localhost\r\n") + "content-length: 0\r\nconnection: close\r\n" +
                fields + "\r\n");
    return std::stoi(client.read_answer().substr(9, 3));
  }
  void check(const Sender& sender) {
    for (const Route& route : routes_) {
      ASSERT_NE(route.role, Role::client) << "/api has no such rows: say what is expected of them";
      const int expected = route.role == Role::open ? 200 : sender.expected(route);
      EXPECT_EQ(status_of(route, sender.fields), expected)
          << sender.name << ": " << net::name_of(route.method) << " " << route.pattern;
    }
  }
  static std::function<int(const Route&)> always(int status) {
    return [status](const Route&) { return status; };
  }

  AllRoutes all_{*with_, {.data_dir = folder_.path(), .auto_backup = Changes::AutoBackup::off}};
  std::vector<Route> routes_ = all_.routes();
  identity::Gate gate_{{}, clock_};
};

TEST_F(AuthMatrixTest, LetsNobodyInWhoShowsNothing) {
  set_password(std::string(testing::test_password_hash));
  check({"anonymous", "", always(401)});
  check({"ended session", "cookie: auth_token=ended\r\n", always(401)});
}

TEST_F(AuthMatrixTest, LetsNoClientManage) {
  set_password(std::string(testing::test_password_hash));
  check({"client key", "authorization: Bearer sk-mine\r\n", always(403)});
  check({"key of another", "authorization: Bearer sk-other\r\n", always(403)});
  check({"key in a field of its own", "x-api-key: sk-mine\r\n", always(401)});
  check({"no key at all", "authorization: Bearer sk-none\r\n", always(403)});
}

TEST_F(AuthMatrixTest, LetsTokensDoWhatTheirScopesSay) {
  set_password(std::string(testing::test_password_hash));
  for (const Role scope : scopes) {
    const std::string name(net::name_of(scope));
    check({"token " + name, "authorization: Bearer mt_" + name + "\r\n", [scope](const Route& row) {
             const bool grants = row.role == scope || scope == Role::admin ||
                                 (row.role == Role::read && scope == Role::write);
             return grants ? 200 : 403;
           }});
  }
}

TEST_F(AuthMatrixTest, LetsASessionDoEverythingFromOurOwnPages) {
  set_password(std::string(testing::test_password_hash));
  const std::string cookie = "cookie: auth_token=me\r\n";
  check({"session", cookie, always(200)});
  check({"our page", cookie + "origin: http://localhost\r\n", always(200)});
  const auto only_looking = [](const Route& row) {
    return row.method == net::Method::get ? 200 : 403;
  };
  check({"foreign page", cookie + "origin: http://evil.example\r\n", only_looking});
  check({"neighbouring port", cookie + "origin: http://localhost:3000\r\n", only_looking});
  check({"foreign name", cookie + "host: evil.example\r\n", always(403)});
}

TEST_F(AuthMatrixTest, LetsThisMachineInWhileThereIsNoPassword) {
  check({"visitor", "", always(200)});
  check({"passed on", "x-forwarded-for: 192.0.2.1\r\n", always(401)});
  check({"by a foreign name", "host: evil.example\r\n", always(403)});
}

}  // namespace
}  // namespace omni::api
