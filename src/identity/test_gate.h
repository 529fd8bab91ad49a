#pragma once

// What the tests of the gate and of the doors before it share: a real store in a folder of its own,
// a clock that stands, rows of every role, and a client that says whatever a test wants.

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "identity/gate.h"
#include "identity/key_text.h"
#include "net/test_net.h"
#include "store/secrets_table.h"
#include "store/settings_table.h"
#include "store/test_folder.h"

namespace omni::identity {

class GateWorld {
 public:
  explicit GateWorld(AccessOptions options = {})
      : gate(std::move(options), clock), router(routes(), &gate) {
    open_store();
  }

  /// As a process does that is started again.
  void open_store() {
    store.reset();
    store = *store::ConfigStore::open({folder.path(), Secret()}, random, world.log);
    gate.follow(*store);
  }
  void write(const store::Database::Work& work) { EXPECT_TRUE(store->database().write_now(work)); }
  /// Stores all settings, after `change` has changed them.
  void set(const std::function<void(store::Settings&)>& change) {
    store::Settings settings = store->current()->settings;
    change(settings);
    write([&](sql::Session& session) -> Status {
      const store::SettingWriter writer{session, store->sealer(), clock.wall()};
      for (const store::SettingRow& row : store::setting_rows()) {
        if (Status stored = writer.store(settings, row); !stored) return stored;
      }
      return Nothing{};
    });
  }
  void set_password() {
    write([&](sql::Session& session) {
      return store::store_secret(session, store->sealer(), store::password_hash, Secret("$2b$"));
    });
  }
  /// A key that is called like its text without `sk-`.
  void add_key(std::string_view name, const std::function<void(store::ApiKey&)>& change = {}) {
    store::ApiKey key;
    key.id = "id-" + std::string(name);
    key.name = name;
    key.hash = token_hash(Secret("sk-" + key.name));
    if (change) change(key);
    write([&](sql::Session& session) { return store::add_api_key(session, key); });
  }
  /// The same for `mt_`.
  void add_token(std::string_view name, store::Texts scopes,
                 std::optional<Clock::Wall> expires_at = std::nullopt) {
    store::ManagementToken token;
    token.id = "id-" + std::string(name);
    token.name = name;
    token.hash = token_hash(Secret("mt_" + token.name));
    token.scopes = std::move(scopes);
    token.expires_at = expires_at;
    write([&](sql::Session& session) { return store::add_management_token(session, token); });
  }
  /// Somebody logs in; his cookie's value is `id`.
  void add_session(const std::string& id, Clock::Wall expires_at) {
    store::LoginSession login;
    login.id_hash = token_hash(Secret(id));
    login.expires_at = expires_at;
    write([&](sql::Session& session) { return store::add_login_session(session, login); });
  }
  /// On the loop, where the gate looks at it.
  void advance(Millis by) {
    world.run([this, by]() -> net::Task<> {
      clock.advance(by);
      co_return;
    });
  }

  store::TestFolder folder;
  net::testing::World world;
  SystemRandom random;
  ManualClock clock{Clock::Wall{std::chrono::hours{500'000}}};
  Gate gate;
  std::unique_ptr<store::ConfigStore> store;
  std::vector<std::string> made;  // by handlers of POST rows
  net::Router router;

 private:
  /// Every row answers who called it.
  std::vector<net::Route> routes() {
    using net::Method;
    using net::Role;
    const auto answer = [this](net::Exchange& exchange) -> net::Task<Status> {
      const Caller& caller = caller_of(exchange);
      if (exchange.request().method() == "POST") made.push_back(caller.actor);
      co_return co_await exchange.reply(
          200, {}, name_of(caller.kind) + " " + caller.actor + " at " + caller.address());
    };
    const auto tell_holder = [](net::Exchange& exchange) -> net::Task<Status> {
      co_return co_await exchange.reply(200, {}, holder_of(exchange));
    };
    return {{Method::get, "/open", Role::open, "", answer},
            {Method::post, "/v1/holder", Role::client, "", tell_holder},
            {Method::post, "/open", Role::open, "", answer},
            {Method::post, "/mixed", Role::write, "", answer},
            {Method::get, "/mixed", Role::open, "", answer},
            {Method::get, "/v1/models", Role::client, "", answer},
            {Method::post, "/v1/chat", Role::client, "", answer},
            {Method::get, "/api/read", Role::read, "", answer},
            {Method::post, "/api/write", Role::write, "", answer},
            {Method::post, "/api/keys", Role::keys, "", answer},
            {Method::post, "/api/backups", Role::backups, "", answer},
            {Method::post, "/api/admin", Role::admin, "", answer}};
  }
  static std::string name_of(Caller::Kind kind) {
    static constexpr std::array names{"anonymous", "visitor", "client",
                                      "session",   "token",   "owner"};
    return names[static_cast<std::size_t>(kind)];
  }
};

/// Asks `line`, such as "GET /open", of localhost unless the fields say another host.  The fields
/// each end in CRLF.
inline std::string ask(net::testing::RawClient& client, std::string_view line,
                       std::string_view fields = {}) {
  std::string text = std::string(line).append(" HTTP/1.1\r\n").append(fields);
  if (fields.find("host: ") == std::string_view::npos) text.append("host: localhost\r\n");
  client.send(text.append(line.starts_with("POST") ? "content-length: 0\r\n\r\n" : "\r\n"));
  return client.read_answer();
}

/// "200 session admin at 127.0.0.1": status and body.
inline std::string gist(std::string_view answer) {
  const std::size_t body = answer.find("\r\n\r\n");
  if (answer.size() < 12 || body == std::string_view::npos) return std::string(answer);
  return std::string(answer.substr(9, 3)).append(" ").append(answer.substr(body + 4));
}

}  // namespace omni::identity
