#pragma once

#include <string>
#include <vector>

#include "base/log.h"
#include "base/random.h"
#include "catalog/catalog.h"
#include "gateway/env_file.h"
#include "store/config_store.h"

namespace omni::gateway {

/// An account whose key is in a variable.
struct AccountInEnvironment {
  std::string provider;
  std::string variable;
  Secret key;

  /// What people see of it in lists.
  std::string name() const { return "from " + variable; }
};

/// Of each provider of the catalogue that takes keys, by the first of its variables that is set.
std::vector<AccountInEnvironment> accounts_in(const Environment& environment,
                                              const catalog::Catalog& catalog);

/// What a start with OMNIROUTE_IMPORT_ENV does: adds the accounts that the environment has keys of,
/// for providers that have none, and notes each.  Before there are requests.
class EnvironmentImport {
 public:
  EnvironmentImport(store::ConfigStore& store, const catalog::Catalog& catalog, const Clock& clock,
                    Random& random, const Log& log)
      : store_(store), catalog_(catalog), clock_(clock), random_(random), log_(log) {}

  Status run(const Environment& environment);

 private:
  Status add(AccountInEnvironment account);

  store::ConfigStore& store_;
  const catalog::Catalog& catalog_;
  const Clock& clock_;
  Random& random_;
  const Log& log_;
};

}  // namespace omni::gateway
