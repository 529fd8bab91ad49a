#include "store/usage_log.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <future>
#include <thread>
#include <vector>

#include "store/migrations.h"
#include "store/sql/sqlite.h"
#include "store/test_folder.h"

namespace omni::store {
namespace {

UsageRow row(std::int64_t tokens) {
  UsageRow row;
  row.time = Clock::Wall(Millis(1'767'225'601'234));
  row.provider = "anthropic";
  row.model = "claude-sonnet-4-5";
  row.tokens.input = tokens;
  return row;
}

class UsageLogTest : public testing::Test {
 protected:
  UsageLogTest() {
    const auto session = *sql::open_sqlite(path_);
    EXPECT_TRUE(migrate(*session, migrations_of("usage")));
    database_ = std::make_unique<Database>(*sql::open_sqlite(path_),
                                           *sql::open_sqlite(path_, {.read_only = true}),
                                           Database::Options{});
  }
  void start(UsageLog::Options options = {}) {
    usage_ = std::make_unique<UsageLog>(UsageLog::Surroundings{*database_, clock_, log_}, options);
  }
  /// Writes what waits.
  void stop() { usage_.reset(); }
  std::int64_t ask(const std::string& statement) {
    std::int64_t answer = -1;
    EXPECT_TRUE(database_->read_now([&](sql::Session& session) {
      return session.run(statement, {}, [&](const sql::Row& r) { answer = r.integer(0); });
    }));
    return answer;
  }
  std::int64_t count() { return ask("SELECT count(*) FROM usage"); }
  /// The same of all tables of sums, or -2.
  std::int64_t requests_summed() {
    const std::int64_t minutes = ask("SELECT COALESCE(sum(requests), 0) FROM usage_minute");
    for (const std::string table : {"usage_hour", "usage_day"}) {
      if (ask("SELECT COALESCE(sum(requests), 0) FROM " + table) != minutes) return -2;
    }
    return minutes;
  }
  /// Lets the writer do all that it was given so far.
  void settle() {
    for (int i = 0; i < 2; ++i) {  // a group that is written may send the next one
      EXPECT_TRUE(database_->maintain_now([](sql::Session&) -> Status { return Nothing(); }));
    }
  }
  /// No page more than there are: every row fails from now on, as with a full disk.
  void fill_disk() {
    EXPECT_TRUE(database_->maintain_now(
        [](sql::Session& session) { return session.run("PRAGMA max_page_count = 1"); }));
  }
  void make_space() {
    EXPECT_TRUE(database_->maintain_now(
        [](sql::Session& session) { return session.run("PRAGMA max_page_count = 100000"); }));
  }
  /// A row that needs new pages.
  static UsageRow big_row(std::int64_t tokens = 1) {
    UsageRow big = row(tokens);
    big.error_code.assign(20000, 'x');
    return big;
  }

  TestFolder folder_;
  std::string path_ = folder_.file("usage.sqlite");
  ManualClock clock_;
  std::string lines_;
  Log log_{clock_, {}, [this](std::string_view line) { lines_ += line; }};
  std::unique_ptr<Database> database_;
  std::unique_ptr<UsageLog> usage_;
};

TEST_F(UsageLogTest, StoresWhatItWasTold) {
  start();
  UsageRow all = row(11);
  all.connection_id = "c";
  all.api_key_id = "k";
  all.api_key_name = "ci";
  all.error_code = "rate_limited";
  all.tokens = {.input = 11, .output = 12, .cache_read = 13, .cache_creation = 14, .reasoning = 15};
  all.cost_nano = 16;
  all.status = 429;
  all.success = true;
  all.latency = Millis(17);
  all.ttft = Millis(18);
  usage_->append(all);
  stop();
  EXPECT_EQ(
      ask("SELECT count(*) FROM usage WHERE timestamp = 1767225601234 AND "
          "provider = 'anthropic' AND model = 'claude-sonnet-4-5' AND connection_id = 'c' AND "
          "api_key_id = 'k' AND api_key_name = 'ci' AND error_code = 'rate_limited' AND "
          "tokens_input = 11 AND tokens_output = 12 AND tokens_cache_read = 13 AND "
          "tokens_cache_creation = 14 AND tokens_reasoning = 15 AND cost_nano = 16 AND "
          "status = 429 AND success = 1 AND latency_ms = 17 AND ttft_ms = 18"),
      1);
}

/// management.md, 8: budgets went by counters that were written every 60 s.
TEST_F(UsageLogTest, HasARowInTheFileWithoutWaitingForAnyTime) {
  start();
  usage_->append(row(1));
  settle();  // the clock stands, and nobody tries again
  EXPECT_EQ(count(), 1);
  EXPECT_EQ(usage_->counts().waiting, 0U);
}

constexpr Millis very_long{3'600'000};

TEST_F(UsageLogTest, RestsNoLongerThanUntilMuchIsWaiting) {
  start({.rest = very_long, .rows_at_once = 3});
  while (usage_->counts().stored < 10) usage_->append(row(1));
  stop();
  EXPECT_GE(count(), 10);
}

TEST_F(UsageLogTest, StoresWhatCameWhileItRestedWhenItEnds) {
  start({.rest = very_long});
  usage_->append(row(1));
  while (usage_->counts().stored < 1) std::this_thread::yield();
  usage_->append(row(2));
  stop();
  EXPECT_EQ(count(), 2);
}

TEST_F(UsageLogTest, StoresNothingAsNull) {
  start();
  usage_->append(row(1));
  stop();
  EXPECT_EQ(ask("SELECT count(*) FROM usage WHERE connection_id IS NULL AND api_key_id IS NULL AND "
                "api_key_name IS NULL AND error_code IS NULL AND ttft_ms IS NULL"),
            1);
}

TEST_F(UsageLogTest, LosesNoRowOfManyThreads) {
  start();
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([this] {
      for (int i = 0; i < 1000; ++i) usage_->append(row(i));
    });
  }
  for (std::thread& thread : threads) thread.join();
  stop();
  EXPECT_EQ(count(), 4000);
  EXPECT_EQ(requests_summed(), 4000);
}

TEST_F(UsageLogTest, KeepsRowsWhileTheDiskIsFullAndGoesOnWhenThereIsSpace) {
  start();
  fill_disk();
  usage_->append(big_row());
  settle();
  usage_->append(row(2));
  settle();
  EXPECT_EQ(usage_->counts().waiting, 2);
  EXPECT_EQ(count(), 0);
  make_space();
  clock_.advance(Millis(1000));
  usage_->append(row(3));
  settle();
  EXPECT_EQ(usage_->counts().waiting, 0);
  EXPECT_EQ(usage_->counts().stored, 3);
  EXPECT_EQ(ask("SELECT group_concat(tokens_input, '') FROM usage"), 123);
  EXPECT_EQ(ask("SELECT sum(tokens_input) FROM usage_day"), 6);
}

TEST_F(UsageLogTest, SaysOnceThatTheDiskIsFullAndOnceThatItIsNot) {
  start({.retry_after = Millis(0)});
  fill_disk();
  for (int i = 0; i < 3; ++i) {
    usage_->append(big_row());
    settle();
  }
  const std::size_t at = lines_.find("usage_not_stored");
  ASSERT_NE(at, std::string::npos);
  EXPECT_NE(lines_.find("the disk is full"), std::string::npos);
  EXPECT_EQ(lines_.find("usage_not_stored", at + 1), std::string::npos);
  make_space();
  usage_->append(row(1));
  settle();
  EXPECT_NE(lines_.find("usage_stored_again"), std::string::npos);
}

TEST_F(UsageLogTest, TriesAFullDiskAgainOnlyAfterAWhile) {
  start();
  fill_disk();
  usage_->append(big_row());
  settle();
  make_space();
  usage_->append(row(2));
  settle();
  EXPECT_EQ(usage_->counts().stored, 0);
}

TEST_F(UsageLogTest, WritesWhatWaitsWhenToldToTryAgainThoughNoRowComes) {
  start();
  fill_disk();
  usage_->append(big_row());
  settle();
  make_space();
  usage_->retry();
  settle();
  EXPECT_EQ(usage_->counts().stored, 1);
  usage_->retry();  // nothing waits
  settle();
  EXPECT_EQ(usage_->counts().stored, 1);
}

TEST_F(UsageLogTest, RefusesAndCountsRowsBeyondItsBound) {
  start({.rows_max = 2});
  fill_disk();
  usage_->append(big_row());
  settle();
  usage_->append(row(2));
  usage_->append(row(3));
  EXPECT_EQ(usage_->counts().waiting, 2);
  EXPECT_EQ(usage_->counts().refused, 1);
  make_space();
  clock_.advance(Millis(1000));
  usage_->append(row(4));  // refused as well, but those that wait are written
  settle();
  EXPECT_EQ(usage_->counts().stored, 2);
  EXPECT_EQ(usage_->counts().refused, 2);
}

class UsageJournalTest : public UsageLogTest {
 protected:
  void start_on(const std::string& journal) { start({.journal = folder_.file(journal)}); }
  /// The journals as a process leaves them that is killed now.
  void kill_at_once(const std::string& journal, const std::string& copy) const {
    for (const char* end : {".0", ".1"}) {
      std::filesystem::copy_file(folder_.file(journal) + end, folder_.file(copy) + end);
    }
  }
  std::string stored() {
    std::string all;
    EXPECT_TRUE(database_->read_now([&](sql::Session& session) {
      return session.run("SELECT tokens_input FROM usage ORDER BY id", {},
                         [&](const sql::Row& r) { all += r.text(0); });
    }));
    return all;
  }
};

TEST_F(UsageJournalTest, RowsThatCouldNotBeStoredAreStoredByTheNextProcessOnce) {
  start_on("rows");
  fill_disk();
  usage_->append(big_row());
  settle();
  for (int i = 2; i <= 4; ++i) usage_->append(big_row(i));
  stop();  // to no avail: the disk is full
  EXPECT_EQ(stored(), "");
  EXPECT_NE(lines_.find("usage_left"), std::string::npos);
  EXPECT_EQ(lines_.find("usage_lost"), std::string::npos);
  start_on("rows");  // nor now
  settle();
  stop();
  EXPECT_EQ(stored(), "");
  make_space();
  for (int i = 0; i < 2; ++i) {
    start_on("rows");
    usage_->append(row(5));
    stop();
  }
  EXPECT_EQ(stored(), "123455");
  EXPECT_EQ(requests_summed(), 6);
}

TEST_F(UsageJournalTest, AProcessThatIsKilledWhileItTakesOverLosesNothing) {
  start_on("rows");
  fill_disk();
  usage_->append(big_row());
  settle();
  usage_->append(big_row(2));
  kill_at_once("rows", "first");  // one row in each
  stop();
  start_on("first");  // and fails to store them
  settle();
  usage_->append(big_row(3));
  usage_->retry();
  settle();
  kill_at_once("first", "second");
  stop();
  make_space();
  start_on("second");
  stop();
  EXPECT_EQ(stored(), "123");
}

TEST_F(UsageJournalTest, WhatIsStoredAlreadyIsNotStoredAgain) {
  start({.rest = very_long, .journal = folder_.file("rows")});
  usage_->append(row(1));
  while (usage_->counts().stored < 1) std::this_thread::yield();
  usage_->append(row(2));
  kill_at_once("rows", "copy");
  stop();
  EXPECT_EQ(stored(), "12");
  start_on("copy");
  stop();
  EXPECT_EQ(stored(), "12");
  EXPECT_EQ(requests_summed(), 2);
}

TEST_F(UsageJournalTest, WhatHasNoRoomInAJournalIsStoredAllTheSame) {
  start({.journal = folder_.file("rows"), .journal_bytes_max = 600});
  fill_disk();
  usage_->append(big_row());
  settle();
  usage_->append(row(2));
  usage_->append(row(3));
  usage_->append(row(4));
  make_space();
  usage_->retry();
  settle();
  EXPECT_EQ(stored(), "1234");
  EXPECT_EQ(usage_->counts().waiting, 0U);
}

TEST_F(UsageJournalTest, SaysWhatItCannotRead) {
  (*Journal::open(folder_.file("rows.0"), 1000, [](std::string_view) {}))->append("of the future");
  start_on("rows");
  stop();
  EXPECT_NE(lines_.find(R"("usage_unreadable","rows":1)"), std::string::npos) << lines_;
}

TEST_F(UsageLogTest, AGroupThatFailsIsNotSummedUpAndIsOnceWhenItIsStored) {
  start({.retry_after = Millis(0)});
  for (const char* table : {"usage", "usage_hour"}) {  // fails at the first row, at the last table
    const std::string name(table);
    ASSERT_TRUE(database_->maintain_now([&](sql::Session& session) {
      return session.run("ALTER TABLE " + name + " RENAME TO away");
    }));
    const std::int64_t before = ask("SELECT COALESCE(sum(requests), 0) FROM usage_minute");
    usage_->append(row(1));
    settle();
    usage_->append(row(1));
    settle();
    EXPECT_EQ(usage_->counts().waiting, 2);
    EXPECT_EQ(ask("SELECT COALESCE(sum(requests), 0) FROM usage_minute"), before);
    ASSERT_TRUE(database_->maintain_now(
        [&](sql::Session& session) { return session.run("ALTER TABLE away RENAME TO " + name); }));
    usage_->retry();
    settle();
    EXPECT_EQ(requests_summed(), before + 2);
    EXPECT_EQ(count(), before + 2);
  }
}

TEST_F(UsageLogTest, RowsHaveLargerNumbersThanThoseBeforeThemWhateverTheClockSays) {
  start();
  usage_->append(row(1));
  stop();
  clock_.advance(Millis(-3'600'000));
  start();
  usage_->append(row(2));
  stop();
  EXPECT_EQ(ask("SELECT group_concat(tokens_input, '') FROM (SELECT * FROM usage ORDER BY id)"),
            12);
}

TEST_F(UsageLogTest, SaysHowManyRowsAreLostAtTheEnd) {
  start();
  fill_disk();
  usage_->append(big_row());
  stop();
  EXPECT_NE(lines_.find("usage_lost"), std::string::npos);
  EXPECT_EQ(count(), 0);
}

CallRow call(std::string request_id) {
  CallRow call;
  call.request_id = std::move(request_id);
  call.trace = R"({"x":1})";
  return call;
}

TEST_F(UsageLogTest, StoresCallsInTheSameGroupsAndNumbersThemTogether) {
  start();
  usage_->append(row(1));
  usage_->append(call("a"));
  usage_->append(row(2));
  stop();
  EXPECT_EQ(ask("SELECT count(*) FROM calls WHERE request_id = 'a' AND id > (SELECT min(id) FROM "
                "usage) AND id < (SELECT max(id) FROM usage)"),
            1);
  EXPECT_EQ(ask("SELECT count(*) FROM call_traces, calls WHERE call_traces.id = calls.id"), 1);
}

TEST_F(UsageLogTest, KeepsAndBoundsCallsWhileTheDiskIsFull) {
  start({.calls_max = 2, .retry_after = Millis(0)});
  fill_disk();
  CallRow big = call("big");
  big.trace.assign(30'000, 'x');
  for (int i = 0; i < 4; ++i) usage_->append(big);
  settle();
  EXPECT_EQ(usage_->counts().calls_refused, 2U);
  make_space();
  usage_->retry();
  stop();
  EXPECT_EQ(ask("SELECT count(*) FROM calls"), 2);
}

TEST_F(UsageLogTest, CallsHaveLargerNumbersThanThoseOfTheProcessBefore) {
  start();
  clock_.advance(Millis(100'000));
  usage_->append(call("a"));
  stop();
  clock_.advance(Millis(-50'000));
  start();
  usage_->append(call("b"));
  stop();
  EXPECT_EQ(ask("SELECT count(*) FROM calls AS a, calls AS b WHERE a.request_id = 'a' AND "
                "b.request_id = 'b' AND a.id < b.id"),
            1);
}

TEST_F(UsageLogTest, CutsLongTextsOfCalls) {
  start();
  CallRow long_one = call("a");
  long_one.path.assign(5000, 'p');
  long_one.error.assign(5000, 'e');
  long_one.trace.assign(100'000, 't');
  usage_->append(long_one);
  stop();
  EXPECT_EQ(ask("SELECT count(*) FROM calls WHERE length(path) < 700 AND length(error) < 2100 AND "
                "length(error) > 1900"),
            1);
  EXPECT_EQ(ask("SELECT count(*) FROM call_traces"), 0);
}

}  // namespace
}  // namespace omni::store
