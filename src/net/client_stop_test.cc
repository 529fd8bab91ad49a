// Every way to stop a call before its end: each phase has a deadline of its own, and wherever the
// call is when it is cancelled, nothing of it is left.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "net/test_client.h"

namespace omni::net {
namespace {

using testing::call_and_wait;
using testing::Calling;
using testing::ClientWorld;
using testing::eventually;
using testing::get;
using testing::open_descriptors;
using testing::Outcome;
using testing::post;
using testing::RawUpstream;
using testing::StuckSource;

/// Listens, and has no room for one more connection: a peer that does not answer.
class SilentAddress {
 public:
  SilentAddress() : upstream_(0) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(upstream_.port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (Fd& fd : crowd_) {
      fd = Fd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
      // Some connect and fill the backlog, the others hang: both is what is wanted.
      (void)::connect(fd.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    }
  }
  Origin origin() const { return upstream_.origin(); }

 private:
  RawUpstream upstream_;
  std::array<Fd, 8> crowd_;
};

/// A name server that does not answer before it is told to, which it must be before the world ends.
class SilentNameServer {
 public:
  Resolver::LookUp look_up() {
    return [this](const std::string&, std::uint16_t) -> Result<std::vector<Address>> {
      asked_ = true;
      released_.get_future().wait();
      return Error(Error::Kind::unavailable, "too late");
    };
  }
  bool asked() const { return asked_; }
  void release() { released_.set_value(); }

 private:
  std::atomic<bool> asked_ = false;
  std::promise<void> released_;
};

Origin named(const RawUpstream& upstream, Scheme scheme) {
  return {scheme, "127.0.0.1", upstream.port()};
}

// --- deadlines ---

TEST(ClientDeadline, ConnectCoversTheName) {
  SilentNameServer names;
  ClientWorld::Options options;
  options.look_up = names.look_up();
  ClientWorld world(options);
  Call call = get({Scheme::http, "origin.example", 80});
  call.times.connect = Millis{30};
  const Outcome outcome = call_and_wait(world, call);
  EXPECT_TRUE(outcome.failed_as(Error::Kind::timed_out));
  EXPECT_EQ(outcome.message(), "the upstream timed out while connecting");
  names.release();
}

TEST(ClientDeadline, ConnectCoversAddressTlsAndProxy) {
  ClientWorld world;
  SilentAddress silent;
  RawUpstream mute;  // accepts and says nothing
  const Proxy http{Proxy::Kind::http, "127.0.0.1", mute.port(), std::nullopt};
  const Proxy socks{Proxy::Kind::socks5h, "127.0.0.1", mute.port(), std::nullopt};
  std::vector<Call> calls(4, get(silent.origin()));
  calls[1].origin = named(mute, Scheme::https);
  calls[2].proxy = &http;
  calls[3].proxy = &socks;
  for (Call& call : calls) {
    call.times.connect = Millis{30};
    const Outcome outcome = call_and_wait(world, call);
    EXPECT_TRUE(outcome.failed_as(Error::Kind::timed_out)) << outcome.message();
    EXPECT_EQ(outcome.message(), call.proxy == nullptr
                                     ? "the upstream timed out while connecting"
                                     : "proxy: the time was up before it had connected us");
  }
}

TEST(ClientDeadline, FirstByte) {
  ClientWorld world;
  RawUpstream upstream;
  Call call = get(upstream.origin());
  call.times.first_byte = Millis{30};
  const Outcome outcome = call_and_wait(world, call);
  EXPECT_TRUE(outcome.failed_as(Error::Kind::timed_out));
  EXPECT_EQ(outcome.message(), "the upstream timed out before its answer");
  RawUpstream::Connection connection = upstream.accept();
  EXPECT_TRUE(connection.peer_closes());
}

TEST(ClientDeadline, FirstByteIsNotPutOffByAHeadThatDrips) {
  ClientWorld world;
  RawUpstream upstream;
  Call call = get(upstream.origin());
  call.times.first_byte = Millis{100};
  Calling calling(world, call);
  RawUpstream::Connection connection = upstream.accept();
  connection.read_head();
  connection.send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nx: ");
  EXPECT_TRUE(eventually([&] {
    connection.send("y");
    world.settle();
    return calling.finished();
  }));
  EXPECT_EQ(calling.wait().message(), "the upstream timed out before its answer");
}

TEST(ClientDeadline, Idle) {
  ClientWorld world;
  RawUpstream upstream;
  Call call = get(upstream.origin());
  call.times.idle = Millis{30};
  Calling calling(world, call);
  RawUpstream::Connection connection = upstream.accept();
  connection.read_head();
  connection.send("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nbegu");
  const Outcome outcome = calling.wait();
  EXPECT_EQ(outcome.body, "begu");
  EXPECT_TRUE(outcome.failed_as(Error::Kind::timed_out));
  EXPECT_EQ(outcome.message(), "the upstream timed out in the middle of its answer");
  EXPECT_TRUE(connection.peer_closes());
}

TEST(ClientDeadline, WriteStall) {
  ClientWorld world;
  RawUpstream upstream;
  const std::string body(64 * 1024 * 1024, 'b');
  Call call = post(upstream.origin(), body);
  call.times.write_stall = Millis{30};
  const Outcome outcome = call_and_wait(world, call);
  EXPECT_TRUE(outcome.failed_as(Error::Kind::timed_out));
  EXPECT_EQ(outcome.message(), "the upstream timed out while it was sent the request");
}

TEST(ClientDeadline, CallersOwnKeepsItsWords) {
  ClientWorld world;
  RawUpstream upstream;
  Outcome outcome;
  std::thread player([&] {
    RawUpstream::Connection connection = upstream.accept();
    connection.read_head();
    connection.send("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nbegu");
    EXPECT_TRUE(connection.peer_closes());
  });
  world.world.run([&]() -> Task<> {
    const Call call = get(upstream.origin());
    const Result<std::unique_ptr<Answer>> answer = co_await world.client->send(call);
    const Result<std::string> body =
        co_await within(Millis{30}, "all of it took too long", read_all((*answer)->body(), 100));
    outcome.error = body.error();
  });
  player.join();
  EXPECT_EQ(outcome.message(), "all of it took too long");
}

// --- cancellation ---

using Connected = std::optional<RawUpstream::Connection>;

/// Cancels `call` when `until_waiting` has returned, and looks for what is left of it.
void cancel_at(ClientWorld& world, const Call& call,
               const std::function<Connected()>& until_waiting) {
  const std::size_t before = open_descriptors();
  Calling calling(world, call);
  Connected connection = until_waiting();
  EXPECT_FALSE(calling.finished());
  calling.cancel();
  const Outcome outcome = calling.wait();
  EXPECT_TRUE(outcome.failed_as(Error::Kind::cancelled)) << outcome.message();
  if (connection) EXPECT_TRUE(connection->peer_closes());
  connection.reset();
  EXPECT_EQ(world.resting(), 0U);
  EXPECT_EQ(open_descriptors(), before);
}

TEST(ClientCancel, WhileTheNameIsLookedUp) {
  SilentNameServer names;
  ClientWorld::Options options;
  options.look_up = names.look_up();
  ClientWorld world(options);
  cancel_at(world, get({Scheme::http, "origin.example", 80}), [&]() -> Connected {
    EXPECT_TRUE(eventually([&] { return names.asked(); }));
    return std::nullopt;
  });
  names.release();  // the late result finds nobody
}

TEST(ClientCancel, WhileTheAddressDoesNotAnswer) {
  ClientWorld world;
  SilentAddress silent;
  const std::size_t before = open_descriptors();
  cancel_at(world, get(silent.origin()), [&]() -> Connected {
    EXPECT_TRUE(eventually([&] { return open_descriptors() == before + 1; }));
    return std::nullopt;
  });
}

TEST(ClientCancel, InTheTlsHandshake) {
  ClientWorld world;
  RawUpstream upstream;
  cancel_at(world, get(named(upstream, Scheme::https)), [&]() -> Connected {
    RawUpstream::Connection connection = upstream.accept();
    EXPECT_EQ(connection.read_bytes(1), "\x16");  // a handshake record
    return connection;
  });
}

TEST(ClientCancel, AtTheProxy) {
  ClientWorld world;
  RawUpstream upstream;
  const Proxy http{Proxy::Kind::http, "127.0.0.1", upstream.port(), std::nullopt};
  const Proxy socks{Proxy::Kind::socks5h, "127.0.0.1", upstream.port(), std::nullopt};
  Call call = get({Scheme::http, "origin.example", 80});
  call.proxy = &http;
  cancel_at(world, call, [&]() -> Connected {
    RawUpstream::Connection connection = upstream.accept();
    EXPECT_TRUE(connection.read_head().starts_with("CONNECT "));
    connection.send("HTTP/1.1 200 ");
    world.settle();
    return connection;
  });
  call.proxy = &socks;
  cancel_at(world, call, [&]() -> Connected {
    RawUpstream::Connection connection = upstream.accept();
    EXPECT_EQ(connection.read_bytes(3), std::string("\x05\x01\x00", 3));
    connection.send({"\x05\x00", 2});
    EXPECT_EQ(connection.read_bytes(5), std::string("\x05\x01\x00\x03\x0e", 5));
    return connection;
  });
}

TEST(ClientCancel, WhileTheRequestIsSent) {
  ClientWorld world;
  RawUpstream upstream;
  const std::string body(64 * 1024 * 1024, 'b');
  cancel_at(world, post(upstream.origin(), body), [&]() -> Connected {
    RawUpstream::Connection connection = upstream.accept();
    connection.read_head();
    return connection;
  });
}

TEST(ClientCancel, WhileTheSourceIsSilent) {
  ClientWorld world;
  RawUpstream upstream;
  StuckSource source;
  Call call = post(upstream.origin(), "");
  call.source = &source;
  cancel_at(world, call, [&]() -> Connected {
    RawUpstream::Connection connection = upstream.accept();
    connection.read_head();
    return connection;
  });
}

TEST(ClientCancel, BeforeTheAnswerAndWithinEachPartOfIt) {
  ClientWorld world;
  RawUpstream upstream;
  for (const std::string_view answer :
       {"", "HTTP/1.1 200 O", "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "HTTP/1.1 200 OK\r\n\r\nhello"}) {
    cancel_at(world, get(upstream.origin()), [&]() -> Connected {
      RawUpstream::Connection connection = upstream.accept();
      connection.read_head();
      connection.send(answer);
      world.settle();
      return connection;
    });
  }
}

TEST(ClientCancel, BeforeItBegins) {
  ClientWorld world;
  RawUpstream upstream;
  Result<std::unique_ptr<Answer>> answer = Error(Error::Kind::internal, "not called");
  world.world.run([&]() -> Task<> {
    Scope scope(co_await current_scope());
    scope.cancel(Error(Error::Kind::cancelled, "cancelled"));
    const Call call = get(upstream.origin());
    answer = co_await world.client->send(call).in(scope);
  });
  EXPECT_EQ(answer.error().kind(), Error::Kind::cancelled);
}

}  // namespace
}  // namespace omni::net
