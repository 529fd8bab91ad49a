#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "api/change.h"
#include "api/route.h"
#include "account/quota.h"

namespace omni::api {

/// What accounts may still use, as their providers say, and as they said when they were asked last.
class AccountQuotas {
 public:
  explicit AccountQuotas(const Surroundings& with) : with_(with) {}

  std::vector<Route> routes();

 private:
  struct Known {
    Clock::Wall asked{};
    account::QuotaReport report;
  };

  net::Task<Status> show(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> list(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> show_all(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> ask_all(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> answer_all(net::Exchange& exchange);
  net::Task<Result<account::QuotaReport>> ask(const store::Connection& connection);
  void remember(const std::string& connection, const account::QuotaReport& report);
  std::map<std::string, Known> known() const;

  const Surroundings with_;
  mutable std::mutex mutex_;
  std::map<std::string, Known> known_;  // by the id of the connection
};

}  // namespace omni::api
