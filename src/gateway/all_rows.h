#pragma once

#include <algorithm>
#include <iterator>
#include <vector>

#include "api/all_routes.h"
#include "gateway/metrics.h"
#include "ingress/data_plane.h"
#include "ingress/health.h"

namespace omni::gateway {

/// The rows that are not those of /api, for their document.
inline std::vector<net::Route> rows_beside(ingress::Health& health) {
  std::vector<net::Route> rows = health.routes();
  rows.push_back(Metrics::row());
  std::ranges::move(ingress::DataPlane::rows(), std::back_inserter(rows));
  return rows;
}

/// Every row that the gateway serves.
inline std::vector<net::Route> all_rows(ingress::Health& health, api::AllRoutes& api,
                                        ingress::DataPlane& data_plane, Metrics& metrics) {
  std::vector<net::Route> rows = health.routes();
  rows.push_back(metrics.route());
  std::ranges::move(data_plane.routes(), std::back_inserter(rows));
  std::ranges::move(api::dispatch(api.routes()), std::back_inserter(rows));
  return rows;
}

}  // namespace omni::gateway
