#include "net/task_group.h"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>

#include "net/test_net.h"

namespace omni::net {
namespace {

using testing::idle;
using testing::World;

Error stopping() { return {Error::Kind::cancelled, "stopping"}; }

Task<> wait_for(Signal& signal) { co_await signal.wait(); }
Task<> idle_for(Millis duration) { (void)co_await idle(duration); }

TEST(TaskGroup, IsEmptyAgainAfterATaskThatEndsAtOnce) {
  World world;
  world.run([&]() -> Task<> {
    TaskGroup group(world.loops[0]);
    bool ran = false;
    const auto mark = [&]() -> Task<> {
      ran = true;
      co_return;
    };
    group.spawn(mark());
    EXPECT_TRUE(ran);
    EXPECT_EQ(group.size(), 0U);
    EXPECT_TRUE(co_await group.drained());
  });
}

TEST(TaskGroup, CancelsAllOfItsTasksAndIsDrainedThen) {
  World world;
  world.run([&]() -> Task<> {
    TaskGroup group(world.loops[0]);
    for (int i = 0; i < 100; ++i) group.spawn(idle_for(forever));
    EXPECT_EQ(group.size(), 100U);
    group.cancel(stopping());
    EXPECT_EQ(group.size(), 100U);  // nothing resumes within the call
    EXPECT_TRUE(co_await group.drained());
    EXPECT_EQ(group.size(), 0U);
  });
}

TEST(TaskGroup, GivesUpWaitingAtTheLimit) {
  World world;
  world.run([&]() -> Task<> {
    TaskGroup group(world.loops[0]);
    Signal signal;
    group.spawn(wait_for(signal));
    EXPECT_FALSE(co_await group.drained(Millis(1)));
    EXPECT_FALSE(co_await group.drained(Millis(-1)));
    EXPECT_EQ(group.size(), 1U);
    signal.set();
    EXPECT_TRUE(co_await group.drained(Millis(60'000)));
  });
}

TEST(TaskGroup, StopsWaitingWhenTheCallerIsCancelled) {
  World world;
  world.run([&]() -> Task<> {
    TaskGroup group(world.loops[0]);
    Signal signal;
    group.spawn(wait_for(signal));
    Scope scope(co_await current_scope());
    scope.cancel(stopping());
    EXPECT_FALSE(co_await group.drained().in(scope));
    signal.set();
    EXPECT_TRUE(co_await group.drained());
  });
}

TEST(TaskGroup, EndsInAnyOrder) {
  World world;
  world.run([&]() -> Task<> {
    TaskGroup group(world.loops[0]);
    std::vector<Signal> signals(4);
    for (Signal& signal : signals) group.spawn(wait_for(signal));
    for (const std::size_t i : {1, 3, 0}) {
      signals[i].set();
      EXPECT_FALSE(co_await group.drained(Millis(0)));
    }
    EXPECT_EQ(group.size(), 1U);
    signals[2].set();
    EXPECT_TRUE(co_await group.drained());
  });
}

TEST(TaskGroup, LogsTheExceptionOfATaskAndGoesOn) {
  World world;
  world.run([&]() -> Task<> {
    TaskGroup group(world.loops[0]);
    const auto fail_later = []() -> Task<> {
      (void)co_await idle(Millis(1));
      throw std::runtime_error("a bug of ours");
    };
    group.spawn(fail_later());
    EXPECT_TRUE(co_await group.drained());
  });
  EXPECT_NE(world.log_text().find("task.failed"), std::string::npos);
  EXPECT_NE(world.log_text().find("a bug of ours"), std::string::npos);
}

TEST(TaskGroup, IsDrainedOnlyWhenNothingOfItsTasksIsLeft) {
  World world;
  world.run([&]() -> Task<> {
    TaskGroup group(world.loops[0]);
    struct Witness {
      explicit Witness(TaskGroup& its_group) : group(its_group) {}
      ~Witness() { EXPECT_EQ(group.size(), 1U) << "counted as gone before its parameters were"; }
      TaskGroup& group;
    };
    const auto hold = [](std::unique_ptr<Witness>) -> Task<> { (void)co_await idle(Millis(1)); };
    group.spawn(hold(std::make_unique<Witness>(group)));
    EXPECT_TRUE(co_await group.drained());
  });
}

TEST(TaskGroup, MaySpawnFromItsOwnTasks) {
  World world;
  world.run([&]() -> Task<> {
    TaskGroup group(world.loops[0]);
    int ended = 0;
    std::function<Task<>(int)> breed = [&](int depth) -> Task<> {
      (void)co_await idle(Millis(1));
      if (depth > 0) group.spawn(breed(depth - 1));
      ++ended;
    };
    group.spawn(breed(3));
    EXPECT_TRUE(co_await group.drained());
    EXPECT_EQ(ended, 4);
  });
}

}  // namespace
}  // namespace omni::net
