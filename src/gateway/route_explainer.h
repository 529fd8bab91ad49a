#pragma once

#include "api/explainer.h"
#include "ingress/data_plane.h"

namespace omni::gateway {

/// Explains by the pipeline itself, so what it says is what happens.
class RouteExplainer final : public api::Explainer {
 public:
  explicit RouteExplainer(const pipeline::Parts& parts)
      : parts_(parts), data_plane_(parts), router_(data_plane_.routes()) {}

  Result<std::string> explain(const net::Exchange& exchange, Question question) override;
  std::optional<std::string> find(std::string_view request_id) override;

 private:
  const pipeline::Parts parts_;
  ingress::DataPlane data_plane_;
  const net::Router router_;  // only finds rows
};

}  // namespace omni::gateway
