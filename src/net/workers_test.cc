#include "net/workers.h"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "net/task_group.h"
#include "net/test_net.h"

namespace omni::net {
namespace {

using testing::World;

/// Holds a worker until it is opened.
struct Gate {
  std::promise<void> entered;
  std::promise<void> opened;
  std::future<void> open = opened.get_future();

  int pass() {
    entered.set_value();
    open.wait();
    return 1;
  }
};

TEST(Offload, BringsTheResultBackToTheLoop) {
  World world;
  Workers workers(1);
  world.run([&]() -> Task<> {
    const std::thread::id here = std::this_thread::get_id();
    const Result<std::thread::id> there =
        co_await offload(workers, [] { return std::this_thread::get_id(); });
    EXPECT_NE(*there, here);
    EXPECT_EQ(std::this_thread::get_id(), here);
    const auto text = co_await offload(workers, [] { return std::make_unique<int>(9); });
    EXPECT_EQ(**text, 9);
  });
}

TEST(Offload, RethrowsTheExceptionOnTheLoop) {
  World world;
  Workers workers(1);
  world.run([&]() -> Task<> {
    const auto fail = []() -> int { throw std::runtime_error("no such file"); };
    EXPECT_THROW((void)co_await offload(workers, fail), std::runtime_error);
  });
}

TEST(Offload, RefusesWhatDoesNotFitIntoTheQueue) {
  World world;
  Workers workers(1, 1);
  Gate gate;
  world.run([&]() -> Task<> {
    TaskGroup group(world.loops[0]);
    const auto hold = [&]() -> Task<> {
      EXPECT_TRUE(co_await offload(workers, [&gate] { return gate.pass(); }));
    };
    const auto queue = [&]() -> Task<> {
      EXPECT_EQ(*co_await offload(workers, [] { return 2; }), 2);
    };
    group.spawn(hold());
    gate.entered.get_future().wait();
    group.spawn(queue());
    const Result<int> refused = co_await offload(workers, [] { return 3; });
    EXPECT_EQ(refused.error().kind(), Error::Kind::unavailable);
    gate.opened.set_value();
    EXPECT_TRUE(co_await group.drained());
  });
}

TEST(Offload, ReturnsAtOnceWhenCalledOffAndDropsTheResult) {
  World world;
  Workers workers(1);
  Gate gate;
  auto witness = std::make_shared<const int>(1);
  world.run([&]() -> Task<> {
    TaskGroup group(world.loops[0]);
    const auto hold = [&]() -> Task<> {
      const auto dropped = co_await offload(workers, [&gate, witness] {
        gate.pass();
        return witness;
      });
      EXPECT_EQ(dropped.error().kind(), Error::Kind::cancelled);
    };
    group.spawn(hold());
    gate.entered.get_future().wait();
    group.cancel(Error(Error::Kind::cancelled, "the client left"));
    EXPECT_TRUE(co_await group.drained());
    EXPECT_GT(witness.use_count(), 1);
    gate.opened.set_value();
    EXPECT_TRUE(co_await offload(workers, [] { return 0; }));  // the one before has ended
  });
  EXPECT_TRUE(testing::eventually([&] { return witness.use_count() == 1; }));
}

TEST(Workers, TellTheTasksWhoseJobsTheyDropAtTheEnd) {
  World world;
  auto workers = std::make_unique<Workers>(1);
  Gate gate;
  TaskGroup group(world.loops[0]);
  std::optional<Result<int>> held;
  std::optional<Result<int>> dropped;
  const auto hold = [&]() -> Task<> {
    held = co_await offload(*workers, [&gate] { return gate.pass(); });
  };
  const auto wait = [&]() -> Task<> { dropped = co_await offload(*workers, [] { return 2; }); };
  const auto spawn = [&]() -> Task<> {
    group.spawn(hold());
    group.spawn(wait());
    co_return;
  };
  world.run(spawn);
  gate.entered.get_future().wait();
  std::thread opener([&] { gate.opened.set_value(); });
  workers.reset();
  opener.join();
  world.run([&]() -> Task<> { EXPECT_TRUE(co_await group.drained()); });
  EXPECT_TRUE(held && *held);
  // Usually dropped; the worker may have been quick enough to take it before the end.
  EXPECT_TRUE(dropped && (*dropped || dropped->error().kind() == Error::Kind::unavailable));
}

TEST(Workers, FreeTheStateOfAnAbandonedJobThatNeverRan) {
  World world;
  auto workers = std::make_unique<Workers>(1);
  Gate gate;
  const auto witness = std::make_shared<const int>(1);
  world.run([&]() -> Task<> {
    TaskGroup group(world.loops[0]);
    const auto hold = [&]() -> Task<> {
      (void)co_await offload(*workers, [&gate] { return gate.pass(); });
    };
    const auto wait = [&]() -> Task<> {
      (void)co_await offload(*workers, [witness] { return *witness; });
    };
    group.spawn(hold());
    group.spawn(wait());
    gate.entered.get_future().wait();
    group.cancel(Error(Error::Kind::cancelled, "the server is stopping"));
    EXPECT_TRUE(co_await group.drained());
  });
  gate.opened.set_value();
  workers.reset();
  EXPECT_EQ(witness.use_count(), 1);
}

TEST(Workers, RunJobsOfManyLoops) {
  World world(2);
  Workers workers(3);
  const auto sum = [&]() -> Task<> {
    int total = 0;
    for (int i = 0; i < 200; ++i) total += *co_await offload(workers, [i] { return i; });
    EXPECT_EQ(total, 199 * 200 / 2);
  };
  std::thread other([&] { LoopPool::run_on(world.loops[1], sum); });
  LoopPool::run_on(world.loops[0], sum);
  other.join();
}

}  // namespace
}  // namespace omni::net
