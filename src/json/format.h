#pragma once

#include <string_view>

namespace omni::json {

/// What the inside of a text must look like.  Whoever knows a grammar may make one.
struct Format {
  std::string_view name;   // as JSON Schema has it, where it has it
  std::string_view words;  // "must be …"
  bool (*fits)(std::string_view text);
};

namespace format {

/// http or https with a host.
extern const Format url;
/// A host as a Host field shows it, without its port: a name, an address, or `*.` before a name.
extern const Format host;
/// An address, a network in CIDR or the first parts of an IPv4 address: `10.0.*`.
extern const Format address_rule;
/// An address without port.
extern const Format address;
/// `23:59`.
extern const Format time_of_day;
/// With a date and a zone: `2026-02-03T04:05:06Z`.
extern const Format timestamp;
extern const Format uuid;
/// Something to show: no control characters, and not only blanks.
extern const Format name;

}  // namespace format
}  // namespace omni::json
