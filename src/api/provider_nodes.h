#pragma once

#include <vector>

#include "api/change.h"
#include "api/route.h"

namespace omni::api {

/// Providers that users have defined: addresses that speak a dialect.
class ProviderNodes {
 public:
  ProviderNodes(const Surroundings& with, Changes& changes) : with_(with), changes_(changes) {}

  std::vector<Route> routes();

 private:
  net::Task<Status> list(net::Exchange& exchange, Arguments);
  net::Task<Status> create(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> change(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> remove(net::Exchange& exchange, Arguments);

  const Surroundings with_;
  Changes& changes_;
};

}  // namespace omni::api
