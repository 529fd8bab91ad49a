#include "store/cached_answers.h"

#include "store/columns.h"

namespace omni::store {
namespace {

void read(const sql::Row& row, CachedAnswer& answer) {
  answer.created = time_in(row, 0);
  answer.print = row.text(1);
  answer.model = row.text(2);
  answer.tokens_saved = row.integer(3);
  answer.hits = row.integer(4);
  answer.expires = time_in(row, 5);
  answer.bytes = row.integer(6);
}

}  // namespace

Status store_cached_answer(sql::Session& session, const CachedAnswer& answer,
                           std::string_view text) {
  if (Status gone = delete_cached_answer(session, answer.print); !gone) return gone;
  return session.run(
      "INSERT INTO semantic_cache (created_at, signature, model, tokens_saved, hit_count, "
      "expires_at, bytes, answer) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
      {to_value(answer.created), answer.print, answer.model, answer.tokens_saved, answer.hits,
       to_value(answer.expires), answer.bytes, text});
}

Result<std::optional<CachedAnswer>> find_cached_answer(sql::Session& session,
                                                       std::string_view print, std::string& text) {
  std::optional<CachedAnswer> found;
  const Status done = session.run(
      "SELECT created_at, signature, model, tokens_saved, hit_count, expires_at, bytes, answer "
      "FROM semantic_cache WHERE signature = $1",
      {print}, [&](const sql::Row& row) {
        read(row, found.emplace());
        text = row.text(7);
      });
  if (!done) return done.error();
  return found;
}

Status read_cached_answers(sql::Session& session,
                           const std::function<void(const CachedAnswer&)>& on_answer) {
  CachedAnswer answer;  // one for all, so that its texts keep their memory
  return session.run(
      "SELECT created_at, signature, model, tokens_saved, hit_count, expires_at, bytes "
      "FROM semantic_cache ORDER BY created_at, signature",
      {}, [&](const sql::Row& row) {
        read(row, answer);
        on_answer(answer);
      });
}

Result<CachedSums> sum_up_cached_answers(sql::Session& session) {
  CachedSums sums;
  const Status done = session.run(
      "SELECT count(*), COALESCE(sum(bytes), 0) FROM semantic_cache", {},
      [&](const sql::Row& row) { sums = {.answers = row.integer(0), .bytes = row.integer(1)}; });
  if (!done) return done.error();
  return sums;
}

Status note_cached_hits(sql::Session& session, const CachedAnswer& since) {
  return session.run(
      "UPDATE semantic_cache SET hit_count = hit_count + $1, tokens_saved = tokens_saved + $2 "
      "WHERE signature = $3",
      {since.hits, since.tokens_saved, since.print});
}

Status delete_cached_answer(sql::Session& session, std::string_view print) {
  return session.run("DELETE FROM semantic_cache WHERE signature = $1", {print});
}

}  // namespace omni::store
