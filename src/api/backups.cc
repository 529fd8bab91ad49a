#include "api/backups.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "api/key_policy.h"
#include "api/tar.h"
#include "base/ids.h"
#include "store/listing.h"
#include "store/migrations.h"
#include "store/sql/sqlite.h"

namespace omni::api {
namespace {

using json::MemberShape;
using json::Presence;
namespace shape = json::shape;

constexpr std::size_t passphrase_bytes_min = 8;
/// What a form adds to the largest file.
constexpr std::uint64_t import_bytes_max = 100'000'000 + 64'000;

constexpr std::array restore_members{
    MemberShape{"backupId", shape::text(1, 200), Presence::required, "As the list names it."}};
constexpr std::array clean_members{
    MemberShape{"keepLatest", shape::integer(1, 200), Presence::optional, "How many stay."},
    MemberShape{"retentionDays", shape::integer(0, 3650), Presence::optional,
                "After how many days one goes; 0 for never."}};
constexpr json::Shape passphrase_shape = shape::text(0, 1000).secret();
constexpr std::array export_query{
    MemberShape{"passphrase", passphrase_shape, Presence::optional,
                "Opens the credentials on another machine; better sent as X-Backup-Passphrase."}};
constexpr std::array passphrase_field{
    MemberShape{"X-Backup-Passphrase", passphrase_shape, Presence::optional,
                "Opens the credentials of a file on another machine than where it was made."}};
constexpr std::array import_query{
    MemberShape{"filename", shape::text(0, 255), Presence::optional,
                "What the file is called, where the body is the file itself."},
    MemberShape{"passphrase", passphrase_shape, Presence::optional,
                "With which it was exported; better sent as X-Backup-Passphrase."}};

/// Runs the work in a transaction of a copy that nobody else sees.
Status in_transaction(sql::Session& copy, const std::function<Status()>& work) {
  Status done = copy.begin();
  if (done) done = work();
  if (done) done = copy.commit();
  if (!done) copy.roll_back();
  return done;
}

Error cannot_open(const Error& why, const Secret& given) {
  if (!given.empty()) {
    return {Error::Kind::bad_request,
            "The passphrase does not fit: the file's credentials do not open with it. Nothing was "
            "changed. X-Backup-Passphrase takes the one with which the file was exported"};
  }
  return {Error::Kind::bad_request,
          "The file's credentials cannot be opened here: " + why.message() +
              ". Nothing was changed. If it was exported with a passphrase, send that as "
              "X-Backup-Passphrase; if not, it opens only where it was made"};
}

void write_counts(json::Writer& writer, const store::ContentCounts& counts) {
  writer.key("connectionCount").integer(counts.connections);
  writer.key("nodeCount").integer(counts.nodes).key("comboCount").integer(counts.combos);
  writer.key("apiKeyCount").integer(counts.api_keys);
}

net::OutFields as_attachment(std::string_view type, const std::string& name) {
  net::OutFields fields;
  fields.add("content-type", type).add("cache-control", "no-store");
  fields.add("content-disposition", "attachment; filename=\"" + name + "\"");
  return fields;
}

Status check_passphrase(const Secret& given) {
  if (given.empty() || given.reveal().size() >= passphrase_bytes_min) return Nothing{};
  return Error(Error::Kind::bad_request, "The passphrase needs at least 8 characters");
}

std::string keys_json(const store::Configuration& now) {
  std::string text;
  json::Writer writer(text);
  writer.begin_array();
  for (const store::ApiKey& key : now.api_keys) write_key(writer, key);
  writer.end_array();
  return text;
}

std::string settings_json(const store::Configuration& now) {
  std::string text;
  json::Writer writer(text);
  writer.begin_object();
  store::write_group(writer, now.settings, "");
  std::string_view written;
  for (const store::SettingRow& row : store::setting_rows()) {
    if (row.group == written) continue;
    written = row.group;
    writer.key(row.group).begin_object();
    store::write_group(writer, now.settings, row.group);
    writer.end_object();
  }
  writer.end_object();
  return text;
}

/// By a worker, which may wait: so that it is noted though whoever asked for it has left.
Status note(const Surroundings& with, const store::AuditEntry& entry) {
  return with.store.database().write_now(
      [&entry](sql::Session& session) { return store::add_audit_entry(session, entry); });
}

Status export_to(const Surroundings& with, const std::string& path, const Secret& given) {
  return with.backups.export_to(path, [&](sql::Session& copy) -> Status {
    if (given.empty()) return Nothing{};
    const store::Sealer theirs(store::MasterKey::from_passphrase(given), with.random);
    return in_transaction(copy, [&] { return store::reseal(copy, with.store.sealer(), theirs); });
  });
}

std::uint64_t size_of(const std::string& path) {
  std::error_code missing;
  const auto bytes = std::filesystem::file_size(path, missing);
  return missing ? 0 : bytes;
}

/// A copy of both databases, and the archive of that.
Status check_space(const BackupsApi::Options& options) {
  std::uint64_t needed = options.bytes_left_free;
  for (const char* const name : {"/config.sqlite", "/usage.sqlite", "/usage.sqlite-wal"}) {
    needed += 2 * size_of(options.data_dir + name);
  }
  std::error_code unknown;
  const auto space = std::filesystem::space(options.data_dir, unknown);
  if (unknown || space.available >= needed) return Nothing{};
  return Error(Error::Kind::unavailable, "There is too little space for an archive: it takes " +
                                             std::to_string(needed / 1'000'000 + 1) +
                                             " MB in the data directory");
}

/// What a file's credentials are sealed with, as far as that can be known.
Result<store::Sealer> sealer_of(const Surroundings& with, const Secret& given, sql::Session& copy) {
  if (!given.empty()) {
    return store::Sealer(store::MasterKey::from_passphrase(given), with.random);
  }
  const auto old = with.store.keys().find_old_key(copy, with.random);
  if (!old) return old.error();
  return store::Sealer(*old ? **old : with.store.sealer().key(), with.random);
}

/// Brings a copy to the newest shape, seals it with our key, and sees that we can start with it.
Status prepare(const Surroundings& with, const Secret& given, sql::Session& copy) {
  if (Status shaped = store::migrate(copy, store::migrations_of("config")); !shaped) return shaped;
  const store::Sealer& ours = with.store.sealer();
  return in_transaction(copy, [&]() -> Status {
    // This installation has its own, which stay.
    Status done = copy.run("DELETE FROM secrets");
    if (!done) return done;
    const auto theirs = sealer_of(with, given, copy);
    if (!theirs) return theirs.error();
    const Status sealed = store::reseal(copy, *theirs, ours);
    if (!sealed) return cannot_open(sealed.error(), given);
    std::vector<json::Finding> passed_over;
    const auto loaded = store::Configuration::load(copy, ours, passed_over);
    return loaded ? Status(Nothing{}) : loaded.error();
  });
}

/// What it takes to make an archive.
struct Archiving {
  Surroundings with;
  BackupsApi::Options options;
  Secret passphrase;
  Clock::Wall now;
};

Status archive(const Archiving& it, const std::string& path) {
  const store::TemporaryFile config(path + ".config");
  if (Status made = export_to(it.with, config.path(), it.passphrase); !made) return made;
  const store::TemporaryFile usage(path + ".usage");
  const std::string usage_path = it.options.data_dir + "/usage.sqlite";
  const bool with_usage = std::filesystem::exists(usage_path);
  if (with_usage) {
    if (Status copied = sql::copy_sqlite_file(usage_path, usage.path()); !copied) return copied;
  }
  const auto session = sql::open_sqlite(config.path(), {.read_only = true});
  if (!session) return session.error();
  const auto connections = store::list_connections(**session);
  if (!connections) return connections.error();
  const auto combos = store::list_combos(**session);
  if (!combos) return combos.error();
  const auto current = it.with.store.current();
  std::string metadata;
  json::Writer writer(metadata);
  writer.begin_object().key("format").text("omniroute-full-backup-v1");
  writer.key("version").text(it.options.version).key("exportedAt").text(iso8601(it.now));
  writer.key("machineId").text(it.options.machine_id).end_object();
  const auto tar = TarGzWriter::open(path, it.now);
  if (!tar) return tar.error();
  const std::string folder = "omniroute-export-" + store::time_in_name(it.now) + "/";
  Status done = (*tar)->add_file(folder + "storage.sqlite", config.path());
  if (done && with_usage) done = (*tar)->add_file(folder + "usage.sqlite", usage.path());
  if (done) done = (*tar)->add(folder + "settings.json", settings_json(*current));
  if (done) done = (*tar)->add(folder + "combos.json", combos->text());
  if (done) done = (*tar)->add(folder + "providers.json", connections->text());
  if (done) done = (*tar)->add(folder + "api-keys.json", keys_json(*current));
  if (done) done = (*tar)->add(folder + "metadata.json", metadata);
  return done ? (*tar)->finish() : done;
}

}  // namespace

std::vector<Route> BackupsApi::routes() {
  using net::Method;
  constexpr net::Role role = net::Role::backups;
  const std::string_view path = "/api/db-backups";
  return {
      {.method = Method::get,
       .pattern = path,
       .role = role,
       .summary = "Lists the backups, the newest first",
       .handler = handler<&BackupsApi::list>(this),
       .errors = ErrorForm::text},
      {.method = Method::put,
       .pattern = path,
       .role = role,
       .summary = "Makes a backup",
       .handler = handler<&BackupsApi::create>(this),
       .errors = ErrorForm::text},
      {.method = Method::post,
       .pattern = path,
       .role = role,
       .summary = "Puts a backup in the place of the configuration",
       .handler = handler<&BackupsApi::restore>(this),
       .body = shape::object(restore_members),
       .outcomes = {{200, "Restored"}, {404, "There is no such backup"}},
       .errors = ErrorForm::text,
       .headers = passphrase_field},
      {.method = Method::delete_,
       .pattern = path,
       .role = role,
       .summary = "Deletes old backups",
       .handler = handler<&BackupsApi::clean>(this),
       .body = shape::object(clean_members),
       .errors = ErrorForm::text},
      {.method = Method::get,
       .pattern = "/api/db-backups/export",
       .role = role,
       .summary = "The configuration as one file, without what this installation alone may know",
       .handler = handler<&BackupsApi::export_one>(this),
       .query = export_query,
       .errors = ErrorForm::text,
       .headers = passphrase_field},
      {.method = Method::get,
       .pattern = "/api/db-backups/exportAll",
       .role = role,
       .summary = "Configuration and usage as an archive that people can read",
       .handler = handler<&BackupsApi::export_all>(this),
       .query = export_query,
       .errors = ErrorForm::text,
       .headers = passphrase_field},
      {.method = Method::post,
       .pattern = "/api/db-backups/import",
       .role = role,
       .summary = "Puts an exported file in the place of the configuration",
       .handler = handler<&BackupsApi::import_one>(this),
       .query = import_query,
       .outcomes = {{200, "Imported"}, {400, "Why the file cannot be used"}},
       .errors = ErrorForm::text,
       .headers = passphrase_field,
       .body_media = "multipart/form-data",
       .body_bytes_max = import_bytes_max}};
}

store::AuditEntry BackupsApi::entry(const net::Exchange& exchange, std::string_view action,
                                    std::string_view target) const {
  store::AuditEntry entry = changes_.entry(exchange, action);
  entry.resource_type = "backup";
  entry.target = target;
  return entry;
}

Secret BackupsApi::passphrase_of(const net::Exchange& exchange, json::Value query) {
  const std::string_view field = exchange.request().field("x-backup-passphrase");
  return Secret(std::string(field.empty() ? query.find("passphrase").text() : field));
}

SharedFile BackupsApi::new_file() const {
  return std::make_shared<const store::TemporaryFile>(
      options_.data_dir + "/" + std::string(store::transfer_prefix) + new_token(with_.random, 22));
}

SharedFile BackupsApi::new_archive() {
  const std::lock_guard lock(mutex_);
  if (!last_archive_.expired()) return nullptr;
  SharedFile file = new_file();
  last_archive_ = file;
  return file;
}

net::Task<Status> BackupsApi::list(net::Exchange& exchange, Arguments) {
  const auto files =
      co_await net::offload(with_.workers, [&backups = with_.backups] { return backups.list(); });
  if (!files) co_return files.error();
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("backups").begin_array();
  for (const store::BackupFile& file : *files) {
    writer.begin_object().key("id").text(file.name).key("filename").text(file.name);
    writer.key("createdAt").text(iso8601(file.created_at));
    writer.key("size").integer(static_cast<std::int64_t>(file.bytes));
    writer.key("reason").text(store::name_of(file.reason));
    writer.key("connectionCount").integer(file.connections).end_object();
  }
  writer.end_array().end_object();
  co_return co_await exchange.reply_json(200, std::move(body));
}

net::Task<Status> BackupsApi::create(net::Exchange& exchange, Arguments) {
  const auto made = co_await net::offload(
      with_.workers, [with = with_, noted = entry(exchange, "backup.created", "")]() mutable {
        auto file = with.backups.create(store::BackupReason::manual);
        if (!file || !*file) return file;
        noted.target = (*file)->name;
        const Status done = note(with, noted);
        return done ? file : done.error();
      });
  if (!made) co_return made.error();
  if (!*made) co_return made->error();
  if (!**made) {
    co_return co_await exchange.reply_json(
        200, R"-({"message":"No changes since last backup (throttled)"})-");
  }
  const store::BackupFile& file = ***made;
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("created").boolean(true).key("filename").text(file.name);
  writer.key("size").integer(static_cast<std::int64_t>(file.bytes)).end_object();
  co_return co_await exchange.reply_json(200, std::move(body));
}

store::Backups::Replacement BackupsApi::replacement(Secret given, store::AuditEntry entry) const {
  return {.prepare = [with = with_, given = std::move(given)](
                         sql::Session& copy) { return prepare(with, given, copy); },
          .entry = std::move(entry)};
}

net::Task<Status> BackupsApi::restore(net::Exchange& exchange, Arguments arguments) {
  const std::string name(arguments.body.at("backupId").text());
  const Secret given = passphrase_of(exchange, arguments.query);
  const auto counts = co_await net::offload(
      with_.workers,
      [with = with_, name, how = replacement(given, entry(exchange, "backup.restored", name))] {
        return with.backups.restore(with.store.database(), name, how);
      });
  if (!counts) co_return counts.error();
  if (!*counts) co_return counts->error();
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("restored").boolean(true).key("backupId").text(name);
  write_counts(writer, **counts);
  writer.end_object();
  co_return co_await exchange.reply_json(200, std::move(body));
}

net::Task<Status> BackupsApi::clean(net::Exchange& exchange, Arguments arguments) {
  const auto now = with_.store.current();
  const json::Value keep = arguments.body.find("keepLatest");
  const json::Value days = arguments.body.find("retentionDays");
  const std::int64_t files_max = keep ? keep.integer() : now->settings.backup_keep_latest;
  const std::int64_t days_max = days ? days.integer() : now->settings.backup_retention_days;
  const store::Backups::Retention retention{.files_max = static_cast<std::size_t>(files_max),
                                            .days = static_cast<int>(days_max)};
  using Cleaned = store::Backups::Cleaned;
  const auto cleaned_or_not =
      co_await net::offload(with_.workers,
                            [with = with_, retention,
                             noted = entry(exchange, "backup.cleaned", "")]() -> Result<Cleaned> {
                              // Before, so that none goes without a word about it.
                              if (const Status done = note(with, noted); !done) return done.error();
                              return with.backups.clean(retention);
                            });
  if (!cleaned_or_not) co_return cleaned_or_not.error();
  const Result<Cleaned>& cleaned = *cleaned_or_not;
  if (!cleaned) co_return cleaned.error();
  const auto deleted = static_cast<std::int64_t>(cleaned->deleted);
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("cleaned").boolean(true).key("keepLatest").integer(files_max);
  writer.key("retentionDays").integer(days_max);
  writer.key("deletedBackupFamilies").integer(deleted).key("deletedFiles").integer(deleted);
  writer.key("keptBackupFamilies").integer(static_cast<std::int64_t>(cleaned->kept));
  writer.key("maxFiles").integer(files_max).end_object();
  co_return co_await exchange.reply_json(200, std::move(body));
}

net::Task<Status> BackupsApi::export_one(net::Exchange& exchange, Arguments arguments) {
  const Secret given = passphrase_of(exchange, arguments.query);
  if (const Status fit = check_passphrase(given); !fit) co_return fit;
  SharedFile file = new_file();
  const auto made = co_await net::offload(
      with_.workers, [with = with_, file, given] { return export_to(with, file->path(), given); });
  if (!made) co_return made.error();
  if (!*made) co_return *made;
  store::AuditEntry exported = entry(exchange, "backup.exported", "");
  const std::string name = "omniroute-backup-" + store::time_in_name(exported.when) + ".sqlite";
  const Status noted = co_await changes_.note(std::move(exported));
  if (!noted) co_return noted;
  co_return co_await send_file(exchange, with_.workers, std::move(file),
                               as_attachment("application/octet-stream", name));
}

net::Task<Status> BackupsApi::export_all(net::Exchange& exchange, Arguments arguments) {
  const Secret given = passphrase_of(exchange, arguments.query);
  if (const Status fit = check_passphrase(given); !fit) co_return fit;
  if (const Status room = check_space(options_); !room) co_return room;
  SharedFile file = new_archive();
  if (!file) {
    co_return Error(Error::Kind::unavailable, "An archive is being made already: try again later");
  }
  store::AuditEntry exported = entry(exchange, "backup.exported", "all");
  const Clock::Wall now = exported.when;
  const auto made = co_await net::offload(
      with_.workers,
      [it = Archiving{with_, options_, given, now}, file] { return archive(it, file->path()); });
  if (!made) co_return made.error();
  if (!*made) co_return *made;
  const Status noted = co_await changes_.note(std::move(exported));
  if (!noted) co_return noted;
  const std::string name = "omniroute-full-backup-" + store::time_in_name(now) + ".tar.gz";
  co_return co_await send_file(exchange, with_.workers, std::move(file),
                               as_attachment("application/gzip", name));
}

net::Task<Status> BackupsApi::import_one(net::Exchange& exchange, Arguments arguments) {
  SharedFile file = new_file();
  Result<std::string> name = co_await receive_file(exchange, with_.workers, file);
  if (!name) co_return name.error();
  if (name->empty()) *name = arguments.query.find("filename").text();
  const Secret given = passphrase_of(exchange, arguments.query);
  const auto counts = co_await net::offload(
      with_.workers,
      [with = with_, file, how = replacement(given, entry(exchange, "backup.imported", *name))] {
        return with.backups.import_file(with.store.database(), file->path(), how);
      });
  if (!counts) co_return counts.error();
  if (!*counts) co_return counts->error();
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("imported").boolean(true).key("filename").text(*name);
  write_counts(writer, **counts);
  writer.end_object();
  co_return co_await exchange.reply_json(200, std::move(body));
}

}  // namespace omni::api
