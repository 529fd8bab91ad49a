#pragma once

#include <vector>

#include "api/change.h"
#include "api/route.h"

namespace omni::api {

/// Tries a combo: a small request to each model that it leads to.
class ComboTestRun {
 public:
  explicit ComboTestRun(const Surroundings& with) : with_(with) {}

  std::vector<Route> routes();

 private:
  net::Task<Status> run(net::Exchange& exchange, Arguments arguments);

  const Surroundings with_;
};

}  // namespace omni::api
