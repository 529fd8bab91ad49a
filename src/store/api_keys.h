#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "json/raw.h"
#include "store/columns.h"

namespace omni::store {

/// A key that clients call models with, and what may be done with it.  The key itself is not kept:
/// `hash` finds it, `mask` shows it.
struct ApiKey {
  std::string id, name;
  std::string hash, mask;
  std::string machine_id;
  std::string group;

  bool active = true;
  std::optional<Clock::Wall> revoked_at, expires_at, last_used_at;
  Clock::Wall created_at{};

  Texts allowed_models;                      // exact, or with `*`; none: all
  Texts allowed_connections;                 // by id; none: all
  Texts ip_allowlist;                        // as an address rule; none: from anywhere
  Texts scopes;                              // beyond calling models: "cloud"
  std::optional<json::Raw> access_schedule;  // {"enabled","from","until","days","tz"}
  std::optional<std::int64_t> requests_per_day_max, requests_per_minute_max, tokens_per_minute_max,
      requests_at_once_max;
  std::int64_t sessions_max = 0;  // 0: any number
  bool no_log = false;
  bool auto_resolve = false;
};

/// Ordered by the time of their making.
Result<std::vector<ApiKey>> load_api_keys(sql::Session& session);
Result<ApiKey> load_api_key(sql::Session& session, std::string_view id);
Status add_api_key(sql::Session& session, const ApiKey& key);
/// Everything but the key itself.
Status update_api_key(sql::Session& session, const ApiKey& key);
/// With its budget.
Status delete_api_key(sql::Session& session, std::string_view id);
Status note_api_key_use(sql::Session& session, std::string_view id, Clock::Wall when);

}  // namespace omni::store
