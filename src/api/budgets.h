#pragma once

#include <string>
#include <vector>

#include "api/change.h"
#include "api/route.h"

namespace omni::api {

/// What keys, groups of keys and all requests together may spend, and have spent.
class BudgetsApi {
 public:
  BudgetsApi(const Surroundings& with, Changes& changes) : with_(with), changes_(changes) {}

  std::vector<Route> routes();

 private:
  net::Task<Status> show(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> put(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> remove(net::Exchange& exchange, Arguments arguments);

  const Surroundings with_;
  Changes& changes_;
};

}  // namespace omni::api
