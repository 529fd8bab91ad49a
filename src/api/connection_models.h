#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "api/change.h"
#include "api/known_providers.h"
#include "api/listed_models.h"
#include "api/route.h"

namespace omni::api {

/// What models an account at a provider has, as the provider says itself.
class ConnectionModels {
 public:
  explicit ConnectionModels(const Surroundings& with) : with_(with) {}

  std::vector<Route> routes();

 private:
  using Models = std::shared_ptr<const std::vector<ListedModel>>;
  struct Remembered {
    Clock::Wall of;  // the account as it was changed then
    Models models;
  };

  net::Task<Status> list(net::Exchange& exchange, Arguments arguments);
  Models remembered(const store::Connection& connection);
  void remember(const store::Connection& connection, Models models);

  const Surroundings with_;
  std::mutex mutex_;
  std::unordered_map<std::string, Remembered> remembered_;  // by the account's id
};

}  // namespace omni::api
