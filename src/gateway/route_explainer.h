#pragma once

#include "api/explainer.h"
#include "pipeline/chat.h"

namespace omni::gateway {

/// Explains by the pipeline itself, so what it says is what happens.
class RouteExplainer final : public api::Explainer {
 public:
  explicit RouteExplainer(const pipeline::Parts& parts) : parts_(parts), chat_(parts) {}

  Result<std::string> explain(const net::Exchange& exchange, std::string path,
                              std::string body) override;
  std::optional<std::string> find(std::string_view request_id) override;

 private:
  const pipeline::Parts parts_;
  const pipeline::Chat chat_;
};

}  // namespace omni::gateway
