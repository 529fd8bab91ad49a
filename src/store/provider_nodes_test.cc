#include "store/provider_nodes.h"

#include <gtest/gtest.h>

#include "store/test_config.h"

namespace omni::store {
namespace {

ProviderNode some(std::string id, std::string prefix) {
  return {.id = std::move(id),
          .type = "openai-compatible",
          .name = "Lab",
          .prefix = std::move(prefix),
          .api_type = "chat",
          .base_url = "http://10.0.0.4/v1",
          .chat_path = "/c",
          .models_path = "/m",
          .created_at = from_millis(1000),
          .updated_at = from_millis(2000)};
}

void expect_same(const ProviderNode& a, const ProviderNode& b) {
  EXPECT_EQ(a.id + a.type + a.name + a.prefix + a.api_type + a.base_url,
            b.id + b.type + b.name + b.prefix + b.api_type + b.base_url);
  EXPECT_EQ(a.chat_path + a.models_path, b.chat_path + b.models_path);
  EXPECT_EQ(a.created_at, b.created_at);
  EXPECT_EQ(a.updated_at, b.updated_at);
}

class ProviderNodesTest : public testing::Test {
 protected:
  TestConfig config_;
  sql::Session& session_ = *config_.session;
};

TEST_F(ProviderNodesTest, ComeBackAsTheyWereAddedAndChanged) {
  ProviderNode node = some("n", "lab");
  EXPECT_TRUE(add_provider_node(session_, node));
  expect_same(*load_provider_node(session_, "n"), node);
  node = {.id = "n", .type = "anthropic-compatible", .name = "B", .prefix = "b"};
  EXPECT_TRUE(update_provider_node(session_, node));
  ASSERT_EQ(load_provider_nodes(session_)->size(), 1U);
  expect_same(load_provider_nodes(session_)->front(), node);
  EXPECT_EQ(update_provider_node(session_, some("none", "x")).error().kind(),
            Error::Kind::not_found);
  EXPECT_EQ(load_provider_node(session_, "none").error().kind(), Error::Kind::not_found);
}

TEST_F(ProviderNodesTest, HaveAPrefixEachInAnyCaseOfLetters) {
  EXPECT_TRUE(add_provider_node(session_, some("a", "lab")));
  EXPECT_EQ(add_provider_node(session_, some("b", "Lab")).error().kind(), Error::Kind::conflict);
}

TEST_F(ProviderNodesTest, TakeAlongWhatIsTheirs) {
  EXPECT_TRUE(add_provider_node(session_, some("a", "a")));
  EXPECT_TRUE(session_.run_script(
      "INSERT INTO provider_connections (id, provider, auth_type, created_at, updated_at) "
      "VALUES ('mine', 'a', 'apikey', 0, 0), ('other', 'b', 'apikey', 0, 0);"
      "INSERT INTO custom_models VALUES ('a', 'm', '', 'manual', '', '[]'),"
      " ('b', 'm', '', 'manual', '', '[]');"
      "INSERT INTO model_switches VALUES ('a', 'm', 1, '{}'), ('b', 'm', 1, '{}');"
      "INSERT INTO user_prices VALUES ('a', 'm', '{}'), ('b', 'm', '{}')"));
  EXPECT_TRUE(delete_provider_node(session_, "a"));
  for (const std::string table :
       {"provider_connections", "custom_models", "model_switches", "user_prices"}) {
    EXPECT_EQ(config_.select("SELECT provider FROM " + table), "b") << table;
  }
  EXPECT_EQ(delete_provider_node(session_, "a").error().kind(), Error::Kind::not_found);
}

}  // namespace
}  // namespace omni::store
