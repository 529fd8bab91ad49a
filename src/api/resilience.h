#pragma once

#include <string>
#include <vector>

#include "api/change.h"
#include "api/route.h"

namespace omni::api {

/// How patient the gateway is with providers and accounts that fail, and who is left alone now.
class Resilience {
 public:
  Resilience(const Surroundings& with, Changes& changes) : with_(with), changes_(changes) {}

  std::vector<Route> routes();

 private:
  net::Task<Status> show(net::Exchange& exchange, Arguments);
  net::Task<Status> change(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> reset(net::Exchange& exchange, Arguments);
  std::string state() const;

  const Surroundings with_;
  Changes& changes_;
};

}  // namespace omni::api
