#pragma once

#include <vector>

#include "api/change.h"
#include "api/route.h"

namespace omni::api {

/// Names that stand for other names of models.
class ModelAliases {
 public:
  ModelAliases(const Surroundings& with, Changes& changes) : with_(with), changes_(changes) {}

  std::vector<Route> routes();

 private:
  net::Task<Status> show(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> resolve(net::Exchange& exchange, std::string name);
  net::Task<Status> put(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> remove(net::Exchange& exchange, Arguments arguments);

  const Surroundings with_;
  Changes& changes_;
};

/// What the documents of the models are of; goes with each of them.
inline constexpr std::string_view catalog_version = "model-metadata-v1:static";

}  // namespace omni::api
