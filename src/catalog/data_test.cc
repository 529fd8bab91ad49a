// What catalog/ says, held against what has been promised of it.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <iterator>
#include <set>

#include "base/embedded_file.h"
#include "catalog/catalog.h"
#include "catalog/file.h"

namespace omni::catalog {

std::span<const EmbeddedFile> catalog_files();

namespace {

using Category = Provider::Category;
using chat::Dialect;

const Catalog& own() {
  static const Result<std::shared_ptr<const Catalog>> catalog = Catalog::load();
  if (!catalog) ADD_FAILURE() << catalog.error().message();
  return **catalog;
}

const Model& model(std::string_view provider, std::string_view id) {
  const Provider* const found = own().find(provider);
  const Model* const listed = found == nullptr ? nullptr : found->find_model(id);
  static const Model none;
  if (listed == nullptr) ADD_FAILURE() << provider << "/" << id << " is not there";
  return listed == nullptr ? none : *listed;
}

TEST(Data, EveryFileIsReadAndNamedAfterItsProvider) {
  std::set<std::string> expected;
  for (const Provider& provider : own().providers()) {
    expected.insert("providers/" + provider.id + ".json");
  }
  std::set<std::string> found;
  for (const EmbeddedFile& file : catalog_files()) {
    if (file.name.starts_with("providers/")) found.emplace(file.name);
  }
  EXPECT_EQ(found, expected);
}

TEST(Data, MoreThanAHundredAndTwentyProvidersTakeAKey) {
  EXPECT_GE(std::ranges::count(own().providers(), Category::api_key, &Provider::category), 120);
}

TEST(Data, TheNamesOfTheContractLeadToTheirProviders) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 30> aliases{{
      {"cc", "claude"},
      {"cx", "codex"},
      {"qw", "qwen"},
      {"if", "iflow"},
      {"gh", "github"},
      {"kmc", "kimi-coding"},
      {"kc", "kilocode"},
      {"cl", "cline"},
      {"ds", "deepseek"},
      {"pplx", "perplexity"},
      {"hyp", "hyperbolic"},
      {"hf", "huggingface"},
      {"bb", "blackbox"},
      {"kg", "kilo-gateway"},
      {"ali", "alibaba"},
      {"lc", "longcat"},
      {"pol", "pollinations"},
      {"pu", "puter"},
      {"cf", "cloudflare-ai"},
      {"scw", "scaleway"},
      {"vag", "vercel-ai-gateway"},
      {"google", "gemini"},
      {"zai", "glm"},
      {"moonshotai", "kimi"},
      {"togetherai", "together"},
      {"fireworks-ai", "fireworks"},
      {"opencode", "opencode-zen"},
      {"xiaomi", "xiaomi-mimo"},
      {"lmstudio", "lm-studio"},
      {"llama", "meta-llama"},
  }};
  for (const auto& [alias, id] : aliases) {
    const Provider* const provider = own().find(alias);
    ASSERT_NE(provider, nullptr) << alias;
    EXPECT_EQ(provider->id, id) << alias;
  }
  for (const std::string_view id :
       {"openai",    "anthropic",   "gemini",      "openrouter",   "glm",           "glm-cn",
        "kimi",      "minimax",     "minimax-cn",  "deepseek",     "groq",          "xai",
        "mistral",   "perplexity",  "together",    "fireworks",    "cerebras",      "cohere",
        "nvidia",    "nebius",      "siliconflow", "hyperbolic",   "deepgram",      "assemblyai",
        "ollama",    "lm-studio",   "vllm",        "llama.cpp",    "alicode",       "alicode-intl",
        "deepinfra", "lambda",      "sambanova",   "nscale",       "ovhcloud",      "baseten",
        "publicai",  "v0",          "morph",       "featherless",  "friendli",      "llamagate",
        "heroku",    "galadriel",   "databricks",  "snowflake",    "wandb",         "volcengine",
        "ai21",      "gigachat",    "venice",      "codestral",    "upstage",       "inference-net",
        "nanogpt",   "predibase",   "bytez",       "aimlapi",      "nous-research", "reka",
        "qianfan",   "agentrouter", "synthetic",   "ollama-cloud", "opencode-go"}) {
    const Provider* const provider = own().find(id);
    ASSERT_NE(provider, nullptr) << id;
    EXPECT_EQ(provider->id, id);
  }
}

TEST(Data, OnlyWhatIsLocalIsSpokenToInTheOpen) {
  for (const Provider& provider : own().providers()) {
    const bool local = provider.category == Category::local;
    EXPECT_EQ(provider.private_address, local) << provider.id;
    for (const Endpoint& endpoint : provider.endpoints) {
      const std::string_view scheme = provider.category == Category::builtin ? "builtin:"
                                      : local                                ? "http://localhost:"
                                                                             : "https://";
      EXPECT_TRUE(endpoint.base.starts_with(scheme)) << provider.id << " " << endpoint.base;
    }
  }
}

TEST(Data, NoAddressHoldsWhatItsDialectAppends) {
  for (const Provider& provider : own().providers()) {
    for (const Endpoint& endpoint : provider.endpoints) {
      for (const std::string_view tail :
           {"/chat/completions", "/messages", "/responses", "/chat"}) {
        EXPECT_FALSE(endpoint.base.ends_with(tail)) << provider.id << " " << endpoint.base;
      }
    }
  }
}

TEST(Data, LimitsAreOnesThatAModelCouldHave) {
  constexpr std::int64_t context_max = 20'000'000;
  for (const Provider& provider : own().providers()) {
    for (const Model& each : provider.models) {
      const std::string name = provider.id + "/" + each.id;
      EXPECT_LE(each.context_tokens, context_max) << name;
      if (each.context_tokens > 0) EXPECT_LE(each.output_tokens, each.context_tokens) << name;
      EXPECT_EQ(each.dimensions > 0 && each.kind != Model::Kind::embedding, false) << name;
      EXPECT_EQ(!each.sizes.empty() && each.kind != Model::Kind::image, false) << name;
    }
  }
}

TEST(Data, APriceHasAnInputAndAnOutputOrIsOfTime) {
  constexpr Rate dear = 2'000'000'000;  // $2000 a million
  for (const Provider& provider : own().providers()) {
    for (const Model& each : provider.models) {
      if (!each.price) continue;
      const Rates& rates = each.price->rates;
      EXPECT_TRUE(rates.minute || (rates.input && rates.output)) << provider.id << "/" << each.id;
      EXPECT_LT(std::max(rates.input.value_or(0), rates.output.value_or(0)), dear) << each.id;
    }
  }
}

TEST(Data, NothingLooksLikeASecret) {
  constexpr std::size_t longest = 48;  // letters and digits in one go
  for (const EmbeddedFile& file : catalog_files()) {
    for (const std::string_view mark : {"sk-ant-", "sk-proj-", "AIza", "ghp_", "gsk_", "eyJ",
                                        "GOCSPX", "client_id", "client_secret", "user-agent"}) {
      EXPECT_EQ(file.bytes.find(mark), std::string_view::npos) << file.name << " " << mark;
    }
    std::size_t run = 0;
    std::size_t widest = 0;
    for (const char c : file.bytes) {
      run = std::isalnum(static_cast<unsigned char>(c)) != 0 ? run + 1 : 0;
      widest = std::max(widest, run);
    }
    EXPECT_LT(widest, longest) << file.name;
  }
}

TEST(Data, TheEmbeddingsOfTheContractHaveTheirDimensions) {
  struct Row {
    std::string_view provider, id;
    std::int64_t dimensions;
  };
  constexpr std::array rows{
      Row{"nebius", "Qwen/Qwen3-Embedding-8B", 4096},
      Row{"openai", "text-embedding-3-small", 1536},
      Row{"openai", "text-embedding-3-large", 3072},
      Row{"openai", "text-embedding-ada-002", 1536},
      Row{"mistral", "mistral-embed", 1024},
      Row{"together", "BAAI/bge-large-en-v1.5", 1024},
      Row{"together", "togethercomputer/m2-bert-80M-8k-retrieval", 768},
      Row{"fireworks", "nomic-ai/nomic-embed-text-v1.5", 768},
      Row{"nvidia", "nvidia/nv-embedqa-e5-v5", 1024},
  };
  for (const Row& row : rows) {
    const Model& found = model(row.provider, row.id);
    EXPECT_EQ(found.kind, Model::Kind::embedding) << row.id;
    EXPECT_EQ(found.dimensions, row.dimensions) << row.id;
  }
}

TEST(Data, TheImagesAndTranscriptionsOfTheContractAreThere) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 9> images{{
      {"openai", "gpt-image-1"},
      {"openai", "dall-e-3"},
      {"openai", "dall-e-2"},
      {"xai", "grok-2-image-1212"},
      {"together", "black-forest-labs/FLUX.1.1-pro"},
      {"together", "stabilityai/stable-diffusion-xl-base-1.0"},
      {"fireworks", "accounts/fireworks/models/flux-1-dev-fp8"},
      {"nebius", "black-forest-labs/flux-schnell"},
      {"nebius", "black-forest-labs/flux-dev"},
  }};
  for (const auto& [provider, id] : images) {
    EXPECT_EQ(model(provider, id).kind, Model::Kind::image) << id;
    EXPECT_TRUE(std::ranges::count(model(provider, id).sizes, "1024x1024")) << id;
  }
  constexpr std::array<std::pair<std::string_view, std::string_view>, 7> heard{{
      {"deepgram", "nova-3"},
      {"deepgram", "nova-2"},
      {"deepgram", "whisper-large"},
      {"assemblyai", "best"},
      {"assemblyai", "nano"},
      {"openai", "whisper-1"},
      {"groq", "whisper-large-v3-turbo"},
  }};
  for (const auto& [provider, id] : heard) {
    EXPECT_EQ(model(provider, id).kind, Model::Kind::transcription) << id;
  }
}

TEST(Data, RecordingsAreGivenToSomebodyWhoTakesThem) {
  for (const Provider& provider : own().providers()) {
    const bool takes = provider.transcriptions ||
                       provider.find_endpoint(Dialect::openai_chat) != nullptr;
    for (const Model& each : provider.models) {
      const bool takes_none = each.kind == Model::Kind::transcription && !takes;
      EXPECT_FALSE(takes_none) << provider.id << "/" << each.id;
    }
  }
  EXPECT_EQ(own().find("deepgram")->transcriptions->form, TranscriptionForm::deepgram);
  EXPECT_EQ(own().find("assemblyai")->transcriptions->form, TranscriptionForm::assemblyai);
}

TEST(Data, TheDemoSpeaksEveryDialectAndIsFree) {
  const Provider* const demo = own().find("demo");
  ASSERT_NE(demo, nullptr);
  EXPECT_EQ(demo->category, Category::builtin);
  EXPECT_EQ(demo->hook, "demo");
  EXPECT_EQ(demo->auth.scheme, Auth::Scheme::none);
  EXPECT_TRUE(demo->any_model) << "it has a part to play for any status: fail-429";
  for (const Dialect dialect : chat::all_dialects) {
    ASSERT_NE(demo->find_endpoint(dialect), nullptr);
    EXPECT_EQ(demo->find_endpoint(dialect)->base, "builtin:demo");
  }
  for (const std::string_view id : {"echo", "slow", "tool", "tools", "think", "json", "lorem",
                                    "fail", "stall", "cut", "garbage", "slow-start"}) {
    const Model& found = model("demo", id);
    EXPECT_EQ(found.price, (Price{.rates = {.input = 0, .output = 0}, .tiers = {}})) << id;
  }
  EXPECT_TRUE(model("demo", "think").thinking);
}

TEST(Data, ModelsHaveTheQuirksOfTheirFamilies) {
  const Quirks reasoning{Quirk::completion_token_limit, Quirk::no_sampling};
  EXPECT_EQ(model("openai", "gpt-5").quirks, reasoning);
  EXPECT_EQ(model("openai", "o3-mini").quirks, reasoning);
  EXPECT_EQ(own().find("openai")->quirks_of("gpt-5.9"), reasoning);
  EXPECT_TRUE(model("openai", "gpt-4o").quirks.empty());
  EXPECT_TRUE(model("anthropic", "claude-opus-4-6").quirks.has(Quirk::adaptive_thinking));
  EXPECT_FALSE(model("anthropic", "claude-opus-4-6").quirks.has(Quirk::no_sampling));
  EXPECT_TRUE(model("anthropic", "claude-opus-4-7").quirks.has(Quirk::no_sampling));
  EXPECT_FALSE(model("anthropic", "claude-opus-4-5").quirks.has(Quirk::adaptive_thinking));
  EXPECT_FALSE(own().find("github")->quirks_of("claude-opus-4.6").has(Quirk::adaptive_thinking));
  EXPECT_TRUE(model("gemini", "gemini-3-pro-preview").quirks.has(Quirk::thinking_levels));
  EXPECT_FALSE(model("gemini", "gemini-2.5-pro").quirks.has(Quirk::thinking_levels));
  EXPECT_TRUE(
      own().find("groq")->quirks_of("deepseek-r1-distill-llama-70b").has(Quirk::think_tags));
}

TEST(Data, OnlyThoseWhoTakeDevelopersAreSentThem) {
  for (const Provider& provider : own().providers()) {
    if (!provider.hook.empty()) continue;  // takes whatever its dialects have
    const bool asked = provider.find_endpoint(Dialect::openai_chat) != nullptr &&
                       (provider.any_model || provider.category == Category::api_key);
    const bool spared = provider.quirks.has(Quirk::developer_as_system);
    const bool takes = std::ranges::count(std::array{"openai", "azure", "azure-cognitive-services",
                                                     "openrouter", "voyage-ai", "jina-ai"},
                                          provider.id) > 0;
    EXPECT_EQ(asked && !takes, spared) << provider.id;
  }
}

TEST(Data, WhatIsCachedForAnHourCostsTwiceTheInputAtAnthropic) {
  for (const std::string_view provider : {"anthropic", "claude"}) {
    const Rates& rates = model(provider, "claude-opus-4-6").price->rates;
    EXPECT_EQ(rates.input, 5'000'000);
    EXPECT_EQ(rates.cache_write, 6'250'000);
    EXPECT_EQ(rates.cache_write_1h, 10'000'000);
  }
}

TEST(Data, WhatOnlyCodexTellsItsServerIsToldToNobodyElse) {
  std::set<std::string> told;
  for (const Provider& provider : own().providers()) {
    const auto speaks = [](const Endpoint& endpoint) {
      return endpoint.dialect == Dialect::openai_responses && endpoint.base.starts_with("http");
    };
    const auto& dropped = provider.dropped_members;
    const bool drops = std::ranges::find(dropped, "client_metadata") != dropped.end();
    if (std::ranges::any_of(provider.endpoints, speaks) && !drops) told.insert(provider.id);
  }
  EXPECT_EQ(told, std::set<std::string>{"codex"});
}

TEST(Data, ModelsThatOnlyResponsesServesAreServedThere) {
  EXPECT_EQ(model("openai", "gpt-5-codex").dialects, std::vector{Dialect::openai_responses});
  EXPECT_EQ(model("openai", "gpt-5-pro").dialects, std::vector{Dialect::openai_responses});
  EXPECT_TRUE(model("openai", "gpt-5").dialects.empty());
  EXPECT_EQ(model("github", "gpt-5.2-codex").dialects, std::vector{Dialect::openai_responses});
}

TEST(Data, TheSchemaNamesEveryMember) {
  std::ifstream file(OMNI_SOURCE_DIR "/catalog/schema.md");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  std::vector<std::string_view> names = provider_members();
  for (const auto& more : {model_members(), price_members()}) {
    names.insert(names.end(), more.begin(), more.end());
  }
  for (const std::string_view name : names) {
    EXPECT_NE(text.find("`" + std::string(name) + "`"), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace omni::catalog
