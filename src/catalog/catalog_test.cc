#include "catalog/catalog.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

namespace omni::catalog {
namespace {

using Document = Catalog::Document;
using Loaded = std::shared_ptr<const Catalog>;

Loaded load(std::vector<Document> overrides) {
  Result<Loaded> catalog = Catalog::load(overrides);
  if (!catalog) {
    ADD_FAILURE() << catalog.error().message();
    return nullptr;
  }
  return *catalog;
}

std::string refusal(std::vector<Document> overrides) {
  const Result<Loaded> catalog = Catalog::load(overrides);
  return catalog ? "" : catalog.error().message();
}

constexpr std::string_view acme = R"({"id": "acme", "name": "Acme", "aliases": ["ac"],
  "endpoints": {"openai_chat": "https://acme.example/v1"}, "quirks": ["no_stop"],
  "families": ["openai_reasoning"],
  "models": [{"id": "gpt-5-acme"}, {"id": "small", "quirks": ["no_strict"]}, {"id": "gpt-4o"}]})";

Document document(std::string name, std::string_view text) {
  return {std::move(name), std::string(text)};
}

TEST(Catalog, AProviderIsFoundByIdOrAliasInAnyCase) {
  const Loaded catalog = load({});
  ASSERT_TRUE(catalog);
  const Provider* const deepseek = catalog->find("deepseek");
  ASSERT_NE(deepseek, nullptr);
  EXPECT_EQ(catalog->find("ds"), deepseek);
  EXPECT_EQ(catalog->find("DeepSeek"), deepseek);
  EXPECT_EQ(catalog->find("DS"), deepseek);
  EXPECT_EQ(catalog->find("deepseek/"), nullptr);
  EXPECT_EQ(catalog->find(""), nullptr);
}

TEST(Catalog, ProvidersStandInTheOrderOfTheirIds) {
  const Loaded catalog = load({document("a.json", acme)});
  ASSERT_TRUE(catalog);
  EXPECT_TRUE(std::ranges::is_sorted(catalog->providers(), {}, &Provider::id));
}

TEST(Catalog, ADocumentOfANewIdAddsAProvider) {
  const Loaded catalog = load({document("acme.json", acme)});
  ASSERT_TRUE(catalog);
  const Provider* const provider = catalog->find("AC");
  ASSERT_NE(provider, nullptr);
  EXPECT_EQ(provider->id, "acme");
  EXPECT_EQ(provider->models.size(), 3);
}

TEST(Catalog, AModelHasItsOwnQuirksThoseOfItsProviderAndOfItsFamilies) {
  const Loaded catalog = load({document("acme.json", acme)});
  ASSERT_TRUE(catalog);
  const Provider& provider = *catalog->find("acme");
  EXPECT_EQ(provider.find_model("gpt-5-acme")->quirks,
            (Quirks{Quirk::no_stop, Quirk::no_sampling, Quirk::completion_token_limit}));
  EXPECT_EQ(provider.find_model("small")->quirks, (Quirks{Quirk::no_stop, Quirk::no_strict}));
  EXPECT_EQ(provider.quirks_of("gpt-5-unheard-of"), provider.find_model("gpt-5-acme")->quirks);
}

TEST(Catalog, ADocumentOfAKnownIdReplacesTheMembersThatItHas) {
  const Loaded before = load({});
  const Loaded after = load({document(
      "mine.json", R"({"id": "groq", "name": "My Groq", "quirks": [], "any_model": false})")});
  ASSERT_TRUE(before && after);
  const Provider& old = *before->find("groq");
  const Provider& groq = *after->find("groq");
  EXPECT_EQ(groq.name, "My Groq");
  EXPECT_FALSE(groq.any_model);
  EXPECT_TRUE(old.any_model);
  EXPECT_FALSE(groq.quirks.has(Quirk::developer_as_system));
  EXPECT_EQ(groq.endpoints[0].base, old.endpoints[0].base);
  EXPECT_EQ(groq.models.size(), old.models.size());
  EXPECT_EQ(after->providers().size(), before->providers().size());
  // The quirks of its models follow.
  EXPECT_TRUE(old.models[0].quirks.has(Quirk::developer_as_system));
  EXPECT_FALSE(groq.models[0].quirks.has(Quirk::developer_as_system));
}

TEST(Catalog, ModelsAreReplacedOneByOneAndMemberByMember) {
  const Loaded before = load({});
  const Loaded after = load({document("prices.json", R"({"id": "openai", "models": [
      {"id": "gpt-4o", "price": {"input": 1, "output": 2.000001}},
      {"id": "gpt-private", "context_tokens": 5}]})")});
  ASSERT_TRUE(before && after);
  const Model& old = *before->find("openai")->find_model("gpt-4o");
  const Model& changed = *after->find("openai")->find_model("gpt-4o");
  EXPECT_EQ(changed.price->rates.input, 1'000'000);
  EXPECT_EQ(changed.price->rates.output, 2'000'001);
  EXPECT_EQ(changed.price->rates.cache_read, std::nullopt);
  EXPECT_EQ(changed.context_tokens, old.context_tokens);
  EXPECT_EQ(changed.name, old.name);
  ASSERT_NE(after->find("openai")->find_model("gpt-private"), nullptr);
  EXPECT_EQ(after->find("openai")->models.size(), before->find("openai")->models.size() + 1);
}

TEST(Catalog, APriceThatIsNullIsTakenAway) {
  const Loaded catalog = load(
      {document("free.json", R"({"id": "openai", "models": [{"id": "gpt-4o", "price": null}]})")});
  ASSERT_TRUE(catalog);
  EXPECT_FALSE(catalog->find("openai")->find_model("gpt-4o")->price);
}

TEST(Catalog, LaterDocumentsGoOverEarlierOnes) {
  const Loaded catalog =
      load({document("1.json", acme), document("2.json", R"({"id": "acme", "name": "Second"})"),
            document("3.json", R"({"id": "acme", "name": "Third"})")});
  ASSERT_TRUE(catalog);
  EXPECT_EQ(catalog->find("acme")->name, "Third");
  EXPECT_EQ(catalog->find("acme")->models.size(), 3);
}

TEST(Catalog, EverybodyWhoListsAModelIsKnown) {
  const Loaded catalog = load({document("acme.json", acme)});
  ASSERT_TRUE(catalog);
  const auto listings = catalog->who_lists("gpt-4o");
  std::vector<std::string_view> ids;
  for (const Catalog::Listing& listing : listings) {
    EXPECT_EQ(listing.model->id, "gpt-4o");
    EXPECT_EQ(listing.provider->find_model("gpt-4o"), listing.model);
    ids.push_back(listing.provider->id);
  }
  EXPECT_TRUE(std::ranges::is_sorted(ids));
  EXPECT_TRUE(std::ranges::count(ids, "acme") == 1 && std::ranges::count(ids, "openai") == 1);
  ASSERT_EQ(catalog->who_lists("gpt-5-acme").size(), 1);
  EXPECT_EQ(catalog->who_lists("gpt-5-acme")[0].provider->id, "acme");
  EXPECT_TRUE(catalog->who_lists("gpt-5-acm").empty());
  EXPECT_TRUE(catalog->who_lists("").empty());
}

TEST(Catalog, ABadDocumentIsRefusedWithItsNameItsPlaceAndTheReason) {
  EXPECT_EQ(refusal({document("mine.json", R"({"id": "groq", "quirks": ["odd"]})")}),
            "mine.json: quirks[0]: there is no \"odd\"");
  EXPECT_EQ(refusal({document("a.json", acme), document("b.json", "{")}).find("b.json: "), 0);
  EXPECT_EQ(refusal({document("c.json", R"({"name": "X"})")}).find("c.json: "), 0);
  EXPECT_EQ(refusal({document("d.json", R"({"id": 5})")}), "d.json: id: expected a string");
  EXPECT_EQ(refusal({document("e.json", R"({"id": "new"})")}), "e.json: name: is missing");
  EXPECT_EQ(refusal({document("f.json", R"({"id": "openai", "endpoints": {}})")}).find("f.json: "),
            0);
}

TEST(Catalog, NoTwoProvidersAnswerToOneName) {
  EXPECT_EQ(refusal({document("a.json", R"({"id": "acme", "name": "A", "aliases": ["groq"]})")}),
            "a.json: aliases: \"groq\" leads to provider \"groq\" already");
  EXPECT_EQ(refusal({document("a.json", R"({"id": "acme", "name": "A", "aliases": ["ds"]})")}),
            "a.json: aliases: \"ds\" leads to provider \"deepseek\" already");
  EXPECT_NE(refusal({document("a.json", R"({"id": "ds", "name": "A"})")}), "");
  EXPECT_EQ(refusal({document("a.json", R"({"id": "deepseek", "aliases": []})"),
                     document("b.json", R"({"id": "ds", "name": "Mine"})")}),
            "");
}

}  // namespace
}  // namespace omni::catalog
