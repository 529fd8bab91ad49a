#pragma once

#include <vector>

#include "api/change.h"
#include "api/route.h"

namespace omni::api {

/// The rules of whoever runs the gateway about requests, and who is locked out of logging in.
class Policies {
 public:
  Policies(const Surroundings& with, Changes& changes) : with_(with), changes_(changes) {}

  std::vector<Route> routes();

 private:
  net::Task<Status> show(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> post(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> put(net::Exchange& exchange, json::Value body);
  net::Task<Status> unlock(net::Exchange& exchange, std::string identifier);
  net::Task<Status> remove(net::Exchange& exchange, Arguments arguments);

  const Surroundings with_;
  Changes& changes_;
};

}  // namespace omni::api
