#pragma once

#include <string>

#include "gateway/config.h"

namespace omni::gateway {

/// Every flag and variable with the value that holds, where it comes from, and its help.  Secrets
/// are masked.
std::string explain(const Config& config);
/// The same as a JSON array of objects.
std::string explain_as_json(const Config& config);

}  // namespace omni::gateway
