#pragma once

#include <atomic>
#include <vector>

#include "api/login_rules.h"
#include "api/route.h"

namespace omni::api {

/// Login, logout, the password, and who is logged in.
class Auth {
 public:
  struct Options {
    bool secure_cookie = false;  // also where we cannot see that the client came by TLS
    std::string version;         // of the program
  };

  Auth(const Surroundings& with, Changes& changes, LoginRules& rules, Options options)
      : with_(with), changes_(changes), rules_(rules), options_(std::move(options)) {}

  std::vector<Route> routes();

 private:
  using Snapshot = std::shared_ptr<const store::Configuration>;

  net::Task<Status> login(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> logout(net::Exchange& exchange, Arguments);
  net::Task<Status> status(net::Exchange& exchange, Arguments);
  net::Task<Status> init(net::Exchange& exchange, Arguments);
  net::Task<Status> login_state(net::Exchange& exchange, Arguments);
  net::Task<Status> change_login(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> list_sessions(net::Exchange& exchange, Arguments);
  net::Task<Status> end_others(net::Exchange& exchange, Arguments);

  net::Task<Status> admit(net::Exchange& exchange, Secret password, Snapshot tried);
  net::Task<Status> note_failure(net::Exchange& exchange, std::string_view action);
  /// What anybody can cause as often as he likes is written once in a while; `last` says when.
  using Moment = std::atomic<std::int64_t>;
  net::Task<Status> note_seldom(net::Exchange& exchange, std::string_view action, Moment& last);
  net::OutFields with_cookie(const net::Exchange& exchange, const Secret& session_id) const;

  const Surroundings with_;
  Changes& changes_;
  LoginRules& rules_;
  const Options options_;
  Moment locked_noted_ms_ = 0, setup_noted_ms_ = 0;
};

}  // namespace omni::api
