#include "store/audit.h"

#include <algorithm>
#include <array>
#include <limits>

#include "base/strings.h"
#include "json/scratch_reader.h"
#include "json/writer.h"
#include "store/columns.h"

namespace omni::store {
namespace {

/// Compared with a name in lower case and without `_` and `-`.
constexpr std::array<std::string_view, 10> secret_words{
    "password", "passphrase", "secret",     "apikey",        "authorization",
    "cookie",   "credential", "privatekey", "refreshtokens", "accesstokens"};
/// Names with "token" in them that tell nothing.
constexpr std::array<std::string_view, 7> harmless_words{
    "tokens", "tokentype", "tokenexpires", "maxtokens", "budgettokens", "tokenbuffer", "tokenid"};

enum class Leaves : std::uint8_t { shown, hidden };

/// Of what is hidden, yes, no and nothing are shown: they say what was done and give nothing away.
void write_redacted(json::Writer& writer, json::Value value, Leaves leaves) {
  if (value.kind() == json::Kind::object) {
    writer.begin_object();
    for (const auto& [key, member] : value.members()) {
      writer.key(key);
      write_redacted(writer, member, sounds_secret(key) ? Leaves::hidden : leaves);
    }
    writer.end_object();
  } else if (value.kind() == json::Kind::array) {
    writer.begin_array();
    for (const json::Value item : value.items()) write_redacted(writer, item, leaves);
    writer.end_array();
  } else if (leaves == Leaves::hidden && value.kind() != json::Kind::boolean && !value.is_null()) {
    writer.text("[redacted]");
  } else {
    writer.raw(value.slice());
  }
}

/// `%` and `_` of the text stand for themselves.
std::string like_prefix(std::string_view text) {
  std::string pattern;
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '\\') pattern.push_back('\\');
    pattern.push_back(c);
  }
  return pattern + "%";
}

constexpr std::string_view where =
    " FROM audit_log WHERE ($1 = '' OR action = $1) AND ($2 = '' OR action LIKE $2 ESCAPE '\\') "
    "AND ($3 = '' OR actor = $3) AND ($4 = '' OR target = $4) "
    "AND ($5 = '' OR resource_type = $5) AND ($6 = '' OR status = $6) "
    "AND ($7 = '' OR request_id = $7) AND timestamp >= $8 AND timestamp <= $9";

AuditEntry entry_in(const sql::Row& row) {
  AuditEntry entry;
  entry.id = row.integer(0);
  entry.when = time_in(row, 1);
  entry.action = row.text(2);
  entry.actor = row.text(3);
  entry.target = row.text(4);
  entry.address = row.text(5);
  entry.resource_type = row.text(6);
  entry.status = row.text(7);
  entry.request_id = row.text(8);
  entry.details = json::Raw::trusted(std::string(row.text(9)));
  entry.metadata = json::Raw::trusted(std::string(row.text(10)));
  return entry;
}

}  // namespace

bool sounds_secret(std::string_view name) {
  std::string plain;
  for (const char c : to_lower(name)) {
    if (c != '_' && c != '-') plain.push_back(c);
  }
  const auto holds = [&](std::string_view word) { return plain.find(word) != plain.npos; };
  if (std::any_of(secret_words.begin(), secret_words.end(), holds)) return true;
  return holds("token") && std::none_of(harmless_words.begin(), harmless_words.end(), holds);
}

json::Raw redacted(const json::Raw& value) {
  std::string out;
  json::Writer writer(out);
  const json::ScratchReader reader;
  write_redacted(writer, reader->read(value.text()), Leaves::shown);
  return json::Raw::trusted(std::move(out));
}

Status add_audit_entry(sql::Session& session, const AuditEntry& entry) {
  const json::Raw details = redacted(entry.details);
  const json::Raw metadata = redacted(entry.metadata);
  return session.run(
      "INSERT INTO audit_log (timestamp, action, actor, target, ip_address, resource_type, status, "
      "request_id, details, metadata) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
      {to_value(entry.when), to_value(entry.action), to_value(entry.actor), to_value(entry.target),
       to_value(entry.address), to_value(entry.resource_type), to_value(entry.status),
       to_value(entry.request_id), to_value(details.text()), to_value(metadata.text())});
}

Result<std::int64_t> find_audit_entries(sql::Session& session, const AuditQuery& query,
                                        const std::function<void(const AuditEntry&)>& take) {
  static const std::string count = "SELECT COUNT(*)" + std::string(where);
  static const std::string select =
      "SELECT id, timestamp, action, actor, target, ip_address, resource_type, status, request_id, "
      "details, metadata" +
      std::string(where) + " ORDER BY timestamp DESC, id DESC LIMIT $10 OFFSET $11";
  const bool by_prefix = query.action.ends_with('*');
  const std::string prefix =
      by_prefix ? like_prefix(std::string_view(query.action).substr(0, query.action.size() - 1))
                : std::string();
  const std::array<sql::Value, 11> values{
      to_value(by_prefix ? std::string_view() : std::string_view(query.action)),
      to_value(prefix),
      to_value(query.actor),
      to_value(query.target),
      to_value(query.resource_type),
      to_value(query.status),
      to_value(query.request_id),
      query.from ? to_value(*query.from) : sql::Value(std::int64_t{0}),
      query.to ? to_value(*query.to) : sql::Value(std::numeric_limits<std::int64_t>::max()),
      query.limit,
      query.offset};
  std::int64_t total = 0;
  Status read = session.run(count, std::span(values).first(9),
                            [&](const sql::Row& row) { total = row.integer(0); });
  if (!read) return read.error();
  read = session.run(select, values, [&](const sql::Row& row) { take(entry_in(row)); });
  if (!read) return read.error();
  return total;
}

Status delete_audit_entries_before(sql::Session& session, Clock::Wall time) {
  return session.run("DELETE FROM audit_log WHERE timestamp < $1", {to_value(time)});
}

}  // namespace omni::store
