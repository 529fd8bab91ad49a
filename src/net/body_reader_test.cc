#include "net/body_reader.h"

#include <gtest/gtest.h>

#include <memory>

#include "net/task_group.h"
#include "net/test_net.h"
#include "net/test_wire.h"

namespace omni::net {
namespace {

using testing::FdPair;
using testing::ScriptedWire;
using testing::World;
using Kind = Framing::Kind;

constexpr std::string_view next_message = "GET / HTTP/1.1\r\n";
constexpr std::string_view chunked_text =
    "5\r\nhello\r\n1;x=y\r\n \r\n00C\r\nchunked body\r\n0\r\nx-sum: 1\r\n\r\n";

/// The whole text as reads of their own, cut at each of `cuts`.
std::deque<std::string> cut_at(std::string_view text, std::initializer_list<std::size_t> cuts) {
  std::deque<std::string> pieces;
  std::size_t from = 0;
  for (const std::size_t cut : cuts) {
    if (cut > from) pieces.emplace_back(text.substr(from, cut - from));
    from = std::max(from, cut);
  }
  if (from < text.size()) pieces.emplace_back(text.substr(from));
  return pieces;
}

struct Outcome {
  std::string body;
  std::string left;  // in the input, for the next message
  std::optional<Error> error;
};

/// Reads a body to its end, or to its first error.
Outcome read_body(World& world, std::deque<std::string> script, Framing framing,
                  BodyReader::Options options = {}) {
  Outcome outcome;
  world.run([&]() -> Task<> {
    ScriptedWire wire(world.loops[0], std::move(script));
    Input input(wire);
    {
      BodyReader reader(input, framing, options);
      while (!reader.done() && !outcome.error) {
        const Result<std::string_view> piece = co_await reader.read();
        if (piece) outcome.body.append(*piece);
        if (!piece) outcome.error = piece.error();
      }
      EXPECT_TRUE(outcome.error || reader.bytes_read() == outcome.body.size());
    }
    if (outcome.error) co_return;
    while (*co_await input.fill(forever) > 0) {
    }
    outcome.left = input.bytes();
  });
  return outcome;
}

TEST(BodyReader, ReadsALengthWhereverTheBytesAreSplit) {
  World world;
  const std::string text = "hello body" + std::string(next_message);
  for (std::size_t cut = 0; cut < text.size(); ++cut) {
    const Outcome got = read_body(world, cut_at(text, {cut}), {Kind::length, 10});
    EXPECT_EQ(got.body, "hello body") << cut;
    EXPECT_EQ(got.left, next_message) << cut;
  }
}

TEST(BodyReader, ReadsChunksWhereverTheBytesAreSplit) {
  World world;
  const std::string text = std::string(chunked_text) + std::string(next_message);
  for (std::size_t first = 0; first < text.size(); ++first) {
    for (std::size_t second = first; second < text.size(); second += 5) {
      const Outcome got = read_body(world, cut_at(text, {first, second}), {Kind::chunked, 0});
      ASSERT_EQ(got.body, "hello chunked body") << first << " " << second;
      ASSERT_EQ(got.left, next_message) << first << " " << second;
    }
  }
}

TEST(BodyReader, ReadsChunksThatComeByteByByte) {
  World world;
  std::deque<std::string> script;
  for (const char c : chunked_text) script.emplace_back(1, c);
  EXPECT_EQ(read_body(world, script, {Kind::chunked, 0}).body, "hello chunked body");
}

TEST(BodyReader, ReadsToTheCloseWhereThatIsTheEnd) {
  World world;
  for (std::size_t cut = 0; cut < 10; ++cut) {
    const Outcome got = read_body(world, cut_at("hello body", {cut}), {Kind::to_close, 0});
    EXPECT_EQ(got.body, "hello body");
    EXPECT_FALSE(got.error);
  }
}

TEST(BodyReader, MakesOnePieceOfAllChunksOfOneRead) {
  World world;
  world.run([&]() -> Task<> {
    ScriptedWire wire(world.loops[0], {std::string(chunked_text) + std::string(next_message)});
    Input input(wire);
    {
      BodyReader reader(input, {Kind::chunked, 0}, {});
      EXPECT_EQ(*co_await reader.read(), "hello chunked body");
      EXPECT_TRUE(reader.done());
    }
    EXPECT_EQ(input.bytes(), next_message);
  });
}

TEST(BodyReader, IsDoneWithoutAnotherReadWhereThatIsKnown) {
  World world;
  world.run([&]() -> Task<> {
    ScriptedWire wire(world.loops[0], {"all"}, ScriptedWire::Waits::never);
    Input input(wire);
    EXPECT_TRUE(BodyReader(input, {Kind::none, 0}, {}).done());
    EXPECT_TRUE(BodyReader(input, {Kind::length, 0}, {}).done());
    EXPECT_FALSE(BodyReader(input, {Kind::chunked, 0}, {}).done());
    BodyReader reader(input, {Kind::length, 3}, {});
    EXPECT_FALSE(reader.done());
    EXPECT_EQ(*co_await reader.read(), "all");
    EXPECT_TRUE(reader.done());
    EXPECT_EQ(*co_await reader.read(), "");
  });
}

TEST(BodyReader, SaysWhatWasAnnounced) {
  World world;
  world.run([&]() -> Task<> {
    ScriptedWire wire(world.loops[0], {});
    Input input(wire);
    EXPECT_EQ(BodyReader(input, {Kind::none, 0}, {}).announced(), 0U);
    EXPECT_EQ(BodyReader(input, {Kind::length, 7}, {}).announced(), 7U);
    EXPECT_EQ(BodyReader(input, {Kind::chunked, 0}, {}).announced(), std::nullopt);
    EXPECT_EQ(BodyReader(input, {Kind::to_close, 0}, {}).announced(), std::nullopt);
    co_return;
  });
}

TEST(BodyReader, RefusesMoreThanItsBound) {
  World world;
  BodyReader::Options options;
  options.bytes_max = 18;
  const std::deque<std::string> script{std::string(chunked_text)};
  EXPECT_EQ(read_body(world, script, {Kind::chunked, 0}, options).body, "hello chunked body");
  options.bytes_max = 17;
  const Outcome chunks = read_body(world, script, {Kind::chunked, 0}, options);
  EXPECT_EQ(chunks.error->kind(), Error::Kind::too_large);
  const Outcome to_close = read_body(world, {std::string(18, 'x')}, {Kind::to_close, 0}, options);
  EXPECT_EQ(to_close.error->kind(), Error::Kind::too_large);
}

TEST(BodyReader, RefusesAnAnnouncedExcessBeforeItReads) {
  World world;
  world.run([&]() -> Task<> {
    ScriptedWire wire(world.loops[0], {"untouched"});
    Input input(wire);
    BodyReader reader(input, {Kind::length, 9}, {});
    reader.set_bytes_max(8);
    const auto refused = co_await reader.read();
    EXPECT_EQ(refused.error().kind(), Error::Kind::too_large);
    EXPECT_EQ(wire.reads.size(), 1U);
    reader.set_bytes_max(9);
    EXPECT_EQ(*co_await reader.read(), "untouched");
  });
}

TEST(BodyReader, FindsABodyThatEndsEarlyAtFault) {
  World world;
  BodyReader::Options options;
  options.fault = Error::Kind::upstream;
  const Outcome length = read_body(world, {"hell"}, {Kind::length, 5}, options);
  EXPECT_EQ(length.body, "hell");
  EXPECT_EQ(length.error->kind(), Error::Kind::upstream);
  EXPECT_EQ(length.error->message(),
            "the answer broke off in the middle: the connection was closed");
  for (std::size_t end = 0; end < chunked_text.size(); ++end) {
    const Outcome chunks =
        read_body(world, {std::string(chunked_text.substr(0, end))}, {Kind::chunked, 0}, options);
    ASSERT_TRUE(chunks.error) << end;
    EXPECT_EQ(chunks.error->kind(), Error::Kind::upstream) << end;
  }
}

TEST(BodyReader, HandsGoodChunksOverBeforeTheBadOne) {
  World world;
  const Outcome got = read_body(world, {"2\r\nok\r\nno number\r\n"}, {Kind::chunked, 0});
  EXPECT_EQ(got.body, "ok");
  EXPECT_EQ(got.error->kind(), Error::Kind::bad_request);
}

TEST(BodyReader, GivesBackWhatItLentWhenItGoes) {
  World world;
  world.run([&]() -> Task<> {
    ScriptedWire wire(world.loops[0], {"body" + std::string(next_message)});
    Input input(wire);
    {
      BodyReader reader(input, {Kind::length, 4}, {});
      EXPECT_EQ(*co_await reader.read(), "body");
      EXPECT_TRUE(input.bytes().starts_with("body"));  // still lent
    }
    EXPECT_EQ(input.bytes(), next_message);
  });
}

TEST(BodyReader, GivesUpOnSilence) {
  World world;
  world.run([&]() -> Task<> {
    FdPair pair;
    const auto wire = plain_wire(world.loops[0], std::move(pair.ours));
    Input input(*wire);
    BodyReader::Options options;
    options.pace.silence_max = Millis(1);
    BodyReader reader(input, {Kind::length, 5}, options);
    const auto silent = co_await reader.read();
    EXPECT_EQ(silent.error().kind(), Error::Kind::timed_out);
    // What comes later is not lost: the error ended the wait and not the body.
    EXPECT_EQ(::write(pair.theirs.number(), "late!", 5), 5);
    EXPECT_EQ(*co_await reader.read(), "late!");
  });
}

TEST(BodyReader, GivesUpOnAPeerThatTrickles) {
  World world;
  world.run([&]() -> Task<> {
    FdPair pair;
    const auto wire = plain_wire(world.loops[0], std::move(pair.ours));
    Input input(*wire);
    BodyReader::Options options;
    options.pace = {Millis(60'000), Millis(5), 1000};
    BodyReader reader(input, {Kind::length, 1000}, options);
    const auto trickle = [&]() -> Task<> {
      while (co_await testing::idle(Millis(2))) {
        if (::write(pair.theirs.number(), "x", 1) != 1) co_return;
      }
    };
    TaskGroup group(world.loops[0]);
    group.spawn(trickle());
    Result<std::string_view> piece = std::string_view();
    while (piece && !reader.done()) piece = co_await reader.read();
    EXPECT_EQ(piece.error().kind(), Error::Kind::timed_out);
    EXPECT_EQ(piece.error().message(), "the body came too slowly");
    EXPECT_LT(reader.bytes_read(), 100U);
    group.cancel(Error(Error::Kind::cancelled, "the test is over"));
    EXPECT_TRUE(co_await group.drained());
  });
}

TEST(BodyReader, IsPatientWithAPeerThatIsFastEnough) {
  World world;
  BodyReader::Options options;
  options.pace = {Millis(60'000), Millis(0), 1};
  const Outcome got = read_body(world, {"he", "ll", "o"}, {Kind::length, 5}, options);
  EXPECT_EQ(got.body, "hello");
}

TEST(ReadAll, ReadsAWholeBodyWithinItsBound) {
  World world;
  world.run([&]() -> Task<> {
    for (const std::size_t bound : {17, 18}) {
      ScriptedWire wire(world.loops[0], cut_at(chunked_text, {7, 20}));
      Input input(wire);
      BodyReader reader(input, {Kind::chunked, 0}, {});
      const Result<std::string> all = co_await read_all(reader, bound);
      EXPECT_EQ(static_cast<bool>(all), bound == 18);
      if (all) EXPECT_EQ(*all, "hello chunked body");
      if (!all) EXPECT_EQ(all.error().kind(), Error::Kind::too_large);
    }
    ScriptedWire wire(world.loops[0], {"12345"});
    Input input(wire);
    BodyReader reader(input, {Kind::length, 1ULL << 60}, {});
    EXPECT_EQ((co_await read_all(reader, 1000)).error().kind(), Error::Kind::too_large);
    EXPECT_EQ(wire.reads.size(), 1U);
  });
}

}  // namespace
}  // namespace omni::net
