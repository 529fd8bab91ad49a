#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "api/login_rules.h"
#include "api/route.h"
#include "api/settings_change.h"
#include "identity/ip_filter.h"

namespace omni::api {

/// The settings, and the groups of them that have pages of their own.
class SettingsApi {
 public:
  struct Options {
    std::uint16_t port = 0;
    std::string machine_id;
    identity::IpFilter::Loopback ip_filter_loopback = identity::IpFilter::Loopback::exempt;
  };

  SettingsApi(const Surroundings& with, Changes& changes, LoginRules& rules, Options options);

  std::vector<Route> routes();

 private:
  /// A change of settings on its way.
  struct Change {
    SettingsEdit edit;
    std::string_view group;
    std::string password_hash = {};  // the new one; empty: it stays
    std::shared_ptr<const store::Configuration> tried = {};
  };

  net::Task<Status> show_all(net::Exchange& exchange, Arguments);
  net::Task<Status> change_all(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> show_ip_filter(net::Exchange& exchange, Arguments);
  net::Task<Status> change_ip_filter(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> show_group(net::Exchange& exchange, std::string_view group);
  net::Task<Status> change_group(net::Exchange& exchange, std::string_view group, json::Value body);

  net::Task<Status> store(net::Exchange& exchange, Change change);
  void add_group_routes(std::vector<Route>& rows, std::string_view group, std::string_view pattern);
  net::Task<Status> answer_all(net::Exchange& exchange, std::vector<std::string> ignored);
  std::string ip_filter_json() const;

  const Surroundings with_;
  Changes& changes_;
  LoginRules& rules_;
  const Options options_;
  std::vector<json::MemberShape> all_members_;
};

}  // namespace omni::api
