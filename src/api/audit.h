#pragma once

#include <vector>

#include "api/change.h"
#include "api/route.h"

namespace omni::api {

/// Who did what, for whoever has to know.
class AuditLog {
 public:
  explicit AuditLog(const Surroundings& with) : with_(with) {}

  std::vector<Route> routes();

 private:
  net::Task<Status> list(net::Exchange& exchange, Arguments arguments);

  const Surroundings with_;
};

}  // namespace omni::api
