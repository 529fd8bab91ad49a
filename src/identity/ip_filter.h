#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "identity/address_rule.h"
#include "identity/client_address.h"

namespace omni::identity {

struct TemporaryBan {
  AddressRule who;
  Clock::Wall until;
  std::string reason;
};

/// Whose requests are not even looked at.  The list of the other mode waits unread.
struct IpFilter {
  enum class Mode : std::uint8_t { blacklist, whitelist };
  /// Whether a whitelist also concerns this machine, which otherwise cannot lock itself out.
  enum class Loopback : std::uint8_t { exempt, included };

  bool enabled = false;  // the lists; a ban is for now, whatever they do
  Mode mode = Mode::blacklist;
  Loopback loopback = Loopback::exempt;
  std::vector<AddressRule> blacklist;
  std::vector<AddressRule> whitelist;
  std::vector<TemporaryBan> bans;

  /// Asked of each request, and of a changed filter whether it would block who changes it.  Never
  /// true for a unix socket, which has no address.
  bool blocks(const ClientAddress& client, Clock::Wall now) const;
};

}  // namespace omni::identity
