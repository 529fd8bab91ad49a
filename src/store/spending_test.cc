#include "store/spending.h"

#include <gtest/gtest.h>

#include "store/migrations.h"
#include "store/sql/sqlite.h"
#include "store/test_folder.h"
#include "store/test_usage.h"

namespace omni::store {
namespace {

constexpr std::string_view now = "2026-03-20T10:00:00Z";

class SpendingTest : public ::testing::Test {
 protected:
  SpendingTest() { EXPECT_TRUE(migrate(*session_, migrations_of("usage"))); }

  void spend(std::string_view time, std::string key, std::int64_t cost) {
    UsageRow row;
    row.id = to_millis(*parse_iso8601(time)) * ids_per_millisecond + ++rows_;
    row.time = *parse_iso8601(time);
    row.api_key_id = std::move(key);
    row.cost_nano = cost;
    ASSERT_TRUE(store_usage(*session_, {row}));
  }
  void run(std::string statement) { ASSERT_TRUE(session_->run(statement, {}, {})); }
  /// "key:nano/attempts ", of each key.
  std::string spent(std::string_view from, std::string_view to) {
    const auto found =
        *spending_by_key(*session_, *parse_iso8601(from), *parse_iso8601(to), *parse_iso8601(now));
    std::string text;
    for (const auto& [key, spending] : found) {
      text += key + ":" + std::to_string(spending.cost_nano) + "/" +
              std::to_string(spending.attempts) + " ";
    }
    return text;
  }

  TestFolder folder_;
  std::unique_ptr<sql::Session> session_ = *sql::open_sqlite(folder_.file("usage.sqlite"));
  std::int64_t rows_ = 0;
};

TEST_F(SpendingTest, IsTheSumOfATimeForEachKey) {
  EXPECT_EQ(spent("2026-03-20T00:00:00Z", "2026-03-21T00:00:00Z"), "");
  spend("2026-03-19T23:59:59.999Z", "a", 1);
  spend("2026-03-20T00:00:00Z", "a", 2);
  spend("2026-03-20T09:59:59.999Z", "a", 4);
  spend("2026-03-20T00:15:00Z", "", 16);
  spend("2026-03-20T00:15:00Z", "b", 0);
  EXPECT_EQ(spent("2026-03-20T00:00:00Z", "2026-03-21T00:00:00Z"), ":16/1 a:6/2 b:0/1 ");
  EXPECT_EQ(spent("2026-03-19T00:00:00Z", "2026-03-20T00:00:00Z"), "a:1/1 ");
}

TEST_F(SpendingTest, BeginsInTheMiddleOfAnHourHoweverLongAgo) {
  for (const std::string_view day : {"2026-03-01", "2026-03-19"}) {
    const auto at = [day](std::string_view time) {
      return std::string(day) + "T" + std::string(time);
    };
    spend(at("06:29:59.999Z"), "a", 1);
    spend(at("06:30:00.000Z"), "a", 2);
    spend(at("06:59:59.999Z"), "a", 4);
    spend(at("07:00:00.000Z"), "a", 8);
    EXPECT_EQ(spent(at("06:30:00Z"), at("23:00:00Z")), "a:14/3 ");
  }
}

TEST_F(SpendingTest, IsKnownWhenItsRowsAreNotKeptAnyMore) {
  spend("2026-03-01T12:00:00Z", "a", 1);
  spend("2026-03-20T09:00:00Z", "a", 2);
  run("DELETE FROM usage");
  EXPECT_EQ(spent("2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z"), "a:3/2 ");
}

}  // namespace
}  // namespace omni::store
