#include "store/management_tokens.h"

namespace omni::store {

Result<std::vector<ManagementToken>> load_management_tokens(sql::Session& session) {
  std::vector<ManagementToken> tokens;
  const Status read = session.run(
      "SELECT id, name, token_hash, token_mask, scopes, created_at, expires_at, last_used_at "
      "FROM management_tokens ORDER BY created_at, id",
      {}, [&](const sql::Row& row) {
        tokens.push_back({std::string(row.text(0)), std::string(row.text(1)),
                          std::string(row.text(2)), std::string(row.text(3)), texts_in(row.text(4)),
                          time_in(row, 5), optional_time_in(row, 6), optional_time_in(row, 7)});
      });
  if (!read) return read.error();
  return tokens;
}

Status add_management_token(sql::Session& session, const ManagementToken& token) {
  const std::string scopes = to_column(token.scopes);
  return session.run(
      "INSERT INTO management_tokens (id, name, token_hash, token_mask, scopes, created_at, "
      "expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
      {to_value(token.id), to_value(token.name), to_value(token.hash), to_value(token.mask),
       to_value(scopes), to_value(token.created_at), to_value(token.expires_at)});
}

Status delete_management_token(sql::Session& session, std::string_view id) {
  return expect_one_row(session,
                        session.run("DELETE FROM management_tokens WHERE id = $1", {to_value(id)}),
                        "Token not found");
}

Status note_management_token_use(sql::Session& session, std::string_view id, Clock::Wall when) {
  return session.run("UPDATE management_tokens SET last_used_at = $1 WHERE id = $2",
                     {to_value(when), to_value(id)});
}

}  // namespace omni::store
