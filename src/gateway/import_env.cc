#include "gateway/import_env.h"

#include <algorithm>

#include "base/ids.h"
#include "base/strings.h"
#include "store/audit.h"

namespace omni::gateway {

std::vector<AccountInEnvironment> accounts_in(const Environment& environment,
                                              const catalog::Catalog& catalog) {
  std::vector<AccountInEnvironment> accounts;
  for (const catalog::Provider& provider : catalog.providers()) {
    if (provider.category != catalog::Provider::Category::api_key) continue;
    const auto variable = std::ranges::find_if(provider.env, [&](const std::string& name) {
      return !trim(value_of(environment, name)).empty();
    });
    if (variable == provider.env.end()) continue;
    const std::string_view value = trim(value_of(environment, *variable));
    accounts.push_back({provider.id, *variable, Secret(std::string(value))});
  }
  return accounts;
}

Status EnvironmentImport::run(const Environment& environment) {
  const auto now = store_.current();
  for (AccountInEnvironment& account : accounts_in(environment, catalog_)) {
    const bool has_one = std::ranges::any_of(
        now->connections, [&](const auto& each) { return each.provider == account.provider; });
    if (has_one) continue;
    if (Status added = add(std::move(account)); !added) return added;
  }
  return Nothing{};
}

Status EnvironmentImport::add(AccountInEnvironment account) {
  store::Connection connection;
  connection.id = new_uuid(random_);
  connection.provider = account.provider;
  connection.name = account.name();
  connection.api_key = std::move(account.key);
  connection.created_at = connection.updated_at = clock_.wall();
  store::AuditEntry entry;
  entry.when = connection.created_at;
  entry.action = "provider.credentials.created";
  entry.actor = "environment";
  entry.address = "local";
  entry.resource_type = "provider";
  entry.target = connection.provider + ":" + connection.name;
  Status added = store_.database().write_now([&](sql::Session& session) {
    const Status done = store::add_connection(session, store_.sealer(), connection);
    return done ? store::add_audit_entry(session, entry) : done;
  });
  if (!added) return added;
  log_.info("provider.imported", {{"provider", account.provider}, {"variable", account.variable}});
  return Nothing{};
}

}  // namespace omni::gateway
