#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "identity/access_schedule.h"
#include "identity/address_rule.h"
#include "identity/ip_filter.h"
#include "store/configuration.h"

namespace omni::identity {

/// What flags and environment say about access, from the start to the end of the process.
struct AccessOptions {
  std::vector<AddressRule> trusted_proxies;
  std::vector<std::string> public_names;       // hosts, with or without port
  std::vector<std::string> allowed_origins;    // `*`: any
  std::vector<Secret> environment_keys;        // good for models whatever is stored
  std::string environment_key_id = "env-key";  // what logs call them
  bool require_api_key = false;
  bool has_initial_password = false;  // one is good for the first login, so nobody is let in before
  IpFilter::Loopback ip_filter_loopback = IpFilter::Loopback::exempt;
};

/// From where and when a client's key may be used.
struct KeyRule {
  bool from_anywhere = true;
  std::vector<AddressRule> addresses;
  AccessSchedule schedule;
};

/// What requests need to know of one configuration and the options, read from its texts once.
struct AccessRules {
  /// `zones` are those of the rules before: a zone's file is read once, not at every change.
  AccessRules(std::shared_ptr<const store::Configuration> from, const AccessOptions& with,
              Zones& zones);

  std::shared_ptr<const store::Configuration> configuration;
  AccessOptions options;
  bool api_key_required;
  bool password_exists;
  IpFilter ip_filter;
  std::vector<std::string> public_names;
  std::vector<std::string> allowed_origins;
  bool any_origin = false;  // may read answers, but never with a cookie
  std::unordered_map<const store::ApiKey*, KeyRule> key_rules;
};

/// Also of settings that are not stored yet, to see whom they would block.  A text that is no rule
/// is passed over.
IpFilter ip_filter_of(const store::Settings& settings, IpFilter::Loopback loopback);

/// Of an object `{"enabled","from","until","days","tz"}`.
Result<AccessSchedule> read_schedule(const json::Raw& object, Zones& zones);

}  // namespace omni::identity
