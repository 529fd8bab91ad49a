#include "store/migrations.h"

#include <algorithm>
#include <string>

#include "base/embedded_file.h"
#include "base/strings.h"

namespace omni::store {

std::span<const EmbeddedFile> migration_files();  // cmake/embed.cmake

namespace {

/// Of a name like "config/0001_initial.sql".
Migration migration_of(const EmbeddedFile& file) {
  std::string_view name = file.name.substr(file.name.find('/') + 1);
  const auto version = parse_unsigned(cut(name, '_'));
  OMNI_ASSERT(version);
  name.remove_suffix(std::string_view(".sql").size());
  return {static_cast<std::int64_t>(*version), name, file.bytes};
}

Result<std::int64_t> version_of(sql::Session& session) {
  const Status made = session.run_script(
      "CREATE TABLE IF NOT EXISTS schema_migrations ("
      "version BIGINT PRIMARY KEY, name TEXT NOT NULL)");
  if (!made) return made.error();
  std::int64_t version = 0;
  const Status asked = session.run("SELECT max(version) FROM schema_migrations", {},
                                   [&](const sql::Row& row) { version = row.integer(0); });
  if (!asked) return asked.error();
  return version;
}

Status apply(sql::Session& session, std::span<const Migration> pending) {
  Status status = session.begin();
  for (const Migration& migration : pending) {
    if (status) status = session.run_script(migration.script);
    if (status) {
      status = session.run("INSERT INTO schema_migrations (version, name) VALUES ($1, $2)",
                           {migration.version, migration.name});
    }
  }
  if (status) status = session.commit();
  if (!status) session.roll_back();
  return status;
}

}  // namespace

std::vector<Migration> migrations_of(std::string_view database) {
  std::vector<Migration> migrations;
  for (const EmbeddedFile& file : migration_files()) {
    if (file.name.substr(0, file.name.find('/')) != database) continue;
    migrations.push_back(migration_of(file));
  }
  std::ranges::sort(migrations, {}, &Migration::version);
  return migrations;
}

Result<std::int64_t> known_version(sql::Session& session, std::span<const Migration> migrations) {
  auto version = version_of(session);
  const std::int64_t newest = migrations.empty() ? 0 : migrations.back().version;
  if (!version || *version <= newest) return version;
  return Error(Error::Kind::conflict, "the database has version " + std::to_string(*version) +
                                          ", made by a newer omniroute; this one knows up to " +
                                          std::to_string(newest) +
                                          ": run the newer one, or restore a backup");
}

Status migrate(sql::Session& session, std::span<const Migration> migrations,
               const std::function<Status()>& before) {
  const auto version = known_version(session, migrations);
  if (!version) return version.error();
  const auto next = std::ranges::upper_bound(migrations, *version, {}, &Migration::version);
  const std::span<const Migration> pending(next, migrations.end());
  if (pending.empty()) return Nothing();
  if (*version > 0 && before) {
    if (Status ready = before(); !ready) return ready;
  }
  return apply(session, pending);
}

}  // namespace omni::store
