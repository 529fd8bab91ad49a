#include "net/timer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <random>
#include <vector>

namespace omni::net {
namespace {

constexpr std::uint64_t revolution = 1024;

class Alarm final : public Timer {
 public:
  explicit Alarm(std::function<void()> action = {}) : action_(std::move(action)) {}
  int fired = 0;

 private:
  void on_timer() override {
    ++fired;
    if (action_) action_();
  }
  std::function<void()> action_;
};

/// Moves on tick by tick; the tick at which the alarm fires, or 0.
std::uint64_t fires_at(TimerWheel& wheel, const Alarm& alarm, std::uint64_t last) {
  for (std::uint64_t now = wheel.now() + 1; now <= last; ++now) {
    wheel.advance(now);
    if (alarm.fired > 0) return now;
  }
  return 0;
}

TEST(TimerWheel, IsNeverEarlyAndAtMostTwoTicksLate) {
  for (std::int64_t millis = 0; millis <= 45; ++millis) {
    TimerWheel wheel;
    wheel.advance(500);
    Alarm alarm;
    alarm.arm(wheel, Millis(millis));
    const std::uint64_t at = fires_at(wheel, alarm, 600);
    // Armed at the very end of tick 500 it must not be early; at its start, not too late.
    EXPECT_GE(Millis((at - 501) * 10), Millis(millis)) << millis;
    EXPECT_LE(Millis((at - 500) * 10), Millis(millis) + 2 * TimerWheel::tick) << millis;
  }
}

TEST(TimerWheel, FiresOnceAndIsNotArmedAfterwards) {
  TimerWheel wheel;
  Alarm alarm;
  alarm.arm(wheel, Millis(10));
  EXPECT_TRUE(alarm.armed());
  wheel.advance(2000);
  EXPECT_FALSE(alarm.armed());
  wheel.advance(5000);
  EXPECT_EQ(alarm.fired, 1);
  EXPECT_EQ(wheel.next_due(), TimerWheel::never);
}

TEST(TimerWheel, CountsAnewWhenArmedAgain) {
  TimerWheel wheel;
  Alarm alarm;
  alarm.arm(wheel, Millis(50));
  wheel.advance(5);
  alarm.arm(wheel, Millis(50));
  wheel.advance(10);
  EXPECT_EQ(alarm.fired, 0);
  wheel.advance(11);
  EXPECT_EQ(alarm.fired, 1);
}

TEST(TimerWheel, DoesNotFireWhatIsDisarmedOrGone) {
  TimerWheel wheel;
  Alarm alarm;
  alarm.arm(wheel, Millis(10));
  alarm.disarm();
  alarm.disarm();
  {
    Alarm gone([] { ADD_FAILURE() << "fired after its end"; });
    gone.arm(wheel, Millis(10));
  }
  wheel.advance(100);
  EXPECT_EQ(alarm.fired, 0);
}

TEST(TimerWheel, NeverFiresWhatHasNoTimeOut) {
  TimerWheel wheel;
  Alarm alarm;
  alarm.arm(wheel, forever);
  EXPECT_FALSE(alarm.armed());
  alarm.arm(wheel, Millis(10));
  alarm.arm(wheel, forever);
  EXPECT_FALSE(alarm.armed());
}

TEST(TimerWheel, TakesTimesInThePastAndOfAges) {
  TimerWheel wheel;
  Alarm past;
  Alarm ages;
  past.arm(wheel, Millis(-5000));
  ages.arm(wheel, forever - Millis(1));
  wheel.advance(1);
  EXPECT_EQ(past.fired, 1);
  wheel.advance(100'000);
  EXPECT_EQ(ages.fired, 0);
  EXPECT_GT(wheel.next_due(), 1'000'000'000U);
}

TEST(TimerWheel, WaitsForTheRightRevolution) {
  TimerWheel wheel;
  Alarm alarm;
  alarm.arm(wheel, TimerWheel::tick * (3 * revolution + 7));
  EXPECT_EQ(fires_at(wheel, alarm, 10 * revolution), 3 * revolution + 8);
}

TEST(TimerWheel, FiresAllOfASlotButThoseOfLaterRevolutions) {
  TimerWheel wheel;
  std::vector<std::unique_ptr<Alarm>> now;
  std::vector<std::unique_ptr<Alarm>> later;
  for (int i = 0; i < 500; ++i) {
    now.push_back(std::make_unique<Alarm>());
    now.back()->arm(wheel, Millis(90));
    later.push_back(std::make_unique<Alarm>());
    later.back()->arm(wheel, Millis(90) + TimerWheel::tick * revolution);
  }
  wheel.advance(10);
  for (int i = 0; i < 500; ++i) {
    EXPECT_EQ(now[i]->fired, 1);
    EXPECT_EQ(later[i]->fired, 0);
  }
  EXPECT_EQ(wheel.next_due(), 10 + revolution);
  wheel.advance(10 + revolution);
  for (const auto& alarm : later) EXPECT_EQ(alarm->fired, 1);
}

TEST(TimerWheel, FiresInTheOrderOfTheTicks) {
  TimerWheel wheel;
  std::vector<int> order;
  Alarm third([&] { order.push_back(3); });
  Alarm first([&] { order.push_back(1); });
  Alarm second([&] { order.push_back(2); });
  third.arm(wheel, Millis(300));
  first.arm(wheel, Millis(100));
  second.arm(wheel, Millis(200));
  wheel.advance(100);
  EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
}

TEST(TimerWheel, LetsACallBackDisarmItsNeighbours) {
  TimerWheel wheel;
  std::vector<std::unique_ptr<Alarm>> alarms;
  const auto disarm_all = [&] {
    for (const auto& alarm : alarms) alarm->disarm();
  };
  for (int i = 0; i < 10; ++i) alarms.push_back(std::make_unique<Alarm>(disarm_all));
  for (const auto& alarm : alarms) alarm->arm(wheel, Millis(10));
  wheel.advance(50);
  int fired = 0;
  for (const auto& alarm : alarms) fired += alarm->fired;
  EXPECT_EQ(fired, 1);
  EXPECT_EQ(wheel.next_due(), TimerWheel::never);
}

TEST(TimerWheel, LetsACallBackDestroyItsNeighbours) {
  TimerWheel wheel;
  std::vector<std::unique_ptr<Alarm>> others;
  Alarm killer([&] { others.clear(); });
  for (int i = 0; i < 5; ++i) {
    others.push_back(std::make_unique<Alarm>());
    others.back()->arm(wheel, Millis(10) + TimerWheel::tick * revolution);
  }
  killer.arm(wheel, Millis(10));  // before the others in their slot's list
  wheel.advance(3 * revolution);
  EXPECT_EQ(killer.fired, 1);
}

TEST(TimerWheel, FiresWhatACallBackArmsInItsOwnTurnOnly) {
  TimerWheel wheel;
  Alarm alarm;
  Alarm repeating([&] {
    repeating.arm(wheel, Millis(0));
    alarm.arm(wheel, TimerWheel::tick * (revolution - 1));  // the slot that fires now
  });
  repeating.arm(wheel, Millis(0));
  wheel.advance(1);
  EXPECT_EQ(repeating.fired, 1);
  EXPECT_EQ(alarm.fired, 0);
  wheel.advance(2);
  EXPECT_EQ(repeating.fired, 2);
  repeating.disarm();
  EXPECT_EQ(wheel.next_due(), 2 + revolution);
}

TEST(TimerWheel, FiresEverythingAfterALongSleep) {
  TimerWheel wheel;
  std::vector<std::unique_ptr<Alarm>> alarms;
  for (int i = 0; i < 3000; ++i) {
    alarms.push_back(std::make_unique<Alarm>());
    alarms.back()->arm(wheel, Millis(i * 10));
  }
  wheel.advance(5 * revolution);
  for (const auto& alarm : alarms) EXPECT_EQ(alarm->fired, 1);
}

TEST(TimerWheel, CountsFromThePresentAfterALongSleep) {
  TimerWheel wheel;
  wheel.advance(10);
  wheel.set_now(7 * revolution + 3);
  Alarm alarm;
  alarm.arm(wheel, Millis(100));
  EXPECT_EQ(wheel.next_due(), 7 * revolution + 14);
  wheel.advance(7 * revolution + 13);
  EXPECT_EQ(alarm.fired, 0);
  wheel.advance(7 * revolution + 14);
  EXPECT_EQ(alarm.fired, 1);
}

TEST(TimerWheel, SaysWhenTheEarliestWasArmed) {
  TimerWheel wheel;
  EXPECT_EQ(wheel.take_earliest_armed(), TimerWheel::never);
  Alarm late;
  Alarm soon;
  late.arm(wheel, Millis(1000));
  soon.arm(wheel, Millis(20));
  EXPECT_EQ(wheel.take_earliest_armed(), 3U);
  EXPECT_EQ(wheel.take_earliest_armed(), TimerWheel::never);
}

TEST(TimerWheel, KnowsWhenTheNextIsDue) {
  std::mt19937 random(7);
  for (int round = 0; round < 50; ++round) {
    TimerWheel wheel;
    wheel.advance(random() % 5000);
    std::vector<std::unique_ptr<Alarm>> alarms;
    std::uint64_t earliest = TimerWheel::never;
    for (int i = 0; i < 20; ++i) {
      const std::uint64_t ticks = random() % (4 * revolution);
      alarms.push_back(std::make_unique<Alarm>());
      alarms.back()->arm(wheel, TimerWheel::tick * static_cast<std::int64_t>(ticks));
      earliest = std::min(earliest, wheel.now() + ticks + 1);
    }
    EXPECT_EQ(wheel.next_due(), earliest) << "round " << round;
    wheel.advance(earliest - 1);
    for (const auto& alarm : alarms) EXPECT_EQ(alarm->fired, 0);
    wheel.advance(earliest);
    int fired = 0;
    for (const auto& alarm : alarms) fired += alarm->fired;
    EXPECT_GE(fired, 1);
  }
}

}  // namespace
}  // namespace omni::net
