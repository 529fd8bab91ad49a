#pragma once

#include <memory>
#include <mutex>

#include "account/account.h"
#include "account/rules.h"
#include "adapt/adaptation.h"
#include "route/directory.h"
#include "store/config_store.h"

namespace omni::pipeline {

/// All that a request looks at of catalogue and configuration, as of one moment.
struct View {
  View(std::shared_ptr<const catalog::Catalog> catalog,
       std::shared_ptr<const store::Configuration> configuration, route::ComboMemory& memory,
       const account::ProxyVariables& variables);
  View(const View&) = delete;
  View& operator=(const View&) = delete;

  route::Directory directory;
  account::Proxies proxies;
  account::Roster roster;
  account::Rules rules;
  adapt::Policies policies;
};

/// The view of the moment.  Each change of the configuration makes another one, and requests keep
/// the one with which they began.
class Views {
 public:
  /// The memory outlives it.
  Views(std::shared_ptr<const catalog::Catalog> catalog, route::ComboMemory& memory,
        account::ProxyVariables variables = {})
      : catalog_(std::move(catalog)), memory_(memory), variables_(std::move(variables)) {}
  Views(const Views&) = delete;
  Views& operator=(const Views&) = delete;

  /// Goes by what this store says from now on.  Outlives the store.
  void follow(store::ConfigStore& store);
  std::shared_ptr<const View> current() const;

 private:
  const std::shared_ptr<const catalog::Catalog> catalog_;
  route::ComboMemory& memory_;
  const account::ProxyVariables variables_;
  mutable std::mutex mutex_;
  std::shared_ptr<const View> current_;
};

}  // namespace omni::pipeline
