#include "store/usage_stats.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "store/migrations.h"
#include "store/retention.h"
#include "store/sql/sqlite.h"
#include "store/test_usage.h"

namespace omni::store {
namespace {

constexpr std::int64_t minute = 60'000, hour = 60 * minute, day = 24 * hour;
constexpr Clock::Wall now{std::chrono::sys_days{std::chrono::year{2026} / 3 / 5} +
                          std::chrono::minutes(10 * 60 + 17)};
const std::int64_t now_ms = to_millis(now);
const std::int64_t today = now_ms - now_ms % day;

using Tiles = std::vector<Tile>;

TEST(UsageTiles, AreDaysInTheMiddleAndShorterTowardsTheEdges) {
  EXPECT_EQ(tiles_of(today - 25 * hour - 2 * minute, today + hour + 2 * minute, now),
            (Tiles{{Step::minute, today - 25 * hour - 2 * minute, today - 25 * hour},
                   {Step::hour, today - 25 * hour, today - day},
                   {Step::day, today - day, today},
                   {Step::hour, today, today + hour},
                   {Step::minute, today + hour, today + hour + 2 * minute}}));
}

TEST(UsageTiles, OfAllTimeAreDays) {
  EXPECT_EQ(tiles_of(0, Tile::open_end, now), (Tiles{{Step::day, 0, Tile::open_end}}));
}

TEST(UsageTiles, EndNowhereWhereTheTimeEndsNowOrLater) {
  EXPECT_EQ(tiles_of(today, now_ms + 1, now), (Tiles{{Step::day, today, Tile::open_end}}));
  EXPECT_EQ(tiles_of(today, now_ms, now).back().step, Step::minute);
}

TEST(UsageTiles, OfAPartOfAnHourAreMinutes) {
  EXPECT_EQ(tiles_of(now_ms - 10 * minute - 1, now_ms - 5 * minute - 1, now),
            (Tiles{{Step::minute, now_ms - 11 * minute, now_ms - 5 * minute}}));
}

TEST(UsageTiles, AreStretchedToWhatIsStillKept) {
  const std::int64_t week_ago = today - 7 * day, year_ago = today - 500 * day;
  EXPECT_EQ(tiles_of(week_ago + hour + 1, week_ago + 2 * hour + 1, now),
            (Tiles{{Step::hour, week_ago + hour, week_ago + 3 * hour}}));
  EXPECT_EQ(tiles_of(year_ago + hour, year_ago + day + hour, now),
            (Tiles{{Step::day, year_ago, year_ago + 2 * day}}));
}

TEST(UsageTiles, OfNoTimeAreNone) { EXPECT_TRUE(tiles_of(now_ms, now_ms - hour, now).empty()); }

class UsageStats : public testing::Test {
 protected:
  UsageStats() {
    EXPECT_TRUE(migrate(*session_, migrations_of("usage"), {}));
    Rollup rollup;
    for (const UsageRow& row : rows_) rollup.add(row);
    EXPECT_TRUE(rollup.store(*session_));
    // As if it had run for long: what is not kept any more must not be asked for.
    EXPECT_FALSE(*Retention().step(
        *session_, {.from = Clock::Wall{}, .calls_from = {}, .rows_at_once = 100'000}, now));
  }
  using Sums = std::map<Series, UsageSums>;

  Sums read(std::int64_t begin, std::int64_t end, const UsageFilter& filter = {}) {
    Sums sums;
    EXPECT_TRUE(read_rollups(*session_, tiles_of(begin, end, now), filter,
                             [&](const RollupRow& row) { sums[row.series] += row.sums; }));
    return sums;
  }
  Sums sum_up(std::int64_t begin, std::int64_t end, const auto& fits) {
    Sums sums;
    for (const UsageRow& row : rows_) {
      const std::int64_t time = to_millis(row.time);
      if (begin <= time && time < end && fits(row)) sums[series_of(row)] += sums_of(row);
    }
    return sums;
  }

  std::vector<UsageRow> rows_ = random_usage(4000, now);
  std::unique_ptr<sql::Session> session_ = *sql::open_sqlite_in_memory();
};

constexpr auto all = [](const UsageRow&) { return true; };

TEST_F(UsageStats, AreTheSumsOfTheRowsOfAnyTime) {
  const std::int64_t minutes_from = (now_ms - 48 * hour) / hour * hour;
  const auto kept = [&](std::int64_t time) { return time >= minutes_from ? minute : hour; };
  std::mt19937 random(3);  // NOLINT(cert-msc51-cpp): the same each time
  int hits = 0;
  for (int i = 0; i < 200; ++i) {
    std::int64_t begin = now_ms - 5 * day + static_cast<std::int64_t>(random() % (5 * day));
    std::int64_t end = begin + static_cast<std::int64_t>(random() % (3 * day));
    if (i % 5 == 0) begin -= begin % hour;
    if (i % 7 == 0) end -= end % day;
    const Sums expected =
        sum_up(begin - begin % kept(begin),
               end > now_ms ? now_ms : (end + kept(end) - 1) / kept(end) * kept(end), all);
    EXPECT_TRUE(read(begin, end) == expected) << begin << " " << end;
    hits += expected.empty() ? 0 : 1;
  }
  EXPECT_GT(hits, 150);
  EXPECT_TRUE(read(0, Tile::open_end) == sum_up(0, now_ms, all));
}

TEST_F(UsageStats, AreThoseOfWhatIsAskedForAlone) {
  const auto check = [&](const UsageFilter& filter, const auto& fits) {
    const Sums expected = sum_up(0, now_ms, fits);
    EXPECT_FALSE(expected.empty());
    EXPECT_TRUE(read(0, Tile::open_end, filter) == expected);
  };
  check({.provider = "p1"}, [](const UsageRow& row) { return row.provider.ends_with('1'); });
  check({.model = "m2", .connection_id = "c1"},
        [](const UsageRow& row) { return row.model == "m2" && row.connection_id == "c1"; });
  check({.api_keys = {"k0", "k2"}},
        [](const UsageRow& row) { return row.api_key_id == "k0" || row.api_key_id == "k2"; });
  EXPECT_TRUE(read(0, Tile::open_end, {.api_keys = {"none"}}).empty());
}

TEST_F(UsageStats, PercentilesOfManySlotsAreThoseOfAllTheirRows) {
  Histogram expected, found;
  for (const UsageRow& row : rows_) expected.add(row.latency);
  ASSERT_TRUE(read_rollups(*session_, {{Step::hour}}, {},
                           [&](const RollupRow& row) { found.add(row.latency); },
                           {.latency = true}));
  EXPECT_EQ(found.text(), expected.text());
  EXPECT_NEAR(*found.percentile(0.5), 50'000, 4'000);  // they are spread evenly up to 100 s
}

TEST_F(UsageStats, WhatNobodyAsksForIsNotRead) {
  std::int64_t rows = 0, histograms = 0;
  const auto look = [&](const RollupRow& row) {
    ++rows;
    EXPECT_EQ(row.series.provider + row.series.connection_id + row.series.api_key_id, "");
    EXPECT_NE(row.series.model, "");
    EXPECT_GT(row.sums.requests, 0);
    EXPECT_EQ(row.sums.tokens() + row.sums.cost_nano + row.sums.cached, 0);
    histograms += row.ttft.empty() ? 0 : 1;
    EXPECT_EQ(row.latency, "");
  };
  const RollupParts parts{
      .names = false, .name = Dimension::model, .sums = false, .ttft = true};
  ASSERT_TRUE(read_rollups(*session_, {{Step::day}}, {}, look, parts));
  EXPECT_GT(rows, 0);
  EXPECT_GT(histograms, 0);
}

TEST_F(UsageStats, TheBusiestComeFirstInEveryDimension) {
  std::map<std::string, int> counts;
  for (const UsageRow& row : rows_) ++counts[row.connection_id];
  std::vector<std::pair<int, std::string>> ordered;
  for (const auto& [name, count] : counts) ordered.emplace_back(-count, name);
  std::ranges::sort(ordered);
  const Tile whole{Step::day};
  EXPECT_EQ(*busiest(*session_, whole, {}, Dimension::connection, 2),
            (Texts{ordered[0].second, ordered[1].second}));
  EXPECT_EQ(busiest(*session_, whole, {}, Dimension::status, 9)->front(), "2");
  EXPECT_EQ(busiest(*session_, whole, {}, Dimension::model, 9)->size(), 3U);
  EXPECT_EQ(*busiest(*session_, whole, {.provider = "p2"}, Dimension::provider, 9), Texts{"p2"});
}

TEST_F(UsageStats, TheFirstSlotIsThatOfTheFirstRow) {
  const auto first = std::ranges::min_element(rows_, {}, &UsageRow::time);
  EXPECT_EQ(*first_slot(*session_, {Step::day}, {}), slot_of(Step::day, to_millis(first->time)));
  EXPECT_EQ(*first_slot(*session_, {Step::day, 0, 5}, {}), 5);
}

}  // namespace
}  // namespace omni::store
