#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "api/probe.h"

namespace omni::api {

using Snapshot = std::shared_ptr<const store::Configuration>;

/// Tests an account of the configuration, for half a minute at most, and keeps with it what is
/// found.  An error only where whoever asked has left.
net::Task<Result<Probe>> probe_and_note(Surroundings with, Snapshot configuration,
                                        const store::Connection& connection, std::string model);

/// What is done with an account after its test.
using AfterProbe = std::function<net::Task<>(const store::Connection&, const Probe&)>;

/// The same with several, a few at a time; what is found is in their order.
net::Task<Result<std::vector<Probe>>> probe_all(Surroundings with, Snapshot configuration,
                                                std::vector<const store::Connection*> connections,
                                                AfterProbe after);

}  // namespace omni::api
