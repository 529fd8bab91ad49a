#include "net/input.h"

#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "net/task_group.h"
#include "net/test_net.h"
#include "net/test_wire.h"

namespace omni::net {
namespace {

using testing::FdPair;
using testing::ScriptedWire;
using testing::World;

/// An input and the other end of its connection; lives on the loop.
struct Line {
  explicit Line(Loop& loop) : Line(loop, FdPair()) {}
  Line(Loop& loop, FdPair pair)
      : wire(plain_wire(loop, std::move(pair.ours))), peer(std::move(pair.theirs)), input(*wire) {}

  void send(std::string_view bytes) const {
    EXPECT_EQ(::write(peer.number(), bytes.data(), bytes.size()),
              static_cast<ssize_t>(bytes.size()));
  }

  std::unique_ptr<Wire> wire;
  Fd peer;
  Input input;
};

TEST(Input, GathersWhatComesUntilItIsConsumed) {
  World world;
  world.run([&]() -> Task<> {
    Line line(world.loops[0]);
    line.send("abc");
    EXPECT_EQ(*co_await line.input.fill(forever), 3U);
    line.input.consume(1);
    line.send("de");
    EXPECT_EQ(*co_await line.input.fill(forever), 2U);
    EXPECT_EQ(line.input.bytes(), "bcde");
    line.input.consume(4);
    EXPECT_TRUE(line.input.empty());
    line.peer.close();
    EXPECT_EQ(*co_await line.input.fill(forever), 0U);
    EXPECT_EQ(*co_await line.input.fill(forever), 0U);
  });
}

TEST(Input, KeepsWhatItHoldsOverAWaitThatFails) {
  World world;
  world.run([&]() -> Task<> {
    Line line(world.loops[0]);
    const std::string text(5000, 'x');
    line.send(text);
    EXPECT_EQ(*co_await line.input.fill(forever), text.size());
    const auto late = co_await line.input.fill(Millis(1));
    EXPECT_EQ(late.error().kind(), Error::Kind::timed_out);
    EXPECT_EQ(line.input.bytes(), text);
    line.send("y");
    EXPECT_EQ(*co_await line.input.fill(forever), 1U);
    EXPECT_EQ(line.input.bytes(), text + "y");
  });
}

TEST(Input, FailsWhenTheConnectionIsReset) {
  World world;
  world.run([&]() -> Task<> {
    Line line(world.loops[0]);
    EXPECT_EQ(::write(line.wire->socket().fd(), "unread", 6), 6);
    line.peer.close();  // with unread input: a reset
    const auto got = co_await line.input.fill(forever);
    EXPECT_EQ(got.error().kind(), Error::Kind::unavailable);
  });
}

TEST(Input, TakesNoMoreThanABlock) {
  World world;
  world.run([&]() -> Task<> {
    ScriptedWire wire(world.loops[0], {std::string(2 * Block::size, 'x')});
    Input input(wire);
    EXPECT_EQ(*co_await input.fill(forever), Block::size);
    const auto full = co_await input.fill(forever);
    EXPECT_EQ(full.error().kind(), Error::Kind::too_large);
    input.consume(Block::size - 10);
    EXPECT_EQ(*co_await input.fill(forever), Block::size - 10);
    EXPECT_EQ(input.bytes().size(), Block::size);
  });
}

TEST(Input, TriesToReadBeforeItWaits) {
  World world;
  world.run([&]() -> Task<> {
    ScriptedWire wire(world.loops[0], {"a", "b", "c"}, ScriptedWire::Waits::never);
    wire.socket().set_drained();  // as where a TLS record is decrypted already
    Input input(wire);
    EXPECT_EQ(*co_await input.fill(Millis(1000)), 1U);
    EXPECT_EQ(input.glance(), Input::Glance::more);
    EXPECT_EQ(*co_await input.fill(Millis(1000)), 1U);
    EXPECT_EQ(input.bytes(), "abc");
  });
}

TEST(Input, GlanceTakesWhatIsThereAndMovesNothing) {
  World world;
  world.run([&]() -> Task<> {
    Line line(world.loops[0]);
    EXPECT_EQ(line.input.glance(), Input::Glance::silent);
    line.send("first");
    EXPECT_EQ(line.input.glance(), Input::Glance::more);
    line.input.consume(2);
    const std::string_view lent = line.input.bytes();
    line.send("second");
    EXPECT_EQ(line.input.glance(), Input::Glance::more);
    EXPECT_EQ(line.input.bytes().data(), lent.data());
    EXPECT_EQ(line.input.bytes(), "rstsecond");
    line.peer.close();
    EXPECT_EQ(line.input.glance(), Input::Glance::gone);
    EXPECT_EQ(lent, "rst");
    co_return;
  });
}

TEST(Input, GlanceLeavesBytesAloneThatLieOutsideOfABlock) {
  World world;
  world.run([&]() -> Task<> {
    Line line(world.loops[0]);
    line.send("half a line");
    EXPECT_TRUE(co_await line.input.fill(forever));
    EXPECT_FALSE(co_await line.input.fill(Millis(1)));
    const std::string_view lent = line.input.bytes();
    line.send("more");
    EXPECT_EQ(line.input.glance(), Input::Glance::full);
    EXPECT_EQ(line.input.bytes().data(), lent.data());
    EXPECT_EQ(*co_await line.input.fill(forever), 4U);
    EXPECT_EQ(line.input.bytes(), "half a linemore");
  });
}

TEST(Input, GlanceStopsTakingWhatNobodyAskedFor) {
  World world;
  world.run([&]() -> Task<> {
    ScriptedWire wire(world.loops[0], std::deque<std::string>(100, std::string(8192, 'x')),
                      ScriptedWire::Waits::never);
    Input input(wire);
    while (input.glance() == Input::Glance::more) {
    }
    EXPECT_EQ(input.glance(), Input::Glance::full);
    EXPECT_LE(input.bytes().size(), Block::size);
    EXPECT_EQ(std::count(input.bytes().begin(), input.bytes().end(), 'x'),
              static_cast<std::ptrdiff_t>(input.bytes().size()));
    co_return;
  });
}

TEST(Input, HoldsNoBlockWhileItWaits) {
  World world;
  world.run([&]() -> Task<> {
    Loop& loop = world.loops[0];
    const char* only_block = loop.lend_block().bytes().data();
    std::vector<std::unique_ptr<Line>> lines;
    for (int i = 0; i < 200; ++i) lines.push_back(std::make_unique<Line>(loop));
    std::size_t parts = 0;
    const auto answer = [&parts](Line& line) -> Task<> {
      while (const Result<std::size_t> got = co_await line.input.fill(forever)) {
        if (*got == 0) co_return;
        if (line.input.bytes().ends_with("a part")) ++parts;
        if (line.input.bytes().ends_with('\n')) line.input.consume(line.input.bytes().size());
      }
    };
    TaskGroup group(loop);
    for (const auto& line : lines) group.spawn(answer(*line));
    for (const auto& line : lines) line->send("whole\n");
    for (const auto& line : lines) line->send("a part");
    while (parts < lines.size()) (void)co_await testing::idle(Millis(1));
    EXPECT_EQ(loop.lend_block().bytes().data(), only_block) << "somebody holds a block";
    lines.front()->send("\n");
    for (const auto& line : lines) line->peer.close();
    EXPECT_TRUE(co_await group.drained());
  });
}

#if !defined(__SANITIZE_ADDRESS__) && !__has_feature(address_sanitizer) && \
    !__has_feature(thread_sanitizer)
TEST(Input, GivesTheMemoryOfALargePartBack) {
  World world;
  world.run([&]() -> Task<> {
    Line line(world.loops[0]);
    (void)world.loops[0].lend_block();
    const std::size_t before = mallinfo2().uordblks;
    line.send(std::string(60'000, 'x'));
    EXPECT_TRUE(co_await line.input.fill(forever));
    EXPECT_FALSE(co_await line.input.fill(Millis(1)));
    EXPECT_GT(mallinfo2().uordblks, before + 59'000);  // what is held has to be somewhere
    line.send("y");
    EXPECT_TRUE(co_await line.input.fill(forever));
    line.input.consume(60'001);
    EXPECT_FALSE(co_await line.input.fill(Millis(1)));
    EXPECT_LT(mallinfo2().uordblks, before + 20'000);
  });
}
#endif

}  // namespace
}  // namespace omni::net
