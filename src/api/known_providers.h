#pragma once

#include <optional>
#include <string_view>

#include "base/assert.h"
#include "catalog/catalog.h"
#include "store/configuration.h"

namespace omni::api {

/// A provider of the catalogue or of a user, as long as both of these last.
class KnownProvider {
 public:
  KnownProvider() = default;
  explicit KnownProvider(const catalog::Provider& listed) : listed_(&listed) {}
  explicit KnownProvider(const store::ProviderNode& node) : node_(&node) {}

  explicit operator bool() const { return listed_ != nullptr || node_ != nullptr; }
  /// Null for a user's, and the other way round.
  const catalog::Provider* listed() const { return listed_; }
  const store::ProviderNode* node() const { return node_; }

  std::string_view id() const { return node_ != nullptr ? node_->id : of_catalog().id; }
  std::string_view name() const { return node_ != nullptr ? node_->name : of_catalog().name; }
  /// What stands before the names of its models.
  std::string_view prefix() const {
    return node_ != nullptr ? node_->prefix : of_catalog().prefix();
  }
  /// Whether it is one that an account can be made for by hand.
  bool takes_connections() const;
  bool needs_key() const;
  /// Where it tells its models; empty: nowhere.
  std::string_view models_path() const;
  const catalog::Model* find_model(std::string_view id) const;

 private:
  const catalog::Provider& of_catalog() const {
    OMNI_ASSERT(listed_ != nullptr);
    return *listed_;
  }

  const catalog::Provider* listed_ = nullptr;
  const store::ProviderNode* node_ = nullptr;
};

/// By its id, an alias or a prefix, in any case of letters.
KnownProvider find_provider(const catalog::Catalog& catalog,
                            const store::Configuration& configuration, std::string_view name);

/// What a name of a model leads to: "acme/m" to the provider and its model.  Nothing where nobody
/// answers to what stands before the first slash.
struct NamedModel {
  KnownProvider provider;
  std::string_view id;
};
std::optional<NamedModel> find_named_model(const catalog::Catalog& catalog,
                                           const store::Configuration& configuration,
                                           std::string_view name);

const store::Connection* find_connection(const store::Configuration& configuration,
                                         std::string_view id);
/// Whether there is an active account of the provider, or it needs none.
bool is_available(const store::Configuration& configuration, const KnownProvider& provider);

}  // namespace omni::api
