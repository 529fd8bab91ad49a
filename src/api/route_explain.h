#pragma once

#include <vector>

#include "api/change.h"
#include "api/route.h"

namespace omni::api {

/// Why a request goes where it goes: of one that is not sent, and of those of late.
class RouteExplain {
 public:
  explicit RouteExplain(const Surroundings& with) : with_(with) {}

  std::vector<Route> routes();

 private:
  net::Task<Status> explain(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> find(net::Exchange& exchange, Arguments arguments);

  const Surroundings with_;
};

}  // namespace omni::api
