#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "store/sql/session.h"

namespace omni::sql {

/// So that neither of our databases is taken for the other.
inline constexpr std::int32_t config_application_id = 0x4f6d6e69;  // "Omni"
inline constexpr std::int32_t usage_application_id = 0x4f6d6e55;   // "OmnU"

struct SqliteOptions {
  /// `full`: a commit survives the loss of power.  `normal`: it survives kill -9; a loss of power
  /// may cost the last ones, and never the file.
  enum class Durability : std::uint8_t { full, normal };

  Durability durability = Durability::full;
  /// Stands in the header of the file: what has another one is not ours.
  std::int32_t application_id = config_application_id;
  /// Takes any program's database; without, only ours.
  bool read_only = false;
  /// Read only, and nobody writes to it: touches nothing, and leaves no file beside it.  What waits
  /// in a file beside it is not seen.
  bool immutable = false;
  Millis busy_timeout{5000};
};

/// Opens the file, or makes it (0600) where there is none.  What is no database, damaged, cut short
/// or another program's is refused with the reason and stays as it is, to the byte.
Result<std::unique_ptr<Session>> open_sqlite(const std::string& path, SqliteOptions options = {});

/// One that is nowhere, for comparisons.
Result<std::unique_ptr<Session>> open_sqlite_in_memory();

/// Opens the file to look at all that it says, with what waits beside it, and to change neither;
/// refuses what `open_sqlite` would refuse.
Result<std::unique_ptr<Session>> open_sqlite_as_it_stands(const std::string& path,
                                                          std::int32_t application_id);

/// Looks through the whole of a database.
Status check_sqlite(Session& session);
/// Looks through one that nobody writes to, a backup or an upload: is it one, is it whole?
/// Touches nothing, and leaves no file beside it.
Status check_sqlite_file(const std::string& path);

/// All that a database is made of besides its rows: tables, indexes, views and triggers, sorted.
Result<std::vector<std::string>> sqlite_schema(Session& session);

/// Table and column of all columns of text.
Result<std::vector<std::pair<std::string, std::string>>> sqlite_text_columns(Session& session);

/// How many bytes of its file the database uses.
Result<std::uint64_t> sqlite_bytes_used(Session& session);

/// For the session's statements, the tables of the database at `path` are then `name.table`.
/// Outside of any transaction.
Status attach_sqlite(Session& session, std::string_view path, const std::string& name);
Status detach_sqlite(Session& session, const std::string& name);

/// Copies the database into a new file, as it is at one moment, whoever writes to it meanwhile. For
/// one of any size: without compacting, and without room for more than the copy itself.
Status copy_sqlite_file(const std::string& from, const std::string& to);

/// Makes `to` the same as `from`, all at once or not at all.  `from` stays usable by others, and
/// what they write meanwhile is not in the copy.  Both were opened here; neither is in a
/// transaction.
Status copy_sqlite(Session& from, Session& to);

/// Ends the use of a copy: compacted, so that no deleted byte is left in it, in one file with no
/// other beside it, and on disk when it returns.
Status finish_sqlite_copy(Session& copy);

}  // namespace omni::sql
