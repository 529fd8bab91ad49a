#pragma once

#include <vector>

#include "api/change.h"
#include "api/route.h"

namespace omni::api {

/// How long requests take these minutes.
class Telemetry {
 public:
  explicit Telemetry(const Surroundings& with) : with_(with), started_(with.clock.steady()) {}

  std::vector<Route> routes();

 private:
  net::Task<Status> show(net::Exchange& exchange, Arguments arguments);
  void write_process(json::Writer& writer) const;

  const Surroundings with_;
  const Clock::Steady started_;
};

}  // namespace omni::api
