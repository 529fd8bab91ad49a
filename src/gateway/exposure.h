#pragma once

#include <string>
#include <vector>

#include "gateway/config.h"
#include "identity/guards.h"
#include "store/configuration.h"

namespace omni::gateway {

/// Whether others than this machine can connect.
bool is_exposed(const Config& config);

/// What the gateway is guarded by.
identity::Guards guards_of(const Config& config, const store::Configuration& configuration);

/// Who may do what from elsewhere.  Refused, with what to do, if everybody may do everything or the
/// password of the environment, while it is good, is one that will not do; `warnings` receives what
/// is half open.
Status check_exposure(const Config& config, const store::Configuration& configuration,
                      std::vector<std::string>& warnings);

}  // namespace omni::gateway
