#include "store/backup.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include "base/strings.h"
#include "store/intake.h"
#include "store/sql/sqlite.h"
#include "store/temporary_file.h"

namespace omni::store {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t import_bytes_min = 4096;
constexpr std::uint64_t import_bytes_max = 100'000'000;
constexpr std::chrono::hours pre_write_every{1};

constexpr std::array reasons = {BackupReason::manual, BackupReason::pre_write,
                                BackupReason::pre_migration, BackupReason::pre_restore,
                                BackupReason::pre_import};

/// One of the future was made while the clock was ahead, and says nothing about now.
bool is_fresh(Clock::Wall::duration age) {
  return age >= Clock::Wall::duration::zero() && age < pre_write_every;
}

std::string file_name(Clock::Wall time, BackupReason reason) {
  return "db_" + time_in_name(time) + "_" + std::string(name_of(reason)) + ".sqlite";
}

std::optional<Clock::Wall> time_of(std::string text) {
  if (text.size() != std::string_view("2026-03-01T10-00-00-000Z").size()) return std::nullopt;
  text[13] = text[16] = ':';
  text[19] = '.';
  const auto seconds = parse_iso8601(text);
  const auto millis = parse_unsigned(std::string_view(text).substr(20, 3));
  if (!seconds || !millis) return std::nullopt;
  return *seconds + Millis(*millis);
}

/// What a name says; nothing for any name that we would not have given, above all a path.
std::optional<BackupFile> parse_name(std::string_view name) {
  std::string_view rest = name;
  if (cut(rest, '_') != "db") return std::nullopt;
  const auto time = time_of(std::string(cut(rest, '_')));
  if (!time) return std::nullopt;
  for (const BackupReason reason : reasons) {
    if (name == file_name(*time, reason)) {
      return BackupFile{.name = std::string(name), .created_at = *time, .reason = reason};
    }
  }
  return std::nullopt;
}

std::uint64_t size_of(const std::string& path) {
  std::error_code missing;
  const auto bytes = fs::file_size(path, missing);
  return missing ? 0 : bytes;
}

Error cannot_write() {
  return {Error::Kind::unavailable, "the folder of the backups cannot be written"};
}

/// Gives the finished draft its name, for good.
Status keep(const TemporaryFile& draft, const std::string& path) {
  std::error_code failed;
  fs::rename(draft.path(), path, failed);
  if (failed) return cannot_write();
  const int folder = ::open(fs::path(path).parent_path().c_str(), O_RDONLY | O_CLOEXEC);
  if (folder < 0) return cannot_write();
  const int synced = ::fsync(folder);
  ::close(folder);
  return synced == 0 ? Status(Nothing()) : Status(cannot_write());
}

Status make_folder(const std::string& folder) {
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (!failed) fs::permissions(folder, fs::perms::owner_all, failed);
  return failed ? Status(cannot_write()) : Status(Nothing());
}

/// Copies the database at `from` into a new file, lets `prepare` look at it, and closes it.
Status copy_file(const std::string& from, const std::string& to, const Backups::Prepare& prepare) {
  if (Status copied = sql::copy_sqlite_file(from, to); !copied) return copied;
  // Opened anew, so that a copy which is not a database of ours is refused.
  const auto copy = sql::open_sqlite(to);
  if (!copy) return copy.error();
  if (prepare) {
    if (Status prepared = prepare(**copy); !prepared) return prepared;
  }
  return sql::finish_sqlite_copy(**copy);
}

Result<ContentCounts> count_contents(sql::Session& session) {
  ContentCounts counts;
  const std::array<std::pair<const char*, std::int64_t*>, 4> tables{{
      {"provider_connections", &counts.connections},
      {"provider_nodes", &counts.nodes},
      {"combos", &counts.combos},
      {"api_keys", &counts.api_keys},
  }};
  for (const auto& [table, count] : tables) {
    const Status counted =
        session.run("SELECT count(*) FROM " + std::string(table), {},
                    [count = count](const sql::Row& row) { *count = row.integer(0); });
    if (!counted) {
      return Error(Error::Kind::bad_request,
                   "the file is no backup of omniroute: it has no table " + std::string(table));
    }
  }
  return counts;
}

/// What has to be true of a file before anything else of it is read.
Status check_file(const std::string& path) {
  const auto session = sql::open_sqlite(path, {.immutable = true});
  if (!session) return session.error();
  const Status shaped = check_shape(**session);
  return shaped ? sql::check_sqlite_file(path) : shaped;
}

/// Whatever is wrong with a file is its sender's to mend, unless it passes by itself.
Error unusable(const Error& why) {
  const bool passes = why.kind() == Error::Kind::unavailable;
  return {passes ? why.kind() : Error::Kind::bad_request, why.message()};
}

}  // namespace

std::string_view name_of(BackupReason reason) {
  switch (reason) {
    case BackupReason::manual:
      return "manual";
    case BackupReason::pre_write:
      return "pre-write";
    case BackupReason::pre_migration:
      return "pre-migration";
    case BackupReason::pre_restore:
      return "pre-restore";
    case BackupReason::pre_import:
      return "pre-import";
  }
  return "";
}

std::string time_in_name(Clock::Wall time) {
  std::string text = iso8601(time);
  std::ranges::replace(text, ':', '-');
  std::ranges::replace(text, '.', '-');
  return text;
}

Backups::Backups(Options options, const Clock& clock)
    : options_(std::move(options)), clock_(clock) {}

std::string Backups::path_of(std::string_view name) const {
  return options_.folder + "/" + std::string(name);
}

std::vector<BackupFile> Backups::list() const {
  std::vector<BackupFile> files;
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(options_.folder, missing)) {
    auto file = parse_name(entry.path().filename().string());
    if (!file) continue;
    file->bytes = size_of(entry.path().string());
    const auto session = sql::open_sqlite(entry.path().string(), {.read_only = true});
    const auto counts = session ? count_contents(**session) : session.error();
    if (counts) file->connections = counts->connections;
    files.push_back(std::move(*file));
  }
  std::ranges::sort(files, std::ranges::greater(), &BackupFile::created_at);
  return files;
}

Result<std::optional<BackupFile>> Backups::create(BackupReason reason) {
  const std::lock_guard lock(mutex_);
  return create_alone(reason);
}

Result<std::optional<BackupFile>> Backups::create_alone(BackupReason reason) {
  const std::vector<BackupFile> before = list();
  const bool choosy = reason == BackupReason::pre_write;
  const Clock::Wall now = clock_.wall();
  if (choosy && !before.empty() && is_fresh(now - before.front().created_at)) {
    return std::optional<BackupFile>();
  }
  if (const Status made = make_folder(options_.folder); !made) return made.error();
  const TemporaryFile draft(path_of(draft_prefix));
  if (const Status copied = copy_file(options_.database, draft.path(), {}); !copied) {
    return copied.error();
  }
  if (choosy && !before.empty() && size_of(draft.path()) < before.front().bytes / 2) {
    return std::optional<BackupFile>();
  }
  const std::string name = file_name(now, reason);
  if (const Status whole = sql::check_sqlite_file(draft.path()); !whole) return whole.error();
  if (const Status kept = keep(draft, path_of(name)); !kept) return kept.error();
  const auto retention = options_.retention ? options_.retention() : Retention();
  if (retention) clean_alone(*retention, name);
  const std::vector<BackupFile> after = list();
  const auto made = std::ranges::find(after, name, &BackupFile::name);
  if (made == after.end()) return cannot_write();
  return std::optional(*made);
}

Status Backups::remove(std::string_view name) {
  const std::lock_guard lock(mutex_);
  std::error_code failed;
  if (!parse_name(name) || !fs::remove(path_of(name), failed)) {
    return Error(Error::Kind::not_found, "there is no such backup");
  }
  return Nothing();
}

Backups::Cleaned Backups::clean(const Retention& retention) {
  const std::lock_guard lock(mutex_);
  return clean_alone(retention);
}

/// All `but` that one, which was made just now, whatever the clock said before.
Backups::Cleaned Backups::clean_alone(const Retention& retention, std::string_view but) {
  Cleaned cleaned{.deleted = 0, .kept = but.empty() ? 0U : 1U};
  const Clock::Wall oldest = clock_.wall() - std::chrono::days(retention.days);
  for (const BackupFile& file : list()) {
    if (file.name == but) continue;
    const bool too_old = retention.days > 0 && file.created_at < oldest;
    std::error_code failed;
    if ((cleaned.kept >= retention.files_max || too_old) &&
        fs::remove(path_of(file.name), failed)) {
      ++cleaned.deleted;
    } else {
      ++cleaned.kept;
    }
  }
  return cleaned;
}

Result<ContentCounts> Backups::restore(Database& live, std::string_view name,
                                       const Replacement& with) {
  const std::lock_guard lock(mutex_);
  if (!parse_name(name) || !fs::exists(path_of(name))) {
    return Error(Error::Kind::not_found, "there is no such backup");
  }
  return replace(live, path_of(name), with, BackupReason::pre_restore);
}

Result<ContentCounts> Backups::import_file(Database& live, const std::string& path,
                                           const Replacement& with) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t bytes = size_of(path);
  if (bytes < import_bytes_min || bytes > import_bytes_max) {
    return Error(Error::Kind::bad_request, "the file is smaller than 4 KB or larger than 100 MB");
  }
  return replace(live, path, with, BackupReason::pre_import);
}

Result<ContentCounts> Backups::replace(Database& live, const std::string& path,
                                       const Replacement& with, BackupReason reason) {
  if (const Status fit = check_file(path); !fit) return unusable(fit.error());
  if (const Status made = make_folder(options_.folder); !made) return made.error();
  const TemporaryFile draft(path_of(std::string(draft_prefix) + "-restore"));
  const Status copied = copy_file(path, draft.path(), with.prepare);
  if (!copied) return unusable(copied.error());
  const auto copy = sql::open_sqlite(draft.path());
  if (!copy) return copy.error();
  const auto contents = count_contents(**copy);
  if (!contents) return contents.error();
  const Status replaced = live.maintain_now([&](sql::Session& session) -> Status {
    // The writer stands still: what it has acknowledged is in the backup, and what it writes next
    // goes into what takes the place.
    if (const auto saved = create_alone(reason); !saved) return saved.error();
    Status done = keep_own(**copy, options_.database);
    if (done) done = add_audit_entry(**copy, with.entry);
    return done ? sql::copy_sqlite(**copy, session) : done;
  });
  if (!replaced) return replaced.error();
  return *contents;
}

Status Backups::export_to(const std::string& path, const Prepare& prepare) const {
  const Prepare strip = [&](sql::Session& copy) -> Status {
    Status stripped = copy.run("DELETE FROM sessions");
    if (stripped) stripped = copy.run("DELETE FROM management_tokens");
    if (stripped) stripped = copy.run("DELETE FROM secrets");
    return stripped && prepare ? prepare(copy) : stripped;
  };
  return copy_file(options_.database, path, strip);
}

}  // namespace omni::store
