#include "net/handoff.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>

#include "net/task_group.h"
#include "net/test_net.h"

namespace omni::net {
namespace {

using testing::World;
using Shared = std::shared_ptr<const int>;

/// Gives from a thread of its own and joins it.
template <class Giver, class Work>
void elsewhere(Giver giver, Work work) {
  std::thread([giver = std::move(giver), work] { work(giver); }).join();
}

TEST(Handoff, BringsAValueFromAnotherThread) {
  World world;
  world.run([&]() -> Task<> {
    Handoff<std::unique_ptr<int>> handoff(world.loops[0]);
    elsewhere(handoff.giver(), [](const auto& giver) { giver.give(std::make_unique<int>(9)); });
    const auto taken = co_await handoff.take();
    EXPECT_EQ(**taken, 9);
  });
}

TEST(Handoff, LetsTheTaskWaitUntilTheGiverIsGone) {
  World world;
  world.run([&]() -> Task<> {
    Handoff<int> handoff(world.loops[0]);
    std::optional<Handoff<int>::Giver> giver(handoff.giver());
    giver->give(1);
    giver->give(2);
    TaskGroup group(world.loops[0]);
    std::optional<Result<int>> taken;
    const auto take = [&]() -> Task<> { taken = co_await handoff.take(); };
    group.spawn(take());
    EXPECT_FALSE(taken);
    giver.reset();
    EXPECT_TRUE(co_await group.drained());
    EXPECT_EQ(**taken, 2);
  });
}

TEST(Handoff, SaysUnavailableWhereTheGiverGoesWithoutAValue) {
  World world;
  world.run([&]() -> Task<> {
    Handoff<int> handoff(world.loops[0]);
    elsewhere(handoff.giver(), [](const auto&) {});
    const Result<int> taken = co_await handoff.take();
    EXPECT_EQ(taken.error().kind(), Error::Kind::unavailable);
  });
}

TEST(Handoff, RethrowsWhatTheGiverFailedWith) {
  World world;
  world.run([&]() -> Task<> {
    Handoff<int> handoff(world.loops[0]);
    elsewhere(handoff.giver(), [](const auto& giver) {
      giver.fail(std::make_exception_ptr(std::runtime_error("no")));
    });
    EXPECT_THROW((void)co_await handoff.take(), std::runtime_error);
  });
}

TEST(Handoff, DropsWhatComesAfterTheTaskWasCalledOff) {
  World world;
  const Shared witness = std::make_shared<const int>(1);
  world.run([&]() -> Task<> {
    TaskGroup group(world.loops[0]);
    std::optional<Handoff<Shared>::Giver> giver;
    const auto take = [&]() -> Task<> {
      Handoff<Shared> handoff(world.loops[0]);
      giver.emplace(handoff.giver());
      const auto taken = co_await handoff.take();
      EXPECT_EQ(taken.error().kind(), Error::Kind::cancelled);
    };
    group.spawn(take());
    group.cancel(Error(Error::Kind::cancelled, "the client left"));
    EXPECT_TRUE(co_await group.drained());
    giver->give(witness);
    EXPECT_EQ(witness.use_count(), 2);
    giver.reset();
  });
  EXPECT_TRUE(testing::eventually([&] { return witness.use_count() == 1; }));
}

TEST(Handoff, DropsWhatCameAndNobodyTook) {
  World world;
  const Shared witness = std::make_shared<const int>(1);
  world.run([&]() -> Task<> {
    Handoff<Shared> never_given(world.loops[0]);
    Handoff<Shared> handoff(world.loops[0]);
    elsewhere(handoff.giver(), [&](const auto& giver) { giver.give(witness); });
    co_return;
  });
  EXPECT_TRUE(testing::eventually([&] { return witness.use_count() == 1; }));
}

TEST(Handoff, HasOneGiver) {
  World world;
  world.run([&]() -> Task<> {
    Handoff<int> handoff(world.loops[0]);
    const Handoff<int>::Giver giver = handoff.giver();
    EXPECT_THROW((void)handoff.giver(), Bug);
    co_return;
  });
}

}  // namespace
}  // namespace omni::net
