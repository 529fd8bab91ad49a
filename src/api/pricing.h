#pragma once

#include <vector>

#include "api/change.h"
#include "api/route.h"

namespace omni::api {

/// What models cost: as the catalogue says, and over it as users say.
class Pricing {
 public:
  Pricing(const Surroundings& with, Changes& changes) : with_(with), changes_(changes) {}

  std::vector<Route> routes();

 private:
  net::Task<Status> show(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> show_defaults(net::Exchange& exchange, Arguments);
  net::Task<Status> show_models(net::Exchange& exchange, Arguments);
  net::Task<Status> change(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> remove(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> answer_overrides(net::Exchange& exchange);

  const Surroundings with_;
  Changes& changes_;
};

}  // namespace omni::api
