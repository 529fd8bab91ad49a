#pragma once

#include "json/raw.h"
#include "store/sql/session.h"

namespace omni::store {

// What a configuration holds, as JSON for people to read: nothing is ever read back from it.

/// Accounts at providers, without what opens them.
Result<json::Raw> list_connections(sql::Session& session);
Result<json::Raw> list_combos(sql::Session& session);

}  // namespace omni::store
