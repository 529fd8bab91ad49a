#pragma once

#include <string>
#include <vector>

#include "api/change.h"
#include "api/route.h"
#include "api/settings_change.h"

namespace omni::api {

/// How busy each account is, which of them are limited, and how much may be asked of one.
class RateLimits {
 public:
  RateLimits(const Surroundings& with, Changes& changes) : with_(with), changes_(changes) {}

  std::vector<Route> routes();

 private:
  net::Task<Status> show(net::Exchange& exchange, Arguments);
  net::Task<Status> protect(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> show_config(net::Exchange& exchange, Arguments);
  net::Task<Status> change_config(net::Exchange& exchange, Arguments arguments);
  void write_all(json::Writer& writer, const store::Configuration& now) const;

  const Surroundings with_;
  Changes& changes_;
};

}  // namespace omni::api
