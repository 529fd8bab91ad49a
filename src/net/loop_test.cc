#include "net/loop.h"

#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>
#include <thread>
#include <vector>

#include "net/test_net.h"

namespace omni::net {
namespace {

using testing::World;

class Alarm final : public Timer {
 public:
  explicit Alarm(std::function<void()> action) : action_(std::move(action)) {}

 private:
  void on_timer() override { action_(); }
  std::function<void()> action_;
};

class LoopTest : public ::testing::Test {
 protected:
  SystemClock clock_;
  std::string lines_;
  Log log_{clock_, {}, [this](std::string_view line) { lines_.append(line); }};
  Loop loop_{log_};
};

TEST_F(LoopTest, FiresATimerThatWasArmedBeforeItRan) {
  Alarm alarm([this] { loop_.stop(); });
  alarm.arm(loop_.wheel(), Millis(1));
  loop_.run();
  EXPECT_FALSE(alarm.armed());
}

TEST_F(LoopTest, FiresTimersArmedByTimersAndByPostedWork) {
  std::vector<int> order;
  Alarm second([&] {
    order.push_back(2);
    loop_.stop();
  });
  Alarm first([&] {
    order.push_back(1);
    second.arm(loop_.wheel(), Millis(1));
  });
  loop_.post([&] { first.arm(loop_.wheel(), Millis(1)); });
  loop_.run();
  EXPECT_EQ(order, (std::vector<int>{1, 2}));
}

TEST_F(LoopTest, WakesForASoonerTimerThanTheOneItSleepsFor) {
  Alarm far([] { ADD_FAILURE() << "an hour has passed"; });
  Alarm near([this] { loop_.stop(); });
  far.arm(loop_.wheel(), Millis(3'600'000));
  loop_.post([&] { near.arm(loop_.wheel(), Millis(1)); });
  loop_.run();
  EXPECT_TRUE(far.armed());
}

TEST_F(LoopTest, StillFiresTheOthersWhenTheNextOneWasDisarmed) {
  Alarm next([] { ADD_FAILURE() << "fired though disarmed"; });
  Alarm other([this] { loop_.stop(); });
  next.arm(loop_.wheel(), Millis(1));
  other.arm(loop_.wheel(), Millis(30));
  loop_.post([&] { next.disarm(); });
  loop_.run();
  EXPECT_FALSE(other.armed());
}

TEST_F(LoopTest, LogsTheExceptionOfPostedWorkAndGoesOn) {
  loop_.post([] { throw std::runtime_error("a bug of ours"); });
  loop_.post([this] { loop_.stop(); });
  loop_.run();
  EXPECT_NE(lines_.find("a bug of ours"), std::string::npos);
}

TEST_F(LoopTest, LendsABlockAgainOnceItIsGivenBack) {
  Block block = loop_.lend_block();
  char* const first = block.bytes().data();
  EXPECT_EQ(block.bytes().size(), Block::size);
  Block other = loop_.lend_block();
  EXPECT_NE(other.bytes().data(), first);
  Block moved = std::move(block);
  EXPECT_FALSE(block);  // NOLINT: that is the test
  moved.release();
  moved.release();
  EXPECT_EQ(loop_.lend_block().bytes().data(), first);
  other = loop_.lend_block();
  EXPECT_EQ(other.bytes().data(), first);
}

TEST(LoopPool, RunsWhatIsPostedFromManyThreads) {
  World world(2);
  constexpr int each = 200;
  std::vector<int> counts(2);  // each touched on its own loop only
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < each; ++i) {
        for (std::size_t at = 0; at < 2; ++at) world.loops[at].post([&, at] { ++counts[at]; });
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::size_t at = 0; at < 2; ++at) {
    LoopPool::run_on(world.loops[at], [&, at]() -> Task<> {
      EXPECT_EQ(counts[at], 4 * each);
      co_return;
    });
  }
}

TEST(LoopPool, HandsTheExceptionOfATaskToWhoeverWaitsForIt) {
  World world;
  const auto fail = []() -> Task<> {
    (void)co_await testing::idle(Millis(1));
    throw std::runtime_error("a bug of ours");
  };
  EXPECT_THROW(world.run(fail), std::runtime_error);
}

TEST(LoopPool, LeavesNothingOfATaskBehindWhenItReturns) {
  World world;
  for (int i = 0; i < 200; ++i) {
    auto value = std::make_unique<int>(i);
    world.run([&]() -> Task<> {
      struct Toucher {
        explicit Toucher(int& its_value) : value(its_value) {}
        ~Toucher() { ++value; }
        int& value;
      };
      const auto touch = [](Toucher) -> Task<> { co_return; };
      co_await touch(Toucher(*value));
    });
    EXPECT_GT(*value, i);
    value.reset();  // the sanitizers see whoever still touches it
  }
}

}  // namespace
}  // namespace omni::net
