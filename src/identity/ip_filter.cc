#include "identity/ip_filter.h"

#include <algorithm>

namespace omni::identity {

bool IpFilter::blocks(const ClientAddress& client, Clock::Wall now) const {
  if (!client.address) return false;
  const auto concerns = [&](const AddressRule& rule) { return rule.matches(*client.address); };
  if (std::ranges::any_of(
          bans, [&](const TemporaryBan& ban) { return now < ban.until && concerns(ban.who); })) {
    return true;
  }
  if (!enabled) return false;
  if (mode == Mode::blacklist) return std::ranges::any_of(blacklist, concerns);
  if (loopback == Loopback::exempt && client.local()) return false;
  return std::ranges::none_of(whitelist, concerns);
}

}  // namespace omni::identity
