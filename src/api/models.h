#pragma once

#include <vector>

#include "api/change.h"
#include "api/route.h"

namespace omni::api {

/// Which models there are, at whose, and whether they can be used.
class Models {
 public:
  explicit Models(const Surroundings& with) : with_(with) {}

  std::vector<Route> routes();

 private:
  net::Task<Status> list(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> show_catalog(net::Exchange& exchange, Arguments);

  const Surroundings with_;
};

}  // namespace omni::api
