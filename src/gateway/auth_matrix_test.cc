// Every route against everybody who might call it.  What is to be expected follows from the role of
// the row alone, so a new row is covered as soon as it is there.

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>

#include "api/settings_change.h"
#include "api/test_api.h"
#include "gateway/all_rows.h"
#include "identity/gate.h"

namespace omni::gateway {
namespace {

using net::Role;
using net::Route;

constexpr std::array scopes{Role::read, Role::write, Role::keys, Role::backups, Role::admin};

struct Sender {
  std::string name;
  std::string fields;
  /// The status for a row, from its role.
  std::function<int(const Route&)> expected;
};

constexpr std::string_view foreign = "origin: http://evil.example\r\n";
constexpr std::string_view environment_key = "sk-of-the-environment";

bool looks(const Route& row) { return row.method == net::Method::get; }

bool holds(const std::string& fields, std::string_view text) {
  return fields.find(text) != std::string::npos;
}

bool is_of_a_foreign_page(const std::string& fields) {
  return holds(fields, foreign) || holds(fields, "sec-fetch-site: cross-site") ||
         holds(fields, "origin: http://localhost:3000");
}

/// Whoever is not told apart on open rows: only pages that are not ours are, and there alone where
/// they do more than look.
int open_status(const Route& row, const std::string& fields) {
  return is_of_a_foreign_page(fields) && !looks(row) ? 403 : 200;
}

/// Likewise on rows of clients while no key is required; a session, which may look there, is not
/// shown to a host that is not ours.
int client_status(const Route& row, const std::string& fields) {
  const bool shows_a_session = looks(row) && holds(fields, "auth_token=me");
  if (shows_a_session && holds(fields, "host: evil.example")) return 403;
  return open_status(row, fields);
}

identity::AccessOptions behind_a_proxy_with_a_key() {
  identity::AccessOptions options;
  options.trusted_proxies = {*identity::AddressRule::parse("127.0.0.1")};
  options.environment_keys.emplace_back(std::string(environment_key));
  return options;
}

class AuthMatrixTest : public api::testing::ApiTest {
 protected:
  AuthMatrixTest() {
    gate_.follow(*store_);
    for (Route& route : routes_) {
      route.handler = [](net::Exchange& exchange) { return exchange.reply_json(200, "{}"); };
    }
    router_ = std::make_unique<net::Router>(routes_, &gate_);
    server_ = std::make_unique<net::testing::TestServer>(
        world_, [this](net::Exchange& exchange) { return router_->handle(exchange); });
    write([&](sql::Session& session) { return fill(session); });
  }

  /// The store tells the gate of changes, so it goes first.
  ~AuthMatrixTest() override {
    server_.reset();
    usage_.reset();
    store_.reset();
  }

  pipeline::Parts parts() {
    return {.views = views_,
            .accounts = accounts_,
            .breakers = breakers_,
            .sessions = sessions_,
            .refresher = refresher_,
            .upstream = upstream_,
            .seals = seals_,
            .items = items_,
            .recall = recall_,
            .workers = workers_,
            .usage = *usage_,
            .budgets = budgets_,
            .traces = traces_,
            .watch = watch_,
            .clock = clock_,
            .random = random_,
            .log = log_};
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
    done = store::add_management_token(session, {.id = "expired",
                                                 .name = "expired",
                                                 .hash = identity::token_hash(Secret("mt_expired")),
                                                 .scopes = {"admin"},
                                                 .expires_at = clock_.wall()});
    if (!done) return done;
    return store::add_login_session(session, {.id_hash = identity::token_hash(Secret("me")),
                                              .created_at = clock_.wall(),
                                              .expires_at = clock_.wall() + std::chrono::hours(1),
                                              .last_used_at = clock_.wall()});
  }

  int status_of(const Route& route, const std::string& fields) {
    std::string path(route.pattern);
    while (path.find('{') != std::string::npos) {
      path.replace(path.find('{'), path.find('}') - path.find('{') + 1, "x");
    }
    net::testing::RawClient client = connect();
    const bool host = fields.find("host: ") != std::string::npos;
    client.send(std::string(net::name_of(route.method)) + " " + path + " HTTP/1.1\r\n" +
                (host ? "" : "host: localhost\r\n") + "content-length: 0\r\nconnection: close\r\n" +
                fields + "\r\n");
    return std::stoi(client.read_answer().substr(9, 3));
  }
  void check(const Sender& sender) {
    for (const Route& route : routes_) {
      const int expected = route.role == Role::open     ? open_status(route, sender.fields)
                           : route.role == Role::client ? client_status(route, sender.fields)
                                                        : sender.expected(route);
      EXPECT_EQ(status_of(route, sender.fields), expected)
          << sender.name << ": " << net::name_of(route.method) << " " << route.pattern;
    }
  }
  /// The same of the rows of clients alone.
  void check_clients(const Sender& sender) {
    for (const Route& route : routes_) {
      if (route.role != Role::client) continue;
      EXPECT_EQ(status_of(route, sender.fields), sender.expected(route))
          << sender.name << ": " << net::name_of(route.method) << " " << route.pattern;
    }
  }
  void set(const std::function<void(store::Settings&)>& change) {
    write([&](sql::Session& session) -> Status {
      store::AuditEntry unused;
      const auto edit = [&](store::Settings& settings) -> Status {
        change(settings);
        return Nothing{};
      };
      return api::change_settings({session, store_->sealer(), clock_.wall()}, edit, unused);
    });
  }
  net::testing::RawClient connect() {
    if (socket_file_.empty()) return net::testing::RawClient(server_->port());
    return net::testing::RawClient(connect_to_file(socket_file_));
  }
  static net::Fd connect_to_file(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    net::Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::connect(fd.number(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    return fd;
  }
  static std::function<int(const Route&)> always(int status) {
    return [status](const Route&) { return status; };
  }

  ingress::Health health_;
  api::AllRoutes all_{*with_,
                      {.data_dir = folder_.path(), .auto_backup = api::Changes::AutoBackup::off}};
  // No handler of the gateway's own runs here.
  pipeline::Views views_{nullptr, combo_memory_};
  account::Accounts accounts_{clock_, random_};
  account::Breakers breakers_{clock_};
  account::Sessions sessions_{clock_};
  std::unique_ptr<net::ClientTls> tls_ = *net::ClientTls::make({});
  upstream::Upstream upstream_{world_.loops, *tls_, clock_, {}};
  account::Refresher refresher_{{*store_, upstream_, world_.loops, clock_, log_}, {}};
  adapt::SealMemory seals_{clock_, {}};
  pipeline::ItemMemory items_{clock_, {}};
  std::optional<store::UsageLog> usage_{
      std::in_place, store::UsageLog::Surroundings{store_->database(), clock_, log_},
      store::UsageLog::Options{}};
  pipeline::Traces traces_;
  ingress::DataPlane data_plane_{parts()};
  Metrics metrics_{parts()};
  std::vector<Route> routes_ = all_rows(health_, all_, data_plane_, metrics_);
  identity::Gate gate_{behind_a_proxy_with_a_key(), clock_};
  std::string socket_file_;  // empty: by TCP
};

TEST_F(AuthMatrixTest, LetsNobodyInWhoShowsNothing) {
  set_password(std::string(api::testing::test_password_hash));
  check({"anonymous", "", always(401)});
  check({"ended session", "cookie: auth_token=ended\r\n", always(401)});
}

TEST_F(AuthMatrixTest, LetsNoClientManage) {
  set_password(std::string(api::testing::test_password_hash));
  check({"client key", "authorization: Bearer sk-mine\r\n", always(403)});
  check({"key of another", "authorization: Bearer sk-other\r\n", always(403)});
  check({"key in a field of its own", "x-api-key: sk-mine\r\n", always(401)});
  check({"no key at all", "authorization: Bearer sk-none\r\n", always(403)});
}

TEST_F(AuthMatrixTest, LetsTokensDoWhatTheirScopesSay) {
  set_password(std::string(api::testing::test_password_hash));
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
  set_password(std::string(api::testing::test_password_hash));
  const std::string cookie = "cookie: auth_token=me\r\n";
  check({"session", cookie, always(200)});
  check({"our page", cookie + "origin: http://localhost\r\n", always(200)});
  const auto only_looking = [](const Route& row) { return looks(row) ? 200 : 403; };
  check({"foreign page", cookie + std::string(foreign), only_looking});
  check({"foreign form", cookie + "sec-fetch-site: cross-site\r\n", only_looking});
  check({"neighbouring port", cookie + "origin: http://localhost:3000\r\n", only_looking});
  check({"foreign name", cookie + "host: evil.example\r\n", always(403)});
}

TEST_F(AuthMatrixTest, LetsThisMachineInWhileThereIsNoPassword) {
  check({"visitor", "", always(200)});
  check({"passed on", "x-forwarded-for: 192.0.2.1\r\n", always(401)});
  check({"by a foreign name", "host: evil.example\r\n", always(403)});
  check({"foreign page", std::string(foreign), always(403)});
  check({"neighbouring port", "origin: http://localhost:3000\r\n", always(403)});
}

TEST_F(AuthMatrixTest, LetsEverybodyButForeignPagesInWhereLoginIsOff) {
  set_password(std::string(api::testing::test_password_hash));
  set([](store::Settings& settings) { settings.require_login = false; });
  check({"from elsewhere", "x-forwarded-for: 203.0.113.7\r\n", always(200)});
  check({"client key", "authorization: Bearer sk-mine\r\n", always(200)});
  check({"foreign page", std::string(foreign), always(403)});
  check({"foreign form", "sec-fetch-site: cross-site\r\n", always(403)});
  check({"foreign name", "host: evil.example\r\n", always(403)});
}

TEST_F(AuthMatrixTest, LetsNoForeignPageInWhereAnyOriginIsAllowed) {
  set_password(std::string(api::testing::test_password_hash));
  set([](store::Settings& settings) { settings.cors_origins = "*"; });
  check({"foreign page", std::string(foreign), always(401)});
  set([](store::Settings& settings) { settings.require_login = false; });
  check({"foreign page that visits", std::string(foreign), always(403)});
}

TEST_F(AuthMatrixTest, LetsNobodyInWithWhatIsNotOrNoLongerGoodForManaging) {
  set_password(std::string(api::testing::test_password_hash));
  check({"expired token", "authorization: Bearer mt_expired\r\n", always(403)});
  check({"key of the environment", "authorization: Bearer " + std::string(environment_key) + "\r\n",
         always(403)});
  check({"foreign page without a cookie", std::string(foreign), always(401)});
}

TEST_F(AuthMatrixTest, LetsWhoeverHasAKeyCallModelsWhereKeysAreRequired) {
  set_password(std::string(api::testing::test_password_hash));
  set([](store::Settings& settings) { settings.require_api_key = true; });
  check_clients({"anonymous", "", always(401)});
  check_clients({"client key", "authorization: Bearer sk-mine\r\n", always(200)});
  check_clients({"key of another", "authorization: Bearer sk-other\r\n", always(200)});
  check_clients({"as Anthropic", "x-api-key: sk-mine\r\n", always(200)});
  check_clients({"as Google", "x-goog-api-key: sk-mine\r\n", always(200)});
  check_clients({"key of the environment",
                 "authorization: Bearer " + std::string(environment_key) + "\r\n", always(200)});
  check_clients({"no key at all", "authorization: Bearer sk-none\r\n", always(401)});
  check_clients({"foreign page", std::string(foreign), always(401)});
  check_clients(
      {"key in a foreign page", std::string(foreign) + "x-api-key: sk-mine\r\n", always(200)});
}

TEST_F(AuthMatrixTest, LetsWhoeverManagesLookAtModelsAndNoMore) {
  set_password(std::string(api::testing::test_password_hash));
  set([](store::Settings& settings) { settings.require_api_key = true; });
  const auto only_looking = [](const Route& row) { return looks(row) ? 200 : 401; };
  for (const std::string_view scope : {"read", "write", "admin"}) {
    const std::string token = "authorization: Bearer mt_" + std::string(scope) + "\r\n";
    check_clients({"token " + std::string(scope), token, only_looking});
  }
  check_clients({"token keys", "authorization: Bearer mt_keys\r\n", always(401)});
  check_clients({"expired token", "authorization: Bearer mt_expired\r\n", always(401)});
  const std::string cookie = "cookie: auth_token=me\r\n";
  check_clients({"session", cookie, only_looking});
  check_clients({"foreign page", cookie + std::string(foreign), only_looking});
  check_clients({"foreign name", cookie + "host: evil.example\r\n",
                 [](const Route& row) { return looks(row) ? 403 : 401; }});
  check_clients({"ended session", "cookie: auth_token=ended\r\n", always(401)});
}

TEST_F(AuthMatrixTest, LetsTheOwnerDoEverythingByTheSocketFile) {
  set_password(std::string(api::testing::test_password_hash));
  socket_file_ = folder_.file("sock");
  ASSERT_TRUE(server_->server().listen_unix(socket_file_));
  check({"owner", "", always(200)});
  check({"passed on to the file", "x-forwarded-for: 127.0.0.1\r\n", always(401)});
}

}  // namespace
}  // namespace omni::gateway
