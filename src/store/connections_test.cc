#include "store/connections.h"

#include <gtest/gtest.h>

#include "store/columns.h"
#include "store/test_config.h"

namespace omni::store {
namespace {

Connection some(std::string id) {
  Connection connection;
  connection.id = std::move(id);
  connection.provider = "groq";
  connection.created_at = connection.updated_at = from_millis(1000);
  return connection;
}

/// Every member is another than that of `some`.
Connection full(std::string id) {
  Connection all = some(std::move(id));
  all.auth_type = "oauth";
  all.name = "work";
  all.email = "a@example.org";
  all.display_name = "A";
  all.group = "team";
  all.priority = 7;
  all.global_priority = 8;
  all.active = false;
  all.api_key = Secret("canary-key");
  all.access_token = Secret("canary-access");
  all.refresh_token = Secret("canary-refresh");
  all.id_token = Secret("canary-id");
  all.token_type = "Bearer";
  all.scope = "all";
  all.project_id = "p";
  all.token_expires_at = from_millis(2000);
  all.default_model = "m";
  all.data = json::Raw::trusted(R"({"consoleApiKey":"canary"})");
  all.concurrent_max = 4;
  all.rate_limit_protection = true;
  all.health_check_minutes = 5;
  all.last_health_check_at = from_millis(3000);
  all.test_status = "error";
  all.error_code = "401";
  all.last_error = "no";
  all.last_error_type = "upstream_auth_error";
  all.last_error_source = "upstream";
  all.last_tested_at = from_millis(4000);
  all.last_error_at = from_millis(5000);
  all.rate_limited_until = from_millis(6000);
  all.last_used_at = from_millis(7000);
  all.backoff_level = 9;
  all.consecutive_uses = 10;
  all.updated_at = from_millis(8000);
  return all;
}

void expect_same(const Connection& a, const Connection& b) {
  const auto texts = [](const Connection& c) {
    return Texts{c.id,
                 c.provider,
                 c.auth_type,
                 c.name,
                 c.email,
                 c.group,
                 c.token_type,
                 c.scope,
                 c.project_id,
                 c.default_model,
                 c.error_code,
                 c.last_error,
                 c.last_error_source,
                 c.display_name,
                 c.test_status,
                 std::string(c.data.text()),
                 c.last_error_type};
  };
  EXPECT_EQ(texts(a), texts(b));
  const auto numbers = [](const Connection& c) {
    return std::vector<std::optional<std::int64_t>>{c.priority,
                                                    c.global_priority,
                                                    c.active,
                                                    c.concurrent_max,
                                                    c.backoff_level,
                                                    c.rate_limit_protection,
                                                    c.health_check_minutes,
                                                    c.consecutive_uses};
  };
  EXPECT_EQ(numbers(a), numbers(b));
  const auto times = [](const Connection& c) {
    return std::vector<std::optional<Clock::Wall>>{
        c.token_expires_at,   c.last_health_check_at, c.last_tested_at, c.last_error_at,
        c.rate_limited_until, c.last_used_at,         c.created_at,     c.updated_at};
  };
  EXPECT_EQ(times(a), times(b));
  EXPECT_EQ(a.api_key, b.api_key);
  EXPECT_EQ(a.access_token, b.access_token);
  EXPECT_EQ(a.refresh_token, b.refresh_token);
  EXPECT_EQ(a.id_token, b.id_token);
}

class ConnectionsTest : public testing::Test {
 protected:
  void add(const Connection& connection) {
    EXPECT_TRUE(add_connection(session_, sealer_, connection));
  }

  TestConfig config_;
  sql::Session& session_ = *config_.session;
  SystemRandom random_;
  Sealer sealer_{MasterKey::random(random_), random_};
};

TEST_F(ConnectionsTest, ComeBackAsTheyWereAdded) {
  for (const Connection& connection : {full("full"), some("plain")}) {
    add(connection);
    const auto loaded = load_connection(session_, sealer_, connection.id);
    ASSERT_TRUE(loaded) << loaded.error().message();
    expect_same(*loaded, connection);
  }
}

TEST_F(ConnectionsTest, ChangeInAllTheirMembersAndBack) {
  add(some("a"));
  for (const Connection& wanted : {full("a"), some("a")}) {
    EXPECT_TRUE(update_connection(session_, sealer_, wanted));
    expect_same(*load_connection(session_, sealer_, "a"), wanted);
  }
  const Status none = update_connection(session_, sealer_, some("none"));
  EXPECT_EQ(none.error().kind(), Error::Kind::not_found);
}

TEST_F(ConnectionsTest, ComeByPriorityAndOfTheSameTheLastChangedFirst) {
  Connection late = some("late");
  late.updated_at = from_millis(2000);
  Connection low = full("low");
  for (const Connection& connection : {low, some("early"), late}) add(connection);
  const auto all = load_connections(session_, sealer_);
  ASSERT_EQ(all->size(), 3U);
  EXPECT_EQ((*all)[0].id, "late");
  EXPECT_EQ((*all)[1].id, "early");
  EXPECT_EQ((*all)[2].id, "low");
}

TEST_F(ConnectionsTest, OfAProviderAreNumberedAndOneOfThemGoesToAPlace) {
  for (const std::string id : {"a", "b", "c"}) {
    Connection connection = some(id);
    connection.priority = 40;
    add(connection);
  }
  Connection other = some("other");
  other.provider = "openai";
  other.priority = 40;
  add(other);
  const auto order = [this] {
    return config_.select(
        "SELECT id || priority FROM provider_connections ORDER BY provider, priority");
  };
  EXPECT_TRUE(place_connection(session_, "groq", "c", 1));
  EXPECT_EQ(order(), "c1 a2 b3 other40");
  EXPECT_TRUE(place_connection(session_, "groq", "c", 2));
  EXPECT_EQ(order(), "a1 c2 b3 other40");
  EXPECT_TRUE(place_connection(session_, "groq", "a", std::nullopt));
  EXPECT_EQ(order(), "c1 b2 a3 other40");
  EXPECT_TRUE(place_connection(session_, "groq", "c", 100));
  EXPECT_EQ(order(), "b1 a2 c3 other40");
  EXPECT_TRUE(delete_connection(session_, "a"));
  EXPECT_TRUE(place_connection(session_, "groq", "a", std::nullopt));
  EXPECT_EQ(order(), "b1 c2 other40");
}

TEST_F(ConnectionsTest, KeepNoCredentialInClear) {
  add(full("a"));
  EXPECT_EQ(read_file(config_.folder.file("config.sqlite")).find("canary"), std::string::npos);
  EXPECT_EQ(read_file(config_.folder.file("config.sqlite-wal")).find("canary"), std::string::npos);
}

TEST_F(ConnectionsTest, AreRefusedWithTheNameOfTheColumnThatDoesNotOpen) {
  for (const std::string column :
       {"api_key", "access_token", "refresh_token", "id_token", "provider_specific_data"}) {
    add(full(column));
    add(full("of another"));
    for (const std::string_view broken :
         {"'in clear'", "(SELECT api_key FROM provider_connections WHERE id = 'of another')"}) {
      EXPECT_TRUE(session_.run("UPDATE provider_connections SET " + column + " = " +
                                   std::string(broken) + " WHERE id = $1",
                               {std::string_view(column)}));
      const auto refused = load_connections(session_, sealer_);
      ASSERT_FALSE(refused) << column << " " << broken;
      EXPECT_TRUE(refused.error().message().starts_with(column + " of the connection " + column))
          << refused.error().message();
      EXPECT_EQ(refused.error().message().find("canary"), std::string::npos);
    }
    EXPECT_TRUE(delete_connection(session_, column));
    EXPECT_TRUE(delete_connection(session_, "of another"));
  }
}

TEST_F(ConnectionsTest, AreGoneWhenTheyAreDeleted) {
  add(some("a"));
  EXPECT_TRUE(delete_connection(session_, "a"));
  EXPECT_EQ(delete_connection(session_, "a").error().kind(), Error::Kind::not_found);
  EXPECT_EQ(load_connection(session_, sealer_, "a").error().kind(), Error::Kind::not_found);
}

}  // namespace
}  // namespace omni::store
