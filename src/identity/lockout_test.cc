#include "identity/lockout.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace omni::identity {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

Address address(std::string_view text) { return parse_address(text).value(); }

struct LockoutTest : testing::Test {
  ManualClock clock;
  Lockout lockout{clock};

  void fail(std::string_view from, int times) {
    for (int i = 0; i < times; ++i) ASSERT_EQ(lockout.attempt(address(from)), seconds{0}) << i;
  }
};

TEST_F(LockoutTest, LocksAnAddressForAQuarterOfAnHourAfterItsFifthFailure) {
  fail("192.0.2.1", 5);
  EXPECT_EQ(lockout.attempt(address("192.0.2.1")), seconds{900});
  clock.advance(minutes{10});
  EXPECT_EQ(lockout.attempt(address("192.0.2.1")), seconds{300});
  clock.advance(minutes{5} - Millis{1});
  EXPECT_EQ(lockout.attempt(address("192.0.2.1")), seconds{1});
  clock.advance(Millis{1});
  fail("192.0.2.1", 5);
}

TEST_F(LockoutTest, CountsTheWaitFromTheFifthFailureHoweverOldTheFirstIs) {
  fail("192.0.2.1", 4);
  clock.advance(minutes{14});
  fail("192.0.2.1", 1);
  clock.advance(minutes{14});
  EXPECT_EQ(lockout.attempt(address("192.0.2.1")), seconds{60});
}

TEST_F(LockoutTest, ForgetsFailuresOneByOneAsTheyGrowOld) {
  fail("192.0.2.1", 2);
  clock.advance(minutes{8});
  fail("192.0.2.1", 2);
  clock.advance(minutes{8});
  fail("192.0.2.1", 3);
  EXPECT_GT(lockout.attempt(address("192.0.2.1")), seconds{0});
}

TEST_F(LockoutTest, StartsAnewAfterASuccess) {
  fail("192.0.2.1", 5);
  lockout.succeeded(address("192.0.2.1"));  // the fifth was right
  fail("192.0.2.1", 5);
}

TEST_F(LockoutTest, OfOneAddressIsNotThatOfAnother) {
  fail("192.0.2.1", 5);
  fail("192.0.2.2", 5);
}

TEST_F(LockoutTest, SeesThroughTheManyAddressesOfOneIpv6Network) {
  fail("2001:db8::1", 3);
  fail("2001:db8::ffff", 2);
  EXPECT_GT(lockout.attempt(address("2001:db8::2")), seconds{0});
  EXPECT_EQ(lockout.attempt(address("2001:db8:0:1::1")), seconds{0});
}

TEST_F(LockoutTest, LocksAllAfterSixtyFailuresFromManyAddresses) {
  for (int i = 0; i < 60; ++i) fail("192.0.2." + std::to_string(i), 1);
  EXPECT_EQ(lockout.attempt(address("198.51.100.1")), seconds{900});
  clock.advance(minutes{15});
  EXPECT_EQ(lockout.attempt(address("198.51.100.1")), seconds{0});
}

TEST_F(LockoutTest, DoesNotCountSuccessesAgainstAll) {
  for (int i = 0; i < 200; ++i) {
    fail("192.0.2.1", 1);
    lockout.succeeded(address("192.0.2.1"));
  }
  fail("192.0.2.1", 5);
}

TEST_F(LockoutTest, RemembersNoMoreAddressesThanFailuresFitIntoAWindow) {
  for (int i = 0; i < 5000; ++i) {
    (void)lockout.attempt(
        address("10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250)));
    clock.advance(seconds{1});
    ASSERT_LE(lockout.addresses(), 60U);
  }
}

TEST_F(LockoutTest, ForgetsEverybodyWhenTold) {
  for (int i = 0; i < 12; ++i) fail("192.0.2." + std::to_string(i), 5);
  EXPECT_GT(lockout.attempt(address("192.0.2.99")), seconds{0});
  lockout.forget_all();
  EXPECT_EQ(lockout.addresses(), 0U);
  fail("192.0.2.1", 5);
  fail("192.0.2.99", 1);
}

TEST_F(LockoutTest, TellsWhoIsLockedAndUnlocksHim) {
  fail("192.0.2.1", 5);
  fail("192.0.2.2", 4);
  clock.advance(minutes{10});
  fail("192.0.2.3", 1);
  ASSERT_EQ(lockout.locked().size(), 1U);
  EXPECT_EQ(lockout.locked()[0].address, address("192.0.2.1"));
  EXPECT_EQ(lockout.locked()[0].left, minutes{5});
  EXPECT_TRUE(lockout.unlock(address("192.0.2.1")));
  EXPECT_FALSE(lockout.unlock(address("192.0.2.1")));
  EXPECT_TRUE(lockout.locked().empty());
  fail("192.0.2.1", 5);
  clock.advance(minutes{15});
  EXPECT_TRUE(lockout.locked().empty());
}

TEST_F(LockoutTest, AllowsFiveOfManyAttemptsAtOnce) {
  std::atomic<int> allowed = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 50; ++j) {
        if (lockout.attempt(address("192.0.2.1")) == seconds{0}) ++allowed;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(allowed, 5);
}

}  // namespace
}  // namespace omni::identity
