#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "store/audit.h"
#include "store/database.h"

namespace omni::store {

/// How much of a configuration's contents there is.
struct ContentCounts {
  std::int64_t connections = 0;
  std::int64_t nodes = 0;
  std::int64_t combos = 0;
  std::int64_t api_keys = 0;
};

enum class BackupReason : std::uint8_t {
  manual,
  pre_write,
  pre_migration,
  pre_restore,
  pre_import
};
/// As it stands in names of files: "pre-write".
std::string_view name_of(BackupReason reason);

/// `2026-03-01T10-00-00-000Z`: fit for a name of a file on any system.
std::string time_in_name(Clock::Wall time);

struct BackupFile {
  std::string name;
  Clock::Wall created_at;
  BackupReason reason = BackupReason::manual;
  std::uint64_t bytes = 0;
  std::int64_t connections = 0;
};

/// Copies of config.sqlite in files of their own: `db_2026-03-01T10-00-00-000Z_manual.sqlite`, each
/// whole and checked before it has that name.  Its functions read and write files for a while: they
/// are for the start, the commands and the workers, not for a loop nor for the database's threads.
class Backups {
 public:
  struct Retention {
    std::size_t files_max = 20;
    int days = 0;  // 0: however old
  };
  struct Options {
    std::string database;  // the path of config.sqlite
    std::string folder;
    /// How long the automatic clean-up keeps them, as of now; none: as above.  Where it gives
    /// nothing, because nobody knows yet, nothing is cleaned up.
    std::function<std::optional<Retention>()> retention;
  };
  struct Cleaned {
    std::size_t deleted = 0;
    std::size_t kept = 0;
  };
  /// What is done to a copy before it is used.  A failure ends the whole, with nothing changed.
  using Prepare = std::function<Status(sql::Session&)>;
  /// How a file takes the place of what is live.
  struct Replacement {
    /// Brings the copy to the newest shape and refuses what cannot be used.
    Prepare prepare;
    AuditEntry entry;  // noted in what is live then
  };

  Backups(Options options, const Clock& clock);

  /// The newest first.
  std::vector<BackupFile> list() const;
  /// One that is due: always, but before a write at most once an hour, and then not of a database
  /// that has lost half of what the latest backup has, which would drive out better ones.
  Result<std::optional<BackupFile>> create(BackupReason reason);
  Status remove(std::string_view name);
  Cleaned clean(const Retention& retention);

  /// Puts the backup in the place of what `live` holds, at once or not at all, after a backup of
  /// that.  What belongs to the installation stays as it is: `keep_own`.  bad_request: the file
  /// cannot be used, and why.
  Result<ContentCounts> restore(Database& live, std::string_view name, const Replacement& with);
  /// The same with a file from outside, of 4 KB to 100 MB.
  Result<ContentCounts> import_file(Database& live, const std::string& path,
                                    const Replacement& with);

  /// A copy to give away: without sessions, management tokens and secrets, the password's hash
  /// among them.
  /// `prepare` may seal anew what is sealed.
  Status export_to(const std::string& path, const Prepare& prepare) const;

 private:
  Result<std::optional<BackupFile>> create_alone(BackupReason reason);
  Cleaned clean_alone(const Retention& retention, std::string_view but = {});
  Result<ContentCounts> replace(Database& live, const std::string& path, const Replacement& with,
                                BackupReason reason);
  std::string path_of(std::string_view name) const;

  const Options options_;
  const Clock& clock_;
  std::mutex mutex_;  // one change of the folder at a time
};

}  // namespace omni::store
