#include "gateway/storage.h"

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "store/audit.h"
#include "store/migrations.h"
#include "store/secrets_table.h"
#include "store/sql/sqlite.h"
#include "store/temporary_file.h"

namespace omni::gateway {
namespace {

/// What stands in the way of a start is for whoever starts it, unless it passes by itself.
Error unusable(const std::string& path, const Error& why, std::string_view advice) {
  if (why.kind() == Error::Kind::bad_request) return why;  // it says which file, and what to do
  std::string message = "cannot use " + path + ": " + why.message();
  if (why.kind() == Error::Kind::unavailable) return {why.kind(), std::move(message)};
  return {Error::Kind::bad_request, message.append(advice)};
}

constexpr std::string_view config_advice =
    ".\nIt was left as it is.  Move it away, with its -wal and -shm, and put the newest file of "
    "db_backups in its place; without one, the start makes an empty one";
constexpr std::string_view usage_advice =
    ".\nIt was left as it is.  Move it away, with its -wal and -shm, and the start makes an empty "
    "one.  It holds the record of past requests, which is what budgets count, and nothing that you "
    "have set";

/// A new one in its place would be empty and without a password, and hide what was lost.
Status check_not_lost(const Config& config) {
  const std::string path = config.data_dir + "/config.sqlite";
  const std::string folder = config.data_dir + "/db_backups";
  std::error_code missing;
  if (std::filesystem::exists(path, missing)) return Nothing{};
  std::string newest;
  for (const auto& entry : std::filesystem::directory_iterator(folder, missing)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("db_")) newest = std::max(newest, name);
  }
  if (newest.empty()) return Nothing{};
  return Error(Error::Kind::bad_request,
               path + " is missing, but there are backups of it.  Copy the newest, " + folder +
                   "/" + newest + ", to its place.  Or move " + folder +
                   " away, and the start makes an empty one");
}

Status check_usage(const std::string& path) {
  std::error_code missing;
  if (!std::filesystem::exists(path, missing)) return Nothing{};
  const auto file = sql::open_sqlite_as_it_stands(path, sql::usage_application_id);
  if (!file) return file.error();
  const auto tables = sql::sqlite_schema(**file);
  if (!tables || tables->empty()) return tables ? Status(Nothing{}) : tables.error();
  const auto version = store::known_version(**file, store::migrations_of("usage"));
  return version ? Status(Nothing{}) : version.error();
}

/// Rows stand in a journal before they are stored, so that nothing is lost by resting: many go into
/// one transaction.
constexpr Millis rows_rest{100};
constexpr Millis forget_every = std::chrono::hours(1);
constexpr std::chrono::days audit_kept{30};
constexpr std::chrono::days usage_kept{365};

/// Looked at once a minute: what comes until then has room.
constexpr std::uint64_t target_of(std::uint64_t bytes_max) { return bytes_max / 8 * 7; }
/// Bodies go before rows do, down to this part of all: what is beyond it takes no room from rows.
constexpr std::uint64_t bodies_part = 4;
/// All that is remembered of answers is this part at most.
constexpr std::uint64_t answers_part = 8;
constexpr std::uint64_t body_file_bytes_max = std::uint64_t{16} << 20;

}  // namespace

store::KeyRing key_ring_of(const Config& config) { return {config.data_dir, config.storage_key}; }

std::size_t stored_answer_bytes_max(const Config& config) {
  return std::min(config.stored_answer_bytes_max, config.log_bytes_max / answers_part);
}

store::Backups::Options backups_of(const Config& config, const SettingsNow& settings) {
  return {.database = config.data_dir + "/config.sqlite",
          .folder = config.data_dir + "/db_backups",
          .retention = [files_max = config.backup_files_max, days = config.backup_days,
                        settings]() -> std::optional<store::Backups::Retention> {
            const std::optional<store::Settings> now = settings();
            if (!now) return std::nullopt;
            const auto kept = static_cast<std::size_t>(now->backup_keep_latest);
            return store::Backups::Retention{
                .files_max = files_max.value_or(kept),
                .days = days.value_or(static_cast<int>(now->backup_retention_days))};
          }};
}

Storage::Storage(const Config& config, const Clock& clock)
    : clock_(clock),
      call_days_(config.call_days),
      log_bytes_max_(config.log_bytes_max),
      backups_(backups_of(config,
                          [this] {
                            return configuration_
                                       ? std::optional(configuration_->current()->settings)
                                       : std::nullopt;
                          }),
               clock) {}

Result<std::unique_ptr<Storage>> Storage::open(const Config& config, const Clock& clock,
                                               Random& random, const Log& log) {
  if (Status there = check_not_lost(config); !there) return there.error();
  store::remove_temporary_files(config.data_dir, store::transfer_prefix);
  store::remove_temporary_files(config.data_dir + "/db_backups", store::draft_prefix);
  std::unique_ptr<Storage> storage(new Storage(config, clock));
  const auto back_up = [&]() -> Status {
    const auto made = storage->backups_.create(store::BackupReason::pre_migration);
    if (!made) return made.error();
    log.info("backup.created", {{"reason", "pre-migration"}});
    return Nothing{};
  };
  auto opened = store::ConfigStore::open(key_ring_of(config), random, log, back_up);
  if (!opened) {
    return unusable(config.data_dir + "/config.sqlite", opened.error(), config_advice);
  }
  storage->configuration_ = *std::move(opened);
  if (Status done = storage->adopt(config.api_key_secret); !done) return done.error();
  const std::string usage = config.data_dir + "/usage.sqlite";
  if (Status done = storage->open_usage(usage, log); !done) {
    return unusable(usage, done.error(), usage_advice);
  }
  return storage;
}

Result<std::shared_ptr<const store::Configuration>> Storage::rehearse(const Config& config,
                                                                      Random& random) {
  if (Status there = check_not_lost(config); !there) return there.error();
  auto found = store::ConfigStore::rehearse(key_ring_of(config), random);
  if (!found) return unusable(config.data_dir + "/config.sqlite", found.error(), config_advice);
  const std::string usage = config.data_dir + "/usage.sqlite";
  if (Status fit = check_usage(usage); !fit) return unusable(usage, fit.error(), usage_advice);
  return found;
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
  auto writer =
      sql::open_sqlite(path, {.durability = normal, .application_id = sql::usage_application_id});
  if (!writer) return writer.error();
  const auto migrations = store::migrations_of("usage");
  if (Status done = store::migrate(**writer, migrations); !done) return done;
  auto reader = sql::open_sqlite(path, {.read_only = true});
  if (!reader) return reader.error();
  usage_database_ = std::make_unique<store::Database>(*std::move(writer), *std::move(reader),
                                                      store::Database::Options{});
  usage_ = std::make_unique<store::UsageLog>(
      store::UsageLog::Surroundings{*usage_database_, clock_, log},
      store::UsageLog::Options{.rest = rows_rest, .journal = path + "-rows"});
  bodies_ = std::make_unique<store::BodyLog>(
      store::UsageLog::Surroundings{*usage_database_, clock_, log}, *usage_,
      store::BodyLog::Options{
          .files = {.folder = std::filesystem::path(path).parent_path().string() + "/call_logs",
                    .file_bytes_max = std::min(body_file_bytes_max, log_bytes_max_ / 64)}});
  return Nothing{};
}

void Storage::tidy_up() {
  usage_->retry();
  end_sessions();
  measure_usage();
  forget_bodies();
  forget_usage();
  const Clock::Steady now = clock_.steady();
  if (forgotten_at_ && now - *forgotten_at_ < forget_every) return;
  forgotten_at_ = now;
  forget_what_is_old();
}

// What fails here is tried again the next time.
void Storage::end_sessions() {
  const Clock::Wall now = clock_.wall();
  const auto over = [now](const store::LoginSession& login) { return login.expires_at <= now; };
  if (std::ranges::none_of(configuration_->current()->login_sessions, over)) return;
  configuration_->database().write(
      [now](sql::Session& session) { return store::end_login_sessions_before(session, now); },
      [](const Status&) {});
}

void Storage::forget_what_is_old() {
  const Clock::Wall now = clock_.wall();
  configuration_->database().write(
      [now](sql::Session& session) {
        return store::delete_audit_entries_before(session, now - audit_kept);
      },
      [](const Status&) {});
}

void Storage::measure_usage() {
  (void)usage_database_->read_now([this](sql::Session& session) -> Status {
    const Result<std::uint64_t> bytes = sql::sqlite_bytes_used(session);
    if (bytes) usage_bytes_ = *bytes;
    return Nothing{};
  });
}

/// Whole files, the oldest first; a part of the room is theirs however much there is beside them.
void Storage::forget_bodies() {
  store::BodyFiles& files = bodies_->files();
  files.forget_before(usage_bounds().calls_from);
  while (log_bytes() > target_of(log_bytes_max_) && files.bytes() > bodies_bytes_kept() &&
         files.forget_oldest()) {
  }
}

std::uint64_t Storage::bodies_bytes_kept() const { return log_bytes_max_ / bodies_part; }

store::UsageBounds Storage::usage_bounds() const {
  const Clock::Wall now = clock_.wall();
  const std::int64_t days =
      call_days_ ? *call_days_ : configuration_->current()->settings.call_log_retention_days;
  const std::uint64_t bodies = std::min(bodies_->files().bytes(), bodies_bytes_kept());
  return {.from = now - usage_kept,
          .calls_from = now - std::chrono::days(days),
          .bytes_max = target_of(log_bytes_max_) - bodies};
}

/// Piece after piece, between which others write.
void Storage::forget_usage() {
  if (!forgetting_.exchange(true)) forget_piece(usage_bounds());
}

/// Also while the rest of the storage goes.
void Storage::forget_piece(store::UsageBounds bounds) {
  usage_database_->write(
      [this, bounds](sql::Session& session) -> Status {
        more_is_old_ = false;
        const Result<bool> more = retention_.step(session, bounds, clock_.wall());
        if (!more) return more.error();
        more_is_old_ = *more;
        const Result<std::uint64_t> bytes = sql::sqlite_bytes_used(session);
        if (bytes) usage_bytes_ = *bytes;
        return Nothing{};
      },
      [this, bounds](const Status& status) {
        if (status && more_is_old_) {
          forget_piece(bounds);
        } else {
          forgetting_ = false;
        }
      });
}

}  // namespace omni::gateway
