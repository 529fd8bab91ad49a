#include "store/breakers.h"

#include <gtest/gtest.h>

#include "store/migrations.h"
#include "store/sql/sqlite.h"
#include "store/test_folder.h"

namespace omni::store {
namespace {

using State = BreakerRow::State;

class BreakersTableTest : public ::testing::Test {
 protected:
  BreakersTableTest() { EXPECT_TRUE(migrate(*session_, migrations_of("usage"))); }

  TestFolder folder_;
  std::unique_ptr<sql::Session> session_ = *sql::open_sqlite(folder_.file("usage.sqlite"));
};

TEST_F(BreakersTableTest, KeepsWhatIsOpenAsItWasLast) {
  BreakerRow row{.provider = "acme",
                 .state = State::open,
                 .failures = 12,
                 .last_failure = from_millis(1'770'000'000'123),
                 .open_for = Millis{30'000}};
  ASSERT_TRUE(store_breaker(*session_, row));
  row.failures = 13;
  ASSERT_TRUE(store_breaker(*session_, row));
  const auto kept = load_breakers(*session_);
  ASSERT_TRUE(kept);
  ASSERT_EQ(kept->size(), 1U);
  const BreakerRow& read = kept->front();
  EXPECT_EQ(read.provider, "acme");
  EXPECT_EQ(read.state, State::open);
  EXPECT_EQ(read.failures, 13);
  EXPECT_EQ(to_millis(read.last_failure), 1'770'000'000'123);
  EXPECT_EQ(read.open_for, Millis{30'000});
}

TEST_F(BreakersTableTest, WhatIsClosedNeedsNoRow) {
  ASSERT_TRUE(store_breaker(*session_, {.provider = "acme", .state = State::open}));
  ASSERT_TRUE(store_breaker(*session_, {.provider = "acme", .state = State::closed}));
  EXPECT_TRUE(load_breakers(*session_)->empty());
}

}  // namespace
}  // namespace omni::store
