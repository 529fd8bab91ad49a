#include "store/api_keys.h"

#include "store/budgets.h"

namespace omni::store {
namespace {

constexpr std::string_view select =
    "SELECT id, name, key_hash, key_mask, machine_id, group_name, is_active, revoked_at, "
    "expires_at, last_used_at, created_at, allowed_models, allowed_connections, ip_allowlist, "
    "scopes, access_schedule, max_requests_per_day, max_requests_per_minute, "
    "max_tokens_per_minute, max_sessions, no_log, auto_resolve, max_concurrent_requests FROM "
    "api_keys";

constexpr std::string_view unknown = "Key not found";

ApiKey key_in(const sql::Row& row) {
  ApiKey key;
  key.id = row.text(0);
  key.name = row.text(1);
  key.hash = row.text(2);
  key.mask = row.text(3);
  key.machine_id = row.text(4);
  key.group = row.text(5);
  key.active = row.integer(6) != 0;
  key.revoked_at = optional_time_in(row, 7);
  key.expires_at = optional_time_in(row, 8);
  key.last_used_at = optional_time_in(row, 9);
  key.created_at = time_in(row, 10);
  key.allowed_models = texts_in(row.text(11));
  key.allowed_connections = texts_in(row.text(12));
  key.ip_allowlist = texts_in(row.text(13));
  key.scopes = texts_in(row.text(14));
  if (!row.is_null(15)) key.access_schedule = json::Raw::trusted(std::string(row.text(15)));
  key.requests_per_day_max = optional_integer_in(row, 16);
  key.requests_per_minute_max = optional_integer_in(row, 17);
  key.tokens_per_minute_max = optional_integer_in(row, 18);
  key.sessions_max = row.integer(19);
  key.no_log = row.integer(20) != 0;
  key.auto_resolve = row.integer(21) != 0;
  key.requests_at_once_max = optional_integer_in(row, 22);
  return key;
}

/// What an update may change as `$1` to `$17`, the id as `$18`, then what stays for ever.
Status write_members(sql::Session& session, std::string_view statement, const ApiKey& key) {
  const std::string models = to_column(key.allowed_models);
  const std::string connections = to_column(key.allowed_connections);
  const std::string addresses = to_column(key.ip_allowlist);
  const std::string scopes = to_column(key.scopes);
  const sql::Value schedule =
      key.access_schedule ? sql::Value(key.access_schedule->text()) : sql::Value(nullptr);
  return session.run(statement, {to_value(key.name),
                                 to_value(key.group),
                                 to_value(key.active),
                                 to_value(key.revoked_at),
                                 to_value(key.expires_at),
                                 to_value(models),
                                 to_value(connections),
                                 to_value(addresses),
                                 to_value(scopes),
                                 schedule,
                                 to_value(key.requests_per_day_max),
                                 to_value(key.requests_per_minute_max),
                                 to_value(key.tokens_per_minute_max),
                                 to_value(key.sessions_max),
                                 to_value(key.no_log),
                                 to_value(key.auto_resolve),
                                 to_value(key.requests_at_once_max),
                                 to_value(key.id),
                                 to_value(key.hash),
                                 to_value(key.mask),
                                 to_value(key.machine_id),
                                 to_value(key.created_at)});
}

}  // namespace

Result<std::vector<ApiKey>> load_api_keys(sql::Session& session) {
  static const std::string statement = std::string(select) + " ORDER BY created_at, id";
  std::vector<ApiKey> keys;
  const Status read =
      session.run(statement, {}, [&](const sql::Row& row) { keys.push_back(key_in(row)); });
  if (!read) return read.error();
  return keys;
}

Result<ApiKey> load_api_key(sql::Session& session, std::string_view id) {
  static const std::string statement = std::string(select) + " WHERE id = $1";
  std::optional<ApiKey> key;
  const Status read =
      session.run(statement, {to_value(id)}, [&](const sql::Row& row) { key = key_in(row); });
  if (!read) return read.error();
  if (!key) return Error(Error::Kind::not_found, std::string(unknown));
  return *std::move(key);
}

Status add_api_key(sql::Session& session, const ApiKey& key) {
  return write_members(
      session,
      "INSERT INTO api_keys (name, group_name, is_active, revoked_at, expires_at, allowed_models, "
      "allowed_connections, ip_allowlist, scopes, access_schedule, max_requests_per_day, "
      "max_requests_per_minute, max_tokens_per_minute, max_sessions, no_log, auto_resolve, "
      "max_concurrent_requests, id, key_hash, key_mask, machine_id, created_at) VALUES ($1, $2, "
      "$3, $4, $5, $6, $7, $8, $9, "
      "$10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)",
      key);
}

Status update_api_key(sql::Session& session, const ApiKey& key) {
  return expect_one_row(
      session,
      write_members(session,
                    "UPDATE api_keys SET name = $1, group_name = $2, is_active = $3, "
                    "revoked_at = $4, expires_at = $5, allowed_models = $6, "
                    "allowed_connections = $7, ip_allowlist = $8, scopes = $9, "
                    "access_schedule = $10, max_requests_per_day = $11, "
                    "max_requests_per_minute = $12, max_tokens_per_minute = $13, "
                    "max_sessions = $14, no_log = $15, auto_resolve = $16, "
                    "max_concurrent_requests = $17 WHERE id = $18",
                    key),
      unknown);
}

Status delete_api_key(sql::Session& session, std::string_view id) {
  Status deleted = expect_one_row(
      session, session.run("DELETE FROM api_keys WHERE id = $1", {to_value(id)}), unknown);
  if (!deleted) return deleted;
  return session.run("DELETE FROM budgets WHERE scope = $1", {to_value(Budget::of_key(id))});
}

Status note_api_key_use(sql::Session& session, std::string_view id, Clock::Wall when) {
  return session.run("UPDATE api_keys SET last_used_at = $1 WHERE id = $2",
                     {to_value(when), to_value(id)});
}

}  // namespace omni::store
