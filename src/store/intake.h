#pragma once

#include <string>

#include "store/sql/session.h"

namespace omni::store {

/// Whether a file has the very tables that some version of ours makes, and nothing besides: no
/// trigger, view or table of its own becomes part of the live database.  Reads nothing else of it.
Status check_shape(sql::Session& file);

/// Puts what belongs to this installation and to no file from the database at `live` into the
/// draft of the one that takes its place: who may manage it, its secrets, the settings that guard
/// its door, which keys were taken away, and what was noted about all that.
Status keep_own(sql::Session& draft, const std::string& live);

}  // namespace omni::store
