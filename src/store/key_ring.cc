#include "store/key_ring.h"

#include <array>
#include <utility>
#include <vector>

#include "store/columns.h"
#include "store/sql/sqlite.h"

namespace omni::store {
namespace {

/// Every column that may hold sealed text, and what tells its rows apart.
struct SealedColumn {
  std::string_view table, row, column;
};
constexpr std::array sealed_columns{
    SealedColumn{"meta", "name", "value"},  // the key check
    SealedColumn{"secrets", "name", "value"},
    SealedColumn{"settings", "name", "value"},
    SealedColumn{"provider_connections", "id", "api_key"},
    SealedColumn{"provider_connections", "id", "access_token"},
    SealedColumn{"provider_connections", "id", "refresh_token"},
    SealedColumn{"provider_connections", "id", "id_token"},
    SealedColumn{"provider_connections", "id", "provider_specific_data"},
    SealedColumn{"proxies", "place", "url"},
};

/// A known word, sealed: whoever opens it has the right key.
constexpr std::string_view check_name = "key_check";
constexpr std::string_view check_word = "omniroute";
constexpr Place check_place{"meta", "value", check_name};

Result<std::string> load_check(sql::Session& session) {
  std::string check;
  const Status read = session.run("SELECT value FROM meta WHERE name = $1", {to_value(check_name)},
                                  [&](const sql::Row& row) { check = row.text(0); });
  if (!read) return read.error();
  return check;
}

Status store_check(sql::Session& session, const MasterKey& key, Random& random) {
  const std::string check = Sealer(key, random).seal(Secret(std::string(check_word)), check_place);
  return session.run("INSERT INTO meta (name, value) VALUES ($1, $2)",
                     {to_value(check_name), to_value(check)});
}

bool opens(const MasterKey& key, const std::string& check, Random& random) {
  const Result<Secret> word = Sealer(key, random).open(check, check_place);
  return word && word->reveal() == check_word;
}

Error locked(std::string_view why) {
  std::string message(why);
  message.append(
      ".  Nothing was changed.  Put the key back that the database was sealed with (master.key in "
      "the data directory, from where you keep copies, or STORAGE_ENCRYPTION_KEY).  If it is lost, "
      "move config.sqlite and db_backups away to start anew: what was sealed cannot be opened "
      "without it");
  return {Error::Kind::bad_request, std::move(message)};
}

Status reseal_column(sql::Session& session, const SealedColumn& column, const Sealer& from,
                     const Sealer& to) {
  const std::string table(column.table);
  const std::string row(column.row);
  const std::string value(column.column);
  std::vector<std::pair<std::string, std::string>> sealed;
  Status done = session.run(
      "SELECT " + row + ", " + value + " FROM " + table + " WHERE " + value + " LIKE 'enc:%'", {},
      [&](const sql::Row& found) { sealed.emplace_back(found.text(0), found.text(1)); });
  const std::string update = "UPDATE " + table + " SET " + value + " = $1 WHERE " + row + " = $2";
  for (const auto& [id, text] : sealed) {
    if (!done) break;
    const Place place{column.table, column.column, id};
    const Result<Secret> opened = from.open(text, place);
    if (!opened) return opened.error();
    const std::string anew = to.seal(*opened, place);
    done = session.run(update, {to_value(anew), to_value(id)});
  }
  return done;
}

/// So that no column that somebody forgot above becomes unreadable.
Status expect_none_sealed_with(sql::Session& session, const std::string& key_id) {
  const auto columns = sql::sqlite_text_columns(session);
  if (!columns) return columns.error();
  const std::string sealed = "enc:v2:" + key_id + ":%";
  for (const auto& [table, column] : *columns) {
    bool left = false;
    Status read = session.run("SELECT 1 FROM " + table + " WHERE " + column + " LIKE $1 LIMIT 1",
                              {to_value(sealed)}, [&left](const sql::Row&) { left = true; });
    if (!read) return read;
    if (!left) continue;
    return Error(Error::Kind::internal, "nothing seals anew what is sealed in " + table + "." +
                                            column + ": nothing was changed");
  }
  return Nothing{};
}

}  // namespace

Status reseal(sql::Session& session, const Sealer& from, const Sealer& to) {
  for (const SealedColumn& column : sealed_columns) {
    if (Status done = reseal_column(session, column, from, to); !done) return done;
  }
  if (from.key_id() == to.key_id()) return Nothing{};
  return expect_none_sealed_with(session, from.key_id());
}

Result<MasterKey> KeyRing::unlock(sql::Session& session, Random& random) const {
  const Result<std::string> check = load_check(session);
  if (!check) return check.error();
  Result<Found> found = find(*check, random);
  if (!found) return found.error();
  Status placed = Nothing{};
  if (found->where == Where::nowhere) placed = file().create(found->key);
  if (found->where == Where::next_file) placed = next_file().replace(file());
  // A change of keys that was broken off before it began has left its key behind.
  if (found->where == Where::file && !check->empty()) placed = next_file().remove();
  if (placed && check->empty()) placed = store_check(session, found->key, random);
  if (!placed) return placed.error();
  return std::move(found->key);
}

Result<MasterKey> KeyRing::find_key(sql::Session& session, Random& random) const {
  const Result<std::string> check = load_check(session);
  if (!check) return check.error();
  Result<Found> found = find(*check, random);
  if (!found) return found.error();
  return std::move(found->key);
}

Result<KeyRing::Found> KeyRing::find(const std::string& check, Random& random) const {
  const auto fits = [&](const MasterKey& key) {
    return check.empty() || opens(key, check, random);
  };
  if (!passphrase.empty()) {
    Found given{MasterKey::from_passphrase(passphrase), Where::passphrase};
    if (fits(given.key)) return given;
    return locked("the database was sealed with another key than STORAGE_ENCRYPTION_KEY gives");
  }
  const Result<std::optional<MasterKey>> key = file().read();
  if (!key) return key.error();
  if (*key && fits(**key)) return Found{**key, Where::file};
  if (check.empty()) return Found{MasterKey::random(random), Where::nowhere};
  const Result<std::optional<MasterKey>> next = next_file().read();
  if (!next) return next.error();
  if (*next && fits(**next)) return Found{**next, Where::next_file};
  const Result<std::optional<MasterKey>> old = old_key_for(check, random);
  if (!old) return old.error();
  if (*old) {
    return locked("the database was sealed with a key of before, which is in " +
                  old_file((*old)->id).path() + ": copy that over master.key");
  }
  return locked(*key ? file().path() + " is not the key that the database was sealed with"
                     : "the database is sealed and its key, " + file().path() + ", is missing");
}

Result<std::optional<MasterKey>> KeyRing::old_key_for(const std::string& check,
                                                      Random& random) const {
  const std::string_view id = key_id_of(check);
  if (id.empty()) return std::optional<MasterKey>();
  Result<std::optional<MasterKey>> key = old_file(id).read();
  if (key && *key && !opens(**key, check, random)) key = std::optional<MasterKey>();
  return key;
}

Result<std::optional<MasterKey>> KeyRing::find_old_key(sql::Session& session,
                                                       Random& random) const {
  const Result<std::string> check = load_check(session);
  if (!check) return check.error();
  return old_key_for(*check, random);
}

Status KeyRing::keep_old(const MasterKey& key) const {
  if (!key.passphrase.empty()) return Nothing{};  // whoever knows it keeps it
  const KeyFile place = old_file(key.id);
  const Result<std::optional<MasterKey>> there = place.read();
  if (!there) return there.error();
  return *there ? Status(Nothing{}) : place.create(key);
}

Result<MasterKey> KeyRing::change_key(sql::Session& session, Change change, Random& random) const {
  const Result<MasterKey> old = unlock(session, random);
  if (!old) return old.error();
  if (Status kept = keep_old(*old); !kept) return kept.error();
  const bool in_file = change.passphrase.empty();
  MasterKey key = in_file ? MasterKey::random(random)
                          : MasterKey::from_passphrase(std::move(change.passphrase));
  if (in_file) {
    // What a change that was broken off has left: the key that opens everything is another one.
    if (Status removed = next_file().remove(); !removed) return removed.error();
    if (Status written = next_file().create(key); !written) return written.error();
  }
  Status done = session.begin();
  if (done) done = reseal(session, Sealer(*old, random), Sealer(key, random));
  if (done) done = add_audit_entry(session, change.entry);
  if (done) done = session.commit();
  if (!done) {
    session.roll_back();
    return done.error();
  }
  const Status placed = in_file ? next_file().replace(file()) : file().remove();
  if (!placed) return placed.error();
  return key;
}

}  // namespace omni::store
