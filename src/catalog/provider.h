#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catalog/price.h"
#include "catalog/quirk.h"
#include "chat/dialect.h"
#include "json/raw.h"

namespace omni::catalog {

/// Something at a provider that answers.
struct Model {
  enum class Kind : std::uint8_t { chat, embedding, image, transcription, speech, rerank };

  std::string id;    // as clients write it after the provider's name, and as the provider knows it
  std::string name;  // for people
  Kind kind{};
  std::int64_t context_tokens = 0;  // 0: not known, here and below
  std::int64_t output_tokens = 0;
  bool tools = false;
  bool images = false;     // understands them
  bool documents = false;  // understands PDF
  bool audio = false;      // understands it
  bool thinking = false;
  bool deprecated = false;
  /// Where it is served; none: in every dialect that its provider speaks.
  std::vector<chat::Dialect> dialects;
  Quirks quirks;  // with those of its provider
  std::optional<Price> price;
  std::int64_t dimensions = 0;     // of an embedding
  std::vector<std::string> sizes;  // of an image
  std::string released;            // "2026-03-19"
};

std::string_view name_of(Model::Kind kind);
std::optional<Model::Kind> kind_named(std::string_view name);

/// Where a provider speaks a dialect.
struct Endpoint {
  chat::Dialect dialect{};
  /// Its address up to what the dialect itself appends ("/chat/completions"); `{name}` in it stands
  /// for a member of the connection's own data.
  std::string base;
  std::string path = {};  // in the place of what the dialect appends; mostly empty
};

/// How a provider wants to be shown a key.
struct Auth {
  enum class Scheme : std::uint8_t { none, bearer, field, query };
  Scheme scheme = Scheme::bearer;
  std::string name;    // of the field, or of the member of the query
  std::string prefix;  // before the key in a field: "Token "
};

/// How a provider answers who asks what an account may still use.
enum class QuotaForm : std::uint8_t {
  claude,
  codex,
  copilot,
  openrouter,
  deepseek,
  kimi,
  zai,
  minimax
};
constexpr std::size_t quota_forms = 8;
std::optional<QuotaForm> quota_form_named(std::string_view name);

/// Where that is asked.
struct QuotaQuestion {
  QuotaForm form{};
  std::string url;  // whole, or from the root of its first endpoint: "/api/usage"
};

/// How a provider wants to be asked for vectors.
struct EmbeddingManner {
  std::size_t inputs_max = 0;         // in one call; 0: as its dialect says
  std::int64_t tokens_max = 250'000;  // about, in one call
  json::RawMembers usual;  // what it wants to be told where the client says nothing of it
};

/// How a provider is given recordings that it shall write down, and answers.
enum class TranscriptionForm : std::uint8_t { openai, deepgram, assemblyai };
std::optional<TranscriptionForm> transcription_form_named(std::string_view name);

/// Where that is, if it is not behind an endpoint.
struct TranscriptionService {
  TranscriptionForm form{};
  std::string base;  // as that of an endpoint
};

/// A company or a program that serves models, as its file in the catalogue says, or as a user has
/// defined it.
struct Provider {
  enum class Category : std::uint8_t { api_key, oauth, local, builtin, node };

  std::string id;
  std::string name;                  // for people
  std::vector<std::string> aliases;  // the first is the one that lists show
  Category category{};
  std::string website;
  std::vector<std::string> env;     // variables that may hold a key
  std::vector<Endpoint> endpoints;  // the first is the preferred one
  Auth auth;
  std::vector<std::pair<std::string, std::string>> fields;  // that go with every call
  std::string models_path = "/models";  // behind the first endpoint's base; empty: it has no list
  std::optional<QuotaQuestion> quota;   // where it tells what is left; mostly nowhere
  EmbeddingManner embeddings;
  /// Nothing where it does so as OpenAI does, behind the endpoint for openai_chat, or not at all.
  std::optional<TranscriptionService> transcriptions;
  Quirks quirks;                             // of all its models
  std::vector<std::string> dropped_members;  // of the body, which the provider refuses
  /// Patterns of models that are this provider's own, and so asked of it where no other is named.
  std::vector<std::string> home_of;
  /// Models that are not listed may be asked for as well.
  bool any_model = true;
  /// It may be at an address that only this machine or its network can reach.
  bool private_address = false;
  std::string hook;  // answered by a class in upstream/special instead of a server; mostly empty
  std::vector<Model> models;

  /// What names stand before its models in lists: its first alias, or its id.
  const std::string& prefix() const { return aliases.empty() ? id : aliases.front(); }
  /// What people read in the place of the id: the one of a node is a number that nobody knows.
  const std::string& shown_id() const { return category == Category::node ? prefix() : id; }
  const Model* find_model(std::string_view wanted) const;
  const Endpoint* find_endpoint(chat::Dialect dialect) const;
  /// Quirks for a model that is not listed: those of the provider and of the families it names.
  Quirks quirks_of(std::string_view model) const;
  bool answers_to(std::string_view wanted) const;  // id or alias, in any case of letters

  /// Quirks of all models whose ids match, from the family files that the provider's file names.
  struct Family {
    /// With `*`, in any case of letters, for what stands behind the last `/` of an id.
    std::vector<std::string> patterns;
    Quirks quirks;
    std::vector<chat::Dialect> dialects;  // of models that are served in one of these; none: of all
  };
  std::vector<Family> families;

  /// To be called after a change of models.  False if two have one id.
  bool index();

 private:
  friend class Catalog;
  /// Those of families for a model that is served in these dialects; none: in the provider's.
  Quirks family_quirks(std::string_view model, std::span<const chat::Dialect> dialects) const;

  std::vector<std::uint32_t> by_id_;  // places in `models`
};

std::string_view name_of(Provider::Category category);
std::optional<Provider::Category> category_named(std::string_view name);

}  // namespace omni::catalog
