#pragma once

#include <vector>

#include "account/proxies.h"
#include "api/change.h"
#include "api/route.h"

namespace omni::api {

/// The proxies through which providers are called, by level, and a test of one.
class ProxySettings {
 public:
  struct Options {
    account::ProxyVariables variables;
    bool socks_allowed = false;  // whatever the setting
  };

  ProxySettings(const Surroundings& with, Changes& changes, Options options)
      : with_(with), changes_(changes), options_(std::move(options)) {}

  std::vector<Route> routes();

 private:
  net::Task<Status> show(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> change(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> remove(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> test(net::Exchange& exchange, Arguments arguments);

  net::Task<Status> answer_all(net::Exchange& exchange);
  net::Task<Status> answer_level(net::Exchange& exchange, json::Value query);
  net::Task<Status> answer_resolved(net::Exchange& exchange, std::string connection_id);
  /// Stores what `body` says, which is as PUT takes it.
  net::Task<Status> store(net::Exchange& exchange, std::string body);
  bool socks_allowed() const;

  const Surroundings with_;
  Changes& changes_;
  const Options options_;
};

}  // namespace omni::api
