#include "net/body_writer.h"

#include <gtest/gtest.h>

#include <functional>

#include "net/test_net.h"
#include "net/test_wire.h"

namespace omni::net {
namespace {

using testing::FdPair;
using testing::ScriptedWire;
using testing::World;
using Kind = Framing::Kind;

constexpr Millis patience{10'000};
const std::string head = "HTTP/1.1 200 OK\r\n";

/// What a use of the writer puts on the wire, one entry a write.
std::vector<std::string> writes_of(const std::function<Task<>(BodyWriter&)>& use,
                                   std::size_t write_bytes_max = SIZE_MAX) {
  World world;
  std::vector<std::string> writes;
  world.run([&]() -> Task<> {
    ScriptedWire wire(world.loops[0], {});
    wire.write_bytes_max = write_bytes_max;
    BodyWriter writer(wire, patience);
    co_await use(writer);
    writes = wire.writes;
  });
  return writes;
}

using Writes = std::vector<std::string>;

TEST(BodyWriter, SendsAWholeMessageInOneWrite) {
  EXPECT_EQ(writes_of([](BodyWriter& writer) -> Task<> {
              EXPECT_FALSE(writer.begun());
              writer.begin(head, {Kind::length, 4});
              EXPECT_TRUE(writer.begun() && !writer.finished());
              EXPECT_TRUE(co_await writer.finish("body"));
              EXPECT_TRUE(writer.finished());
            }),
            Writes{head + "content-length: 4\r\n\r\nbody"});
}

TEST(BodyWriter, SendsTheHeadWithTheFirstChunkAndTheEndWithTheLast) {
  EXPECT_EQ(writes_of([](BodyWriter& writer) -> Task<> {
              writer.begin(head, {Kind::chunked, 0});
              EXPECT_TRUE(co_await writer.write("hello"));
              EXPECT_TRUE(co_await writer.write(std::string(300, 'x')));
              EXPECT_TRUE(co_await writer.finish("!"));
            }),
            (Writes{head + "transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n",
                    "12c\r\n" + std::string(300, 'x') + "\r\n", "1\r\n!\r\n0\r\n\r\n"}));
}

TEST(BodyWriter, EndsChunksThatNeverBegan) {
  EXPECT_EQ(writes_of([](BodyWriter& writer) -> Task<> {
              writer.begin(head, {Kind::chunked, 0});
              EXPECT_TRUE(co_await writer.finish());
            }),
            Writes{head + "transfer-encoding: chunked\r\n\r\n0\r\n\r\n"});
}

TEST(BodyWriter, SendsNoChunkForNothingSinceThatWouldBeTheEnd) {
  EXPECT_EQ(writes_of([](BodyWriter& writer) -> Task<> {
              writer.begin(head, {Kind::chunked, 0});
              EXPECT_TRUE(co_await writer.write(""));  // the head alone
              EXPECT_TRUE(co_await writer.write(""));
              EXPECT_TRUE(co_await writer.flush());
              EXPECT_TRUE(co_await writer.finish("a"));
            }),
            (Writes{head + "transfer-encoding: chunked\r\n\r\n", "1\r\na\r\n0\r\n\r\n"}));
}

TEST(BodyWriter, AddsNoFramingWhereTheCloseIsTheEndOrThereIsNoBody) {
  EXPECT_EQ(writes_of([](BodyWriter& writer) -> Task<> {
              writer.begin(head, {Kind::to_close, 0});
              EXPECT_TRUE(co_await writer.write("some"));
              EXPECT_TRUE(co_await writer.finish("thing"));
            }),
            (Writes{head + "\r\nsome", "thing"}));
  EXPECT_EQ(writes_of([](BodyWriter& writer) -> Task<> {
              writer.begin(head, {Kind::none, 0});
              EXPECT_TRUE(co_await writer.finish());
            }),
            Writes{head + "\r\n"});
}

TEST(BodyWriter, SendsTheHeadOnlyWhenTheBodyIsOmitted) {
  for (const std::string_view body : {"body", ""}) {
    EXPECT_EQ(writes_of([body](BodyWriter& writer) -> Task<> {
                writer.omit_body();
                writer.begin(head, {Kind::length, 4});
                EXPECT_TRUE(co_await writer.finish(body));
              }),
              Writes{head + "content-length: 4\r\n\r\n"});
  }
  EXPECT_EQ(writes_of([](BodyWriter& writer) -> Task<> {
              writer.omit_body();
              writer.begin(head, {Kind::chunked, 0});
              EXPECT_TRUE(co_await writer.write("event"));
              EXPECT_TRUE(co_await writer.finish("event"));
            }),
            Writes{head + "transfer-encoding: chunked\r\n\r\n"});
}

TEST(BodyWriter, FinishesPartialWrites) {
  const auto use = [](BodyWriter& writer) -> Task<> {
    writer.begin(head, {Kind::chunked, 0});
    EXPECT_TRUE(co_await writer.write("hello"));
    EXPECT_TRUE(co_await writer.finish("bye"));
  };
  for (std::size_t bytes = 1; bytes < 20; ++bytes) {
    std::string all;
    for (const std::string& write : writes_of(use, bytes)) all.append(write);
    EXPECT_EQ(all, head + "transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n3\r\nbye\r\n0\r\n\r\n");
  }
}

TEST(BodyWriter, AssertsThatABodyIsAsLongAsAnnounced) {
  const Writes none;
  EXPECT_EQ(writes_of([](BodyWriter& writer) -> Task<> {
              writer.begin(head, {Kind::length, 4});
              EXPECT_THROW((void)co_await writer.finish("bod"), Bug);
            }),
            none);
  EXPECT_EQ(writes_of([](BodyWriter& writer) -> Task<> {
              writer.begin(head, {Kind::length, 4});
              EXPECT_THROW((void)co_await writer.write("bodys"), Bug);
            }),
            none);
  EXPECT_EQ(writes_of([](BodyWriter& writer) -> Task<> {
              writer.begin(head, {Kind::none, 0});
              EXPECT_THROW((void)co_await writer.finish("body"), Bug);
            }),
            none);
}

TEST(BodyWriter, AssertsThatEachMessageBeginsAndEndsOnce) {
  const Writes writes = writes_of([](BodyWriter& writer) -> Task<> {
    EXPECT_THROW((void)co_await writer.write("x"), Bug);
    EXPECT_THROW((void)co_await writer.finish(), Bug);
    writer.begin(head, {Kind::to_close, 0});
    EXPECT_THROW(writer.begin(head, {}), Bug);
    EXPECT_TRUE(co_await writer.finish());
    EXPECT_THROW((void)co_await writer.write("x"), Bug);
    EXPECT_THROW((void)co_await writer.finish(), Bug);
  });
  EXPECT_EQ(writes.size(), 1U);
}

TEST(BodyWriter, GivesUpOnAPeerThatTakesNothing) {
  World world;
  world.run([&]() -> Task<> {
    FdPair pair;
    const auto wire = plain_wire(world.loops[0], std::move(pair.ours));
    BodyWriter writer(*wire, Millis(1));
    writer.begin(head, {Kind::chunked, 0});
    const std::string large(8 * 1024 * 1024, 'x');
    const Status stalled = co_await writer.write(large);
    EXPECT_EQ(stalled.error().kind(), Error::Kind::timed_out);
  });
}

TEST(BodyWriter, FailsWhenThePeerIsGone) {
  World world;
  world.run([&]() -> Task<> {
    FdPair pair;
    const auto wire = plain_wire(world.loops[0], std::move(pair.ours));
    pair.theirs.close();
    BodyWriter writer(*wire, patience);
    writer.begin(head, {Kind::chunked, 0});
    const Status lost = co_await writer.write("x");
    EXPECT_EQ(lost.error().kind(), Error::Kind::unavailable);
  });
}

}  // namespace
}  // namespace omni::net
