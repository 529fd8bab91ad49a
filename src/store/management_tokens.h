#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "store/columns.h"

namespace omni::store {

/// A token with which programs run the gateway, within its scopes: read, write, keys, backups,
/// admin.  Kept as its hash.
struct ManagementToken {
  std::string id, name;
  std::string hash, mask;
  Texts scopes;
  Clock::Wall created_at{};
  std::optional<Clock::Wall> expires_at, last_used_at;
};

Result<std::vector<ManagementToken>> load_management_tokens(sql::Session& session);
Status add_management_token(sql::Session& session, const ManagementToken& token);
Status delete_management_token(sql::Session& session, std::string_view id);
Status note_management_token_use(sql::Session& session, std::string_view id, Clock::Wall when);

}  // namespace omni::store
