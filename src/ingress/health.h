#pragma once

#include <atomic>
#include <vector>

#include "net/router.h"

namespace omni::ingress {

/// Whether the process lives and whether it wants requests: what supervisors and load balancers
/// ask.  Safe from any thread.
class Health {
 public:
  /// Ready once everything is up, and not any more once it drains.
  void set_ready(bool ready) { ready_ = ready; }

  std::vector<net::Route> routes();

 private:
  net::Task<Status> live(net::Exchange& exchange) const;
  net::Task<Status> ready(net::Exchange& exchange) const;

  std::atomic<bool> ready_ = false;
};

}  // namespace omni::ingress
