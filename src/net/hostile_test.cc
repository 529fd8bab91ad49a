// Clients that want more than their share, and handlers that would break the framing.

#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <string>
#include <thread>

#include "net/test_net.h"

namespace omni::net {
namespace {

using testing::eventually;
using testing::RawClient;
using testing::TestServer;
using testing::World;

constexpr std::string_view get = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";

Task<Status> say_ok(Exchange& exchange) { co_return co_await exchange.reply_json(200, "{}"); }

TEST(Hostile, AFloodOfPipelinedRequestsLeavesRoomForOthers) {
  World world;  // one loop
  TestServer server(world, say_ok);
  std::atomic<bool> stop = false;
  std::atomic<bool> flowing = false;
  RawClient flood(server.port());
  std::thread sender([&] {
    std::string many;
    for (int i = 0; i < 1000; ++i) many.append(get);
    while (!stop) flood.send(many);
    flood.end_sending();
  });
  std::thread receiver([&] {
    while (!flood.read_some().empty()) flowing = true;
  });
  EXPECT_TRUE(eventually([&] { return flowing.load(); }));
  for (int i = 0; i < 20; ++i) {
    RawClient other(server.port());
    other.send(get);
    EXPECT_TRUE(other.read_answer().starts_with("HTTP/1.1 200 ")) << "request " << i;
  }
  stop = true;
  sender.join();
  receiver.join();
}

TEST(Hostile, ABodyThatIsMostlyChunkFramingIsRefused) {
  World world;
  TestServer server(world, [](Exchange& exchange) -> Task<Status> {
    const Result<std::string> body = co_await exchange.read_body();
    if (!body) co_return body.error();
    co_return co_await exchange.reply_json(200, "{}");
  });
  const auto answer_to_chunks = [&](std::size_t extension_bytes) {
    RawClient client(server.port());
    client.send("POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n");
    const std::string chunk = "1;" + std::string(extension_bytes, 'e') + "\r\nx\r\n";
    std::string chunks;
    for (int i = 0; i < 1000; ++i) chunks.append(chunk);
    client.send(chunks.append("0\r\n\r\n"));
    return client.read_answer();
  };
  EXPECT_TRUE(answer_to_chunks(1).starts_with("HTTP/1.1 200 "));
  EXPECT_TRUE(answer_to_chunks(1000).starts_with("HTTP/1.1 400 "));
}

TEST(Hostile, WritingToAClientThatLeftIsACancelledCallAndNoFailureOfOurs) {
  World world;
  std::atomic<int> kind = -1;
  TestServer server(world, [&kind](Exchange& exchange) -> Task<Status> {
    if (Status begun = exchange.begin(200, {}); !begun) co_return begun.error();
    const std::string piece(64 * 1024, 'x');
    for (;;) {
      const Status written = co_await exchange.write(piece);
      if (written) continue;
      kind = static_cast<int>(written.error().kind());
      co_return written.error();
    }
  });
  RawClient client(server.port());
  client.send(get);
  EXPECT_FALSE(client.read_some().empty());
  client.reset();
  EXPECT_TRUE(eventually([&] { return kind >= 0; }));
  EXPECT_EQ(static_cast<Error::Kind>(kind.load()), Error::Kind::cancelled);
}

TEST(Hostile, AHandlerCannotBringFramingOfItsOwn) {
  for (const std::string_view name : {"content-length", "Transfer-Encoding", "connection"}) {
    World world;
    TestServer server(world, [name](Exchange& exchange) -> Task<Status> {
      OutFields fields;
      fields.add(name, "3");
      co_return co_await exchange.reply(200, fields, "hello");
    });
    RawClient client(server.port());
    client.send(get);
    EXPECT_TRUE(client.read_answer().starts_with("HTTP/1.1 500 ")) << name;
  }
}

}  // namespace
}  // namespace omni::net
