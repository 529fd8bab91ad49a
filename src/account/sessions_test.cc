#include "account/sessions.h"

#include <gtest/gtest.h>

namespace omni::account {
namespace {

constexpr std::chrono::minutes minute{1};

TEST(Sessions, KnowWhoAnsweredLast) {
  ManualClock clock;
  Sessions sessions(clock);
  EXPECT_EQ(sessions.account_of("s"), "");
  sessions.note("s", "one", "key");
  sessions.note("s", "two", "key");
  EXPECT_EQ(sessions.account_of("s"), "two");
  const auto all = sessions.all();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].requests, 2U);
  EXPECT_EQ(all[0].key_id, "key");
}

TEST(Sessions, AreForgottenHalfAnHourAfterTheirLastRequest) {
  ManualClock clock;
  Sessions sessions(clock);
  sessions.note("s", "one", "");
  clock.advance(29 * minute);
  sessions.note("s", "one", "");
  clock.advance(29 * minute);
  EXPECT_EQ(sessions.account_of("s"), "one");
  clock.advance(minute);
  EXPECT_EQ(sessions.account_of("s"), "");
  EXPECT_TRUE(sessions.all().empty());
  sessions.note("s", "two", "");
  EXPECT_EQ(sessions.all().at(0).requests, 1U) << "it is another one";
}

TEST(Sessions, TheOneThatWasActiveLongestAgoMakesRoom) {
  ManualClock clock;
  Sessions sessions(clock, 2);
  sessions.note("a", "one", "");
  sessions.note("b", "two", "");
  sessions.note("a", "one", "");
  sessions.note("c", "three", "");
  EXPECT_EQ(sessions.account_of("a"), "one");
  EXPECT_EQ(sessions.account_of("b"), "");
  EXPECT_EQ(sessions.account_of("c"), "three");
}

}  // namespace
}  // namespace omni::account
