#include "store/sessions.h"

#include "store/columns.h"

namespace omni::store {

Result<std::vector<LoginSession>> load_login_sessions(sql::Session& session) {
  std::vector<LoginSession> logins;
  const Status read = session.run(
      "SELECT id_hash, created_at, expires_at, last_used_at, address, user_agent FROM sessions "
      "ORDER BY created_at, id_hash",
      {}, [&](const sql::Row& row) {
        logins.push_back({std::string(row.text(0)), time_in(row, 1), time_in(row, 2),
                          time_in(row, 3), std::string(row.text(4)), std::string(row.text(5))});
      });
  if (!read) return read.error();
  return logins;
}

Status add_login_session(sql::Session& session, const LoginSession& login) {
  return session.run(
      "INSERT INTO sessions (id_hash, created_at, expires_at, last_used_at, address, user_agent) "
      "VALUES ($1, $2, $3, $4, $5, $6)",
      {to_value(login.id_hash), to_value(login.created_at), to_value(login.expires_at),
       to_value(login.last_used_at), to_value(login.address), to_value(login.user_agent)});
}

Status note_login_session_use(sql::Session& session, const LoginSession& login) {
  return session.run(
      "UPDATE sessions SET last_used_at = $1, expires_at = $2 WHERE id_hash = $3",
      {to_value(login.last_used_at), to_value(login.expires_at), to_value(login.id_hash)});
}

Status end_login_session(sql::Session& session, std::string_view id_hash) {
  return session.run("DELETE FROM sessions WHERE id_hash = $1", {to_value(id_hash)});
}

Status end_login_sessions_except(sql::Session& session, std::string_view id_hash) {
  return session.run("DELETE FROM sessions WHERE id_hash <> $1", {to_value(id_hash)});
}

Status end_login_sessions_before(sql::Session& session, Clock::Wall now) {
  return session.run("DELETE FROM sessions WHERE expires_at <= $1", {to_value(now)});
}

}  // namespace omni::store
