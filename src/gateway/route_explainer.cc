#include "gateway/route_explainer.h"

#include <utility>

#include "ingress/client_paths.h"

namespace omni::gateway {

Result<std::string> RouteExplainer::explain(const net::Exchange& exchange, std::string path,
                                            std::string body) {
  const auto dialect = ingress::dialect_of_path(path);
  if (!dialect) return Error(Error::Kind::bad_request, "No client of models calls that path");
  const Result<pipeline::Trace> trace =
      chat_.explain(exchange, {.dialect = *dialect}, std::move(path), std::move(body));
  if (!trace) return trace.error();
  return pipeline::to_json(*trace);
}

std::optional<std::string> RouteExplainer::find(std::string_view request_id) {
  return parts_.traces.find(request_id);
}

}  // namespace omni::gateway
