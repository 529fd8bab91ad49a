#pragma once

#include <vector>

#include "api/change.h"
#include "api/known_providers.h"
#include "api/route.h"

namespace omni::api {

/// Models that users have added to providers, and what they have said about models.
class ProviderModels {
 public:
  ProviderModels(const Surroundings& with, Changes& changes) : with_(with), changes_(changes) {}

  std::vector<Route> routes();

 private:
  net::Task<Status> list(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> add(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> change(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> hide(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> remove(net::Exchange& exchange, Arguments arguments);
  Result<std::string> provider_id(std::string_view name) const;
  store::AuditEntry about(const net::Exchange& exchange, std::string_view action,
                          std::string target) const;

  const Surroundings with_;
  Changes& changes_;
};

}  // namespace omni::api
