#include "store/calls.h"

#include <gtest/gtest.h>

#include <functional>

#include "store/migrations.h"
#include "store/sql/sqlite.h"

namespace omni::store {
namespace {

class CallsTest : public testing::Test {
 protected:
  CallsTest() { EXPECT_TRUE(migrate(*session_, migrations_of("usage"), {})); }

  /// At so many milliseconds; named by it.
  void add(std::int64_t time_ms, const std::function<void(CallRow&)>& change = {}) {
    CallRow row;
    row.id = time_ms * ids_per_millisecond;
    row.request_id = "r" + std::to_string(time_ms);
    row.status = 200;
    if (change) change(row);
    EXPECT_TRUE(insert(*session_, row));
  }
  std::string list(const CallsAsked& asked) {
    const Result<CallPage> page = list_calls(*session_, asked);
    EXPECT_TRUE(page);
    std::string ids;
    for (const CallRow& row : page->rows) ids += (ids.empty() ? "" : " ") + row.request_id;
    next_ = page->next;
    return ids;
  }
  std::string list(const CallFilter& filter) {
    return list(CallsAsked{.filter = filter, .before = {}});
  }

  std::unique_ptr<sql::Session> session_ = *sql::open_sqlite_in_memory();
  std::optional<std::int64_t> next_;
};

TEST_F(CallsTest, ARowComesBackAsItWasStored) {
  CallRow row{
      .id = 5 * ids_per_millisecond,
      .request_id = "r",
      .method = "POST",
      .path = "/v1/x",
      .status = 429,
      .requested_model = "fast",
      .model = "m",
      .provider = "p",
      .account = "work",
      .connection_id = "c",
      .duration = Millis(12),
      .ttft = Millis(3),
      .tokens = {.input = 1, .output = 2, .cache_read = 3, .cache_creation = 4, .reasoning = 5},
      .cost_nano = 6,
      .cache_source = "upstream",
      .source_format = "openai",
      .target_format = "gemini",
      .api_key_id = "k",
      .api_key_name = "ci",
      .combo = "best",
      .session = "s",
      .error = "no",
      .attempts = 2,
      .bodies = {.segment = 7, .offset = 8},
      .trace = "{}"};
  ASSERT_TRUE(insert(*session_, row));
  const auto found = *find_call(*session_, "r");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->time_ms(), 5);
  EXPECT_EQ(found->trace, "{}");
  EXPECT_EQ(found->ttft, Millis(3));
  EXPECT_EQ(found->error, "no");
  EXPECT_EQ(found->tokens.reasoning, 5);
  EXPECT_EQ(found->bodies, row.bodies);
  EXPECT_FALSE(*find_call(*session_, "other"));
  row.id += 1;
  row.ttft.reset();
  row.trace.clear();
  ASSERT_TRUE(insert(*session_, row));
  const auto newest = *find_call(*session_, "r");
  EXPECT_EQ(newest->id, row.id) << "a client may call two requests the same";
  EXPECT_FALSE(newest->ttft);
  EXPECT_EQ(newest->trace, "");
}

TEST_F(CallsTest, AreListedFromTheNewestOnPageByPage) {
  for (std::int64_t i = 1; i <= 5; ++i) add(i);
  EXPECT_EQ(list({.filter = {}, .before = {}, .rows_max = 2}), "r5 r4");
  EXPECT_EQ(list({.filter = {}, .before = std::to_string(*next_), .rows_max = 2}), "r3 r2");
  EXPECT_EQ(list({.filter = {}, .before = "r2", .rows_max = 2}), "r1");
  EXPECT_FALSE(next_);
  EXPECT_EQ(list({.filter = {}, .before = {}, .rows_max = 2, .skipped = 1}), "r4 r3");
  EXPECT_EQ(list({.filter = {}, .before = "nobody"}), "");
}

TEST_F(CallsTest, FitEachOfTheFilters) {
  add(1, [](CallRow& row) { row.status = 429, row.provider = "groq", row.error = "100% Full_up"; });
  add(2, [](CallRow& row) { row.model = "m", row.requested_model = "fast", row.combo = "best"; });
  add(3, [](CallRow& row) { row.account = "work", row.connection_id = "c", row.session = "s"; });
  add(4, [](CallRow& row) {
    row.api_key_name = "ci", row.api_key_id = "k", row.duration = Millis(9);
  });
  add(5, [](CallRow& row) { row.cost_nano = 1000; });
  EXPECT_EQ(list({.status_min = 400}), "r1");
  EXPECT_EQ(list({.status_max = 399}), "r5 r4 r3 r2");
  EXPECT_EQ(list({.provider = "groq"}), "r1");
  EXPECT_EQ(list({.model = "m"}), "r2");
  EXPECT_EQ(list({.model = "fast"}), "r2");
  EXPECT_EQ(list({.combo = "best"}), "r2");
  EXPECT_EQ(list({.combo = "*"}), "r2");
  EXPECT_EQ(list({.account = "work"}), "r3");
  EXPECT_EQ(list({.account = "c"}), "r3");
  EXPECT_EQ(list({.session = "s"}), "r3");
  EXPECT_EQ(list({.api_key = "ci"}), "r4");
  EXPECT_EQ(list({.api_key_id = "k"}), "r4");
  EXPECT_EQ(list({.api_key_id = "ci"}), "");
  EXPECT_EQ(list({.duration_ms_min = 9}), "r4");
  EXPECT_EQ(list({.cost_nano_min = 1}), "r5");
  EXPECT_EQ(list({.request_id = "r3"}), "r3");
  EXPECT_EQ(list({.from_ms = 4}), "r5 r4");
  EXPECT_EQ(list({.to_ms = 2}), "r1");
  EXPECT_EQ(list({.search = "FULL_"}), "r1");
  EXPECT_EQ(list({.search = "0%"}), "r1");
  EXPECT_EQ(list({.search = "%m%"}), "") << "letters, no patterns";
  EXPECT_EQ(list({.search = "x_up"}), "");
  EXPECT_EQ(count_calls(*session_, {.status_max = 399})->calls, 4);
}

TEST_F(CallsTest, AFilterThatFitsNothingLooksAtSoManyRowsAndSaysWhereItGoesOn) {
  ASSERT_TRUE(session_->begin());
  add(1, [](CallRow& row) { row.provider = "rare"; });
  for (std::int64_t i = 2; i <= calls_looked_at_max + 10; ++i) add(i);
  ASSERT_TRUE(session_->commit());
  EXPECT_EQ(list({.filter = {.provider = "rare"}, .before = {}}), "");
  ASSERT_TRUE(next_);
  EXPECT_EQ(list({.filter = {.provider = "rare"}, .before = std::to_string(*next_)}), "r1");
  EXPECT_FALSE(next_);
  EXPECT_EQ(list({.request_id = "r1"}), "r1") << "which an index knows";
  EXPECT_EQ(count_calls(*session_, {.provider = "rare"})->calls, 1);
}

TEST_F(CallsTest, WhoCountsLooksAtSoManyAndSaysWhetherThatIsAll) {
  for (std::int64_t i = 1; i <= 5; ++i) add(i);
  const auto all = count_calls(*session_, {});
  EXPECT_TRUE(all->all);
  EXPECT_EQ(all->calls, 5);
  const auto some = count_calls(*session_, {}, 3);
  EXPECT_FALSE(some->all);
  EXPECT_EQ(some->calls, 3);
  EXPECT_TRUE(count_calls(*session_, {.request_id = "r1"}, 3)->all) << "which an index knows";
}

}  // namespace
}  // namespace omni::store
