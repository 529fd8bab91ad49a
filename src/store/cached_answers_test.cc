#include "store/cached_answers.h"

#include <gtest/gtest.h>

#include "store/migrations.h"
#include "store/sql/sqlite.h"

namespace omni::store {
namespace {

class CachedAnswersTest : public ::testing::Test {
 protected:
  CachedAnswersTest() { EXPECT_TRUE(migrate(*session_, migrations_of("usage"))); }

  void keep(const std::string& print, std::int64_t created_ms, std::string_view text) {
    ASSERT_TRUE(store_cached_answer(*session_,
                                    {.print = print,
                                     .model = "acme/large",
                                     .created = from_millis(created_ms),
                                     .expires = from_millis(created_ms + 1000),
                                     .bytes = static_cast<std::int64_t>(text.size())},
                                    text));
  }
  std::string prints() {
    std::string all;
    EXPECT_TRUE(read_cached_answers(
        *session_, [&](const CachedAnswer& answer) { all += answer.print + " "; }));
    return all;
  }
  std::optional<CachedAnswer> find(std::string_view print) {
    auto found = find_cached_answer(*session_, print, text_);
    EXPECT_TRUE(found);
    return *found;
  }

  std::string text_;
  std::unique_ptr<sql::Session> session_ = *sql::open_sqlite_in_memory();
};

TEST_F(CachedAnswersTest, AreFoundAsTheyWereStored) {
  const std::string text("a\0\"b\n", 5);
  keep("aa", 5, text);
  const auto found = find("aa");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->print, "aa");
  EXPECT_EQ(found->model, "acme/large");
  EXPECT_EQ(to_millis(found->created), 5);
  EXPECT_EQ(to_millis(found->expires), 1005);
  EXPECT_EQ(found->bytes, 5);
  EXPECT_EQ(text_, text);
  EXPECT_FALSE(find("a"));
}

TEST_F(CachedAnswersTest, ANewerOneTakesThePlaceOfAnOlder) {
  keep("aa", 5, "old");
  keep("bb", 6, "other");
  ASSERT_TRUE(note_cached_hits(*session_, {.print = "aa", .hits = 3, .tokens_saved = 30}));
  keep("aa", 7, "newest");
  EXPECT_EQ(find("aa")->hits, 0);
  EXPECT_EQ(text_, "newest");
  EXPECT_EQ(prints(), "bb aa ") << "the oldest first";
  const auto sums = sum_up_cached_answers(*session_);
  ASSERT_TRUE(sums);
  EXPECT_EQ(sums->answers, 2);
  EXPECT_EQ(sums->bytes, 11);
}

TEST_F(CachedAnswersTest, HitsAreAddedUp) {
  keep("aa", 5, "x");
  ASSERT_TRUE(note_cached_hits(*session_, {.print = "aa", .hits = 3, .tokens_saved = 30}));
  ASSERT_TRUE(note_cached_hits(*session_, {.print = "aa", .hits = 1, .tokens_saved = 10}));
  ASSERT_TRUE(note_cached_hits(*session_, {.print = "gone", .hits = 1}));
  EXPECT_EQ(find("aa")->hits, 4);
  EXPECT_EQ(find("aa")->tokens_saved, 40);
}

TEST_F(CachedAnswersTest, OneIsDeletedAndNoOther) {
  keep("aa", 5, "x");
  keep("bb", 6, "y");
  ASSERT_TRUE(delete_cached_answer(*session_, "aa"));
  EXPECT_EQ(prints(), "bb ");
}

TEST_F(CachedAnswersTest, AListDoesNotComeByWhatTheySay) {
  std::string plan;
  ASSERT_TRUE(session_->run(
      "EXPLAIN QUERY PLAN SELECT created_at, signature, model, tokens_saved, hit_count, "
      "expires_at, bytes FROM semantic_cache ORDER BY created_at, signature",
      {}, [&](const sql::Row& row) { plan += row.text(3); }));
  EXPECT_NE(plan.find("COVERING INDEX"), std::string::npos) << plan;
  EXPECT_EQ(plan.find("TEMP B-TREE"), std::string::npos) << plan;
}

}  // namespace
}  // namespace omni::store
