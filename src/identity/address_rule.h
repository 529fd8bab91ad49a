#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "identity/address.h"

namespace omni::identity {

/// One line of a list of addresses: an address or all that begin alike.  IPv4 and IPv6 are apart:
/// `::/0` is no IPv4 address.
class AddressRule {
 public:
  /// Reads `192.0.2.1`, `192.0.2.0/24`, `192.0.*`, `2001:db8::/32`.  Bits behind the prefix are
  /// dropped.  The error says what is wrong with the text.
  static Result<AddressRule> parse(std::string_view text);

  bool matches(const Address& address) const;
  /// The one text of all rules that are equal: `192.0.0.0/16` for `192.0.*`.
  std::string text() const;

  bool operator==(const AddressRule&) const = default;

 private:
  AddressRule(const Address& address, unsigned bits);

  Address first_;
  unsigned bits_;  // of sixteen bytes, so 96 more for IPv4
};

}  // namespace omni::identity
