#include "gateway/storage.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>

#include "net/test_net.h"
#include "store/audit.h"
#include "store/sql/sqlite.h"
#include "store/test_folder.h"

namespace omni::gateway {
namespace {

namespace fs = std::filesystem;

class StorageTest : public testing::Test {
 protected:
  StorageTest() { config_.data_dir = folder_.path(); }

  Result<std::unique_ptr<Storage>> open() { return Storage::open(config_, clock_, random_, log_); }
  /// Why it does not open, which is also why it would not.
  std::string refusal() {
    const auto foreseen = Storage::rehearse(config_, random_);
    const auto opened = open();
    EXPECT_EQ(static_cast<bool>(foreseen), static_cast<bool>(opened));
    if (opened) return "";
    EXPECT_EQ(opened.error().kind(), Error::Kind::bad_request);
    EXPECT_EQ(foreseen ? "" : foreseen.error().message(), opened.error().message());
    return opened.error().message();
  }
  std::int64_t usage_rows(const std::string& table = "usage") {
    std::int64_t rows = -1;
    const auto session = *sql::open_sqlite(folder_.file("usage.sqlite"), {.read_only = true});
    EXPECT_TRUE(session->run("SELECT count(*) FROM " + table, {},
                             [&](const sql::Row& row) { rows = row.integer(0); }));
    return rows;
  }
  /// As far as one transaction goes.
  static void tidy_up(Storage& storage) {
    storage.tidy_up();
    EXPECT_TRUE(
        storage.usage_database().maintain_now([](sql::Session&) -> Status { return Nothing{}; }));
  }
  void run(const std::string& statement) {
    EXPECT_TRUE((*sql::open_sqlite(folder_.file("config.sqlite")))->run(statement));
  }

  const store::TestFolder folder_;
  ManualClock clock_{from_millis(1'800'000'000'000)};
  SystemRandom random_;
  const Log log_{clock_, {}, [](std::string_view) {}};
  Config config_;
};

TEST_F(StorageTest, MakesItsFilesAndLeavesThemWhole) {
  ASSERT_TRUE(open());
  for (const char* name : {"config.sqlite", "usage.sqlite", "master.key"}) {
    EXPECT_EQ(fs::status(folder_.file(name)).permissions(), fs::perms(0600)) << name;
  }
  EXPECT_FALSE(fs::exists(folder_.file("config.sqlite-wal")));
  EXPECT_FALSE(fs::exists(folder_.file("usage.sqlite-wal")));
  EXPECT_FALSE(fs::exists(folder_.file("db_backups")));
}

TEST_F(StorageTest, RehearsesAnOpeningAndChangesNothing) {
  EXPECT_TRUE(Storage::rehearse(config_, random_));
  EXPECT_TRUE(fs::is_empty(folder_.path()));
  const auto storage = *open();
  EXPECT_TRUE(storage->configuration().database().write_now([](sql::Session& session) {
    return session.run("INSERT INTO settings VALUES ('requestRetry', '7', 1)");
  }));
  const auto found = Storage::rehearse(config_, random_);  // of what is in use as well
  ASSERT_TRUE(found) << found.error().message();
  EXPECT_EQ((*found)->settings.request_retry, 7);
  EXPECT_FALSE((*found)->api_key_secret.empty());
}

TEST_F(StorageTest, RefusesARecordOfUsageOfANewerProgram) {
  ASSERT_TRUE(open());
  {
    const auto session = *sql::open_sqlite(folder_.file("usage.sqlite"),
                                           {.application_id = sql::usage_application_id});
    EXPECT_TRUE(session->run("INSERT INTO schema_migrations VALUES (999, 'future')"));
  }
  EXPECT_NE(refusal().find("newer omniroute"), std::string::npos);
}

TEST_F(StorageTest, RefusesAForeignFileBesideWhichSomethingWasLeft) {
  ASSERT_TRUE(open());
  std::string bytes = store::read_file(folder_.file("config.sqlite"));
  store::write_file(folder_.file("config.sqlite"), bytes.replace(68, 4, "mnO!"));
  store::write_file(folder_.file("config.sqlite-wal"), std::string(64, 'x'));
  EXPECT_NE(refusal().find("another program"), std::string::npos);
}

TEST_F(StorageTest, BlamesTheFileThatHoldsNoKey) {
  store::write_file(folder_.file("master.key"), "junk");
  fs::permissions(folder_.file("master.key"), fs::perms(0600));
  EXPECT_TRUE(refusal().starts_with(folder_.file("master.key") + " holds no key"));
}

TEST_F(StorageTest, RefusesADatabaseOfANewerProgramAndSaysWhatToDo) {
  ASSERT_TRUE(open());
  run("INSERT INTO schema_migrations (version, name) VALUES (999, 'future')");
  const std::string why = refusal();
  EXPECT_NE(why.find("newer omniroute"), std::string::npos) << why;
  EXPECT_NE(why.find("db_backups"), std::string::npos) << why;
}

TEST_F(StorageTest, RefusesADamagedFileAndLeavesItAsItIs) {
  const std::string path = folder_.file("config.sqlite");
  const std::string damaged(10'000, 'x');
  store::write_file(path, damaged);
  const std::string why = refusal();
  EXPECT_TRUE(why.starts_with("cannot use " + path + ": ")) << why;
  EXPECT_NE(why.find("db_backups"), std::string::npos) << why;
  EXPECT_EQ(store::read_file(path), damaged);
}

TEST_F(StorageTest, RefusesAWrongOrMissingMasterKeyAndSaysWhatToDo) {
  ASSERT_TRUE(open());
  const std::string key = store::read_file(folder_.file("master.key"));
  fs::remove(folder_.file("master.key"));
  EXPECT_NE(refusal().find("master.key, is missing"), std::string::npos);
  EXPECT_FALSE(fs::exists(folder_.file("master.key")));  // a new one would only hide it
  store::write_file(folder_.file("master.key"), std::string(64, '0') + "\n");
  fs::permissions(folder_.file("master.key"), fs::perms(0600));
  EXPECT_NE(refusal().find("is not the key"), std::string::npos);
  store::write_file(folder_.file("master.key"), key);
  EXPECT_TRUE(open());
  config_.storage_key = Secret("another");
  EXPECT_NE(refusal().find("STORAGE_ENCRYPTION_KEY"), std::string::npos);
}

TEST_F(StorageTest, TakesTheSecretBehindKeysFromTheEnvironmentAndOtherwiseKeepsItsOwn) {
  const auto secret = [&] {
    return std::string((*open())->configuration().current()->api_key_secret.reveal());
  };
  const std::string own = secret();
  EXPECT_EQ(own.size(), 43U);
  EXPECT_EQ(secret(), own);
  config_.api_key_secret = Secret("given");
  EXPECT_EQ(secret(), "given");
}

TEST_F(StorageTest, AdvisesOfADamagedRecordOfUsageThatNothingElseIsInIt) {
  const std::string path = folder_.file("usage.sqlite");
  store::write_file(path, std::string(10'000, 'x'));
  const std::string why = refusal();
  EXPECT_TRUE(why.starts_with("cannot use " + path + ": ")) << why;
  EXPECT_NE(why.find("record of past requests"), std::string::npos) << why;
  EXPECT_EQ(why.find("db_backups"), std::string::npos) << why;
}

TEST_F(StorageTest, TakesNeitherDatabaseForTheOther) {
  ASSERT_TRUE(open());
  fs::copy_file(folder_.file("config.sqlite"), folder_.file("usage.sqlite"),
                fs::copy_options::overwrite_existing);
  EXPECT_NE(refusal().find("a config.sqlite of omniroute"), std::string::npos);
}

TEST_F(StorageTest, MakesNoEmptyDatabaseBesideTheBackupsOfALostOne) {
  ASSERT_TRUE(open());
  fs::create_directory(folder_.file("db_backups"));
  const std::string newest = "db_backups/db_2026-03-02T10-00-00-000Z_manual.sqlite";
  store::write_file(folder_.file("db_backups/db_2026-03-01T10-00-00-000Z_manual.sqlite"), "x");
  fs::rename(folder_.file("config.sqlite"), folder_.file(newest));
  const std::string why = refusal();
  EXPECT_NE(why.find("config.sqlite is missing"), std::string::npos) << why;
  EXPECT_NE(why.find(folder_.file(newest)), std::string::npos) << why;
  EXPECT_FALSE(fs::exists(folder_.file("config.sqlite")));
  fs::copy_file(folder_.file(newest), folder_.file("config.sqlite"));
  EXPECT_EQ(refusal(), "");
  fs::remove(folder_.file("config.sqlite"));
  fs::rename(folder_.file("db_backups"), folder_.file("away"));
  EXPECT_EQ(refusal(), "");
}

TEST_F(StorageTest, CleansNoBackupsUpBeforeItKnowsHowManyAreKept) {
  std::optional<store::Settings> known;
  const auto options = backups_of(config_, [&known] { return known; });
  EXPECT_FALSE(options.retention());
  known.emplace().backup_keep_latest = 7;
  ASSERT_TRUE(options.retention());
  EXPECT_EQ(options.retention()->files_max, 7U);
}

TEST_F(StorageTest, RemovesWhatWasBeingMadeWhenItWasKilled) {
  ASSERT_TRUE(open());
  fs::create_directory(folder_.file("db_backups"));
  for (const char* const name :
       {".transfer-abc", ".transfer-abc.usage", "db_backups/.draft", "db_backups/.draft-wal"}) {
    store::write_file(folder_.file(name), "x");
  }
  ASSERT_TRUE(open());
  EXPECT_TRUE(fs::is_empty(folder_.file("db_backups")));
  EXPECT_FALSE(fs::exists(folder_.file(".transfer-abc")));
  EXPECT_FALSE(fs::exists(folder_.file(".transfer-abc.usage")));
}

TEST_F(StorageTest, ForgetsWhatIsOlderThanItIsKept) {
  const auto storage = *open();
  store::Database& database = storage->configuration().database();
  const auto note = [&](std::string action, Clock::Wall when) {
    store::AuditEntry entry;
    entry.action = std::move(action);
    entry.when = when;
    EXPECT_TRUE(database.write_now(
        [&](sql::Session& session) { return store::add_audit_entry(session, entry); }));
  };
  note("old", clock_.wall() - std::chrono::days(31));
  note("new", clock_.wall() - std::chrono::days(29));
  const auto noted = [&] {
    std::string found;
    EXPECT_TRUE(database.maintain_now([&](sql::Session& session) {
      return session.run("SELECT action FROM audit_log ORDER BY id", {},
                         [&](const sql::Row& row) { found += row.text(0); });
    }));
    return found;
  };
  storage->tidy_up();
  EXPECT_EQ(noted(), "new");
  clock_.advance(std::chrono::days(2));
  storage->tidy_up();
  EXPECT_EQ(noted(), "");
}

TEST_F(StorageTest, ForgetsOldUsageHoweverMuchThereIs) {
  {
    const auto storage = *open();
    store::UsageRow row;
    row.time = clock_.wall() - std::chrono::days(366);
    for (int i = 0; i < 11'000; ++i) storage->usage().append(row);
    row.time = clock_.wall();
    storage->usage().append(row);
  }
  {
    const auto storage = *open();
    storage->tidy_up();
    EXPECT_TRUE(net::testing::eventually([&] { return usage_rows() == 1; })) << usage_rows();
    for (const char* table : {"usage_minute", "usage_hour", "usage_day"}) {
      EXPECT_TRUE(net::testing::eventually([&] { return usage_rows(table) == 1; })) << table;
    }
  }
}

/// What does not get smaller by compressing it.
void add_noise(std::string& text, std::size_t bytes, std::uint64_t& noise) {
  for (const std::size_t end = text.size() + bytes; text.size() < end;) {
    noise = noise * 6364136223846793005 + 1442695040888963407;
    text += static_cast<char>(noise >> 56);
  }
}

/// Half an hour of requests, with answers that do not get smaller.
void leave_traffic(Storage& storage, Clock::Wall now, std::uint64_t& noise) {
  constexpr std::size_t requests = 300, body_bytes = 1500;
  for (std::size_t i = 0; i < requests; ++i) {
    store::UsageRow row;
    row.time = now;
    row.provider = "groq";
    row.model = "invented-" + std::to_string(noise % 1000);
    row.request_id = "request-" + std::to_string(noise);
    row.success = true;
    storage.usage().append(row);
    store::BodyLog::Entry entry;
    entry.row.request_id = row.request_id;
    entry.row.model = row.model;
    entry.row.trace = R"({"x":")" + std::string(500, 'x') + "\"}";
    add_noise(entry.bodies.answer.text, body_bytes, noise);
    storage.bodies().append(std::move(entry));
  }
}

TEST_F(StorageTest, ADayOfTrafficStaysBelowItsBound) {
  config_.log_bytes_max = std::uint64_t{16} << 20;
  const auto storage = *open();
  const auto bytes_of_rows = [&] { return fs::file_size(folder_.file("usage.sqlite")); };
  std::uint64_t noise = 1;
  for (int half_hour = 0; half_hour < 48; ++half_hour) {
    clock_.advance(std::chrono::minutes(30));
    leave_traffic(*storage, clock_.wall(), noise);
    const auto is_stored = [&] {
      return storage->usage().counts().waiting == 0 &&
             storage->usage().counts().stored == 300U * (half_hour + 1U);
    };
    ASSERT_TRUE(net::testing::eventually(is_stored)) << half_hour;
    tidy_up(*storage);
    ASSERT_TRUE(net::testing::eventually([&] {
      return storage->log_bytes() <= config_.log_bytes_max / 8 * 7;
    })) << half_hour;
    ASSERT_LE(bytes_of_rows() + storage->bodies().files().bytes(), config_.log_bytes_max)
        << half_hour;
  }
  EXPECT_GT(storage->log_bytes(), config_.log_bytes_max / 2)
      << "and is not thrown away for nothing";
  EXPECT_GT(storage->bodies().files().bytes(), config_.log_bytes_max / 8);
  EXPECT_GT(usage_rows("calls"), 1000);
  EXPECT_LT(usage_rows("calls"), 14'000);
  EXPECT_GT(usage_rows("usage"), 1000);
  EXPECT_GT(usage_rows("usage_hour"), 1000);
  EXPECT_EQ(storage->bodies().dropped(), 0U);
}

TEST_F(StorageTest, RowsThatComeInAMinutePushBodiesOutAndNotOlderRows) {
  constexpr std::int64_t rows = 15'000;
  config_.log_bytes_max = std::uint64_t{16} << 20;
  const auto storage = *open();
  std::uint64_t noise = 1;
  while (storage->bodies().files().bytes() < config_.log_bytes_max / 16 * 13) {
    store::BodyLog::Entry entry;
    add_noise(entry.bodies.answer.text, 200'000, noise);
    const std::uint64_t before = storage->bodies().files().bytes();
    storage->bodies().append(std::move(entry));
    ASSERT_TRUE(
        net::testing::eventually([&] { return storage->bodies().files().bytes() > before; }));
  }
  tidy_up(*storage);
  store::UsageRow row;
  row.request_id = std::string(100, 'r');
  for (std::int64_t i = 0; i < rows; ++i) {
    clock_.advance(Millis{4});
    row.time = clock_.wall();
    storage->usage().append(row);
  }
  ASSERT_TRUE(net::testing::eventually([&] { return usage_rows() == rows; }));
  tidy_up(*storage);
  EXPECT_TRUE(net::testing::eventually(
      [&] { return storage->log_bytes() <= config_.log_bytes_max / 8 * 7; }));
  EXPECT_EQ(usage_rows(), rows);
}

TEST_F(StorageTest, RememberedAnswersLeaveTheRoomOfRowsToThem) {
  EXPECT_EQ(stored_answer_bytes_max(config_), config_.stored_answer_bytes_max);
  config_.log_bytes_max = std::uint64_t{16} << 20;
  EXPECT_EQ(stored_answer_bytes_max(config_), std::uint64_t{2} << 20);
}

TEST_F(StorageTest, CallsAreKeptAsLongAsTheSettingsSayUnlessTheEnvironmentDoes) {
  const auto calls_kept_after = [&](std::chrono::days days) {
    const auto storage = *open();
    store::CallRow row;
    row.request_id = "r";
    storage->usage().append(row);
    EXPECT_TRUE(net::testing::eventually([&] { return usage_rows("calls") > 0; }));
    clock_.advance(days);
    tidy_up(*storage);
    return usage_rows("calls");
  };
  EXPECT_EQ(calls_kept_after(std::chrono::days(6)), 1);
  EXPECT_EQ(calls_kept_after(std::chrono::days(8)), 0);
  config_.call_days = 30;
  EXPECT_EQ(calls_kept_after(std::chrono::days(29)), 1);
}

TEST_F(StorageTest, KeepsAsManyBackupsAsTheSettingsSayUnlessTheEnvironmentDoes) {
  const auto backups_kept = [&] {
    const auto storage = *open();
    EXPECT_TRUE(storage->configuration().database().write_now([](sql::Session& session) {
      return session.run(
          "INSERT INTO settings VALUES ('backupKeepLatest', '2', 1) ON CONFLICT DO NOTHING");
    }));
    for (int i = 0; i < 4; ++i) {
      clock_.advance(Millis(1));
      EXPECT_TRUE(storage->backups().create(store::BackupReason::manual));
    }
    return storage->backups().list().size();
  };
  EXPECT_EQ(backups_kept(), 2U);
  config_.backup_files_max = 3;
  EXPECT_EQ(backups_kept(), 3U);
}

TEST_F(StorageTest, EndsSessionsWhoseTimeIsUp) {
  const auto storage = *open();
  store::Database& database = storage->configuration().database();
  const auto add = [&](const std::string& id, Clock::Wall until) {
    store::LoginSession login;
    login.id_hash = id;
    login.expires_at = until;
    EXPECT_TRUE(database.write_now(
        [&](sql::Session& session) { return store::add_login_session(session, login); }));
  };
  add("over", clock_.wall());
  add("valid", clock_.wall() + Millis(1));
  storage->tidy_up();
  ASSERT_TRUE(database.maintain_now([](sql::Session&) -> Status { return Nothing{}; }));
  const auto current = storage->configuration().current();
  ASSERT_EQ(current->login_sessions.size(), 1U);
  EXPECT_EQ(current->login_sessions[0].id_hash, "valid");
}

}  // namespace
}  // namespace omni::gateway
