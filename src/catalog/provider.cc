#include "catalog/provider.h"

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "base/wildcard.h"

namespace omni::catalog {
namespace {

// In the order of the enumerations.
constexpr std::array<std::string_view, 6> kinds{"chat",          "embedding", "image",
                                                "transcription", "speech",    "rerank"};
constexpr std::array<std::string_view, 5> categories{"api_key", "oauth", "local", "builtin",
                                                     "node"};
constexpr std::array<std::string_view, quota_forms> quota_names{
    "claude", "codex", "copilot", "openrouter", "deepseek", "kimi", "zai", "minimax"};
constexpr std::array<std::string_view, 3> transcription_names{"openai", "deepgram", "assemblyai"};
static_assert(transcription_names.size() ==
              static_cast<std::size_t>(TranscriptionForm::assemblyai) + 1);
static_assert(quota_names.size() == static_cast<std::size_t>(QuotaForm::minimax) + 1);
static_assert(kinds.size() == static_cast<std::size_t>(Model::Kind::rerank) + 1);
static_assert(categories.size() == static_cast<std::size_t>(Provider::Category::node) + 1);

template <class Value, std::size_t count>
std::optional<Value> named(const std::array<std::string_view, count>& names,
                           std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Value>(found - names.begin());
}

}  // namespace

std::string_view name_of(Model::Kind kind) { return kinds[static_cast<std::size_t>(kind)]; }

std::optional<Model::Kind> kind_named(std::string_view name) {
  return named<Model::Kind>(kinds, name);
}

std::optional<QuotaForm> quota_form_named(std::string_view name) {
  return named<QuotaForm>(quota_names, name);
}

std::optional<TranscriptionForm> transcription_form_named(std::string_view name) {
  return named<TranscriptionForm>(transcription_names, name);
}

std::string_view name_of(Provider::Category category) {
  return categories[static_cast<std::size_t>(category)];
}

std::optional<Provider::Category> category_named(std::string_view name) {
  return named<Provider::Category>(categories, name);
}

const Model* Provider::find_model(std::string_view wanted) const {
  const auto before = [&](std::uint32_t place, std::string_view text) {
    return models[place].id < text;
  };
  const auto found = std::lower_bound(by_id_.begin(), by_id_.end(), wanted, before);
  return found == by_id_.end() || models[*found].id != wanted ? nullptr : &models[*found];
}

const Endpoint* Provider::find_endpoint(chat::Dialect dialect) const {
  const auto found = std::find_if(endpoints.begin(), endpoints.end(),
                                  [&](const Endpoint& each) { return each.dialect == dialect; });
  return found == endpoints.end() ? nullptr : &*found;
}

Quirks Provider::quirks_of(std::string_view model) const {
  Quirks all = quirks;
  all.add(family_quirks(model, {}));
  return all;
}

Quirks Provider::family_quirks(std::string_view model,
                               std::span<const chat::Dialect> dialects) const {
  const std::string_view last = model.substr(model.rfind('/') + 1);
  const auto served = [&](chat::Dialect dialect) {
    if (dialects.empty()) return find_endpoint(dialect) != nullptr;
    return std::find(dialects.begin(), dialects.end(), dialect) != dialects.end();
  };
  const auto fits = [&](const std::string& pattern) {
    return matches_wildcard(pattern, last, LetterCase::ignored);
  };
  Quirks found;
  for (const Family& family : families) {
    const bool holds = family.dialects.empty() || std::ranges::any_of(family.dialects, served);
    if (holds && std::ranges::any_of(family.patterns, fits)) found.add(family.quirks);
  }
  return found;
}

bool Provider::answers_to(std::string_view wanted) const {
  const auto same = [&](const std::string& own) { return equals_ignoring_case(own, wanted); };
  return same(id) || std::ranges::any_of(aliases, same);
}

bool Provider::index() {
  const auto before = [&](std::uint32_t a, std::uint32_t b) { return models[a].id < models[b].id; };
  by_id_.resize(models.size());
  for (std::uint32_t place = 0; place < by_id_.size(); ++place) by_id_[place] = place;
  if (!std::is_sorted(by_id_.begin(), by_id_.end(), before)) {
    std::sort(by_id_.begin(), by_id_.end(), before);
  }
  return std::adjacent_find(by_id_.begin(), by_id_.end(), [&](std::uint32_t a, std::uint32_t b) {
           return models[a].id == models[b].id;
         }) == by_id_.end();
}

}  // namespace omni::catalog
