#pragma once

#include <string>

#include "meter/exposition.h"
#include "net/router.h"
#include "pipeline/chat.h"

namespace omni::gateway {

/// The numbers of a gateway for Prometheus.
class Metrics {
 public:
  explicit Metrics(const pipeline::Parts& parts) : parts_(parts) {}
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  net::Route route();
  /// The same without a handler, for whoever only wants to know what there is.
  static net::Route row();
  std::string page() const;

 private:
  void write_requests(meter::Exposition& out, const meter::Traffic::Totals& totals) const;
  void write_memory(meter::Exposition& out) const;
  void write_budgets(meter::Exposition& out) const;
  void write_providers(meter::Exposition& out) const;

  const pipeline::Parts parts_;
};

}  // namespace omni::gateway
