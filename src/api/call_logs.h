#pragma once

#include <vector>

#include "api/change.h"
#include "api/route.h"

namespace omni::api {

/// The requests of clients: who asked for what, who was asked, and what came of it.
class CallLogs {
 public:
  explicit CallLogs(const Surroundings& with) : with_(with) {}

  std::vector<Route> routes();

 private:
  net::Task<Status> list(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> show(net::Exchange& exchange, Arguments arguments);

  const Surroundings with_;
};

}  // namespace omni::api
