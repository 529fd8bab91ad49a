#include "store/api_keys.h"

#include <gtest/gtest.h>

#include "store/test_config.h"

namespace omni::store {
namespace {

ApiKey some_key(std::string id) {
  ApiKey key;
  key.id = key.name = id;
  key.hash = "hash of " + id;
  key.mask = "sk-****";
  key.machine_id = "m1";
  key.created_at = from_millis(1000);
  return key;
}

ApiKey full_key() {
  ApiKey key = some_key("full");
  key.group = "team";
  key.active = false;
  key.revoked_at = from_millis(2000);
  key.expires_at = from_millis(3000);
  key.allowed_models = {"openai/*", "a \"b\""};
  key.allowed_connections = {"c1"};
  key.ip_allowlist = {"10.0.*"};
  key.scopes = {"cloud"};
  key.access_schedule = json::Raw::trusted(R"({"enabled":true})");
  key.requests_per_day_max = 1;
  key.requests_per_minute_max = 2;
  key.tokens_per_minute_max = 3;
  key.sessions_max = 4;
  key.requests_at_once_max = 5;
  key.no_log = key.auto_resolve = true;
  return key;
}

void expect_same(const ApiKey& a, const ApiKey& b) {
  EXPECT_EQ(a.id + a.name + a.hash + a.mask + a.machine_id + a.group,
            b.id + b.name + b.hash + b.mask + b.machine_id + b.group);
  EXPECT_EQ(a.active, b.active);
  EXPECT_EQ(a.revoked_at, b.revoked_at);
  EXPECT_EQ(a.expires_at, b.expires_at);
  EXPECT_EQ(a.created_at, b.created_at);
  EXPECT_EQ(a.allowed_models, b.allowed_models);
  EXPECT_EQ(a.allowed_connections, b.allowed_connections);
  EXPECT_EQ(a.ip_allowlist, b.ip_allowlist);
  EXPECT_EQ(a.scopes, b.scopes);
  EXPECT_EQ(a.access_schedule, b.access_schedule);
  EXPECT_EQ(a.requests_per_day_max, b.requests_per_day_max);
  EXPECT_EQ(a.requests_per_minute_max, b.requests_per_minute_max);
  EXPECT_EQ(a.tokens_per_minute_max, b.tokens_per_minute_max);
  EXPECT_EQ(a.sessions_max, b.sessions_max);
  EXPECT_EQ(a.requests_at_once_max, b.requests_at_once_max);
  EXPECT_EQ(a.no_log, b.no_log);
  EXPECT_EQ(a.auto_resolve, b.auto_resolve);
}

class ApiKeysTest : public testing::Test {
 protected:
  TestConfig config_;
  sql::Session& session_ = *config_.session;
};

TEST_F(ApiKeysTest, ComeBackAsTheyWereAdded) {
  for (const ApiKey& key : {full_key(), some_key("plain")}) {
    EXPECT_TRUE(add_api_key(session_, key));
    const auto loaded = load_api_key(session_, key.id);
    ASSERT_TRUE(loaded);
    expect_same(*loaded, key);
  }
}

TEST_F(ApiKeysTest, ComeInTheOrderOfTheirMaking) {
  ApiKey late = some_key("a");
  late.created_at = from_millis(2000);
  EXPECT_TRUE(add_api_key(session_, late));
  EXPECT_TRUE(add_api_key(session_, some_key("b")));
  const auto keys = load_api_keys(session_);
  ASSERT_EQ(keys->size(), 2U);
  EXPECT_EQ((*keys)[0].id, "b");
}

TEST_F(ApiKeysTest, ChangeAllButTheKeyItself) {
  ApiKey key = some_key("full");
  EXPECT_TRUE(add_api_key(session_, key));
  ApiKey wanted = full_key();
  wanted.hash = "another";
  EXPECT_TRUE(update_api_key(session_, wanted));
  wanted.hash = key.hash;
  expect_same(*load_api_key(session_, "full"), wanted);
  EXPECT_EQ(update_api_key(session_, some_key("none")).error().kind(), Error::Kind::not_found);
}

TEST_F(ApiKeysTest, NoteWhenTheyWereUsedAndGo) {
  EXPECT_TRUE(add_api_key(session_, some_key("a")));
  EXPECT_TRUE(note_api_key_use(session_, "a", from_millis(5000)));
  EXPECT_EQ(load_api_key(session_, "a")->last_used_at, from_millis(5000));
  EXPECT_TRUE(delete_api_key(session_, "a"));
  EXPECT_EQ(delete_api_key(session_, "a").error().kind(), Error::Kind::not_found);
  EXPECT_EQ(load_api_key(session_, "a").error().kind(), Error::Kind::not_found);
}

TEST_F(ApiKeysTest, AreEachAnotherKey) {
  EXPECT_TRUE(add_api_key(session_, some_key("a")));
  ApiKey same = some_key("b");
  same.hash = "hash of a";
  EXPECT_EQ(add_api_key(session_, same).error().kind(), Error::Kind::conflict);
}

}  // namespace
}  // namespace omni::store
