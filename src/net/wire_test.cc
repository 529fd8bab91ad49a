#include "net/wire.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <array>
#include <random>
#include <thread>

#include "net/input.h"
#include "net/task_group.h"
#include "net/test_net.h"
#include "net/test_wire.h"

namespace omni::net {
namespace {

using testing::FdPair;
using testing::ScriptedWire;
using testing::World;

constexpr Millis patience{10'000};

std::string random_text(std::size_t size) {
  std::mt19937 random(static_cast<std::uint32_t>(size));
  std::string text(size, ' ');
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

void make_blocking(const Fd& fd) { ::fcntl(fd.number(), F_SETFL, 0); }

TEST(Wire, WritesItsPiecesInOneGoAndSkipsEmptyOnes) {
  World world;
  world.run([&]() -> Task<> {
    ScriptedWire wire(world.loops[0], {});
    const std::array<std::string_view, 5> pieces{"", "ab", "", "c", ""};
    EXPECT_TRUE(co_await wire.write(pieces, patience));
    EXPECT_EQ(wire.writes, std::vector<std::string>{"abc"});
    const std::array<std::string_view, 2> nothing{"", ""};
    EXPECT_TRUE(co_await wire.write(nothing, patience));
    EXPECT_EQ(wire.writes.size(), 1U);
  });
}

TEST(Wire, WritesOnWhereAPartialWriteStopped) {
  World world;
  world.run([&]() -> Task<> {
    const std::array<std::string_view, 3> pieces{"abc", "defgh", "i"};
    for (std::size_t bytes = 1; bytes < 10; ++bytes) {
      ScriptedWire wire(world.loops[0], {});
      wire.write_bytes_max = bytes;
      EXPECT_TRUE(co_await wire.write(pieces, patience));
      EXPECT_EQ(wire.written(), "abcdefghi");
    }
  });
}

TEST(Wire, CarriesMuchInBothDirectionsAtOnce) {
  World world;
  const std::string text = random_text(3'000'000);
  world.run([&]() -> Task<> {
    Loop& loop = world.loops[0];
    FdPair pair;
    const auto left = plain_wire(loop, std::move(pair.ours));
    const auto right = plain_wire(loop, std::move(pair.theirs));
    const auto write = [&](Wire& wire) -> Task<> {
      EXPECT_TRUE(co_await wire.write(text, patience));
      wire.end_sending();
    };
    const auto read = [&](Wire& wire) -> Task<> {
      Input input(wire);
      std::string all;
      while (*co_await input.fill(patience) > 0) {
        all.append(input.bytes());
        input.consume(input.bytes().size());
      }
      EXPECT_TRUE(all == text);
    };
    TaskGroup group(loop);
    group.spawn(write(*left));
    group.spawn(write(*right));
    group.spawn(read(*left));
    group.spawn(read(*right));
    EXPECT_TRUE(co_await group.drained());
  });
}

TEST(Wire, MissesNothingOfAPeerThatWritesInBursts) {
  World world;
  FdPair pair;
  make_blocking(pair.theirs);
  const std::string text = random_text(1'000'000);
  std::thread peer([&] {
    std::mt19937 random(1);
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t bytes = std::min<std::size_t>(1 + random() % 3000, text.size() - at);
      EXPECT_EQ(::write(pair.theirs.number(), text.data() + at, bytes),
                static_cast<ssize_t>(bytes));
      at += bytes;
      if (random() % 4 == 0) std::this_thread::yield();
    }
    pair.theirs.close();
  });
  world.run([&]() -> Task<> {
    const auto wire = plain_wire(world.loops[0], std::move(pair.ours));
    Input input(*wire);
    std::string all;
    Result<std::size_t> got = std::size_t{0};
    while ((got = co_await input.fill(patience)) && *got > 0) {
      all.append(input.bytes());
      input.consume(input.bytes().size());
    }
    EXPECT_TRUE(got) << (got ? "" : got.error().message());
    EXPECT_TRUE(all == text);
  });
  peer.join();
}

TEST(Wire, KnowsWithoutAskingThatNothingFollowsAShortRead) {
  World world;
  world.run([&]() -> Task<> {
    FdPair pair;
    const auto wire = plain_wire(world.loops[0], std::move(pair.ours));
    EXPECT_EQ(::write(pair.theirs.number(), "abcd", 4), 4);
    std::array<char, 4> bytes{};
    EXPECT_EQ(wire->try_read(std::span(bytes).first(2)).bytes, 2U);
    EXPECT_TRUE(wire->socket().may_read());
    EXPECT_EQ(wire->try_read(std::span(bytes).first(3)).bytes, 2U);
    EXPECT_FALSE(wire->socket().may_read());
    co_return;
  });
}

TEST(Wire, SaysWhyAWaitCameToNothing) {
  World world;
  world.run([&]() -> Task<> {
    using Kind = Wire::Step::Kind;
    FdPair pair;
    const auto wire = plain_wire(world.loops[0], std::move(pair.ours));
    std::array<char, 10> bytes{};
    EXPECT_EQ(wire->try_read(bytes).kind, Kind::wait_read);
    EXPECT_EQ((co_await wire->wait_for(Kind::wait_read, Millis(1))).error().kind(),
              Error::Kind::timed_out);
    EXPECT_EQ((co_await wire->wait_for(Kind::failed, forever)).error().kind(),
              Error::Kind::unavailable);
    Scope scope(co_await current_scope());
    scope.cancel(Error(Error::Kind::over_budget, "a reason of its own"));
    const Status called_off = co_await wire->wait_for(Kind::wait_read, forever).in(scope);
    EXPECT_EQ(called_off.error().kind(), Error::Kind::over_budget);
    EXPECT_TRUE(co_await wire->wait_for(Kind::wait_write, forever));
  });
}

TEST(Wire, TellsTheEndOfItsSendingAndReadsOn) {
  World world;
  world.run([&]() -> Task<> {
    FdPair pair;
    const auto wire = plain_wire(world.loops[0], std::move(pair.ours));
    EXPECT_FALSE(wire->encrypted());
    EXPECT_TRUE(co_await wire->write("bye", patience));
    wire->end_sending();
    std::array<char, 10> bytes{};
    EXPECT_EQ(::read(pair.theirs.number(), bytes.data(), bytes.size()), 3);
    EXPECT_EQ(::read(pair.theirs.number(), bytes.data(), bytes.size()), 0);
    EXPECT_EQ(::write(pair.theirs.number(), "answer", 6), 6);
    Input input(*wire);
    EXPECT_EQ(*co_await input.fill(forever), 6U);
  });
}

}  // namespace
}  // namespace omni::net
