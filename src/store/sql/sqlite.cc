// The one place that knows SQLite.  Its C handles have owners from the first line on, and its codes
// become our errors in `error_of`.

#include "store/sql/sqlite.h"

#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <functional>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "store/sql/sqlite_header.h"

namespace omni::sql {
namespace {

Error error_of(int code, const char* message) {
  using enum Error::Kind;
  if (code == SQLITE_IOERR_READ || code == SQLITE_IOERR_SHORT_READ) {
    return {unavailable, "the disk cannot be read"};
  }
  switch (code & 0xff) {
    case SQLITE_CONSTRAINT:
      return {conflict, message};
    case SQLITE_FULL:
    case SQLITE_IOERR:
      return {unavailable,
              "the disk is full or cannot be written: nothing was stored; it goes on when there is "
              "space again"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {unavailable, "the database is in use by another program"};
    case SQLITE_CANTOPEN:
      return {unavailable,
              "the database cannot be opened: does its folder exist, and may we write?"};
    case SQLITE_READONLY:
      return {unavailable, "the database may only be read"};
    case SQLITE_CORRUPT:
      return {internal, "the database is damaged or cut short"};
    case SQLITE_NOTADB:
      return {internal, "the file is no SQLite database"};
    default:
      return {internal, std::string("database: ") + message};
  }
}

struct CloseDatabase {
  void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
};
using Handle = std::unique_ptr<sqlite3, CloseDatabase>;

struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

/// A statement that was compiled once, and which value each of its parameters takes: SQLite numbers
/// `$1` by where it first stands.
struct Prepared {
  std::unique_ptr<sqlite3_stmt, Finalize> statement;
  std::vector<std::size_t> values;
};

/// Leaves the statement as new, however its run ends.
class Reset {
 public:
  explicit Reset(sqlite3_stmt* statement) : statement_(statement) {}
  ~Reset() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }
  Reset(const Reset&) = delete;
  Reset& operator=(const Reset&) = delete;

 private:
  sqlite3_stmt* statement_;
};

class SqliteRow final : public Row {
 public:
  explicit SqliteRow(sqlite3_stmt* statement) : statement_(statement) {}
  bool is_null(std::size_t column) const override {
    return sqlite3_column_type(statement_, static_cast<int>(column)) == SQLITE_NULL;
  }
  std::int64_t integer(std::size_t column) const override {
    return sqlite3_column_int64(statement_, static_cast<int>(column));
  }
  double number(std::size_t column) const override {
    return sqlite3_column_double(statement_, static_cast<int>(column));
  }
  std::string_view text(std::size_t column) const override {
    const int at = static_cast<int>(column);
    const unsigned char* const bytes = sqlite3_column_text(statement_, at);
    if (bytes == nullptr) return {};
    return {reinterpret_cast<const char*>(bytes),
            static_cast<std::size_t>(sqlite3_column_bytes(statement_, at))};
  }

 private:
  sqlite3_stmt* statement_;
};

int bind(sqlite3_stmt* statement, int at, const Value& value) {
  if (const auto* whole = std::get_if<std::int64_t>(&value)) {
    return sqlite3_bind_int64(statement, at, *whole);
  }
  if (const auto* number = std::get_if<double>(&value)) {
    return sqlite3_bind_double(statement, at, *number);
  }
  if (const auto* text = std::get_if<std::string_view>(&value)) {
    // The text is borrowed until Reset; a null pointer would mean NULL.
    return sqlite3_bind_text64(statement, at, text->data() == nullptr ? "" : text->data(),
                               text->size(), SQLITE_STATIC, SQLITE_UTF8);
  }
  return sqlite3_bind_null(statement, at);
}

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>()(text);
  }
};

class SqliteSession final : public Session {
 public:
  explicit SqliteSession(Handle database) : database_(std::move(database)) {}

  using Session::run;
  Status run(std::string_view statement, std::span<const Value> values,
             const OnRow& on_row) override;
  Status run_script(std::string_view statements) override;
  std::int64_t rows_changed() const override { return sqlite3_changes64(handle()); }
  Status begin() override;
  Status commit() override;
  void roll_back() override;

  sqlite3* handle() const { return database_.get(); }
  Error last_error() const {
    return error_of(sqlite3_extended_errcode(handle()), sqlite3_errmsg(handle()));
  }
  /// Runs statements of SQLite's own.
  Status execute(const std::string& statements);

 private:
  Result<Prepared*> prepare(std::string_view statement);
  /// A full disk ends a transaction by itself.  What came after it would be outside of any.
  bool has_lost_transaction() const { return in_transaction_ && sqlite3_get_autocommit(handle()); }

  Handle database_;
  std::unordered_map<std::string, Prepared, TextHash, std::equal_to<>> prepared_;
  bool in_transaction_ = false;
};

Error lost_transaction() {
  return {Error::Kind::unavailable, "the transaction has ended early: nothing of it was stored"};
}

Result<Prepared*> SqliteSession::prepare(std::string_view statement) {
  const auto known = prepared_.find(statement);
  if (known != prepared_.end()) return &known->second;
  sqlite3_stmt* compiled = nullptr;
  if (sqlite3_prepare_v3(handle(), statement.data(), static_cast<int>(statement.size()),
                         SQLITE_PREPARE_PERSISTENT, &compiled, nullptr) != SQLITE_OK) {
    return last_error();
  }
  Prepared prepared{.statement{compiled}, .values{}};
  OMNI_ASSERT(compiled != nullptr);
  for (int i = 1; i <= sqlite3_bind_parameter_count(compiled); ++i) {
    const char* const name = sqlite3_bind_parameter_name(compiled, i);
    const auto number = name == nullptr ? std::nullopt : parse_unsigned(name + 1);
    OMNI_ASSERT(number && *number > 0);
    prepared.values.push_back(*number - 1);
  }
  return &prepared_.emplace(statement, std::move(prepared)).first->second;
}

Status SqliteSession::run(std::string_view statement, std::span<const Value> values,
                          const OnRow& on_row) {
  if (has_lost_transaction()) return lost_transaction();
  const auto prepared = prepare(statement);
  if (!prepared) return prepared.error();
  sqlite3_stmt* const compiled = (*prepared)->statement.get();
  const Reset reset(compiled);
  int at = 0;
  for (const std::size_t index : (*prepared)->values) {
    OMNI_ASSERT(index < values.size());
    if (bind(compiled, ++at, values[index]) != SQLITE_OK) return last_error();
  }
  for (;;) {
    const int code = sqlite3_step(compiled);
    if (code == SQLITE_DONE) return Nothing();
    if (code != SQLITE_ROW) return last_error();
    if (on_row) on_row(SqliteRow(compiled));
  }
}

Status SqliteSession::execute(const std::string& statements) {
  if (sqlite3_exec(handle(), statements.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    return last_error();
  }
  return Nothing();
}

Status SqliteSession::run_script(std::string_view statements) {
  if (has_lost_transaction()) return lost_transaction();
  // Only under this name does SQLite take the column for the number of the row, and count it up.
  constexpr std::string_view ours = "BIGINT PRIMARY KEY";
  std::string script(statements);
  for (std::size_t at = script.find(ours); at != std::string::npos; at = script.find(ours, at)) {
    script.replace(at, ours.size(), "INTEGER PRIMARY KEY");
  }
  return execute(script);
}

Status SqliteSession::begin() {
  const bool only_reads = sqlite3_db_readonly(handle(), "main") == 1;
  // A writer takes its lock now: one that finds out later cannot wait for it.
  Status begun = run(only_reads ? "BEGIN" : "BEGIN IMMEDIATE");
  in_transaction_ = static_cast<bool>(begun);
  return begun;
}

Status SqliteSession::commit() {
  Status committed = run("COMMIT");
  if (committed) in_transaction_ = false;
  return committed;
}

void SqliteSession::roll_back() {
  in_transaction_ = false;
  if (sqlite3_get_autocommit(handle())) return;
  // It can fail only where SQLite has rolled back already.
  static_cast<void>(run("ROLLBACK"));
}

SqliteSession& sqlite_of(Session& session) {
  auto* const sqlite = dynamic_cast<SqliteSession*>(&session);
  OMNI_ASSERT(sqlite != nullptr);
  return *sqlite;
}

Result<std::unique_ptr<SqliteSession>> connect(const std::string& path, int flags) {
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &opened, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  Handle database(opened);
  if (code != SQLITE_OK) return error_of(code, sqlite3_errstr(code));
  // We have none: one that a file brings along is nobody's we trust.
  sqlite3_db_config(opened, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  sqlite3_db_config(opened, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
  return std::make_unique<SqliteSession>(std::move(database));
}

Result<std::int64_t> ask(Session& session, std::string_view statement) {
  std::int64_t answer = 0;
  const Status asked = session.run(statement, {}, [&](const Row& row) { answer = row.integer(0); });
  if (!asked) return asked.error();
  return answer;
}

Error foreign(std::int64_t application_id) {
  const char* const what = application_id == config_application_id ? "a config.sqlite of omniroute"
                           : application_id == usage_application_id
                               ? "a usage.sqlite of omniroute"
                               : "the database of another program";
  return {Error::Kind::conflict, std::string("the file is ") + what};
}

Status check_application(Session& session, std::int32_t application_id) {
  const auto id = ask(session, "PRAGMA application_id");
  if (!id) return id.error();
  return *id == application_id ? Status(Nothing()) : Status(foreign(*id));
}

/// A new one becomes ours.
Status claim(SqliteSession& session, std::int32_t application_id) {
  const auto pages = ask(session, "PRAGMA page_count");
  if (!pages) return pages.error();
  if (*pages > 0) return check_application(session, application_id);
  return session.execute("PRAGMA application_id=" + std::to_string(application_id));
}

/// Whether checkpoints run when the last connection closes, which would write into a file that we
/// refuse.
void set_checkpoint_at_close(SqliteSession& session, int whether) {
  sqlite3_db_config(session.handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, whether, nullptr);
}

Status set_up(SqliteSession& session, const SqliteOptions& options) {
  sqlite3_busy_timeout(session.handle(), static_cast<int>(options.busy_timeout.count()));
  sqlite3_extended_result_codes(session.handle(), 1);
  set_checkpoint_at_close(session, 1);
  Status status = session.execute(
      "PRAGMA trusted_schema=OFF; PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON;"
      "PRAGMA temp_store=MEMORY");
  if (status && !options.read_only) status = claim(session, options.application_id);
  // Reads the whole schema, which a file that was cut short or overwritten does not survive.
  if (status) status = session.execute("SELECT count(*) FROM sqlite_master");
  if (!status || options.read_only) return status;
  set_checkpoint_at_close(session, 0);
  return session.execute(options.durability == SqliteOptions::Durability::full
                             ? "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL"
                             : "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL");
}

/// Looks at the file through the descriptor of SQLite: to close one of our own would give up the
/// locks that another session of this process has on the same file.
Status look_at_file(SqliteSession& session, const std::string& path) {
  sqlite3_file* file = nullptr;
  sqlite3_file_control(session.handle(), "main", SQLITE_FCNTL_FILE_POINTER, &file);
  OMNI_ASSERT(file != nullptr && file->pMethods != nullptr);
  sqlite3_int64 size = 0;
  std::array<char, sqlite_header_bytes> bytes{};
  if (file->pMethods->xFileSize(file, &size) != SQLITE_OK) return error_of(SQLITE_CANTOPEN, "");
  // A short read leaves zeros, which no header has in their place.
  file->pMethods->xRead(file, bytes.data(), static_cast<int>(bytes.size()), 0);
  std::error_code missing;
  const auto wal = std::filesystem::file_size(path + "-wal", missing);
  return check_sqlite_header(
      {bytes.data(), std::min<std::size_t>(bytes.size(), static_cast<std::size_t>(size))},
      {.file = static_cast<std::uint64_t>(size), .wal = missing ? 0 : wal});
}

/// A file that could only be read is opened so without a word, and nothing could be stored in it:
/// now that its mode has changed it is opened again.
Status make_writable(std::unique_ptr<SqliteSession>& session, const std::string& path) {
  if (sqlite3_db_readonly(session->handle(), "main") == 0) return Nothing();
  auto again = connect(path, SQLITE_OPEN_READWRITE);
  if (!again) return again.error();
  session = *std::move(again);
  if (sqlite3_db_readonly(session->handle(), "main") == 0) return Nothing();
  return error_of(SQLITE_READONLY, "");
}

/// As a URI, in which these bytes have a meaning.
std::string uri_of(const std::string& path) {
  std::string uri = "file:";
  for (const char c : path) {
    if (c == '%' || c == '?' || c == '#') {
      uri += c == '%' ? "%25" : c == '?' ? "%3f" : "%23";
    } else {
      uri += c;
    }
  }
  return uri;
}

}  // namespace

Result<std::unique_ptr<Session>> open_sqlite(const std::string& path, SqliteOptions options) {
  options.read_only |= options.immutable;
  auto session =
      options.immutable
          ? connect(uri_of(path) + "?immutable=1", SQLITE_OPEN_READONLY | SQLITE_OPEN_URI)
          : connect(path, options.read_only ? SQLITE_OPEN_READONLY
                                            : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  if (!session) return session.error();
  if (const Status plausible = look_at_file(**session, path); !plausible) return plausible.error();
  if (!options.read_only) {
    // What SQLite will put beside the file gets the same permissions.
    ::chmod(path.c_str(), S_IRUSR | S_IWUSR);
    if (const Status writable = make_writable(*session, path); !writable) return writable.error();
  }
  if (const Status ready = set_up(**session, options); !ready) return ready.error();
  return std::unique_ptr<Session>(std::move(*session));
}

Result<std::unique_ptr<Session>> open_sqlite_in_memory() {
  auto session = connect(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  if (!session) return session.error();
  return std::unique_ptr<Session>(std::move(*session));
}

Result<std::unique_ptr<Session>> open_sqlite_as_it_stands(const std::string& path,
                                                          std::int32_t application_id) {
  std::error_code missing;
  const bool waits = std::filesystem::exists(path + "-wal", missing);
  auto session = open_sqlite(path, {.read_only = true, .immutable = !waits});
  if (!session) return session;
  // An owner gives himself the right to write.
  struct stat facts {};
  const bool own = ::stat(path.c_str(), &facts) == 0 && facts.st_uid == ::geteuid();
  if (!own && ::access(path.c_str(), W_OK) != 0) return error_of(SQLITE_READONLY, "");
  const auto pages = ask(**session, "PRAGMA page_count");
  if (!pages) return pages.error();
  const Status ours =
      *pages == 0 ? Status(Nothing()) : check_application(**session, application_id);
  if (!ours) return ours.error();
  return session;
}

Status check_sqlite_file(const std::string& path) {
  const auto session = open_sqlite(path, {.immutable = true});
  return session ? check_sqlite(**session) : session.error();
}

Status check_sqlite(Session& session) {
  std::string answer;
  Status checked =
      session.run("PRAGMA integrity_check(1)", {}, [&](const Row& row) { answer = row.text(0); });
  if (!checked) return checked;
  if (answer == "ok") return Nothing();
  return error_of(SQLITE_CORRUPT, "");
}

Result<std::vector<std::string>> sqlite_schema(Session& session) {
  std::vector<std::string> schema;
  const Status read = session.run(
      "SELECT type || ' ' || name || ' ' || tbl_name || ' ' || coalesce(sql, '') "
      "FROM sqlite_master ORDER BY 1",
      {}, [&](const Row& row) { schema.emplace_back(row.text(0)); });
  if (!read) return read.error();
  return schema;
}

Result<std::vector<std::pair<std::string, std::string>>> sqlite_text_columns(Session& session) {
  std::vector<std::pair<std::string, std::string>> columns;
  const Status read = session.run(
      "SELECT tables.name, columns.name FROM sqlite_master AS tables "
      "JOIN pragma_table_info(tables.name) AS columns "
      "WHERE tables.type = 'table' AND columns.type = 'TEXT' ORDER BY 1, 2",
      {}, [&](const Row& row) { columns.emplace_back(row.text(0), row.text(1)); });
  if (!read) return read.error();
  return columns;
}

Result<std::uint64_t> sqlite_bytes_used(Session& session) {
  const auto pages = ask(session, "PRAGMA page_count");
  if (!pages) return pages.error();
  const auto free = ask(session, "PRAGMA freelist_count");
  if (!free) return free.error();
  const auto page_bytes = ask(session, "PRAGMA page_size");
  if (!page_bytes) return page_bytes.error();
  return static_cast<std::uint64_t>((*pages - *free) * *page_bytes);
}

Status attach_sqlite(Session& session, std::string_view path, const std::string& name) {
  return session.run("ATTACH DATABASE $1 AS " + name, {path});
}

Status detach_sqlite(Session& session, const std::string& name) {
  return session.run("DETACH DATABASE " + name);
}

Status copy_sqlite(Session& from, Session& to) {
  sqlite3* const target = sqlite_of(to).handle();
  sqlite3_backup* const copy =
      sqlite3_backup_init(target, "main", sqlite_of(from).handle(), "main");
  if (copy == nullptr) return error_of(sqlite3_errcode(target), sqlite3_errmsg(target));
  // In one step: under WAL a reader holds nobody up, and a copy in several steps begins anew
  // whenever somebody has written in between.
  const int code = sqlite3_backup_step(copy, -1);
  sqlite3_backup_finish(copy);
  if (code != SQLITE_DONE) return error_of(code, sqlite3_errstr(code));
  return Nothing();
}

Status copy_sqlite_file(const std::string& from, const std::string& to) {
  const auto source = open_sqlite(from, {.read_only = true});
  if (!source) return source.error();
  const auto copy = connect(to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  if (!copy) return copy.error();
  ::chmod(to.c_str(), S_IRUSR | S_IWUSR);
  if (Status ready = (*copy)->execute("PRAGMA journal_mode=OFF"); !ready) return ready;
  if (Status copied = copy_sqlite(**source, **copy); !copied) return copied;
  return (*copy)->execute("PRAGMA journal_mode=DELETE");
}

Status finish_sqlite_copy(Session& copy) {
  // Only pages of our own size can be copied into a database under WAL.
  return sqlite_of(copy).execute(
      "PRAGMA journal_mode=DELETE; PRAGMA synchronous=FULL; PRAGMA page_size=4096; VACUUM");
}

}  // namespace omni::sql
