#include "store/migrations.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "store/sql/sqlite.h"
#include "store/test_folder.h"

namespace omni::store {
namespace {

constexpr Migration first{1, "initial", "CREATE TABLE a (x BIGINT)"};
constexpr Migration second{2, "more", "CREATE TABLE b (x BIGINT)"};
constexpr Migration broken{3, "broken", "CREATE TABLE c (x BIGINT); CREATE TABLE a (x BIGINT)"};

class Migrating : public testing::Test {
 protected:
  Status migrate_to(const std::vector<Migration>& migrations) {
    return migrate(*session_, migrations, [this] {
      ++backups_;
      return before_;
    });
  }
  bool has(const std::string& table) {
    return static_cast<bool>(session_->run("SELECT count(*) FROM " + table));
  }

  TestFolder folder_;
  std::unique_ptr<sql::Session> session_ = *sql::open_sqlite(folder_.file("x.sqlite"));
  int backups_ = 0;
  Status before_ = Nothing();
};

TEST_F(Migrating, AppliesWhatIsPendingOnce) {
  ASSERT_TRUE(migrate_to({first}));
  ASSERT_TRUE(migrate_to({first, second}));
  ASSERT_TRUE(migrate_to({first, second}));
  EXPECT_TRUE(has("a"));
  EXPECT_TRUE(has("b"));
}

TEST_F(Migrating, BacksUpOnlyWhereThereIsSomethingToLose) {
  ASSERT_TRUE(migrate_to({first}));
  EXPECT_EQ(backups_, 0);
  ASSERT_TRUE(migrate_to({first}));
  EXPECT_EQ(backups_, 0);
  ASSERT_TRUE(migrate_to({first, second}));
  EXPECT_EQ(backups_, 1);
}

TEST_F(Migrating, ChangesNothingWithoutABackup) {
  ASSERT_TRUE(migrate_to({first}));
  before_ = Error(Error::Kind::unavailable, "no space");
  EXPECT_FALSE(migrate_to({first, second}));
  EXPECT_FALSE(has("b"));
}

TEST_F(Migrating, AppliesAllThatIsPendingOrNothing) {
  ASSERT_TRUE(migrate_to({first}));
  EXPECT_FALSE(migrate_to({first, second, broken}));
  EXPECT_FALSE(has("b"));
  EXPECT_FALSE(has("c"));
  EXPECT_TRUE(migrate_to({first, second}));
}

TEST_F(Migrating, RefusesTheDatabaseOfANewerProgramWithTheReason) {
  ASSERT_TRUE(migrate_to({first, second}));
  const Status refused = migrate_to({first});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message().find("version 2"), std::string::npos);
  EXPECT_NE(refused.error().message().find("up to 1"), std::string::npos);
}

TEST_F(Migrating, FindsTheScriptsOfEachDatabaseInTheBinary) {
  for (const char* database : {"config", "usage"}) {
    const auto migrations = migrations_of(database);
    ASSERT_FALSE(migrations.empty());
    for (std::size_t i = 0; i < migrations.size(); ++i) {
      EXPECT_EQ(migrations[i].version, static_cast<std::int64_t>(i + 1));
    }
    EXPECT_EQ(migrations.front().name, "initial");
    EXPECT_EQ(migrations.front().script,
              read_file(std::string(OMNI_SOURCE_DIR) + "/src/store/migrations/" + database +
                        "/0001_initial.sql"));
  }
}

TEST_F(Migrating, MakesTheTablesOfTheConfiguration) {
  ASSERT_TRUE(migrate(*session_, migrations_of("config")));
  for (const char* table :
       {"meta", "settings", "secrets", "api_keys", "sessions", "management_tokens", "audit_log",
        "provider_connections", "provider_nodes", "combos", "custom_models", "model_switches",
        "model_aliases", "user_prices"}) {
    EXPECT_TRUE(has(table)) << table;
  }
}

TEST_F(Migrating, MakesTheTablesOfUsage) {
  ASSERT_TRUE(migrate(*session_, migrations_of("usage")));
  for (const char* table : {"usage", "usage_minute", "usage_hour", "usage_day"}) {
    EXPECT_TRUE(has(table)) << table;
  }
}

}  // namespace
}  // namespace omni::store
