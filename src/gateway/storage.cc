#include "gateway/storage.h"

#include <algorithm>

#include "store/migrations.h"
#include "store/secrets_table.h"
#include "store/sql/sqlite.h"

namespace omni::gateway {
namespace {

/// What stands in the way of a start is for whoever starts it, unless it passes by itself.
Error unusable(const std::string& path, const Error& why) {
  std::string message = "cannot use " + path + ": " + why.message();
  if (why.kind() == Error::Kind::unavailable) return {why.kind(), std::move(message)};
  if (why.kind() != Error::Kind::bad_request) {  // which says itself what to do
    message.append(
        ".\nIt was left as it is.  Move it away, with its -wal and -shm, and put the newest file "
        "of "
        "db_backups in its place; without one, the start makes an empty one");
  }
  return {Error::Kind::bad_request, std::move(message)};
}

}  // namespace

store::KeyRing key_ring_of(const Config& config) { return {config.data_dir, config.storage_key}; }

Storage::Storage(const Config& config, const Clock& clock)
    : clock_(clock),
      backups_({.database = config.data_dir + "/config.sqlite",
                .folder = config.data_dir + "/db_backups",
                .retention = {.files_max = config.backup_files_max, .days = config.backup_days}},
               clock) {}

Result<std::unique_ptr<Storage>> Storage::open(const Config& config, const Clock& clock,
                                               Random& random, const Log& log) {
  std::unique_ptr<Storage> storage(new Storage(config, clock));
  const auto back_up = [&]() -> Status {
    const auto made = storage->backups_.create(store::BackupReason::pre_migration);
    if (!made) return made.error();
    log.info("backup.created", {{"reason", "pre-migration"}});
    return Nothing{};
  };
  auto opened = store::ConfigStore::open(key_ring_of(config), random, log, back_up);
  if (!opened) return unusable(config.data_dir + "/config.sqlite", opened.error());
  storage->configuration_ = *std::move(opened);
  if (Status done = storage->adopt(config.api_key_secret); !done) return done.error();
  const std::string usage = config.data_dir + "/usage.sqlite";
  if (Status done = storage->open_usage(usage, log); !done) return unusable(usage, done.error());
  return storage;
}

/// The environment's word holds: it goes where everybody looks for the secret.
Status Storage::adopt(const Secret& secret) {
  if (secret.empty() || secret == configuration_->current()->api_key_secret) return Nothing{};
  return configuration_->database().write_now([&](sql::Session& session) {
    return store::store_secret(session, configuration_->sealer(), store::api_key_secret, secret);
  });
}

Status Storage::open_usage(const std::string& path, const Log& log) {
  constexpr auto normal = sql::SqliteOptions::Durability::normal;
  auto writer = sql::open_sqlite(path, {.durability = normal});
  if (!writer) return writer.error();
  const auto migrations = store::migrations_of("usage");
  if (Status done = store::migrate(**writer, migrations); !done) return done;
  auto reader = sql::open_sqlite(path, {.read_only = true});
  if (!reader) return reader.error();
  usage_database_ = std::make_unique<store::Database>(*std::move(writer), *std::move(reader),
                                                      store::Database::Options{});
  usage_ = std::make_unique<store::UsageLog>(
      store::UsageLog::Surroundings{*usage_database_, clock_, log}, store::UsageLog::Options{});
  return Nothing{};
}

void Storage::tidy_up() {
  usage_->retry();
  const Clock::Wall now = clock_.wall();
  const auto over = [now](const store::LoginSession& login) { return login.expires_at <= now; };
  if (std::ranges::none_of(configuration_->current()->login_sessions, over)) return;
  configuration_->database().write(
      [now](sql::Session& session) { return store::end_login_sessions_before(session, now); },
      [](const Status&) {});  // what fails is tried again in a minute
}

}  // namespace omni::gateway
