#pragma once

#include <string>
#include <vector>

#include "gateway/config.h"

namespace omni::gateway {

/// Does what the command line asks for and returns the exit status: 0, 1 for a failure, 2 for a bad
/// flag, variable or verb.
int run(const std::vector<std::string>& arguments, const Environment& environment);

/// What `--help` prints.
std::string help_text();

}  // namespace omni::gateway
