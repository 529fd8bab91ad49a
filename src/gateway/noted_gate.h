#pragma once

#include "net/router.h"
#include "pipeline/chat.h"

namespace omni::gateway {

/// The gate, with a row among the calls for each request that it turns away because its key may not
/// send so many.  Of who shows no key that is known nothing is kept: whoever tries keys could fill
/// the log.
class NotedGate final : public net::Gate {
 public:
  /// The gate outlives it.
  NotedGate(net::Gate& gate, const pipeline::Parts& parts) : gate_(gate), parts_(parts) {}

  net::Task<Status> admit(net::Exchange& exchange, const net::Route& route) override;

 private:
  net::Gate& gate_;
  const pipeline::Parts parts_;
};

}  // namespace omni::gateway
