#include "store/sql/sqlite.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "store/test_folder.h"

namespace omni::sql {
namespace {

using store::read_file;
using store::write_file;

std::unique_ptr<Session> open(const std::string& path, SqliteOptions options = {}) {
  auto session = open_sqlite(path, options);
  if (!session) throw std::runtime_error(session.error().message());
  return std::move(*session);
}

std::string ask(Session& session, std::string_view statement,
                std::initializer_list<Value> values = {}) {
  std::string answer;
  const Status status = session.run(statement, values, [&](const Row& row) {
    if (!answer.empty()) answer += ' ';
    answer += row.is_null(0) ? "null" : row.text(0);
  });
  return status ? answer : status.error().message();
}

class Sqlite : public testing::Test {
 protected:
  Sqlite() : session_(open(path_)) {
    EXPECT_TRUE(session_->run_script(
        "CREATE TABLE pets (id BIGINT PRIMARY KEY, name TEXT NOT NULL UNIQUE, legs BIGINT);"));
  }
  Status add(std::string_view name) {
    return session_->run("INSERT INTO pets (name) VALUES ($1)", {name});
  }

  store::TestFolder folder_;
  std::string path_ = folder_.file("pets.sqlite");
  std::unique_ptr<Session> session_;
};

TEST_F(Sqlite, TakesValuesByTheirNumberWhereverTheyStand) {
  EXPECT_EQ(ask(*session_, "SELECT $2 || $1 || $2", {"a", "b"}), "bab");
}

TEST_F(Sqlite, SurvivesALossOfPowerWithFullDurabilityAndAKillWithNormal) {
  EXPECT_EQ(ask(*session_, "PRAGMA synchronous"), "2");
  EXPECT_EQ(ask(*session_, "PRAGMA journal_mode"), "wal");
  session_.reset();
  const auto normal = open(path_, {.durability = SqliteOptions::Durability::normal});
  EXPECT_EQ(ask(*normal, "PRAGMA synchronous"), "1");
  EXPECT_EQ(ask(*normal, "PRAGMA journal_mode"), "wal");
}

TEST_F(Sqlite, RunsNoTriggerAndReadsNoView) {
  ASSERT_TRUE(
      session_->run_script("CREATE TRIGGER t AFTER INSERT ON pets BEGIN DELETE FROM pets; END;"
                           "CREATE VIEW v AS SELECT 1"));
  ASSERT_TRUE(add("Rex"));
  EXPECT_EQ(ask(*session_, "SELECT name FROM pets"), "Rex");
  EXPECT_FALSE(session_->run("SELECT * FROM v"));
}

TEST_F(Sqlite, TakesNoneOfOurDatabasesForTheOther) {
  session_.reset();
  const auto other = open_sqlite(path_, {.application_id = usage_application_id});
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().kind(), Error::Kind::conflict);
}

TEST_F(Sqlite, CopiesAFileOfWhichSomebodyHasAConnectionOpen) {
  ASSERT_TRUE(add("Rex"));
  const std::string copied = folder_.file("copied.sqlite");
  ASSERT_TRUE(copy_sqlite_file(path_, copied));
  EXPECT_FALSE(std::filesystem::exists(copied + "-wal"));
  EXPECT_TRUE(check_sqlite_file(copied));
  EXPECT_EQ(ask(*open(copied, {.immutable = true}), "SELECT name FROM pets"), "Rex");
}

TEST_F(Sqlite, KeepsEveryKindOfValue) {
  std::vector<std::string> seen;
  ASSERT_TRUE(session_->run(
      "SELECT $1, $2, $3, $4, $5",
      {std::int64_t{1} << 62, 0.5, std::string_view("a\0b", 3), std::string_view(), nullptr},
      [](const Row& row) {
        EXPECT_EQ(row.integer(0), std::int64_t{1} << 62);
        EXPECT_EQ(row.number(1), 0.5);
        EXPECT_EQ(row.text(2), std::string_view("a\0b", 3));
        EXPECT_FALSE(row.is_null(3));
        EXPECT_TRUE(row.is_null(4));
        EXPECT_EQ(row.text(4), "");
      }));
}

TEST_F(Sqlite, CountsUpABigintPrimaryKey) {
  ASSERT_TRUE(add("Rex"));
  EXPECT_EQ(ask(*session_, "INSERT INTO pets (name) VALUES ($1) RETURNING id", {"Tom"}), "2");
}

TEST_F(Sqlite, SaysHowManyRowsAStatementHasWritten) {
  ASSERT_TRUE(add("Rex"));
  ASSERT_TRUE(add("Tom"));
  ASSERT_TRUE(session_->run("UPDATE pets SET legs = 4"));
  EXPECT_EQ(session_->rows_changed(), 2);
}

TEST_F(Sqlite, CallsABrokenConstraintAConflictAndGoesOn) {
  ASSERT_TRUE(add("Rex"));
  const Status again = add("Rex");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind(), Error::Kind::conflict);
  EXPECT_TRUE(add("Tom"));
}

TEST_F(Sqlite, LeavesAStatementReadyAfterARowFunctionThatThrows) {
  const auto fail = [](const Row&) { throw Bug("no"); };
  EXPECT_THROW(static_cast<void>(session_->run("SELECT 1", {}, fail)), Bug);
  EXPECT_EQ(ask(*session_, "SELECT 1"), "1");
}

TEST_F(Sqlite, ForgetsWhatIsRolledBack) {
  ASSERT_TRUE(session_->begin());
  ASSERT_TRUE(add("Rex"));
  session_->roll_back();
  EXPECT_EQ(ask(*session_, "SELECT count(*) FROM pets"), "0");
}

TEST_F(Sqlite, KeepsForeignKeys) {
  ASSERT_TRUE(session_->run_script("CREATE TABLE toys (pet BIGINT REFERENCES pets (id))"));
  EXPECT_FALSE(session_->run("INSERT INTO toys (pet) VALUES (7)"));
}

TEST_F(Sqlite, SaysThatTheDiskIsFullAndStoresNothingUntilThereIsSpace) {
  ASSERT_EQ(ask(*session_, "PRAGMA max_page_count = 10"), "10");
  ASSERT_TRUE(session_->begin());
  ASSERT_TRUE(add("Rex"));
  const Status full = add(std::string(100000, 'x'));
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().kind(), Error::Kind::unavailable);
  EXPECT_TRUE(full.error().message().starts_with("the disk is full")) << full.error().message();
  EXPECT_FALSE(add("Tom")) << "SQLite has rolled back: this would be stored by itself";
  session_->roll_back();
  EXPECT_EQ(ask(*session_, "SELECT count(*) FROM pets"), "0");
  ASSERT_EQ(ask(*session_, "PRAGMA max_page_count = 1000"), "1000");
  EXPECT_TRUE(add(std::string(100000, 'x')));
}

TEST_F(Sqlite, IsForItsOwnersEyesOnly) {
  ASSERT_TRUE(add("Rex"));
  for (const char* suffix : {"", "-wal", "-shm"}) {
    struct stat status {};
    ASSERT_EQ(::stat((path_ + suffix).c_str(), &status), 0) << suffix;
    EXPECT_EQ(status.st_mode & 0777U, 0600U) << suffix;
  }
}

TEST_F(Sqlite, ReadsBesideAWriterButCannotWrite) {
  const auto reader = open(path_, {.read_only = true});
  ASSERT_TRUE(session_->begin());
  ASSERT_TRUE(add("Rex"));
  EXPECT_EQ(ask(*reader, "SELECT count(*) FROM pets"), "0");
  ASSERT_TRUE(session_->commit());
  EXPECT_EQ(ask(*reader, "SELECT count(*) FROM pets"), "1");
  EXPECT_FALSE(reader->run("DELETE FROM pets"));
}

TEST_F(Sqlite, CopiesBesideAWriterWithoutWhatIsNotCommitted) {
  ASSERT_TRUE(add("Rex"));
  ASSERT_TRUE(session_->begin());
  ASSERT_TRUE(add("Tom"));
  const auto reader = open(path_, {.read_only = true});
  const std::string copied = folder_.file("copy.sqlite");
  {
    const auto copy = open(copied);
    ASSERT_TRUE(copy_sqlite(*reader, *copy));
    ASSERT_TRUE(finish_sqlite_copy(*copy));
  }
  EXPECT_TRUE(check_sqlite_file(copied));
  EXPECT_FALSE(std::filesystem::exists(copied + "-wal"));
  EXPECT_EQ(ask(*open(copied, {.read_only = true}), "SELECT name FROM pets"), "Rex");
}

TEST_F(Sqlite, CopiesIntoADatabaseThatOthersRead) {
  ASSERT_TRUE(add("Rex"));
  const auto live = open(folder_.file("live.sqlite"));
  ASSERT_TRUE(live->run_script("CREATE TABLE old (x BIGINT)"));
  const auto reader = open(folder_.file("live.sqlite"), {.read_only = true});
  EXPECT_EQ(ask(*reader, "SELECT count(*) FROM old"), "0");
  ASSERT_TRUE(copy_sqlite(*session_, *live));
  EXPECT_EQ(ask(*reader, "SELECT name FROM pets"), "Rex");
  EXPECT_EQ(ask(*live, "PRAGMA journal_mode"), "wal");
  EXPECT_TRUE(live->run("INSERT INTO pets (name) VALUES ($1)", {"Tom"}));
}

TEST_F(Sqlite, LeavesNoDeletedByteInAFinishedCopy) {
  ASSERT_TRUE(add("the-canary-name"));
  const std::string copied = folder_.file("copy.sqlite");
  {
    const auto copy = open(copied);
    ASSERT_TRUE(copy_sqlite(*session_, *copy));
    ASSERT_TRUE(copy->run("DELETE FROM pets"));
    ASSERT_TRUE(finish_sqlite_copy(*copy));
  }
  EXPECT_EQ(read_file(copied).find("the-canary-name"), std::string::npos);
}

/// What is in the folder, and what is in each file.
std::vector<std::string> contents(const store::TestFolder& folder) {
  std::vector<std::string> all;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    all.push_back(entry.path().string() + "\n" + read_file(entry.path().string()));
  }
  std::ranges::sort(all);
  return all;
}

void expect_refused_untouched(const store::TestFolder& folder, const std::string& path,
                              std::string_view why) {
  const auto before = contents(folder);
  const auto opened = open_sqlite(path);
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message().find(why), std::string::npos) << opened.error().message();
  EXPECT_EQ(contents(folder), before);
  EXPECT_FALSE(check_sqlite_file(path));
  EXPECT_EQ(contents(folder), before);
}

TEST_F(Sqlite, RefusesAFileThatIsNoDatabaseAndLeavesIt) {
  const std::string path = folder_.file("other");
  write_file(path, std::string(10000, 'x'));
  expect_refused_untouched(folder_, path, "no SQLite database");
}

TEST_F(Sqlite, RefusesATruncatedFileAndLeavesIt) {
  ASSERT_TRUE(add(std::string(50000, 'x')));
  session_.reset();
  const std::string whole = read_file(path_);
  for (const std::size_t size :
       {whole.size() - 1, whole.size() / 2, std::size_t{4096}, std::size_t{60}}) {
    write_file(path_, whole.substr(0, size));
    expect_refused_untouched(folder_, path_, "cut short");
  }
}

TEST_F(Sqlite, RefusesADamagedFileBesideWhichChangesWaitAndLeavesIt) {
  ASSERT_TRUE(add("Rex"));
  const std::string wal = read_file(path_ + "-wal");
  session_.reset();
  const std::string path = folder_.file("damaged.sqlite");
  write_file(path, read_file(path_).replace(0, 2000, std::string(2000, 'x')));
  write_file(path + "-wal", wal);
  expect_refused_untouched(folder_, path, "no SQLite database");
  write_file(path, "");
  const auto emptied = open_sqlite(path);
  ASSERT_FALSE(emptied);
  EXPECT_EQ(read_file(path + "-wal"), wal);
}

TEST_F(Sqlite, RefusesTheDatabaseOfAnotherProgramAndLeavesIt) {
  session_.reset();
  std::string bytes = read_file(path_);
  bytes.replace(68, 4, "mnO!");
  const std::string path = folder_.file("foreign.sqlite");
  write_file(path, bytes);
  const auto opened = open_sqlite(path);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().message(), "the file is the database of another program");
  EXPECT_EQ(read_file(path), bytes);
}

TEST_F(Sqlite, SaysWhichOfOurDatabasesAFileIs) {
  session_.reset();
  const auto opened = open_sqlite(path_, {.application_id = usage_application_id});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().message(), "the file is a config.sqlite of omniroute");
}

TEST_F(Sqlite, LooksAtAFileAsItStandsWithWhatWaitsBesideIt) {
  ASSERT_TRUE(add("Rex"));
  const std::string path = folder_.file("left.sqlite");
  write_file(path, read_file(path_));
  write_file(path + "-wal", read_file(path_ + "-wal"));
  const std::string before = read_file(path);
  const std::string waiting = read_file(path + "-wal");
  {
    const auto found = open_sqlite_as_it_stands(path, config_application_id);
    ASSERT_TRUE(found) << found.error().message();
    EXPECT_EQ(ask(**found, "SELECT name FROM pets"), "Rex");
    EXPECT_TRUE(check_sqlite(**found));
    EXPECT_FALSE((*found)->run("DELETE FROM pets"));
  }
  EXPECT_EQ(read_file(path), before);
  EXPECT_EQ(read_file(path + "-wal"), waiting);
  EXPECT_FALSE(open_sqlite_as_it_stands(path, usage_application_id));
}

/// Root may write whatever the mode says; somebody else does this for as long as it is there.
class AsSomebodyElse {
 public:
  explicit AsSomebodyElse(const std::string& folder) {
    if (::geteuid() != 0) return;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) give(entry.path());
    give(folder);
    EXPECT_EQ(::seteuid(nobody), 0);
  }
  ~AsSomebodyElse() {
    if (::getuid() == 0) EXPECT_EQ(::seteuid(0), 0);
  }
  AsSomebodyElse(const AsSomebodyElse&) = delete;
  AsSomebodyElse& operator=(const AsSomebodyElse&) = delete;

 private:
  static constexpr uid_t nobody = 65534;
  static void give(const std::string& path) { EXPECT_EQ(::chown(path.c_str(), nobody, nobody), 0); }
};

TEST_F(Sqlite, WritesToAFileOfOursThatCouldOnlyBeRead) {
  session_.reset();
  ::chmod(path_.c_str(), 0400);
  const AsSomebodyElse somebody(folder_.path());
  session_ = open(path_);
  EXPECT_TRUE(add("Rex"));
  session_.reset();
}

TEST_F(Sqlite, FindsPagesThatWereOverwritten) {
  ASSERT_TRUE(add(std::string(50000, 'x')));
  session_.reset();
  std::string bytes = read_file(path_);
  bytes.replace(4096, 4096, std::string(4096, '\x07'));
  write_file(path_, bytes);
  EXPECT_FALSE(check_sqlite_file(path_));
}

TEST_F(Sqlite, NamesNeitherPathNorValueInErrors) {
  const auto missing = open_sqlite(folder_.file("no/such/folder.sqlite"));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().message().find("folder.sqlite"), std::string::npos);
  ASSERT_TRUE(add("a-secret-name"));
  const Status again = add("a-secret-name");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().message().find("a-secret-name"), std::string::npos);
}

}  // namespace
}  // namespace omni::sql
