#include "route/directory.h"

#include "route/node_provider.h"
#include "route/test_directory.h"

namespace omni::route {
namespace {

using chat::Dialect;
using testing::DirectoryTest;

std::vector<std::string> ids_of(const std::vector<const catalog::Model*>& models) {
  std::vector<std::string> ids;
  for (const catalog::Model* model : models) ids.push_back(model->id);
  return ids;
}

using Ids = std::vector<std::string>;

TEST_F(DirectoryTest, ANodeIsAProviderByIdAndByPrefixInAnyCase) {
  add_node("Lab");
  const Directory& with = directory();
  const catalog::Provider* node = with.find_provider("lab");
  ASSERT_NE(node, nullptr);
  EXPECT_EQ(with.find_provider("NODE-LAB"), node);
  EXPECT_EQ(node->category, catalog::Provider::Category::node);
  EXPECT_EQ(with.providers().back(), node);
  EXPECT_EQ(with.find_provider("lab/"), nullptr);
}

TEST_F(DirectoryTest, AProviderOfTheCatalogueGoesBeforeANodeOfItsName) {
  add_node("groq");
  const Directory& with = directory();
  EXPECT_EQ(with.find_provider("groq")->id, "groq");
  EXPECT_EQ(with.find_provider("node-groq")->id, "node-groq");
}

TEST_F(DirectoryTest, OnlyActiveAccountsCountTheMostWantedFirst) {
  store::Connection late{.id = "late", .provider = "acme"};
  late.priority = 2;
  store::Connection first{.id = "first", .provider = "ac"};
  first.priority = 1;
  store::Connection off{.id = "off", .provider = "bolt"};
  off.active = false;
  for (const auto& connection : {late, first, off}) connect(connection);
  const Directory& with = directory();
  const auto accounts = with.accounts_of(*with.find_provider("acme"));
  ASSERT_EQ(accounts.size(), 2U);
  EXPECT_EQ(accounts[0]->id, "first");
  EXPECT_EQ(accounts[1]->id, "late");
  EXPECT_TRUE(with.can_answer(*with.find_provider("acme")));
  EXPECT_FALSE(with.can_answer(*with.find_provider("bolt")));
  EXPECT_TRUE(with.can_answer(*with.find_provider("demo")));
}

TEST_F(DirectoryTest, WithoutAnAccountNobodyHasOne) {
  store::Connection off{.id = "off", .provider = "acme"};
  off.active = false;
  connect(off);
  EXPECT_FALSE(directory().anyone_has_an_account());
  connect("acme");
  EXPECT_TRUE(directory().anyone_has_an_account());
}

TEST_F(DirectoryTest, ModelsThatUsersHaveAddedStandBehindTheListedOnes) {
  ASSERT_TRUE(store::put_custom_model(
      session(), {.provider = "ac", .id = "own", .name = "", .endpoints = {"embeddings"}}));
  ASSERT_TRUE(store::put_custom_model(session(), {.provider = "acme", .id = "acme-1", .name = ""}));
  const Directory& with = directory();
  const catalog::Provider& acme = *with.find_provider("acme");
  EXPECT_EQ(ids_of(with.models_of(acme)),
            (Ids{"acme-1", "both-1", "team/slashed-1", "groq/odd-1", "own"}));
  const catalog::Model& own = *with.find_model(acme, "own");
  EXPECT_TRUE(with.was_added(acme, own));
  EXPECT_FALSE(with.was_added(acme, *with.find_model(acme, "acme-1")));
  EXPECT_EQ(own.kind, catalog::Model::Kind::embedding);
  EXPECT_EQ(own.name, "own");
  EXPECT_EQ(with.find_model(acme, "nobody's"), nullptr);
}

TEST_F(DirectoryTest, WhatAnAddedModelServesSaysWhatItIs) {
  using Kind = catalog::Model::Kind;
  const std::vector<std::pair<std::string, Kind>> rows{
      {"chat", Kind::chat},           {"embeddings", Kind::embedding},
      {"images", Kind::image},        {"audio-transcriptions", Kind::transcription},
      {"audio-speech", Kind::speech}, {"rerank", Kind::rerank}};
  for (const auto& [endpoint, kind] : rows) {
    ASSERT_TRUE(store::put_custom_model(
        session(), {.provider = "acme", .id = endpoint, .name = "", .endpoints = {endpoint}}));
  }
  const Directory& with = directory();
  const catalog::Provider& acme = *with.find_provider("acme");
  for (const auto& [endpoint, kind] : rows) {
    EXPECT_EQ(with.find_model(acme, endpoint)->kind, kind) << endpoint;
  }
}

TEST_F(DirectoryTest, HiddenModelsAreLeftOutOfListsAndCanBeAskedFor) {
  ASSERT_TRUE(store::put_model_switches(session(),
                                        {.provider = "acme", .model = "both-1", .hidden = true}));
  ASSERT_TRUE(store::put_model_switches(session(), {.provider = "acme", .model = "acme-1"}));
  const Directory& with = directory();
  const catalog::Provider& acme = *with.find_provider("acme");
  EXPECT_EQ(ids_of(with.models_of(acme)), (Ids{"acme-1", "team/slashed-1", "groq/odd-1"}));
  EXPECT_NE(with.find_model(acme, "both-1"), nullptr);
}

TEST_F(DirectoryTest, KnowsEverybodyWhoHasAModel) {
  add_node("lab");
  ASSERT_TRUE(store::put_custom_model(session(), {.provider = "lab", .id = "both-1", .name = ""}));
  const Directory& with = directory();
  std::set<std::string> who;
  for (const auto& listing : with.who_has("both-1")) {
    who.insert(listing.provider->id);
    EXPECT_EQ(listing.model->id, "both-1");
  }
  EXPECT_EQ(who, (std::set<std::string>{"acme", "bolt", "node-lab"}));
  EXPECT_TRUE(with.who_has("both").empty());
}

TEST_F(DirectoryTest, AnAliasCountsExactlyAndByTheMostTellingPattern) {
  alias("fast", "acme/acme-1");
  alias("gpt-*", "acme/wide");
  alias("gpt-4*", "acme/narrow");
  wildcard_aliases(R"([{"pattern": "gpt-4?-mini", "target": "acme/narrowest"}])");
  const Directory& with = directory();
  EXPECT_EQ(with.exact_alias_of("fast"), "acme/acme-1");
  EXPECT_EQ(with.exact_alias_of("Fast"), "");
  EXPECT_EQ(with.wildcard_alias_of("fast"), "");
  EXPECT_EQ(with.wildcard_alias_of("gpt-5"), "acme/wide");
  EXPECT_EQ(with.wildcard_alias_of("GPT-4.1"), "acme/narrow");
  EXPECT_EQ(with.wildcard_alias_of("gpt-4o-mini"), "acme/narrowest");
  EXPECT_EQ(with.wildcard_alias_of("my-gpt-5"), "");
}

TEST_F(DirectoryTest, AUsersPriceGoesOverThatOfTheCatalogue) {
  ASSERT_TRUE(store::put_user_price(
      session(), {"acme", "acme-1", json::Raw::trusted(R"({"input": 7, "output": 8})")}));
  ASSERT_TRUE(store::put_user_price(
      session(), {"ac", "unlisted", json::Raw::trusted(R"({"input": 9, "output": 9})")}));
  const Directory& with = directory();
  const catalog::Provider& acme = *with.find_provider("acme");
  EXPECT_EQ(with.price_of(acme, "acme-1")->rates.input, 7'000'000);
  EXPECT_EQ(with.price_of(acme, "unlisted")->rates.input, 9'000'000);
  EXPECT_EQ(with.price_of(acme, "both-1"), nullptr);
  EXPECT_EQ(with.price_of(*with.find_provider("bolt"), "acme-1"), nullptr);
}

TEST_F(DirectoryTest, WithoutAUsersPriceThatOfTheCatalogueCounts) {
  const Directory& with = directory();
  EXPECT_EQ(with.price_of(*with.find_provider("acme"), "acme-1")->rates.output, 2'000'000);
}

store::ProviderNode node_of(std::string type, std::string base_url = "") {
  return {.id = "n",
          .type = std::move(type),
          .name = "N",
          .prefix = "p",
          .api_type = "chat",
          .base_url = std::move(base_url),
          .chat_path = "",
          .models_path = ""};
}

TEST(NodeProvider, SpeaksTheDialectOfItsTypeAndShowsItsKeyAsThatDoes) {
  struct Row {
    std::string type;
    Dialect dialect;
    std::string base;
    catalog::Auth::Scheme scheme;
    std::string field, models_path;
  };
  using enum catalog::Auth::Scheme;
  const std::vector<Row> rows{
      {"openai-compatible", Dialect::openai_chat, "https://api.openai.com/v1", bearer, "",
       "/models"},
      {"anthropic-compatible", Dialect::anthropic, "https://api.anthropic.com/v1", field,
       "x-api-key", "/models"},
      {"gemini-compatible", Dialect::gemini, "https://generativelanguage.googleapis.com/v1beta",
       field, "x-goog-api-key", "/models"},
      {"ollama-compatible", Dialect::ollama, "http://localhost:11434", bearer, "", "/api/tags"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.type);
    const catalog::Provider provider = provider_of(node_of(row.type));
    ASSERT_EQ(provider.endpoints.size(), 1U);
    EXPECT_EQ(provider.endpoints[0].dialect, row.dialect);
    EXPECT_EQ(provider.endpoints[0].base, row.base);
    EXPECT_EQ(provider.auth.scheme, row.scheme);
    EXPECT_EQ(provider.auth.name, row.field);
    EXPECT_EQ(provider.models_path, row.models_path);
    EXPECT_EQ(provider.prefix(), "p");
    EXPECT_TRUE(provider.any_model);
    EXPECT_TRUE(provider.private_address);
  }
}

TEST(NodeProvider, MaySpeakResponses) {
  store::ProviderNode node = node_of("openai-compatible");
  node.api_type = "responses";
  EXPECT_EQ(provider_of(node).endpoints[0].dialect, Dialect::openai_responses);
  EXPECT_EQ(provider_of(node).dropped_members, std::vector<std::string>{"client_metadata"});
  node.type = "anthropic-compatible";
  EXPECT_EQ(provider_of(node).endpoints[0].dialect, Dialect::anthropic);
}

TEST(NodeProvider, IsNotToldWhatCodexTellsItsOwnServer) {
  store::ProviderNode node = node_of("openai-compatible");
  EXPECT_TRUE(provider_of(node).dropped_members.empty());
  node.api_type = "responses";
  EXPECT_EQ(provider_of(node).dropped_members, std::vector<std::string>{"client_metadata"});
}

TEST(NodeProvider, TakesAnAddressThatWasPastedWithItsEndpoint) {
  const auto base = [](std::string type, std::string url) {
    return provider_of(node_of(std::move(type), std::move(url))).endpoints[0].base;
  };
  EXPECT_EQ(base("openai-compatible", "http://h/v1/chat/completions"), "http://h/v1");
  EXPECT_EQ(base("openai-compatible", "http://h/v1/responses/"), "http://h/v1");
  EXPECT_EQ(base("anthropic-compatible", "http://h/v1/messages"), "http://h/v1");
  EXPECT_EQ(base("ollama-compatible", "http://h:11434/api/chat"), "http://h:11434");
  EXPECT_EQ(base("openai-compatible", "http://h/v1//"), "http://h/v1");
}

TEST(NodeProvider, HasPathsOfItsOwn) {
  store::ProviderNode node = node_of("openai-compatible", "http://h");
  node.chat_path = "/ask";
  node.models_path = "/list";
  EXPECT_EQ(provider_of(node).endpoints[0].path, "/ask");
  EXPECT_EQ(provider_of(node).models_path, "/list");
}

}  // namespace
}  // namespace omni::route
