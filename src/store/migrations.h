#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "store/sql/session.h"

namespace omni::store {

/// One step from one shape of a database to the next: a file migrations/<database>/NNNN_name.sql,
/// which is in the binary.  What has been shipped is not edited; another file follows it.
struct Migration {
  std::int64_t version = 0;
  std::string_view name;
  std::string_view script;
};

/// Of the database of that name, "config" or "usage", in order.
std::vector<Migration> migrations_of(std::string_view database);

/// The version that the database has, 0 for a new one; a newer program's is refused.
Result<std::int64_t> known_version(sql::Session& session, std::span<const Migration> migrations);

/// Brings the database to the newest shape: all that is pending in one transaction, or nothing.
/// `before` runs first where there is something to lose, for a backup, and can refuse.  A database
/// of a newer program is refused and stays as it is.
Status migrate(sql::Session& session, std::span<const Migration> migrations,
               const std::function<Status()>& before = {});

}  // namespace omni::store
