#pragma once

#include <vector>

#include "api/change.h"
#include "api/route.h"
#include "api/usage_question.h"

namespace omni::api {

/// What was used, by whom, when, and what it cost.
class UsageApi {
 public:
  explicit UsageApi(const Surroundings& with) : with_(with) {}

  std::vector<Route> routes();

 private:
  net::Task<Status> show_history(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> show_analytics(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> show_series(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> list_lines(net::Exchange& exchange, Arguments arguments);
  UsageQuestion question(json::Value query, std::string_view range) const;

  const Surroundings with_;
};

}  // namespace omni::api
