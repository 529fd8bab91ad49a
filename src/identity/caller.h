#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "identity/client_address.h"
#include "identity/client_limits.h"
#include "net/exchange.h"
#include "store/configuration.h"

namespace omni::identity {

/// Who sent a request, as the gate found out.  Every exchange has one, once the gate has seen it.
struct Caller final : net::Caller {
  enum class Kind : std::uint8_t {
    anonymous,  // shows nothing that we know
    visitor,    // need not show anything: before the set-up on this machine, or login is off
    client,     // a client's API key
    session,    // somebody who has logged in
    token,      // a program with a management token
    owner,      // came by the socket file, which only the owner of the data directory can open
  };

  Kind kind = Kind::anonymous;
  std::string id;     // of the key, the token or the session (its hash)
  std::string actor;  // as the audit has it: "admin", "token:ci", "key:ci", "owner", "anonymous"
  ClientAddress client;
  /// What was active when the request came; `key` is in it.
  std::shared_ptr<const store::Configuration> configuration;
  const store::ApiKey* key = nullptr;  // of a client, unless its key comes from the environment
  /// Of a request that counts against the limits of its key.
  ClientLimits::Stay stay;

  /// Text of the client's address for audit and logs; "local" for the socket file.
  std::string address() const;
};

/// Of an exchange that has gone through the gate.
const Caller& caller_of(const net::Exchange& exchange);

/// Whose things are his alone: the same text for the same key, token, session or, of somebody
/// unknown, the same address with the same key that we do not know; another one for all others.
std::string holder_of(const net::Exchange& exchange);

}  // namespace omni::identity
