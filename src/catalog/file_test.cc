#include "catalog/file.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace omni::catalog {
namespace {

const Families families{{"thinkers", {{"o1*"}, {Quirk::no_sampling}, {}}}};

/// The provider in a file, or what is wrong with it.
Result<Provider> read(std::string_view text) {
  json::Reader reader;
  Draft draft{.provider = {}, .families = &families};
  read_provider(reader.read(text), draft);
  if (Status done = reader.finish(); !done) return done.error();
  if (Status checked = check(draft.provider); !checked) return checked.error();
  return draft.provider;
}

constexpr std::string_view whole = R"({
  "id": "acme", "name": "Acme", "aliases": ["ac", "acme.ai"], "category": "api_key",
  "website": "https://acme.example", "env": ["ACME_API_KEY"],
  "endpoints": {"anthropic": "https://{region}.acme.example/v1",
                "openai_chat": "https://a.example"},
  "auth": {"scheme": "field", "name": "x-key", "prefix": "Token "},
  "fields": {"x-version": "2"}, "models_path": "/list", "quirks": ["no_stop"],
  "families": ["thinkers"], "dropped_members": ["verbosity"], "any_model": false,
  "private_address": true, "facts": {"id": "acme"},
  "transcriptions": {"form": "deepgram", "base": "https://ears.example/v1"},
  "models_by_hand": [{"id": "o1", "context_tokens": 9, "quirks": ["no_strict"]}],
  "models": [
    {"id": "a", "name": "A", "kind": "embedding", "dimensions": 7},
    {"id": "o1", "name": "One", "context_tokens": 100, "output_tokens": 10, "tools": true,
     "images": true, "documents": true, "audio": true, "thinking": true, "deprecated": true,
     "sizes": ["1x1"], "dialects": ["anthropic"], "released": "2026-03-19",
     "price": {"input": 2.50, "output": 1e1, "cache_read": 0.25, "cache_write": 3.125,
               "cache_write_1h": 5, "reasoning": 12, "input_audio": 40, "output_audio": 80,
               "tiers": [{"above_tokens": 50, "input": 5}, {"above_tokens": 70, "input": 6}]}}
  ]
})";

TEST(File, AProviderIsReadWithAllItsMembers) {
  const Result<Provider> read_back = read(whole);
  ASSERT_TRUE(read_back) << read_back.error().message();
  const Provider& acme = *read_back;
  EXPECT_EQ(acme.id, "acme");
  EXPECT_EQ(acme.prefix(), "ac");
  EXPECT_EQ(acme.category, Provider::Category::api_key);
  EXPECT_EQ(acme.website, "https://acme.example");
  EXPECT_EQ(acme.env, std::vector<std::string>{"ACME_API_KEY"});
  ASSERT_EQ(acme.endpoints.size(), 2);
  EXPECT_EQ(acme.endpoints[0].dialect, chat::Dialect::anthropic);
  EXPECT_EQ(acme.endpoints[0].base, "https://{region}.acme.example/v1");
  EXPECT_EQ(acme.auth.scheme, Auth::Scheme::field);
  EXPECT_EQ(acme.auth.name, "x-key");
  EXPECT_EQ(acme.auth.prefix, "Token ");
  EXPECT_EQ(acme.fields, (decltype(acme.fields){{"x-version", "2"}}));
  EXPECT_EQ(acme.models_path, "/list");
  ASSERT_TRUE(acme.transcriptions);
  EXPECT_EQ(acme.transcriptions->form, TranscriptionForm::deepgram);
  EXPECT_EQ(acme.transcriptions->base, "https://ears.example/v1");
  EXPECT_EQ(acme.quirks, Quirks{Quirk::no_stop});
  ASSERT_EQ(acme.families.size(), 1);
  EXPECT_EQ(acme.dropped_members, std::vector<std::string>{"verbosity"});
  EXPECT_FALSE(acme.any_model);
  EXPECT_TRUE(acme.private_address);
}

TEST(File, AModelIsReadWithAllItsMembers) {
  const Result<Provider> acme = read(whole);
  ASSERT_TRUE(acme) << acme.error().message();
  const Model* model = acme->find_model("o1");
  ASSERT_NE(model, nullptr);
  EXPECT_EQ(model->name, "One");
  EXPECT_EQ(model->output_tokens, 10);
  EXPECT_TRUE(model->tools && model->images && model->documents && model->audio);
  EXPECT_TRUE(model->thinking && model->deprecated);
  EXPECT_EQ(model->sizes, std::vector<std::string>{"1x1"});
  EXPECT_EQ(model->dialects, std::vector{chat::Dialect::anthropic});
  EXPECT_EQ(model->released, "2026-03-19");
  Price price{.rates = {.input = 2'500'000,
                        .output = 10'000'000,
                        .cache_read = 250'000,
                        .cache_write = 3'125'000,
                        .cache_write_1h = 5'000'000,
                        .reasoning = 12'000'000,
                        .input_audio = 40'000'000,
                        .output_audio = 80'000'000},
              .tiers = {{.above_tokens = 50, .rates = {}}, {.above_tokens = 70, .rates = {}}}};
  price.tiers[0].rates.input = 5'000'000;
  price.tiers[1].rates.input = 6'000'000;
  EXPECT_EQ(model->price, price);
  EXPECT_EQ(acme->find_model("a")->kind, Model::Kind::embedding);
  EXPECT_EQ(acme->find_model("a")->dimensions, 7);
}

TEST(File, WhatIsWrittenByHandGoesOverTheOtherModelsWhereverItStands) {
  const Result<Provider> acme = read(whole);
  ASSERT_TRUE(acme) << acme.error().message();
  EXPECT_EQ(acme->models.size(), 2);
  EXPECT_EQ(acme->find_model("o1")->context_tokens, 9);
  EXPECT_EQ(acme->find_model("o1")->quirks, Quirks{Quirk::no_strict});
}

TEST(File, AModelIsCalledByItsIdWhereItHasNoName) {
  const Result<Provider> read_back = read(
      R"({"id":"x","name":"X","endpoints":{"gemini":"https://x.example"},"models":[{"id":"m"}]})");
  ASSERT_TRUE(read_back) << read_back.error().message();
  EXPECT_EQ(read_back->models[0].name, "m");
  EXPECT_EQ(read_back->prefix(), "x");
}

struct Wrong {
  std::string_view members;  // after those that every provider has
  std::string_view words;
};

constexpr std::array wrongs{
    Wrong{R"("colour":"red")", "colour: there is no such member"},
    Wrong{R"("name":null)", "name: expected a string"},
    Wrong{R"("name":" ")", "name: "},
    Wrong{R"("aliases":["A"])", "aliases: must be of a-z"},
    Wrong{R"("aliases":["b","b"])", "aliases[1]: stands here twice"},
    Wrong{R"("aliases":["x"])", "aliases: \"x\" is the id itself"},
    Wrong{R"("category":"free")", "category: there is no \"free\""},
    Wrong{R"("website":"x.example")", "website: "},
    Wrong{R"("env":[""])", "env[0]: must not be empty"},
    Wrong{R"("endpoints":{"smoke":"https://x.example"})", "endpoints.smoke: there is no such"},
    Wrong{R"("endpoints":{"gemini":"https://x.example/"})", "endpoints.gemini: must be an address"},
    Wrong{R"("endpoints":{"gemini":"https://x.example?a=b"})", "endpoints.gemini: must be"},
    Wrong{R"("endpoints":{"gemini":"ftp://x.example"})", "endpoints.gemini: must be"},
    Wrong{R"("endpoints":{"gemini":"https://{x.example"})", "endpoints.gemini: must be"},
    Wrong{R"("endpoints":{"gemini":"https://x}.example"})", "endpoints.gemini: must be"},
    Wrong{R"("endpoints":{"gemini":"https://{X Y}.example"})", "endpoints.gemini: must be"},
    Wrong{R"("endpoints":{"gemini":"https://a b.example"})", "endpoints.gemini: must be"},
    Wrong{R"("endpoints":{"gemini":"http://x.example"})", "endpoints.gemini: must be https"},
    Wrong{R"("endpoints":{"gemini":"builtin:x"})", "endpoints.gemini: an address \"builtin:…\""},
    Wrong{R"("hook":"demo")", "endpoints.openai_chat: an address \"builtin:…\" and a hook"},
    Wrong{R"("endpoints":{"gemini":"https://x.example","gemini":"https://y.example"})",
          "endpoints.gemini: stands here twice"},
    Wrong{R"("auth":"bearer")", "auth: expected an object"},
    Wrong{R"("auth":{"scheme":"basic"})", "auth.scheme: there is no \"basic\""},
    Wrong{R"("auth":{"scheme":"field"})", "auth: a field or query has a name"},
    Wrong{R"("auth":{"scheme":"bearer","name":"x-key"})", "auth: a field or query has a name"},
    Wrong{R"("auth":{"scheme":"query","name":"key","prefix":"a"})", "auth: only a field has"},
    Wrong{R"("fields":{"X-Big":"1"})", "fields.X-Big: must be a field's name"},
    Wrong{R"("fields":{"x":"a\nb"})", "fields.x: must be a field's name"},
    Wrong{R"("models_path":"models")", "models_path: must begin with /"},
    Wrong{R"("transcriptions":{"form":"ear","base":"https://x.example"})",
          "transcriptions.form: there is no \"ear\""},
    Wrong{R"("transcriptions":{"form":"deepgram"})", "transcriptions: has a base"},
    Wrong{R"("transcriptions":{"form":"deepgram","base":"builtin:x"})", "transcriptions: has a"},
    Wrong{R"("transcriptions":{"form":"deepgram","base":"http://x.example"})",
          "transcriptions: must be https"},
    Wrong{R"("quirks":["no_fun"])", "quirks[0]: there is no \"no_fun\""},
    Wrong{R"("quirks":["no_stop","no_stop"])", "quirks[1]: stands here twice"},
    Wrong{R"("families":["royal"])", "families: there is no family \"royal\""},
    Wrong{R"("any_model":1)", "any_model: expected true or false"},
    Wrong{R"("models":{})", "models: expected an array"},
    Wrong{R"("models":[{}])", "models[0]: member \"id\" is missing"},
    Wrong{R"("models":[{"id":""}])", "models[0].id: must be of 1 to 256"},
    Wrong{R"("models":[{"id":"a b"}])", "models[0].id: must be of 1 to 256"},
    Wrong{R"("models":[{"id":"m"},{"id":"n"},{"id":"m"}])", "models: has two models of one id"},
    Wrong{R"("models":[{"id":"m"}],"models_by_hand":[{"id":"m"},{"id":"m"}])",
          "models_by_hand[1]: is a model that this list has already"},
    Wrong{R"("models":[{"id":"m","id":"m"}])", "models[0].id: stands here twice"},
    Wrong{R"("models":[{"id":"m","smell":1}])", "models[0].smell: there is no such member"},
    Wrong{R"("models":[{"id":"m","kind":"film"}])", "models[0].kind: there is no \"film\""},
    Wrong{R"("models":[{"id":"m","context_tokens":-1}])", "models[0].context_tokens: must be from"},
    Wrong{R"("models":[{"id":"m","context_tokens":1.5}])", "models[0].context_tokens: expected"},
    Wrong{R"("models":[{"id":"m","tools":"yes"}])", "models[0].tools: expected true or false"},
    Wrong{R"("models":[{"id":"m","released":"2026-3-19"}])", "models[0].released: must be a date"},
    Wrong{R"("models":[{"id":"m","dialects":["x"]}])", "models[0].dialects[0]: there is no \"x\""},
    Wrong{R"("models":[{"id":"m","dialects":["gemini"]}])", "none speaks gemini"},
    Wrong{R"("models":[{"id":"m","price":{}}])", "models[0].price: has no price"},
    Wrong{R"("models":[{"id":"m","price":{"input":"1"}}])", "price.input: expected a number"},
    Wrong{R"("models":[{"id":"m","price":{"input":-1}}])", "price.input: price \"-1\" must be"},
    Wrong{R"("models":[{"id":"m","price":{"input":0.0000001}}])",
          "price.input: price \"0.0000001\" "
          "has more than six decimals"},
    Wrong{R"("models":[{"id":"m","price":{"tip":1}}])", "price.tip: there is no such member"},
    Wrong{R"("models":[{"id":"m","price":{"tiers":[{"input":1}]}}])", "tiers[0]: must be above"},
    Wrong{R"("models":[{"id":"m","price":{"tiers":[{"above_tokens":5}]}}])", "tiers[0]: has no"},
    Wrong{R"("models":[{"id":"m","price":{"tiers":[{"above_tokens":5,"input":1},
                                                   {"above_tokens":5,"input":2}]}}])",
          "tiers[1]: must be above more tokens"},
};

/// A provider that is whole but for `members`, which take the place of its own.
std::string file_with(std::string_view members) {
  std::string text = R"({"id":"x")";
  for (const std::string_view own :
       {R"("name":"X")", R"("endpoints":{"openai_chat":"https://x.example"})"}) {
    const bool given = members.starts_with(own.substr(0, own.find(':')));
    if (!given) text.append(",").append(own);
  }
  return text.append(",").append(members).append("}");
}

TEST(File, WhatDoesNotFitIsRefusedWithItsPlaceAndTheReason) {
  for (const Wrong& wrong : wrongs) {
    const std::string text = file_with(wrong.members);
    const Result<Provider> result = read(text);
    ASSERT_FALSE(result) << text;
    EXPECT_NE(result.error().message().find(wrong.words), std::string::npos)
        << text << "\n"
        << result.error().message();
  }
}

TEST(File, AProviderIsNotWholeWithoutIdAndName) {
  EXPECT_EQ(read(R"({"name":"X"})").error().message(), "id: is missing");
  EXPECT_EQ(read(R"({"id":"x"})").error().message(), "name: is missing");
  EXPECT_FALSE(read(R"({"id":"X","name":"X"})"));
  EXPECT_FALSE(read(R"([])"));
  EXPECT_FALSE(read(""));
}

TEST(File, WithoutEndpointsThereAreNoChatModels) {
  EXPECT_TRUE(read(R"({"id":"x","name":"X","models":[{"id":"m","kind":"transcription"}]})"));
  EXPECT_FALSE(read(R"({"id":"x","name":"X","models":[{"id":"m"}]})"));
}

TEST(File, EveryCutAndEveryBrokenByteIsReadOrRefusedInWords) {
  for (std::size_t at = 0; at < whole.size(); ++at) {
    EXPECT_FALSE(read(whole.substr(0, at)));
    for (const char broken : {'"', '{', ']', '0', ',', '\0', '\xff'}) {
      std::string text(whole);
      text[at] = broken;
      const Result<Provider> result = read(text);
      if (!result) EXPECT_FALSE(result.error().message().empty());
    }
  }
}

TEST(File, AFamilyHasPatternsAndQuirks) {
  json::Reader reader;
  const auto family = [&](std::string_view text) {
    Provider::Family read_back;
    read_family(reader.read(text), read_back);
    return reader.finish() ? std::optional(read_back) : std::nullopt;
  };
  const auto known =
      family(R"({"patterns":["a*"],"dialects":["gemini"],"quirks":["thinking_levels"]})");
  ASSERT_TRUE(known);
  EXPECT_EQ(known->patterns, std::vector<std::string>{"a*"});
  EXPECT_EQ(known->dialects, std::vector{chat::Dialect::gemini});
  EXPECT_EQ(known->quirks, Quirks{Quirk::thinking_levels});
  EXPECT_FALSE(family(R"({"patterns":[],"quirks":["no_stop"]})"));
  EXPECT_FALSE(family(R"({"patterns":["a"]})"));
  EXPECT_FALSE(family(R"({"patterns":["a"],"quirks":["no_stop"],"models":[]})"));
}

}  // namespace
}  // namespace omni::catalog
