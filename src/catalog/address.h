#pragma once

#include <string>

namespace omni::catalog {

/// The base of an address that somebody has written: people paste the whole address of an endpoint
/// as often as its base.
std::string without_endpoint(std::string address);

}  // namespace omni::catalog
