#include "api/known_providers.h"

#include <algorithm>

#include "base/strings.h"
#include "route/node_type.h"

namespace omni::api {

using Category = catalog::Provider::Category;

bool KnownProvider::takes_connections() const {
  return node_ != nullptr || of_catalog().category != Category::oauth;
}

bool KnownProvider::needs_key() const {
  return node_ == nullptr && of_catalog().category == Category::api_key &&
         of_catalog().auth.scheme != catalog::Auth::Scheme::none;
}

std::string_view KnownProvider::models_path() const {
  if (node_ == nullptr) return of_catalog().models_path;
  if (!node_->models_path.empty()) return node_->models_path;
  return route::node_type(node_->type).models_path;
}

const catalog::Model* KnownProvider::find_model(std::string_view id) const {
  return listed_ == nullptr ? nullptr : listed_->find_model(id);
}

KnownProvider find_provider(const catalog::Catalog& catalog,
                            const store::Configuration& configuration, std::string_view name) {
  for (const store::ProviderNode& node : configuration.provider_nodes) {
    if (node.id == name || equals_ignoring_case(node.prefix, name)) return KnownProvider(node);
  }
  const catalog::Provider* const listed = catalog.find(name);
  return listed == nullptr ? KnownProvider() : KnownProvider(*listed);
}

std::optional<NamedModel> find_named_model(const catalog::Catalog& catalog,
                                           const store::Configuration& configuration,
                                           std::string_view name) {
  const std::size_t slash = name.find('/');
  if (slash == std::string_view::npos || slash + 1 == name.size()) return std::nullopt;
  const KnownProvider provider = find_provider(catalog, configuration, name.substr(0, slash));
  if (!provider) return std::nullopt;
  return NamedModel{provider, name.substr(slash + 1)};
}

const store::Connection* find_connection(const store::Configuration& configuration,
                                         std::string_view id) {
  const auto found = std::ranges::find(configuration.connections, id, &store::Connection::id);
  return found == configuration.connections.end() ? nullptr : &*found;
}

bool is_available(const store::Configuration& configuration, const KnownProvider& provider) {
  if (provider.listed() != nullptr && provider.listed()->category == Category::builtin) return true;
  return std::ranges::any_of(configuration.connections, [&](const store::Connection& connection) {
    return connection.active && connection.provider == provider.id();
  });
}

}  // namespace omni::api
