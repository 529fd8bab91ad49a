#include "store/rollup.h"

#include <gtest/gtest.h>

#include <span>
#include <vector>

#include "store/migrations.h"
#include "store/retention.h"
#include "store/sql/sqlite.h"
#include "store/test_folder.h"
#include "store/test_usage.h"

namespace omni::store {
namespace {

constexpr Clock::Wall now{std::chrono::sys_days{std::chrono::year{2026} / 3 / 5} +
                          std::chrono::minutes(10 * 60 + 17)};

class RollupTest : public testing::Test {
 protected:
  void migrate_to(std::size_t versions) {
    const std::vector<Migration> all = migrations_of("usage");
    ASSERT_TRUE(
        migrate(*session_,
                std::vector(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(versions)), {}));
  }
  void migrate_wholly() { migrate_to(migrations_of("usage").size()); }
  void add(std::span<const UsageRow> rows) {
    Rollup rollup;
    for (const UsageRow& row : rows) rollup.add(row);
    ASSERT_TRUE(rollup.store(*session_));
  }
  std::string ask(const std::string& statement) {
    std::string answer;
    EXPECT_TRUE(session_->run(
        statement, {}, [&](const sql::Row& row) { answer.append(row.text(0)).append("\n"); }));
    return answer;
  }
  /// All of a table but its histograms.
  std::string sums(Step step) {
    return ask(
        "SELECT slot || ' ' || provider || ' ' || model || ' ' || connection_id || ' ' || "
        "api_key_id || ' ' || combo || ' ' || status_class || ' ' || requests || ' ' || "
        "tokens_input || ' ' || tokens_output || ' ' || tokens_cache_read || ' ' || "
        "tokens_cache_creation || ' ' || tokens_reasoning || ' ' || cost_nano || ' ' || "
        "latency_sum_ms || ' ' || ttft_count || ' ' || ttft_sum_ms || ' ' || first_at || ' ' || "
        "last_at || ' ' || requests_cached FROM " +
        std::string(table_of(step)) +
        " ORDER BY slot, provider, model, connection_id, api_key_id, combo, status_class");
  }

  std::unique_ptr<sql::Session> session_ = *sql::open_sqlite_in_memory();
};

UsageRow row_at(std::int64_t time_ms) {
  UsageRow row;
  row.time = from_millis(time_ms);
  row.provider = "p";
  row.model = "m";
  row.status = 200;
  row.success = true;
  row.latency = Millis(120);
  return row;
}

TEST_F(RollupTest, HasOneRowForEachSlotAndSeries) {
  migrate_wholly();
  UsageRow first = row_at(86'400'000 + 3'599'999), second = row_at(86'400'000 + 3'600'000);
  first.tokens.input = 3;
  first.ttft = Millis(30);
  second.tokens.input = 4;
  second.tokens.cache_creation = 4;
  add(std::vector{first, second});
  EXPECT_EQ(sums(Step::minute),
            "89940000 p m    2 1 3 0 0 0 0 0 120 1 30 89999999 89999999 0\n"
            "90000000 p m    2 1 4 0 0 4 0 0 120 0 0 90000000 90000000 1\n");
  EXPECT_EQ(sums(Step::hour),
            "86400000 p m    2 1 3 0 0 0 0 0 120 1 30 89999999 89999999 0\n"
            "90000000 p m    2 1 4 0 0 4 0 0 120 0 0 90000000 90000000 1\n");
  EXPECT_EQ(sums(Step::day), "86400000 p m    2 2 7 0 0 4 0 0 240 1 30 89999999 90000000 1\n");
  EXPECT_EQ(ask("SELECT latency_histogram || ',' || ttft_histogram FROM usage_day"), "4:2,2:1\n");
}

TEST_F(RollupTest, TellsWhatFailedFromWhatWentWellWhateverItsStatus) {
  const auto class_of = [](std::int64_t status, bool success) {
    UsageRow row = row_at(0);
    row.status = status;
    row.success = success;
    return series_of(row).status_class;
  };
  EXPECT_EQ(class_of(200, true), 2);
  EXPECT_EQ(class_of(429, false), 4);
  EXPECT_EQ(class_of(503, false), 5);
  EXPECT_EQ(class_of(200, false), 5);  // a stream that broke off
  EXPECT_EQ(class_of(0, false), 5);
}

TEST_F(RollupTest, IsTheSameInHoweverManyGroupsRowsCome) {
  migrate_wholly();
  const std::vector<UsageRow> rows = random_usage(500, now);
  add(rows);
  const std::string histograms =
      "SELECT latency_histogram || ttft_histogram FROM usage_day ORDER "
      "BY slot, provider, model, connection_id, api_key_id, combo, "
      "status_class";
  const std::string at_once = sums(Step::minute) + sums(Step::hour) + sums(Step::day);
  const std::string histograms_at_once = ask(histograms);
  ASSERT_TRUE(session_->run_script(
      "DELETE FROM usage_minute; DELETE FROM usage_hour; DELETE FROM usage_day"));
  for (std::size_t i = 0; i < rows.size(); i += 7) {
    add(std::span(rows).subspan(i, std::min<std::size_t>(7, rows.size() - i)));
  }
  EXPECT_EQ(sums(Step::minute) + sums(Step::hour) + sums(Step::day), at_once);
  EXPECT_EQ(ask(histograms), histograms_at_once);
}

TEST_F(RollupTest, OfRowsFromBeforeItIsMadeByTheMigration) {
  migrate_to(4);
  const std::vector<UsageRow> rows = random_usage(2000, now);
  for (const UsageRow& row : rows) ASSERT_TRUE(insert(*session_, row));
  migrate_wholly();
  const std::string minutes = sums(Step::minute), hours = sums(Step::hour), days = sums(Step::day);
  ASSERT_TRUE(session_->run_script(
      "DELETE FROM usage_minute; DELETE FROM usage_hour; DELETE FROM usage_day"));
  add(rows);
  EXPECT_EQ(hours, sums(Step::hour));
  EXPECT_EQ(days, sums(Step::day));
  const std::string all = sums(Step::minute);
  ASSERT_FALSE(minutes.empty());
  EXPECT_NE(all, minutes);  // older ones were left out
  EXPECT_TRUE(all.ends_with(minutes.substr(minutes.find('\n') + 1)));
}

TEST_F(RollupTest, OfNoRowsIsEmpty) {
  migrate_wholly();
  add({});
  EXPECT_EQ(sums(Step::minute) + sums(Step::day), "");
}

TEST_F(RollupTest, PutsTheRestOfTooManyModelsTogetherAndLosesNothing) {
  migrate_wholly();
  std::vector<UsageRow> rows;
  const std::int64_t time = to_millis(now);
  for (std::int64_t i = 0; i < series_per_slot_max + 200; ++i) {
    rows.push_back(row_at(time));
    rows.back().model = "invented-" + std::to_string(100'000 + i);
    rows.back().api_key_id = i % 2 == 0 ? "a" : "b";
  }
  const auto half = static_cast<std::ptrdiff_t>(rows.size() / 2);
  add(std::span(rows).first(static_cast<std::size_t>(half)));
  add(std::span(rows).subspan(static_cast<std::size_t>(half)));
  add(std::span(rows).first(10));  // they have their series already
  for (const Step step : steps) {
    const std::string table(table_of(step));
    EXPECT_EQ(ask("SELECT count(*) || ' ' || sum(requests) FROM " + table), "5002 5210\n");
    EXPECT_EQ(ask("SELECT api_key_id || ' ' || requests || ' ' || latency_histogram FROM " + table +
                  " WHERE model = 'other' ORDER BY 1"),
              "a 100 4:100\nb 100 4:100\n");
  }
}

TEST_F(RollupTest, IsForgottenInPiecesMinutesFirstAndDaysWithTheRowsThemselves) {
  migrate_wholly();
  std::vector<UsageRow> rows;
  for (const int days : {500, 399, 366, 364, 3, 1}) {
    for (int i = 0; i < 3; ++i) {
      rows.push_back(row_at(to_millis(now - std::chrono::days(days)) + i * 60'000));
    }
  }
  add(rows);
  const UsageBounds bounds{
      .from = now - std::chrono::days(365), .calls_from = now, .rows_at_once = 4};
  Retention retention;
  int pieces = 1;
  while (*retention.step(*session_, bounds, now)) ++pieces;
  EXPECT_GE(pieces, 4);  // of 15 minutes
  EXPECT_EQ(ask("SELECT count(*) FROM usage_minute"), "3\n");
  EXPECT_EQ(ask("SELECT count(*) FROM usage_hour"), "3\n");
  EXPECT_EQ(ask("SELECT count(*) FROM usage_day"), "3\n");
  const UsageBounds longer{
      .from = now - std::chrono::days(3650), .calls_from = now, .rows_at_once = 4};
  add(rows);
  while (*retention.step(*session_, longer, now)) {
  }
  EXPECT_EQ(ask("SELECT count(*) FROM usage_minute"), "3\n");
  EXPECT_EQ(ask("SELECT count(*) FROM usage_hour"), "5\n");
  EXPECT_EQ(ask("SELECT count(*) FROM usage_day"), "6\n");
}

}  // namespace
}  // namespace omni::store
