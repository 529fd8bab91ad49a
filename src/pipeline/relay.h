#pragma once

#include <string_view>

#include "pipeline/chat.h"
#include "pipeline/client_order.h"

namespace omni::pipeline {

/// Sees to the orders of clients: finds who may serve one, sets aside what it may cost, has it
/// served, answers, and writes down what became of it.
class Relay {
 public:
  explicit Relay(const Parts& parts) : parts_(parts) {}
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  /// `provider` is that of a path that names one; else it is empty.
  net::Task<Status> handle(net::Exchange& exchange, ClientOrder& order,
                           std::string_view provider = {}) const;

 private:
  const Parts parts_;
};

}  // namespace omni::pipeline
