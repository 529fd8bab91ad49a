// A full disk, as a limit on the size of files plays it for a process without privileges.

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <memory>
#include <optional>
#include <string>

#include "store/backup.h"
#include "store/database.h"
#include "store/migrations.h"
#include "store/sql/sqlite.h"
#include "store/test_folder.h"
#include "store/usage_log.h"

namespace omni::store {
namespace {

/// While it lives, no file of this process grows beyond that.
class DiskFull {
 public:
  explicit DiskFull(rlim_t bytes) : ignored_(::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~DiskFull() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, ignored_);
  }
  DiskFull(const DiskFull&) = delete;
  DiskFull& operator=(const DiskFull&) = delete;

 private:
  rlimit before_{};
  void (*ignored_)(int);
};

constexpr rlim_t little = 300'000;

class DiskFullTest : public testing::Test {
 protected:
  void open(const std::string& name) {
    path_ = folder_.file(name + ".sqlite");
    auto writer = sql::open_sqlite(path_);
    ASSERT_TRUE(writer) << writer.error().message();
    ASSERT_TRUE(migrate(**writer, migrations_of(name)));
    database_ = std::make_unique<Database>(
        std::move(*writer), *sql::open_sqlite(path_, {.read_only = true}), Database::Options{});
  }
  Status add(std::int64_t number) {
    return database_->write_now([=](sql::Session& session) {
      return session.run("INSERT INTO meta (name, value) VALUES ($1, $2)",
                         {std::to_string(number), std::string(2000, 'x')});
    });
  }
  std::string ask(std::string_view statement) {
    std::string answer;
    EXPECT_TRUE(database_->read_now([&](sql::Session& session) {
      return session.run(statement, {}, [&](const sql::Row& row) { answer = row.text(0); });
    }));
    return answer;
  }
  /// Writes until the disk is full; how many rows were acknowledged.
  int fill(int from) {
    for (int i = from; i < from + 1000; ++i) {
      const Status added = add(i);
      if (added) continue;
      EXPECT_EQ(added.error().kind(), Error::Kind::unavailable);
      EXPECT_TRUE(added.error().message().starts_with("the disk is full"))
          << added.error().message();
      return i - from;
    }
    ADD_FAILURE() << "the disk never filled";
    return 0;
  }

  TestFolder folder_;
  std::string path_;
  std::unique_ptr<Database> database_;
};

TEST_F(DiskFullTest, StoresWhatIsAcknowledgedAndNothingElseAndGoesOnWhenThereIsSpace) {
  open("config");
  int stored = 0;
  {
    const DiskFull full(little);
    stored = fill(0);
    EXPECT_GT(stored, 0);
    EXPECT_FALSE(add(5000)) << "still full";
    EXPECT_EQ(ask("SELECT count(*) FROM meta"), std::to_string(stored));
  }
  EXPECT_TRUE(add(6000));
  EXPECT_EQ(ask("SELECT count(*) FROM meta"), std::to_string(stored + 1));
  EXPECT_EQ(ask("PRAGMA integrity_check"), "ok");
}

TEST_F(DiskFullTest, OpensAgainWithAllThatWasAcknowledged) {
  open("config");
  int stored = 0;
  {
    const DiskFull full(little);
    stored = fill(0);
    database_.reset();
  }
  open("config");
  EXPECT_EQ(ask("SELECT count(*) FROM meta"), std::to_string(stored));
  EXPECT_EQ(ask("PRAGMA integrity_check"), "ok");
}

TEST_F(DiskFullTest, KeepsRowsOfUsageUntilThereIsSpace) {
  open("usage");
  ManualClock clock;
  const Log log(clock, {.level = Log::Level::off}, write_to_stderr);
  UsageLog usage({*database_, clock, log}, {});
  std::optional<DiskFull> full(little);
  UsageRow row;
  row.model = "m";
  for (int i = 0; i < 5000; ++i) usage.append(row);
  const auto settle = [&] {
    EXPECT_TRUE(database_->maintain_now([](sql::Session&) -> Status { return Nothing(); }));
  };

  row.error_code.assign(400'000, 'x');
  clock.advance(std::chrono::hours(1));
  usage.append(row);
  settle();
  settle();
  EXPECT_GT(usage.counts().waiting, 0);
  full.reset();
  clock.advance(std::chrono::hours(1));
  usage.append(row);
  settle();
  settle();
  EXPECT_EQ(usage.counts().waiting, 0);
  EXPECT_EQ(ask("SELECT count(*) FROM usage"), "5002");
}

TEST_F(DiskFullTest, LeavesNoHalfABackup) {
  open("config");
  for (int i = 0; i < 300; ++i) ASSERT_TRUE(add(i));
  const SystemClock clock;
  Backups backups({.database = path_, .folder = folder_.file("backups"), .retention = {}}, clock);
  {
    const DiskFull full(little);
    const auto made = backups.create(BackupReason::manual);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().kind(), Error::Kind::unavailable);
    EXPECT_TRUE(std::filesystem::is_empty(folder_.file("backups")));
  }
  EXPECT_TRUE(backups.create(BackupReason::manual));
}

}  // namespace
}  // namespace omni::store
