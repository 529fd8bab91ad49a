#pragma once

#include <vector>

#include "api/change.h"
#include "api/route.h"
#include "api/settings_change.h"

namespace omni::api {

/// What stands for a provider, in a member `providerOverrides`, has to be what could stand for all.
std::vector<json::Finding> check_overrides(json::Value body);

/// What holds for every combo that does not say it itself, and for a provider's models.
class ComboDefaults {
 public:
  ComboDefaults(const Surroundings& with, Changes& changes);

  std::vector<Route> routes();

 private:
  net::Task<Status> show(net::Exchange& exchange, Arguments);
  net::Task<Status> change(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> reset(net::Exchange& exchange, Arguments);
  net::Task<Status> store(net::Exchange& exchange, SettingsEdit edit);

  const Surroundings with_;
  Changes& changes_;
  std::vector<json::MemberShape> members_;
};

}  // namespace omni::api
