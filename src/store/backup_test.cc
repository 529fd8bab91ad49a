#include "store/backup.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "store/migrations.h"
#include "store/sql/sqlite.h"
#include "store/test_folder.h"

namespace omni::store {
namespace {

using Reason = BackupReason;

Status add_connection(sql::Session& session, std::string_view id, std::string_view api_key) {
  return session.run(
      "INSERT INTO provider_connections (id, provider, auth_type, api_key, created_at, updated_at) "
      "VALUES ($1, 'groq', 'api_key', $2, 0, 0)",
      {id, api_key});
}

Status add_session(sql::Session& session, std::string_view id) {
  return session.run(
      "INSERT INTO sessions (id_hash, created_at, expires_at, last_used_at) VALUES ($1, 1, 2, 3)",
      {id});
}

Status set_secret(sql::Session& session, std::string_view name, std::string_view value) {
  return session.run(
      "INSERT INTO secrets (name, value) VALUES ($1, $2) "
      "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
      {name, value});
}

class BackupTest : public testing::Test {
 protected:
  BackupTest() {
    auto writer = *sql::open_sqlite(path_);
    EXPECT_TRUE(migrate(*writer, migrations_of("config")));
    database_ = std::make_unique<Database>(
        std::move(writer), *sql::open_sqlite(path_, {.read_only = true}), Database::Options{});
  }
  void write(const Database::Work& work) { EXPECT_TRUE(database_->write_now(work)); }
  void connect(std::string id, std::string api_key = "sealed") {
    write([=](sql::Session& session) { return add_connection(session, id, api_key); });
  }
  static std::string ask(sql::Session& session, const std::string& statement) {
    std::string answer;
    EXPECT_TRUE(session.run(statement, {}, [&](const sql::Row& row) {
      answer += (answer.empty() ? "" : " ") + std::string(row.text(0));
    }));
    return answer;
  }
  std::string ask(const std::string& statement) {
    std::string answer;
    EXPECT_TRUE(database_->read_now([&](sql::Session& session) -> Status {
      answer = ask(session, statement);
      return Nothing();
    }));
    return answer;
  }
  std::string connections() { return ask("SELECT id FROM provider_connections ORDER BY id"); }
  BackupFile make(Reason reason) {
    auto made = backups_.create(reason);
    if (!made || !*made) throw std::runtime_error("no backup was made");
    clock_.advance(Millis(1));
    return **made;
  }
  bool makes(Reason reason) { return backups_.create(reason)->has_value(); }
  std::size_t files() {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(folder_.file("db_backups")), {}));
  }

  TestFolder folder_;
  std::string path_ = folder_.file("config.sqlite");
  ManualClock clock_{*parse_iso8601("2026-03-01T10:00:00Z")};
  Backups backups_{{.database = path_, .folder = folder_.file("db_backups"), .retention = {}},
                   clock_};
  std::unique_ptr<Database> database_;
};

TEST_F(BackupTest, ListsWhatItMadeTheNewestFirst) {
  connect("a");
  clock_.advance(Millis(7));
  const BackupFile first = make(Reason::manual);
  EXPECT_EQ(first.name, "db_2026-03-01T10-00-00-007Z_manual.sqlite");
  connect("b");
  make(Reason::pre_migration);
  const auto list = backups_.list();
  ASSERT_EQ(list.size(), 2);
  EXPECT_EQ(list[0].reason, Reason::pre_migration);
  EXPECT_EQ(list[0].connections, 2);
  EXPECT_EQ(list[1].connections, 1);
  EXPECT_EQ(list[1].created_at, *parse_iso8601("2026-03-01T10:00:00Z") + Millis(7));
  EXPECT_EQ(list[1].bytes, std::filesystem::file_size(folder_.file("db_backups/" + list[1].name)));
  EXPECT_EQ(files(), 2) << "nothing lies beside them";
}

TEST_F(BackupTest, ListsNoOtherFile) {
  make(Reason::manual);
  for (const char* name : {"notes.txt", "db_2026-03-01T10-00-00-000Z_other.sqlite", "db_.sqlite",
                           "db_2026-03-01T10-00-00-000Z_manual.sqlite-wal"}) {
    write_file(folder_.file("db_backups/" + std::string(name)), "x");
  }
  EXPECT_EQ(backups_.list().size(), 1);
}

TEST_F(BackupTest, MakesOneBeforeAWriteOnceAnHour) {
  EXPECT_TRUE(makes(Reason::pre_write));
  clock_.advance(std::chrono::minutes(59));
  EXPECT_FALSE(makes(Reason::pre_write));
  EXPECT_TRUE(makes(Reason::manual)) << "who asks gets one";
  clock_.advance(std::chrono::minutes(61));
  EXPECT_TRUE(makes(Reason::pre_write));
}

TEST_F(BackupTest, DoesNotDriveOutFullBackupsByThoseOfAnEmptiedDatabase) {
  connect("a", std::string(300'000, 'x'));
  make(Reason::manual);
  write([](sql::Session& session) { return session.run("DELETE FROM provider_connections"); });
  clock_.advance(std::chrono::hours(2));
  EXPECT_FALSE(makes(Reason::pre_write));
  EXPECT_TRUE(makes(Reason::pre_restore)) << "what a restore replaces is kept in any case";
}

TEST_F(BackupTest, KeepsAsManyAsAllowedAndNoneTooOld) {
  for (int i = 0; i < 4; ++i) make(Reason::manual);
  EXPECT_EQ(backups_.clean({.files_max = 3}).deleted, 1);
  clock_.advance(std::chrono::days(10));
  const BackupFile latest = make(Reason::manual);
  const auto cleaned = backups_.clean({.files_max = 20, .days = 9});
  EXPECT_EQ(cleaned.deleted, 3);
  EXPECT_EQ(cleaned.kept, 1);
  EXPECT_EQ(backups_.list().front().name, latest.name);
}

TEST_F(BackupTest, KeepsAllWhileNobodyKnowsHowManyAreKept) {
  std::optional<Backups::Retention> known;
  Backups backups({.database = path_,
                   .folder = folder_.file("db_backups"),
                   .retention = [&known] { return known; }},
                  clock_);
  for (int i = 0; i < 22; ++i) {
    ASSERT_TRUE(backups.create(Reason::manual));
    clock_.advance(Millis(1));
  }
  EXPECT_EQ(backups.list().size(), 22U);
  known.emplace().files_max = 2;
  ASSERT_TRUE(backups.create(Reason::manual));
  EXPECT_EQ(backups.list().size(), 2U);
}

TEST_F(BackupTest, RemovesOnlyBackups) {
  const BackupFile made = make(Reason::manual);
  EXPECT_FALSE(backups_.remove("../config.sqlite"));
  EXPECT_TRUE(std::filesystem::exists(path_));
  EXPECT_TRUE(backups_.remove(made.name));
  EXPECT_FALSE(backups_.remove(made.name));
  EXPECT_TRUE(backups_.list().empty());
}

TEST_F(BackupTest, RestoresAndKeepsWhatWasThereBefore) {
  connect("a");
  const BackupFile made = make(Reason::manual);
  connect("b");
  const auto restored = backups_.restore(*database_, made.name, {});
  ASSERT_TRUE(restored) << restored.error().message();
  EXPECT_EQ(restored->connections, 1);
  EXPECT_EQ(connections(), "a");
  const auto list = backups_.list();
  ASSERT_EQ(list.size(), 2);
  EXPECT_EQ(list[0].reason, Reason::pre_restore);
  EXPECT_EQ(list[0].connections, 2);
  connect("c");
  EXPECT_EQ(connections(), "a c");
}

TEST_F(BackupTest, BringsBackWhatWasSaidAboutProvidersAndModels) {
  const auto say = [this](const std::string& change) {
    write([&](sql::Session& session) { return session.run_script(change); });
  };
  connect("c");
  say("INSERT INTO provider_nodes VALUES ('n', 't', 'n', 'lab', '', 'http://x', '', '', 0, 0);"
      "INSERT INTO custom_models VALUES ('n', 'm', '', 'manual', 'chat-completions', '[]');"
      "INSERT INTO model_switches VALUES ('n', 'm', 1, '{}');"
      "INSERT INTO model_aliases VALUES ('fast', 'lab/m');"
      "INSERT INTO user_prices VALUES ('n', 'm', '{}')");
  const BackupFile full = make(Reason::manual);
  const auto tables = {"provider_connections", "provider_nodes", "custom_models",
                       "model_switches",       "model_aliases",  "user_prices"};
  for (const std::string table : tables) say("DELETE FROM " + table);
  ASSERT_TRUE(backups_.restore(*database_, full.name, {}));
  for (const std::string table : tables) {
    EXPECT_EQ(ask("SELECT count(*) FROM " + table), "1") << table;
  }
}

TEST_F(BackupTest, RestoresNothingThatIsRefused) {
  connect("a");
  const BackupFile made = make(Reason::manual);
  connect("b");
  const auto refused =
      backups_.restore(*database_, made.name,
                       {.prepare = [](sql::Session&) -> Status {
                          return Error(Error::Kind::bad_request, "sealed with another key");
                        },
                        .entry = {}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message(), "sealed with another key");
  EXPECT_EQ(connections(), "a b");
  EXPECT_EQ(files(), 1);
  const auto missing =
      backups_.restore(*database_, "db_2026-03-01T00-00-00-000Z_manual.sqlite", {});
  EXPECT_EQ(missing.error().kind(), Error::Kind::not_found);
  EXPECT_EQ(backups_.restore(*database_, "../config.sqlite", {}).error().kind(),
            Error::Kind::not_found);
}

TEST_F(BackupTest, ImportsNothingThatHasATriggerAViewOrATableOfItsOwn) {
  connect("a");
  const std::string token =
      "INSERT INTO management_tokens VALUES ('t', 't', 'h', '', '[\"admin\"]', 0, NULL, NULL);";
  for (const std::string& script :
       {"CREATE TRIGGER t AFTER INSERT ON sessions BEGIN " + token + " END",
        std::string("CREATE TRIGGER t AFTER DELETE ON secrets BEGIN SELECT 1; END"),
        std::string("DROP TABLE combos; CREATE VIEW combos AS WITH RECURSIVE n(i) AS "
                    "(SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"),
        std::string("CREATE VIRTUAL TABLE v USING fts5(text)"),
        std::string("CREATE TABLE more (id TEXT)"), std::string("CREATE INDEX i ON combos (data)"),
        std::string("ALTER TABLE api_keys DROP COLUMN no_log"),
        std::string("ALTER TABLE api_keys ADD COLUMN more TEXT")}) {
    const std::string file = folder_.file("crafted");
    ASSERT_TRUE(
        backups_.export_to(file, [&](sql::Session& copy) { return copy.run_script(script); }));
    const auto refused = backups_.import_file(*database_, file, {});
    ASSERT_FALSE(refused) << script;
    EXPECT_EQ(refused.error().kind(), Error::Kind::bad_request);
    EXPECT_NE(refused.error().message().find("something beside them"), std::string::npos);
    std::filesystem::remove(file);
  }
  write([](sql::Session& session) { return add_session(session, "s"); });
  EXPECT_EQ(ask("SELECT id FROM management_tokens"), "");
  EXPECT_EQ(connections(), "a");
}

TEST_F(BackupTest, ListsAFileWhoseTableIsAnEndlessView) {
  const BackupFile made = make(Reason::manual);
  ASSERT_TRUE((*sql::open_sqlite(folder_.file("db_backups/" + made.name)))
                  ->run_script("DROP TABLE combos; CREATE VIEW combos AS WITH RECURSIVE n(i) AS "
                               "(SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"));
  EXPECT_EQ(backups_.list().size(), 1);
}

TEST_F(BackupTest, KeepsWhatWasNotedAndNotesTheRestoreToo) {
  const auto note = [](std::string action) {
    AuditEntry entry;
    entry.action = std::move(action);
    return entry;
  };
  write([&](sql::Session& session) { return add_audit_entry(session, note("before")); });
  const BackupFile made = make(Reason::manual);
  write([&](sql::Session& session) { return add_audit_entry(session, note("after")); });
  ASSERT_TRUE(backups_.restore(*database_, made.name, {.prepare = {}, .entry = note("restored")}));
  EXPECT_EQ(ask("SELECT action FROM audit_log ORDER BY id"), "before after restored");
}

TEST_F(BackupTest, KeepsTheSettingsThatGuardTheDoorAndTakesTheOthers) {
  const auto set = [](std::string name, std::string value) {
    return [=](sql::Session& session) {
      return session.run(
          "INSERT INTO settings (name, value, updated_at) VALUES ($1, $2, 1) "
          "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
          {std::string_view(name), std::string_view(value)});
    };
  };
  write(set("theme", "'old'"));
  write(set("allowedHosts", "'old'"));
  write(set("corsOrigins", "'old'"));
  const BackupFile made = make(Reason::manual);
  write(set("theme", "'new'"));
  write(set("allowedHosts", "'new'"));
  write(set("ip-filter.enabled", "'new'"));
  write([](sql::Session& session) {
    return session.run("DELETE FROM settings WHERE name = 'corsOrigins'");
  });
  ASSERT_TRUE(backups_.restore(*database_, made.name, {}));
  EXPECT_EQ(ask("SELECT name || '=' || value FROM settings ORDER BY name"),
            "allowedHosts='new' ip-filter.enabled='new' theme='old'");
}

TEST_F(BackupTest, BringsNoKeyBackToLifeThatWasRevokedOrSwitchedOffSince) {
  for (const std::string id : {"good", "off", "revoked"}) {
    write([id](sql::Session& session) {
      return session.run(
          "INSERT INTO api_keys (id, name, key_hash, key_mask, created_at) "
          "VALUES ($1, 'old', 'hash of ' || $1, '', 0)",
          {std::string_view(id)});
    });
  }
  const BackupFile made = make(Reason::manual);
  write([](sql::Session& session) {
    return session.run(
        "UPDATE api_keys SET name = 'new', is_active = id <> 'off', "
        "revoked_at = CASE id WHEN 'revoked' THEN 7 END");
  });
  ASSERT_TRUE(backups_.restore(*database_, made.name, {}));
  EXPECT_EQ(ask("SELECT id || ',' || name || ',' || is_active || ',' || coalesce(revoked_at, '') "
                "FROM api_keys ORDER BY id"),
            "good,old,1, off,old,0, revoked,old,1,7");
}

/// Does something whenever somebody asks for the time.
struct TellingClock final : Clock {
  Wall wall() const override {
    if (told) told();
    return base.wall();
  }
  Steady steady() const override { return base.steady(); }

  const Clock& base;
  std::function<void()> told;

  explicit TellingClock(const Clock& clock) : base(clock) {}
};

TEST_F(BackupTest, LosesNoRowThatIsWrittenDuringARestore) {
  const BackupFile made = make(Reason::manual);
  TellingClock clock(clock_);
  Backups backups({.database = path_, .folder = folder_.file("db_backups"), .retention = {}},
                  clock);
  int written = 0;
  clock.told = [&] {
    const std::string id = std::to_string(++written);
    database_->write([id](sql::Session& session) { return add_connection(session, id, "x"); },
                     [](const Status& status) { EXPECT_TRUE(status); });
  };
  ASSERT_TRUE(backups.restore(*database_, made.name, {}));
  ASSERT_TRUE(database_->maintain_now([](sql::Session&) -> Status { return Nothing(); }));
  const auto saved = backups_.list();
  const auto before = std::ranges::find(saved, Reason::pre_restore, &BackupFile::reason);
  ASSERT_NE(before, saved.end());
  const std::int64_t live = std::stoi(ask("SELECT count(*) FROM provider_connections"));
  EXPECT_GE(written, 2);
  EXPECT_EQ(live + before->connections, written);
}

TEST_F(BackupTest, GoesOnWhenTheClockIsBehindWhatItWas) {
  for (int i = 0; i < 20; ++i) make(Reason::manual);
  ManualClock behind(*parse_iso8601("2020-01-01T00:00:00Z"));
  Backups backups({.database = path_, .folder = folder_.file("db_backups"), .retention = {}},
                  behind);
  const auto made = backups.create(Reason::pre_write);
  ASSERT_TRUE(made);
  ASSERT_TRUE(*made) << "what was made in the future is no backup of now";
  EXPECT_TRUE(std::filesystem::exists(folder_.file("db_backups/" + (*made)->name)));
  EXPECT_EQ(files(), 20);
}

TEST_F(BackupTest, RestoresNoDamagedFile) {
  connect("a", std::string(50'000, 'x'));
  const BackupFile made = make(Reason::manual);
  const std::string file = folder_.file("db_backups/" + made.name);
  const std::string bytes = read_file(file).replace(8192, 4096, std::string(4096, '\x05'));
  write_file(file, bytes);
  EXPECT_FALSE(backups_.restore(*database_, made.name, {}));
  EXPECT_EQ(connections(), "a");
  EXPECT_EQ(read_file(file), bytes);
}

TEST_F(BackupTest, LogsNobodyInOrOutByARestore) {
  write([](sql::Session& session) { return add_session(session, "ended"); });
  const BackupFile made = make(Reason::manual);
  write([](sql::Session& session) {
    const Status ended = session.run("DELETE FROM sessions");
    return ended ? add_session(session, "running") : ended;
  });
  ASSERT_TRUE(backups_.restore(*database_, made.name, {}));
  EXPECT_EQ(ask("SELECT id_hash FROM sessions WHERE created_at = 1 AND expires_at = 2 AND "
                "last_used_at = 3"),
            "running");
}

TEST_F(BackupTest, ExportsNeitherSessionsNorSecretsNotEvenTheirDeletedBytes) {
  connect("a", "sealed-credential");
  write([](sql::Session& session) {
    const Status added = add_session(session, "canary-session");
    return added ? set_secret(session, "password_hash", "canary-hash") : added;
  });
  const std::string exported = folder_.file("export.sqlite");
  ASSERT_TRUE(backups_.export_to(exported, [](sql::Session& copy) {
    return copy.run("UPDATE provider_connections SET api_key = 'sealed-anew'");
  }));
  const std::string bytes = read_file(exported);
  EXPECT_EQ(bytes.find("canary"), std::string::npos);
  EXPECT_EQ(bytes.find("sealed-credential"), std::string::npos);
  EXPECT_NE(bytes.find("sealed-anew"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(exported + "-wal"));
}

TEST_F(BackupTest, ImportsAnExportAndKeepsThePassword) {
  connect("a");
  write([](sql::Session& session) { return set_secret(session, "password_hash", "hash"); });
  const std::string exported = folder_.file("export.sqlite");
  ASSERT_TRUE(backups_.export_to(exported, {}));
  connect("b");
  const auto imported = backups_.import_file(*database_, exported, {});
  ASSERT_TRUE(imported) << imported.error().message();
  EXPECT_EQ(imported->connections, 1);
  EXPECT_EQ(connections(), "a");
  EXPECT_EQ(ask("SELECT value FROM secrets"), "hash");
  EXPECT_EQ(backups_.list().front().reason, Reason::pre_import);
}

TEST_F(BackupTest, ImportsNoForeignFileAndLeavesItAsItIs) {
  connect("a");
  const std::string upload = folder_.file("upload");
  write_file(upload, std::string(10'000, 'x'));
  const auto text = backups_.import_file(*database_, upload, {});
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().kind(), Error::Kind::bad_request);
  EXPECT_EQ(read_file(upload), std::string(10'000, 'x'));
  std::filesystem::resize_file(upload, 100);
  EXPECT_FALSE(backups_.import_file(*database_, upload, {}));
  {
    const std::string other = folder_.file("other.sqlite");
    ASSERT_TRUE((*sql::open_sqlite(other))->run_script("CREATE TABLE combos (id TEXT)"));
    const auto lacking = backups_.import_file(*database_, other, {});
    ASSERT_FALSE(lacking);
    EXPECT_EQ(lacking.error().kind(), Error::Kind::bad_request);
    EXPECT_NE(lacking.error().message().find("no backup of omniroute"), std::string::npos);
  }
  EXPECT_EQ(connections(), "a");
}

TEST_F(BackupTest, IsMadeBeforeAMigrationWhichDoesNotHappenWithout) {
  connect("a");
  database_.reset();
  const auto session = *sql::open_sqlite(path_);
  auto migrations = migrations_of("config");
  migrations.push_back({99, "less", "DELETE FROM provider_connections"});
  EXPECT_FALSE(migrate(*session, migrations,
                       []() -> Status { return Error(Error::Kind::unavailable, "no space"); }));
  EXPECT_EQ(ask(*session, "SELECT id FROM provider_connections"), "a");
  EXPECT_TRUE(migrate(*session, migrations, [this]() -> Status {
    const auto made = backups_.create(Reason::pre_migration);
    return made ? Status(Nothing()) : made.error();
  }));
  EXPECT_EQ(ask(*session, "SELECT id FROM provider_connections"), "");
  const auto list = backups_.list();
  ASSERT_EQ(list.size(), 1);
  EXPECT_EQ(list[0].reason, Reason::pre_migration);
  EXPECT_EQ(list[0].connections, 1);
}

TEST_F(BackupTest, LeavesNoHalfMadeBackupAfterACrash) {
  make(Reason::manual);
  write_file(folder_.file("db_backups/.draft"), std::string(8192, 'x'));
  write_file(folder_.file("db_backups/.draft-wal"), std::string(8192, 'x'));
  make(Reason::manual);
  EXPECT_EQ(files(), 2);
}

}  // namespace
}  // namespace omni::store
