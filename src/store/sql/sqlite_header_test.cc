#include "store/sql/sqlite_header.h"

#include <gtest/gtest.h>

#include <string>

namespace omni::sql {
namespace {

/// Of a database of two pages of 4096 bytes.
std::string header() {
  std::string bytes(sqlite_header_bytes, '\0');
  bytes.replace(0, 16, std::string("SQLite format 3\0", 16));
  bytes[16] = '\x10';
  bytes[31] = 2;
  return bytes;
}

TEST(SqliteHeader, TakesAWholeFileAndAnEmptyOne) {
  EXPECT_TRUE(check_sqlite_header(header(), {.file = 8192}));
  EXPECT_TRUE(check_sqlite_header("", {}));
}

TEST(SqliteHeader, RefusesAFileShorterThanItsPages) {
  // Of an upload as well as of our own: what to do is for others to say.
  EXPECT_EQ(check_sqlite_header(header(), {.file = 8191}).error().message(),
            "the database is cut short");
  EXPECT_FALSE(check_sqlite_header(header().substr(0, 50), {.file = 50}));
}

TEST(SqliteHeader, TakesAShortFileWhoseLastPagesWaitBesideIt) {
  EXPECT_TRUE(check_sqlite_header(header(), {.file = 4096, .wal = 100}));
}

TEST(SqliteHeader, RefusesAnEmptyFileBesideWhichChangesWait) {
  EXPECT_FALSE(check_sqlite_header("", {.wal = 100}));
}

TEST(SqliteHeader, RefusesAnyOtherFile) {
  const auto refused = check_sqlite_header(std::string(5000, 'x'), {.file = 5000});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message(), "the file is no SQLite database");
}

}  // namespace
}  // namespace omni::sql
