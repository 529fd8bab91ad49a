#include "store/retention.h"

#include <gtest/gtest.h>

#include <chrono>

#include "store/call_row.h"
#include "store/migrations.h"
#include "store/rollup.h"
#include "store/sql/sqlite.h"
#include "store/test_folder.h"

namespace omni::store {
namespace {

constexpr Clock::Wall now{std::chrono::sys_days{std::chrono::year{2026} / 3 / 5}};
constexpr std::uint64_t no_limit = std::uint64_t{1} << 40;

class RetentionTest : public testing::Test {
 protected:
  RetentionTest() { EXPECT_TRUE(migrate(*session_, migrations_of("usage"))); }

  void add(Clock::Wall time, const std::string& model = "m") {
    UsageRow row;
    row.id = (last_id_ = std::max(last_id_ + 1, to_millis(time) * ids_per_millisecond));
    row.time = time;
    row.provider = "p";
    row.model = model;
    row.success = true;
    EXPECT_TRUE(insert(*session_, row));
    Rollup rollup;
    rollup.add(row);
    EXPECT_TRUE(rollup.store(*session_));
    CallRow call;
    call.id = row.id;
    call.trace = R"({"reasons":[]})";
    EXPECT_TRUE(insert(*session_, call));
  }
  std::int64_t ask(const std::string& statement) {
    std::int64_t answer = -1;
    EXPECT_TRUE(
        session_->run(statement, {}, [&](const sql::Row& row) { answer = row.integer(0); }));
    return answer;
  }
  std::int64_t count(const std::string& table) { return ask("SELECT count(*) FROM " + table); }
  int forget(const UsageBounds& bounds) {
    int steps = 1;
    while (*retention_.step(*session_, bounds, now)) ++steps;
    return steps;
  }

  TestFolder folder_;
  std::unique_ptr<sql::Session> session_ = *sql::open_sqlite(folder_.file("usage.sqlite"));
  std::int64_t last_id_ = 0;
  Retention retention_;
};

TEST_F(RetentionTest, CallsGoByAnAgeOfTheirOwnInPieces) {
  for (int day = 10; day > 0; --day) add(now - std::chrono::days(day));
  const int steps = forget({.from = now - std::chrono::days(365),
                            .calls_from = now - std::chrono::days(4),
                            .bytes_max = no_limit,
                            .rows_at_once = 2});
  EXPECT_GE(steps, 4);
  EXPECT_EQ(count("calls"), 4);
  EXPECT_EQ(count("call_traces"), 4);
  EXPECT_EQ(count("usage"), 10);
  EXPECT_EQ(count("usage_day"), 10);
}

TEST_F(RetentionTest, RowsOfUsageGoByTheTimeThatTheySay) {
  add(now - std::chrono::days(400));
  add(now);
  forget({.from = now - std::chrono::days(365), .calls_from = {}, .bytes_max = no_limit});
  EXPECT_EQ(count("usage"), 1);
  EXPECT_EQ(count("usage_day"), 1);
  EXPECT_EQ(count("calls"), 2);
}

TEST_F(RetentionTest, WhereAllIsTooMuchEachTableLosesTheOldestOfItsTimeUntilItFits) {
  ASSERT_TRUE(session_->begin());
  for (int minute = 4000; minute > 0; --minute) add(now - std::chrono::minutes(minute));
  ASSERT_TRUE(session_->commit());
  const std::uint64_t before = *sql::sqlite_bytes_used(*session_);
  const UsageBounds bounds{
      .from = now - std::chrono::days(365), .calls_from = {}, .bytes_max = before * 3 / 4};
  forget(bounds);
  EXPECT_LE(*sql::sqlite_bytes_used(*session_), bounds.bytes_max);
  EXPECT_GT(*sql::sqlite_bytes_used(*session_), bounds.bytes_max * 3 / 4);
  for (const char* table : {"calls", "call_traces", "usage"}) {
    EXPECT_GT(count(table), 2000) << table;
    EXPECT_LT(count(table), 4000) << table;
  }
  EXPECT_EQ(count("usage_day"), 3) << "few slots are spared";
  EXPECT_EQ(ask("SELECT count(*) FROM calls WHERE id < (SELECT min(id) FROM usage)"), 0);
}

TEST_F(RetentionTest, SumsGoAsWellWhereTheyAreWhatIsMuch) {
  ASSERT_TRUE(session_->begin());
  for (int i = 0; i < 3000; ++i) {
    add(now - std::chrono::minutes(10 - i / 300), "invented-" + std::to_string(i));
  }
  ASSERT_TRUE(session_->commit());
  ASSERT_TRUE(session_->run("DELETE FROM usage"));
  ASSERT_TRUE(session_->run("DELETE FROM calls"));
  ASSERT_TRUE(session_->run("DELETE FROM call_traces"));
  const std::uint64_t before = *sql::sqlite_bytes_used(*session_);
  forget({.from = now - std::chrono::days(365), .calls_from = {}, .bytes_max = before * 3 / 4});
  EXPECT_LT(count("usage_minute"), 2000);
  EXPECT_GE(count("usage_minute"), 300) << "the last minute stays";
}

TEST_F(RetentionTest, EndsWhereNothingMoreCanGo) {
  add(now);
  forget({.from = {}, .calls_from = {}, .bytes_max = 1});
  EXPECT_EQ(count("usage"), 1);
  EXPECT_EQ(count("usage_minute"), 1);
}

}  // namespace
}  // namespace omni::store
