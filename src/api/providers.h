#pragma once

#include <vector>

#include "api/change.h"
#include "api/route.h"

namespace omni::api {

/// The accounts at providers.
class Providers {
 public:
  Providers(const Surroundings& with, Changes& changes) : with_(with), changes_(changes) {}

  std::vector<Route> routes();

 private:
  net::Task<Status> list(net::Exchange& exchange, Arguments);
  net::Task<Status> create(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> show(net::Exchange& exchange, Arguments);
  net::Task<Status> change(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> remove(net::Exchange& exchange, Arguments);
  net::Task<Status> answer(net::Exchange& exchange, int status, store::Connection connection);

  const Surroundings with_;
  Changes& changes_;
};

}  // namespace omni::api
