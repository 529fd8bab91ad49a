#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/secret.h"
#include "store/api_keys.h"
#include "store/budgets.h"
#include "store/combos.h"
#include "store/connections.h"
#include "store/management_tokens.h"
#include "store/models.h"
#include "store/policies.h"
#include "store/provider_nodes.h"
#include "store/proxies.h"
#include "store/seal.h"
#include "store/sessions.h"
#include "store/settings.h"

namespace omni::store {

/// All that requests need to know of the configuration database, as it was at one moment.  Read by
/// any thread, changed by none: a change makes another one.
class Configuration {
 public:
  /// Reads all of it; `complaints` receives stored settings that had to be passed over.
  static Result<std::shared_ptr<const Configuration>> load(sql::Session& session,
                                                           const Sealer& sealer,
                                                           std::vector<json::Finding>& complaints);
  Configuration(const Configuration&) = delete;
  Configuration& operator=(const Configuration&) = delete;

  Settings settings;
  std::vector<ApiKey> api_keys;
  std::vector<LoginSession> login_sessions;
  std::vector<ManagementToken> management_tokens;
  std::vector<Connection> connections;
  std::vector<ProviderNode> provider_nodes;
  std::vector<CustomModel> custom_models;
  std::vector<ModelSwitches> model_switches;
  std::vector<ModelAlias> model_aliases;
  std::vector<UserPrice> user_prices;
  std::vector<Combo> combos;
  std::vector<ProxyRow> proxies;
  std::vector<Policy> policies;
  std::vector<Budget> budgets;
  Secret password_hash;   // empty: nobody has set one
  Secret api_key_secret;  // behind the check digits of keys

  /// By what a client showed, hashed; null where there is none.
  const ApiKey* find_api_key(std::string_view hash) const { return find(keys_by_hash_, hash); }
  const LoginSession* find_login_session(std::string_view id_hash) const {
    return find(logins_by_hash_, id_hash);
  }
  const ManagementToken* find_management_token(std::string_view hash) const {
    return find(tokens_by_hash_, hash);
  }

 private:
  template <class T>
  using ByHash = std::unordered_map<std::string_view, const T*>;
  template <class T>
  static const T* find(const ByHash<T>& index, std::string_view hash) {
    const auto found = index.find(hash);
    return found == index.end() ? nullptr : found->second;
  }

  Configuration() = default;
  Status read(sql::Session& session, const Sealer& sealer, std::vector<json::Finding>& complaints);
  void index();

  ByHash<ApiKey> keys_by_hash_;
  ByHash<LoginSession> logins_by_hash_;
  ByHash<ManagementToken> tokens_by_hash_;
};

}  // namespace omni::store
