#pragma once

#include <string>

#include "base/result.h"
#include "net/fd.h"

namespace omni::gateway {

/// Whether the folder can be used; one that does not exist yet can if we may make it.
Status check_data_dir(const std::string& path);

/// Whether a gateway was ever started there: only a start makes anything, so that no other command
/// makes an installation of a mistyped folder.
Status check_installed(const std::string& path);

/// Whether a gateway runs on the folder at this moment.
bool is_held(const std::string& path);

/// Makes the folder, for its owner alone, where it is not there, and holds it: one process at a
/// time, for as long as the descriptor is open, however the process ends.  `conflict` where another
/// one has it.
Result<net::Fd> hold_data_dir(const std::string& path);

}  // namespace omni::gateway
