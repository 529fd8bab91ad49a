#pragma once

#include <string>
#include <vector>

#include "api/change.h"
#include "api/route.h"

namespace omni::api {

/// The keys that clients use models with.
class Keys {
 public:
  Keys(const Surroundings& with, Changes& changes, std::string machine_id)
      : with_(with), changes_(changes), machine_id_(std::move(machine_id)) {}

  std::vector<Route> routes();

 private:
  net::Task<Status> list(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> create(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> show(net::Exchange& exchange, Arguments);
  net::Task<Status> change(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> remove(net::Exchange& exchange, Arguments);
  net::Task<Status> reveal(net::Exchange& exchange, Arguments);

  const Surroundings with_;
  Changes& changes_;
  const std::string machine_id_;
};

}  // namespace omni::api
