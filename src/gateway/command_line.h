#pragma once

#include <span>
#include <string>
#include <vector>

#include "gateway/config.h"

namespace omni::gateway {

/// Does what the command line asks for and returns the exit status: 0, 1 for a failure, 2 for a bad
/// flag, variable or verb.
int run(const std::vector<std::string>& arguments, const Environment& environment);

/// What `--help` prints.
std::string help_text();
/// The same for a command line that asks for it: of its command, if that takes anything of its own.
std::string help_text(std::span<const std::string> arguments);

}  // namespace omni::gateway
