#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/embedded_file.h"
#include "catalog/provider.h"

namespace omni::catalog {

/// All providers that this program knows of: those in the binary, with the files of a user's
/// `catalog.d` over them.  Read once at the start and then only looked at, by any thread.
class Catalog {
 public:
  /// A file of a provider, and what it is called in complaints.
  struct Document {
    std::string name;
    std::string text;
  };

  /// The providers in the binary, changed by `overrides` in their order: a file of a known id
  /// replaces the members that it has, of models one by one; of a new id it adds a provider.
  static Result<std::shared_ptr<const Catalog>> load(std::span<const Document> overrides = {});
  Catalog(const Catalog&) = delete;
  Catalog& operator=(const Catalog&) = delete;

  const std::vector<Provider>& providers() const { return providers_; }
  /// By id or alias, in any case of letters.
  const Provider* find(std::string_view name) const;

  struct Listing {
    const Provider* provider = nullptr;
    const Model* model = nullptr;
  };
  /// Everybody who lists a model of exactly that id.
  std::span<const Listing> who_lists(std::string_view model) const;

 private:
  Catalog() = default;
  void index();

  std::vector<Provider> providers_;  // by id
  std::unordered_map<std::string, const Provider*> by_name_;
  std::vector<Listing> listings_;  // by the model's id, then by the provider's
};

}  // namespace omni::catalog
