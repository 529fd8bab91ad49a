#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"
#include "json/raw.h"
#include "store/seal.h"
#include "store/sql/session.h"

namespace omni::store {

/// Of an account's last error, until it has tokens again: nothing less is of use.
constexpr std::string_view reauth_required = "reauth_required";

/// An account at a provider.
struct Connection {
  std::string id, provider;
  std::string auth_type = "apikey";
  std::string name, email, display_name, group;
  std::int64_t priority = 1;
  std::optional<std::int64_t> global_priority;
  bool active = true;

  Secret api_key, access_token, refresh_token, id_token;
  std::string token_type, scope, project_id;
  std::optional<Clock::Wall> token_expires_at;

  std::string default_model;
  /// What only this provider needs, an object; sealed as well, for it may have more keys in it.
  json::Raw data = json::Raw::trusted("{}");
  std::optional<std::int64_t> concurrent_max;
  bool rate_limit_protection = false;
  std::int64_t health_check_minutes = 0;
  std::optional<Clock::Wall> last_health_check_at;

  // What was seen of it.
  std::string test_status = "unknown";
  std::string error_code, last_error, last_error_type, last_error_source;
  std::optional<Clock::Wall> last_tested_at, last_error_at, rate_limited_until, last_used_at;
  std::int64_t backoff_level = 0;
  std::int64_t consecutive_uses = 0;

  Clock::Wall created_at{}, updated_at{};

  /// Whether that was found since it was last changed.
  bool must_log_in() const {
    return last_error_type == reauth_required && last_error_at && updated_at <= *last_error_at;
  }
};

/// As if nothing had been seen of it.
void forget_errors(Connection& connection);

/// By priority, those of the same one the last changed first.  A credential that cannot be opened
/// is an error which names connection and column.
Result<std::vector<Connection>> load_connections(sql::Session& session, const Sealer& sealer);
Result<Connection> load_connection(sql::Session& session, const Sealer& sealer,
                                   std::string_view id);
Status add_connection(sql::Session& session, const Sealer& sealer, const Connection& connection);
Status update_connection(sql::Session& session, const Sealer& sealer, const Connection& connection);
/// With its proxy.
Status delete_connection(sql::Session& session, std::string_view id);
/// Numbers the connections of a provider 1, 2, … in their order, in which that of `id` goes to the
/// place, or to the end without one.
Status place_connection(sql::Session& session, std::string_view provider, std::string_view id,
                        std::optional<std::int64_t> place);

}  // namespace omni::store
