#pragma once

#include <string>
#include <vector>

#include "api/change.h"
#include "api/route.h"

namespace omni::api {

/// How the gateway is, and who talks through it.
class Monitoring {
 public:
  Monitoring(const Surroundings& with, Changes& changes, std::string version)
      : with_(with),
        changes_(changes),
        version_(std::move(version)),
        started_(with.clock.steady()) {}

  std::vector<Route> routes();

 private:
  net::Task<Status> show_health(net::Exchange& exchange, Arguments);
  net::Task<Status> close_breakers(net::Exchange& exchange, Arguments);
  net::Task<Status> show_sessions(net::Exchange& exchange, Arguments);
  void write_system(json::Writer& writer) const;
  void write_breakers(json::Writer& writer, const store::Configuration& now) const;
  void write_providers(json::Writer& writer, const store::Configuration& now) const;

  const Surroundings with_;
  Changes& changes_;
  const std::string version_;
  const Clock::Steady started_;
};

}  // namespace omni::api
