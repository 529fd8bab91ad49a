#include "identity/caller.h"

#include "base/assert.h"

namespace omni::identity {

std::string Caller::address() const { return client.address ? text_of(*client.address) : "local"; }

const Caller& caller_of(const net::Exchange& exchange) {
  const auto* caller = dynamic_cast<const Caller*>(exchange.caller());
  OMNI_ASSERT(caller != nullptr);
  return *caller;
}

}  // namespace omni::identity
