#include "net/scope.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>

#include "net/task_group.h"
#include "net/test_net.h"

namespace omni::net {
namespace {

using testing::idle;
using testing::World;

Error left() { return {Error::Kind::cancelled, "the client left"}; }

TEST(Scope, FailsAWaitThatBeginsAfterTheCancelEvenOnASetSignal) {
  World world;
  world.run([]() -> Task<> {
    Scope& scope = co_await current_scope();
    Signal signal;
    signal.set();
    scope.cancel(left());
    EXPECT_EQ(co_await signal.wait(), Woken::cancelled);
    const Status slept = co_await idle(Millis(1));
    EXPECT_EQ(slept.error().message(), "the client left");
  });
}

TEST(Scope, WakesTheWaitingTaskAndKeepsTheFirstReason) {
  World world;
  world.run([&]() -> Task<> {
    Scope scope(co_await current_scope());
    bool ended = false;
    std::optional<Status> outcome;
    const auto wait = [&]() -> Task<> {
      outcome = co_await idle(forever).in(scope);
      ended = true;
    };
    TaskGroup group(world.loops[0]);
    group.spawn(wait());
    scope.cancel(left());
    scope.cancel(Error(Error::Kind::timed_out, "too late to matter"));
    EXPECT_FALSE(ended) << "a cancel resumed a task in the middle of another";
    co_await group.drained();
    EXPECT_TRUE(ended);
    EXPECT_EQ(outcome->error().kind(), Error::Kind::cancelled);
  });
}

TEST(Scope, LetsAFinishedWaitStandWhenTheCancelComesAfterIt) {
  World world;
  world.run([&]() -> Task<> {
    Scope scope(co_await current_scope());
    Signal signal;
    const auto wait = [&]() -> Task<> {
      EXPECT_EQ(co_await signal.wait(), Woken::signalled);
      EXPECT_EQ(co_await signal.wait(), Woken::cancelled);
    };
    const auto in_scope = [&]() -> Task<> { co_await wait().in(scope); };
    TaskGroup group(world.loops[0]);
    group.spawn(in_scope());
    signal.set();
    scope.cancel(left());  // before the task has gone on
    co_await group.drained();
  });
}

TEST(Scope, KeepsASetThatComesAfterTheCancel) {
  World world;
  world.run([&]() -> Task<> {
    Scope scope(co_await current_scope());
    Signal signal;
    const auto wait = [&]() -> Task<> { EXPECT_EQ(co_await signal.wait(), Woken::cancelled); };
    const auto in_scope = [&]() -> Task<> { co_await wait().in(scope); };
    TaskGroup group(world.loops[0]);
    group.spawn(in_scope());
    scope.cancel(left());
    signal.set();
    co_await group.drained();
    EXPECT_EQ(co_await signal.wait(), Woken::signalled);
  });
}

TEST(Scope, CancelsItsChildrenButNotItsParentOrSiblings) {
  World world;
  world.run([]() -> Task<> {
    Scope& parent = co_await current_scope();
    Scope child(parent);
    Scope sibling(parent);
    Scope grandchild(child);
    child.cancel(left());
    EXPECT_TRUE(child.cancelled() && grandchild.cancelled());
    EXPECT_FALSE(parent.cancelled() || sibling.cancelled());
    EXPECT_EQ(grandchild.why().message(), "the client left");
    const Scope born_late(grandchild);
    EXPECT_TRUE(born_late.cancelled());
  });
}

TEST(Scope, MayEndInAnyOrderAmongItsSiblings) {
  World world;
  world.run([]() -> Task<> {
    Scope& parent = co_await current_scope();
    auto a = std::make_unique<Scope>(parent);
    auto b = std::make_unique<Scope>(parent);
    auto c = std::make_unique<Scope>(parent);
    b.reset();
    const Scope d(parent);
    c.reset();
    parent.cancel(left());
    EXPECT_TRUE(a->cancelled() && d.cancelled());
  });
}

Task<Result<int>> slow(Millis duration) {
  const Status slept = co_await idle(duration);
  if (!slept) co_return slept.error();
  co_return 7;
}

TEST(Within, HandsTheResultOverWhenTheTimeIsEnough) {
  World world;
  world.run([]() -> Task<> {
    const Result<int> got = co_await within(Millis(60'000), "test", slow(Millis(1)));
    EXPECT_EQ(*got, 7);
    EXPECT_FALSE((co_await current_scope()).cancelled());
  });
}

TEST(Within, CallsTheTaskOffWhenTheTimeIsOver) {
  World world;
  world.run([]() -> Task<> {
    const Result<int> got = co_await within(Millis(1), "connecting", slow(forever));
    EXPECT_EQ(got.error().kind(), Error::Kind::timed_out);
    EXPECT_EQ(got.error().message(), "connecting");
    EXPECT_FALSE((co_await current_scope()).cancelled());
    EXPECT_TRUE(co_await idle(Millis(1))) << "the deadline outlived its task";
  });
}

TEST(Within, PassesTheReasonOfTheOuterScopeOn) {
  World world;
  world.run([&]() -> Task<> {
    Scope outer(co_await current_scope());
    std::optional<Result<int>> got;
    const auto wait = [&]() -> Task<> {
      got = co_await within(Millis(60'000), "test", slow(forever)).in(outer);
    };
    TaskGroup group(world.loops[0]);
    group.spawn(wait());
    outer.cancel(left());
    co_await group.drained();
    EXPECT_EQ(got->error().message(), "the client left");
  });
}

TEST(Within, ObeysTheShortestOfNestedLimits) {
  World world;
  world.run([]() -> Task<> {
    const Result<int> inner =
        co_await within(Millis(60'000), "outer", within(Millis(1), "inner", slow(forever)));
    EXPECT_EQ(inner.error().message(), "inner");
    const Result<int> outer =
        co_await within(Millis(1), "outer", within(Millis(60'000), "inner", slow(forever)));
    EXPECT_EQ(outer.error().message(), "outer");
  });
}

TEST(Deadline, CancelsItsScopeUnlessItIsLiftedOrGone) {
  World world;
  world.run([]() -> Task<> {
    Scope scope(co_await current_scope());
    {
      const Deadline gone(scope, Millis(1), "gone");
      Deadline lifted(scope, Millis(1), "lifted");
      lifted.lift();
    }
    EXPECT_TRUE(co_await idle(Millis(30)).in(scope));
    const Deadline deadline(scope, Millis(1), "first byte");
    const Status slept = co_await idle(forever).in(scope);
    EXPECT_EQ(slept.error().kind(), Error::Kind::timed_out);
    EXPECT_EQ(slept.error().message(), "first byte");
  });
}

}  // namespace
}  // namespace omni::net
