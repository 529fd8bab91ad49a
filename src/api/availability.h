#pragma once

#include <string>
#include <vector>

#include "api/change.h"
#include "api/route.h"

namespace omni::api {

/// Who can be asked now, and what keeps the others from it.
class Availability {
 public:
  Availability(const Surroundings& with, Changes& changes) : with_(with), changes_(changes) {}

  std::vector<Route> routes();

 private:
  net::Task<Status> list(net::Exchange& exchange, Arguments arguments);
  void write_available(json::Writer& writer, const store::Configuration& now) const;
  net::Task<Status> answer(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> clear(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> show_model(net::Exchange& exchange, std::string name);

  const Surroundings with_;
  Changes& changes_;
};

}  // namespace omni::api
