#include "net/signal.h"

#include <gtest/gtest.h>

#include <vector>

#include "net/task_group.h"
#include "net/test_net.h"

namespace omni::net {
namespace {

using testing::World;

TEST(Signal, PassesAWaitAtOnceWhenItWasSetBefore) {
  World world;
  world.run([]() -> Task<> {
    Signal signal;
    signal.set();
    signal.set();  // a signal, not a count
    EXPECT_EQ(co_await signal.wait(), Woken::signalled);
    EXPECT_EQ(co_await signal.wait(Millis(1)), Woken::timed_out);
  });
}

TEST(Signal, WakesItsWaiterAfterTheSettingTaskWentOn) {
  World world;
  world.run([&]() -> Task<> {
    Signal signal;
    std::vector<int> order;
    TaskGroup group(world.loops[0]);
    const auto wait = [&]() -> Task<> {
      order.push_back(1);
      EXPECT_EQ(co_await signal.wait(), Woken::signalled);
      order.push_back(3);
    };
    group.spawn(wait());
    EXPECT_TRUE(signal.has_waiter());
    signal.set();
    order.push_back(2);
    co_await group.drained();
    EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
    EXPECT_FALSE(signal.has_waiter());
  });
}

TEST(Signal, WakesWaitersInTheOrderInWhichTheyWereSet) {
  World world;
  world.run([&]() -> Task<> {
    std::vector<Signal> signals(5);
    std::vector<std::size_t> order;
    TaskGroup group(world.loops[0]);
    const auto wait = [&](std::size_t index) -> Task<> {
      co_await signals[index].wait();
      order.push_back(index);
    };
    for (std::size_t i = 0; i < signals.size(); ++i) group.spawn(wait(i));
    for (const std::size_t i : {3, 1, 4, 0, 2}) signals[i].set();
    co_await group.drained();
    EXPECT_EQ(order, (std::vector<std::size_t>{3, 1, 4, 0, 2}));
  });
}

TEST(Signal, TimesOutNeverTooEarly) {
  World world;
  world.run([]() -> Task<> {
    for (int i = 0; i < 10; ++i) {
      Signal signal;
      const auto start = std::chrono::steady_clock::now();
      EXPECT_EQ(co_await signal.wait(Millis(3 + i)), Woken::timed_out);
      EXPECT_GE(std::chrono::steady_clock::now() - start, Millis(3 + i));
    }
  });
}

TEST(Signal, KeepsASetThatComesInTheTurnOfTheTimeOut) {
  World world;
  world.run([&]() -> Task<> {
    Signal signal;
    TaskGroup group(world.loops[0]);
    const auto wait = [&]() -> Task<> {
      EXPECT_EQ(co_await signal.wait(Millis(1000)), Woken::timed_out);
      EXPECT_EQ(co_await signal.wait(), Woken::signalled);
    };
    group.spawn(wait());
    TimerWheel& wheel = world.loops[0].wheel();
    wheel.advance(wheel.next_due());  // as if the time had come
    signal.set();
    EXPECT_TRUE(co_await group.drained());
  });
}

TEST(Signal, IsSetOnceWhenSetTwiceBeforeTheWaiterGoesOn) {
  World world;
  world.run([&]() -> Task<> {
    Signal signal;
    TaskGroup group(world.loops[0]);
    const auto wait = [&]() -> Task<> {
      EXPECT_EQ(co_await signal.wait(), Woken::signalled);
      EXPECT_EQ(co_await signal.wait(Millis(1)), Woken::timed_out);
    };
    group.spawn(wait());
    signal.set();
    signal.set();
    co_await group.drained();
  });
}

TEST(Signal, RefusesASecondWaiter) {
  World world;
  world.run([&]() -> Task<> {
    Signal signal;
    TaskGroup group(world.loops[0]);
    const auto wait = [&]() -> Task<> { co_await signal.wait(); };
    group.spawn(wait());
    EXPECT_THROW(co_await signal.wait(), Bug);
    signal.set();
    co_await group.drained();
  });
}

}  // namespace
}  // namespace omni::net
