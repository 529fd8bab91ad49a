#pragma once

#include <vector>

#include "api/change.h"
#include "api/probe.h"
#include "api/route.h"

namespace omni::api {

/// Tests of accounts at providers, kept or only tried.
class ProviderTests {
 public:
  ProviderTests(const Surroundings& with, Changes& changes) : with_(with), changes_(changes) {}

  std::vector<Route> routes();

 private:
  net::Task<Status> test(net::Exchange& exchange, Arguments arguments);
  net::Task<> import_of(const net::Exchange& exchange, const store::Connection& connection,
                        const Probe& probe);
  net::Task<Status> test_batch(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> validate(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> validate_node(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> test_model(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> answer_trial(net::Exchange& exchange, Result<Probe> found);

  const Surroundings with_;
  Changes& changes_;
};

}  // namespace omni::api
