// Drafts are made of the files in the binary and changed by those of the user; then every model
// gets the quirks that hold for it, and names are looked at across providers.

#include "catalog/catalog.h"

#include <algorithm>

#include "base/strings.h"
#include "catalog/file.h"

namespace omni::catalog {

std::span<const EmbeddedFile> catalog_files();

namespace {

Error wrong_in(std::string_view document, std::string_view message) {
  return {Error::Kind::bad_request, std::string(document).append(": ").append(message)};
}

/// The name of a file without folders and without what stands behind its dot.
std::string_view stem_of(std::string_view file) {
  file.remove_prefix(file.rfind('/') + 1);
  return file.substr(0, file.rfind('.'));
}

class Assembly {
 public:
  Status add(std::string_view document, std::string_view text) {
    const json::Value file = reader_.read(text);
    const std::string_view id = file.at("id").text();
    if (reader_.failed()) return wrong_in(document, reader_.finish().error().message());
    const auto [place, added] = places_.try_emplace(std::string(id), drafts_.size());
    if (added) {
      drafts_.emplace_back().families = &families_;
      documents_.emplace_back();
    }
    Draft& draft = drafts_[place->second];
    documents_[place->second] = document;
    read_provider(file, draft);
    if (Status read = reader_.finish(); !read) return wrong_in(document, read.error().message());
    if (Status checked = check(draft.provider); !checked) {
      return wrong_in(document, checked.error().message());
    }
    return Nothing{};
  }

  Status add_family(std::string_view document, std::string_view text) {
    read_family(reader_.read(text), families_[std::string(stem_of(document))]);
    if (Status read = reader_.finish(); !read) return wrong_in(document, read.error().message());
    return Nothing{};
  }

  /// By id.  A name that two answer to is found in the document of the second.
  Result<std::vector<Provider>> finish() {
    std::unordered_map<std::string_view, std::string_view> owners;
    for (const Draft& draft : drafts_) owners.emplace(draft.provider.id, draft.provider.id);
    for (std::size_t i = 0; i < drafts_.size(); ++i) {
      const Provider& provider = drafts_[i].provider;
      for (const std::string& alias : provider.aliases) {
        const auto [owner, free] = owners.emplace(alias, provider.id);
        if (free) continue;
        return wrong_in(documents_[i], "aliases: \"" + alias + "\" leads to provider \"" +
                                           std::string(owner->second) + "\" already");
      }
    }
    std::vector<Provider> providers;
    providers.reserve(drafts_.size());
    for (Draft& draft : drafts_) providers.push_back(std::move(draft.provider));
    std::ranges::sort(providers, {}, &Provider::id);
    return providers;
  }

 private:
  json::Reader reader_;
  Families families_;
  std::vector<Draft> drafts_;
  std::vector<std::string_view> documents_;  // the last that said something of the draft
  std::unordered_map<std::string, std::size_t> places_;
};

/// The providers in the binary.  Families first, for providers name them.
Status add_own(Assembly& assembly) {
  constexpr std::string_view families = "families/";
  for (const EmbeddedFile& file : catalog_files()) {
    if (!file.name.starts_with(families)) continue;
    if (Status added = assembly.add_family(file.name, file.bytes); !added) return added;
  }
  for (const EmbeddedFile& file : catalog_files()) {
    if (file.name.starts_with(families)) continue;
    if (Status added = assembly.add(file.name, file.bytes); !added) return added;
  }
  return Nothing{};
}

}  // namespace

Result<std::shared_ptr<const Catalog>> Catalog::load(std::span<const Document> overrides) {
  Assembly assembly;
  if (Status added = add_own(assembly); !added) return added.error();
  for (const Document& document : overrides) {
    if (Status added = assembly.add(document.name, document.text); !added) return added.error();
  }
  Result<std::vector<Provider>> providers = assembly.finish();
  if (!providers) return providers.error();
  std::unique_ptr<Catalog> catalog(new Catalog);
  catalog->providers_ = std::move(*providers);
  catalog->index();
  return std::shared_ptr<const Catalog>(std::move(catalog));
}

void Catalog::index() {
  std::size_t models = 0;
  for (Provider& provider : providers_) {
    by_name_.emplace(provider.id, &provider);
    for (const std::string& alias : provider.aliases) by_name_.emplace(alias, &provider);
    for (Model& model : provider.models) {
      model.quirks.add(provider.quirks);
      model.quirks.add(provider.family_quirks(model.id, model.dialects));
    }
    models += provider.models.size();
  }
  listings_.reserve(models);
  for (const Provider& provider : providers_) {
    for (const Model& model : provider.models) listings_.push_back({&provider, &model});
  }
  // Providers are in their order already.
  std::ranges::stable_sort(
      listings_, {}, [](const Listing& each) -> const std::string& { return each.model->id; });
}

const Provider* Catalog::find(std::string_view name) const {
  const auto found = by_name_.find(to_lower(name));
  return found == by_name_.end() ? nullptr : found->second;
}

std::span<const Catalog::Listing> Catalog::who_lists(std::string_view model) const {
  const auto id = [](const Listing& each) -> std::string_view { return each.model->id; };
  const auto [first, last] = std::ranges::equal_range(listings_, model, {}, id);
  return {first, last};
}

}  // namespace omni::catalog
