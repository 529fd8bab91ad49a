#include "net/task.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

#include "net/test_net.h"

namespace omni::net {
namespace {

using testing::World;

Task<int> number(int value) { co_return value; }
Task<> nothing() { co_return; }
Task<std::unique_ptr<int>> only_movable() { co_return std::make_unique<int>(5); }

Task<int> thrown(int depth) {
  if (depth == 0) throw std::runtime_error("deep down");
  co_return co_await thrown(depth - 1) + 1;
}

TEST(Task, HandsItsResultOver) {
  World world;
  world.run([]() -> Task<> {
    EXPECT_EQ(co_await number(3), 3);
    EXPECT_EQ(*co_await only_movable(), 5);
    co_await nothing();
  });
}

TEST(Task, HandsItsExceptionOverThroughEveryCaller) {
  World world;
  bool caught = false;
  world.run([&]() -> Task<> {
    try {
      co_await thrown(5);
    } catch (const std::runtime_error& error) {
      caught = std::string_view(error.what()) == "deep down";
    }
  });
  EXPECT_TRUE(caught);
}

TEST(Task, RunsWhenAwaitedAndNotBefore) {
  World world;
  bool ran = false;
  const auto mark = [&]() -> Task<> {
    ran = true;
    co_return;
  };
  world.run([&]() -> Task<> {
    Task<> task = mark();
    EXPECT_FALSE(ran);
    co_await std::move(task);
    EXPECT_TRUE(ran);
  });
}

TEST(Task, FreesWhatItHoldsWhenItIsNeverAwaited) {
  const auto held = std::make_shared<const int>(1);
  const auto hold = [](std::shared_ptr<const int> value) -> Task<int> { co_return *value; };
  {
    Task<int> task = hold(held);
    Task<int> moved = std::move(task);
    task = std::move(moved);
    EXPECT_EQ(held.use_count(), 2);
  }
  EXPECT_EQ(held.use_count(), 1);
}

TEST(Task, InheritsTheScopeOfWhoeverAwaitsIt) {
  World world;
  const auto scope_of = []() -> Task<Scope*> { co_return &co_await current_scope(); };
  world.run([&]() -> Task<> {
    Scope& outer = co_await current_scope();
    Scope inner(outer);
    EXPECT_EQ(co_await scope_of(), &outer);
    EXPECT_EQ(co_await scope_of().in(inner), &inner);
  });
}

TEST(Task, ManyThatEndAtOnceDoNotPileUpOnTheStack) {
  World world;
  world.run([]() -> Task<> {
    long sum = 0;
    for (int i = 0; i < 500'000; ++i) sum += co_await number(1);
    EXPECT_EQ(sum, 500'000);
  });
}

template <std::size_t bytes>
Task<std::size_t> with_frame_of() {
  std::array<char, bytes> local{};
  co_await nothing();
  co_return local.size() + static_cast<std::size_t>(local.back());
}

TEST(Task, FramesMayBeFreedOnAnotherThread) {
  constexpr std::size_t count = 1000;  // more than a thread keeps
  std::vector<Task<std::size_t>> tasks;
  for (std::size_t i = 0; i < count; ++i) {
    tasks.push_back(with_frame_of<1>());
    tasks.push_back(with_frame_of<500>());
    tasks.push_back(with_frame_of<8000>());  // too large to be kept
  }
  std::thread([&] {
    tasks.clear();
    for (std::size_t i = 0; i < count; ++i) tasks.push_back(with_frame_of<500>());
  }).join();
  tasks.clear();
  World world;
  world.run([]() -> Task<> {
    EXPECT_EQ(co_await with_frame_of<500>(), 500U);
    EXPECT_EQ(co_await with_frame_of<8000>(), 8000U);
  });
}

}  // namespace
}  // namespace omni::net
