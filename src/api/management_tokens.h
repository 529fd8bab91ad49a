#pragma once

#include <vector>

#include "api/change.h"
#include "api/route.h"

namespace omni::api {

/// The tokens with which programs run the gateway.
class ManagementTokens {
 public:
  ManagementTokens(const Surroundings& with, Changes& changes) : with_(with), changes_(changes) {}

  std::vector<Route> routes();

 private:
  net::Task<Status> list(net::Exchange& exchange, Arguments);
  net::Task<Status> create(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> remove(net::Exchange& exchange, Arguments);

  const Surroundings with_;
  Changes& changes_;
};

}  // namespace omni::api
