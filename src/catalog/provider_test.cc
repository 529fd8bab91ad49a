#include "catalog/provider.h"

#include <gtest/gtest.h>

namespace omni::catalog {
namespace {

using chat::Dialect;

Provider acme() {
  Provider provider;
  provider.id = "acme";
  provider.endpoints = {{Dialect::openai_chat, "https://acme.example/v1"}};
  for (const char* id : {"zeta", "alpha", "team/beta"}) {
    provider.models.emplace_back().id = id;
  }
  provider.index();
  return provider;
}

TEST(Provider, AModelIsFoundByItsIdAlone) {
  const Provider provider = acme();
  EXPECT_EQ(provider.find_model("alpha"), &provider.models[1]);
  EXPECT_EQ(provider.find_model("team/beta"), &provider.models[2]);
  EXPECT_EQ(provider.find_model("zeta"), &provider.models[0]);
  EXPECT_EQ(provider.find_model("Alpha"), nullptr);
  EXPECT_EQ(provider.find_model("beta"), nullptr);
  EXPECT_EQ(provider.find_model(""), nullptr);
}

TEST(Provider, ACopyFindsItsOwnModels) {
  const Provider copy = Provider(acme());
  EXPECT_EQ(copy.find_model("alpha"), &copy.models[1]);
}

TEST(Provider, TwoModelsOfOneIdAreNoticed) {
  Provider provider = acme();
  EXPECT_TRUE(provider.index());
  provider.models.emplace_back().id = "alpha";
  EXPECT_FALSE(provider.index());
}

TEST(Provider, AnEndpointIsFoundByItsDialect) {
  const Provider provider = acme();
  EXPECT_EQ(provider.find_endpoint(Dialect::openai_chat), &provider.endpoints[0]);
  EXPECT_EQ(provider.find_endpoint(Dialect::gemini), nullptr);
}

TEST(Provider, TheFirstAliasStandsBeforeModelsOrElseTheId) {
  Provider provider = acme();
  EXPECT_EQ(provider.prefix(), "acme");
  provider.aliases = {"ac", "am"};
  EXPECT_EQ(provider.prefix(), "ac");
}

TEST(Provider, AnswersToItsIdAndAliasesInAnyCase) {
  Provider provider = acme();
  provider.aliases = {"ac"};
  EXPECT_TRUE(provider.answers_to("ACME"));
  EXPECT_TRUE(provider.answers_to("Ac"));
  EXPECT_FALSE(provider.answers_to("a"));
  EXPECT_FALSE(provider.answers_to(""));
}

TEST(Provider, AFamilyHoldsForTheModelsThatItsPatternsMatch) {
  Provider provider = acme();
  provider.quirks = {Quirk::no_stop};
  provider.families = {{{"gpt-5*", "*-mini-?", "o*1*x"}, {Quirk::no_sampling}, {}}};
  const auto held = [&](std::string_view model) {
    const Quirks quirks = provider.quirks_of(model);
    EXPECT_TRUE(quirks.has(Quirk::no_stop));
    return quirks.has(Quirk::no_sampling);
  };
  EXPECT_TRUE(held("gpt-5"));
  EXPECT_TRUE(held("GPT-5.2"));
  EXPECT_TRUE(held("openai/gpt-5-pro"));
  EXPECT_TRUE(held("o1x"));
  EXPECT_TRUE(held("o-1-1-x"));
  EXPECT_FALSE(held("o1xy"));
  EXPECT_FALSE(held("gpt-4"));
  EXPECT_FALSE(held("my-gpt-5"));
  EXPECT_FALSE(held("gpt-5/other"));
  EXPECT_TRUE(held("a-mini-b"));
  EXPECT_FALSE(held("a-mini-bc"));
  EXPECT_FALSE(held(""));
}

TEST(Provider, AFamilyOfADialectHoldsWhereItIsSpoken) {
  Provider provider = acme();
  provider.families = {{{"*"}, {Quirk::adaptive_thinking}, {Dialect::anthropic}}};
  EXPECT_FALSE(provider.quirks_of("any").has(Quirk::adaptive_thinking));
  provider.endpoints.push_back({Dialect::anthropic, "https://acme.example/v1"});
  EXPECT_TRUE(provider.quirks_of("any").has(Quirk::adaptive_thinking));
}

TEST(Provider, NamesLeadBack) {
  for (const std::string_view name :
       {"chat", "embedding", "image", "transcription", "speech", "rerank"}) {
    const auto kind = kind_named(name);
    ASSERT_TRUE(kind) << name;
    EXPECT_EQ(name_of(*kind), name);
  }
  for (const std::string_view name : {"api_key", "oauth", "local", "builtin", "node"}) {
    const auto category = category_named(name);
    ASSERT_TRUE(category) << name;
    EXPECT_EQ(name_of(*category), name);
  }
  EXPECT_FALSE(kind_named("film"));
  EXPECT_FALSE(category_named(""));
}

}  // namespace
}  // namespace omni::catalog
