#pragma once

#include <vector>

#include "api/change.h"
#include "api/route.h"

namespace omni::api {

/// The answers that are remembered: how many, what they have saved, and how to forget them.
class CacheApi {
 public:
  CacheApi(const Surroundings& with, Changes& changes) : with_(with), changes_(changes) {}

  std::vector<Route> routes();

 private:
  net::Task<Status> show(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> show_stats(net::Exchange& exchange, Arguments);
  net::Task<Status> list(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> forget(net::Exchange& exchange, Arguments arguments);
  /// How many there were.
  net::Task<Result<std::int64_t>> forget_those(recall::Archive::Which which);

  const Surroundings with_;
  Changes& changes_;
};

}  // namespace omni::api
