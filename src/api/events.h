#pragma once

#include <vector>

#include "api/change.h"
#include "api/route.h"
#include "meter/watch.h"

namespace omni::api {

/// What happens, as server-sent events, for as long as who listens may.
class Events {
 public:
  explicit Events(const Surroundings& with) : with_(with) {}

  std::vector<Route> routes();

 private:
  net::Task<Status> stream(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> tell_all(net::Exchange& exchange, meter::Feed::Subscriber& subscriber);

  const Surroundings with_;
};

}  // namespace omni::api
