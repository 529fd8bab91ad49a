#include "identity/caller.h"

#include "base/assert.h"
#include "identity/credential.h"
#include "identity/key_text.h"

namespace omni::identity {

std::string Caller::address() const { return client.address ? text_of(*client.address) : "local"; }

const Caller& caller_of(const net::Exchange& exchange) {
  const auto* caller = dynamic_cast<const Caller*>(exchange.caller());
  OMNI_ASSERT(caller != nullptr);
  return *caller;
}

/// Several keys of the environment go by one id, and some clients show "none" for a key.
std::string holder_of(const net::Exchange& exchange) {
  const Caller& caller = caller_of(exchange);
  const std::optional<Secret> shown = client_key(exchange.request());
  return (caller.id.empty() ? caller.address() : caller.id) + "\n" +
         (shown ? token_hash(*shown) : std::string());
}

}  // namespace omni::identity
