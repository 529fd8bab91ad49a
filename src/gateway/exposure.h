#pragma once

#include <string>
#include <vector>

#include "gateway/config.h"
#include "store/configuration.h"

namespace omni::gateway {

/// Whether others than this machine can connect.
bool is_exposed(const Config& config);

/// What is wrong with what the environment alone says: a password that will not do, on an address
/// that others reach.
Status check_exposure(const Config& config);

/// Who may do what from elsewhere.  Refused, with what to do, if everybody may do everything;
/// `warnings` receives what is half open.
Status check_exposure(const Config& config, const store::Configuration& configuration,
                      std::vector<std::string>& warnings);

}  // namespace omni::gateway
