#include "store/spending.h"

#include <gtest/gtest.h>

#include "store/migrations.h"
#include "store/sql/sqlite.h"
#include "store/test_folder.h"
#include "store/usage_row.h"

namespace omni::store {
namespace {

TEST(Spending, IsTheSumOfTheRowsOfATimeForEachKey) {
  const TestFolder folder;
  const auto session = *sql::open_sqlite(folder.file("usage.sqlite"));
  ASSERT_TRUE(migrate(*session, migrations_of("usage")));
  EXPECT_TRUE(spending_by_key(*session, from_millis(0), from_millis(99))->empty());
  struct Row {
    std::int64_t time;
    std::string key;
    std::int64_t cost;
  };
  std::int64_t id = 0;
  for (const Row& each : {Row{9, "a", 1}, Row{10, "a", 2}, Row{19, "a", 4}, Row{20, "a", 8},
                          Row{15, "", 16}, Row{15, "b", 0}}) {
    UsageRow row;
    row.id = ++id;
    row.time = from_millis(each.time);
    row.api_key_id = each.key;
    row.cost_nano = each.cost;
    ASSERT_TRUE(insert(*session, row));
  }
  const auto found = *spending_by_key(*session, from_millis(10), from_millis(20));
  std::string text;
  for (const auto& [key, spending] : found) {
    text += key + ":" + std::to_string(spending.cost_nano) + "/" +
            std::to_string(spending.attempts) + " ";
  }
  EXPECT_EQ(text, ":16/1 a:6/2 b:0/1 ");
}

}  // namespace
}  // namespace omni::store
