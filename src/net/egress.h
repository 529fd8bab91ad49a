#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "net/resolver.h"

namespace omni::net {

/// Where a call may go.  Neither reaches what only attacks ask for: link-local addresses and those
/// of cloud metadata, unspecified, multicast and broadcast ones, whatever form of IPv6 they wear.
enum class Reach : std::uint8_t {
  open,   // public addresses only
  local,  // also this machine and its networks: for what the operator says is there
};

/// Those of the addresses of `host` that a call may be sent to, at least one; else an error that
/// says what `host` turned out to be.  Asked of every connection, after its name was resolved, for
/// a name that was harmless when somebody looked at it may mean something else now.
Result<std::vector<Address>> reachable(const std::string& host, std::vector<Address> addresses,
                                       Reach reach);

/// The same for a host whose name somebody else resolves: only what is written as a number can be
/// refused here.
Status may_ask_for(const std::string& host, Reach reach);

}  // namespace omni::net
