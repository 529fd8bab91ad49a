// Which connections are used again, which are not, and when a request is sent a second time.

#include "net/connection_pool.h"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "net/spool.h"
#include "net/test_client.h"

namespace omni::net {
namespace {

using testing::call_and_wait;
using testing::Calling;
using testing::ClientWorld;
using testing::eventually;
using testing::get;
using testing::Outcome;
using testing::post;
using testing::RawUpstream;
using testing::Taking;

constexpr std::string_view ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

ClientWorld::Options resting(Millis rest_max, std::size_t per_key_max = 256) {
  ClientWorld::Options options;
  options.limits = {rest_max, per_key_max};
  return options;
}

/// An upstream with whom one call has been exchanged, so that its connection rests.
struct Acquainted {
  explicit Acquainted(const ClientWorld::Options& options = {}, std::string_view answer = ok)
      : world(options) {
    Calling calling(world, get(upstream.origin()));
    connection = upstream.accept();
    connection->read_head();
    connection->send(answer);
    EXPECT_FALSE(calling.wait().error);
  }

  ClientWorld world;
  RawUpstream upstream;
  std::optional<RawUpstream::Connection> connection;
};

TEST(ConnectionPool, ConnectionIsUsedAgain) {
  Acquainted known;
  EXPECT_EQ(known.world.resting(), 1U);
  for (int i = 0; i < 3; ++i) {
    Calling calling(known.world, get(known.upstream.origin()));
    EXPECT_TRUE(known.connection->read_head().starts_with("GET / HTTP/1.1\r\n"));
    known.connection->send(ok);
    const Outcome outcome = calling.wait();
    EXPECT_TRUE(outcome.reused);
    EXPECT_EQ(outcome.body, "ok");
  }
  EXPECT_FALSE(known.upstream.has_waiting());
}

TEST(ConnectionPool, AfterEveryKindOfBodyWithAnEnd) {
  for (const std::string_view answer :
       {"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        "HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\n\r\n",
        "HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 2\r\n\r\nok"}) {
    Acquainted known({}, answer);
    EXPECT_EQ(known.world.resting(), 1U) << answer;
  }
}

TEST(ConnectionPool, LastInFirstOut) {
  ClientWorld world;
  RawUpstream upstream;
  Calling first(world, get(upstream.origin()));
  RawUpstream::Connection a = upstream.accept();
  Calling second(world, get(upstream.origin()));
  RawUpstream::Connection b = upstream.accept();
  b.read_head();
  b.send(ok);
  EXPECT_FALSE(second.wait().error);
  a.read_head();
  a.send(ok);
  EXPECT_FALSE(first.wait().error);
  EXPECT_EQ(world.resting(), 2U);
  Calling third(world, get(upstream.origin()));
  EXPECT_FALSE(a.read_head().empty());
  a.send(ok);
  EXPECT_TRUE(third.wait().reused);
}

TEST(ConnectionPool, EachOriginAndProxyHasItsOwn) {
  Acquainted known;
  RawUpstream other;
  Calling elsewhere(known.world, get(other.origin()));
  RawUpstream::Connection connection = other.accept();
  connection.read_head();
  connection.send(ok);
  EXPECT_FALSE(elsewhere.wait().reused);
  EXPECT_EQ(known.world.resting(), 2U);
  // The same port, but as a proxy: what rests there speaks to the origin and not to a proxy.
  const Proxy proxy{Proxy::Kind::http, "127.0.0.1", known.upstream.port(), std::nullopt};
  Call call = get(known.upstream.origin());
  call.proxy = &proxy;
  Calling through(known.world, call);
  EXPECT_TRUE(known.upstream.accept().read_head().starts_with("CONNECT "));
}

TEST(ConnectionPool, AnotherLogInAtTheProxyIsAnotherConnection) {
  ClientWorld world;
  RawUpstream upstream;
  Proxy proxy{Proxy::Kind::http, "127.0.0.1", upstream.port(),
              Proxy::Login{Secret("user"), Secret("first")}};
  Call call = get({Scheme::http, "origin.example", 80});
  call.proxy = &proxy;
  Calling first(world, call);
  RawUpstream::Connection connection = upstream.accept();
  connection.read_head();
  connection.send("HTTP/1.1 200 OK\r\n\r\n");
  connection.read_head();
  connection.send(ok);
  EXPECT_FALSE(first.wait().error);
  proxy.login->password = Secret("second");
  Calling second(world, call);
  EXPECT_TRUE(upstream.accept().read_head().starts_with("CONNECT "));
}

TEST(ConnectionPool, HangUpAtRestEvicts) {
  Acquainted known;
  known.connection->close();
  EXPECT_TRUE(eventually([&] { return known.world.resting() == 0; }));
}

TEST(ConnectionPool, BytesAtRestEvict) {
  Acquainted known;
  known.connection->send("HTTP/1.1 408 Request Timeout\r\n\r\n");
  EXPECT_TRUE(eventually([&] { return known.world.resting() == 0; }));
  EXPECT_TRUE(known.connection->peer_closes());
}

TEST(ConnectionPool, BytesThatTheLoopHasNotSeenYetAreNoAnswer) {
  Acquainted known;
  std::promise<void> at_loop;
  std::promise<void> sent;
  std::string body;
  std::thread caller([&] {
    known.world.world.run([&]() -> Task<> {
      at_loop.set_value();
      sent.get_future().wait();  // the loop sees nothing meanwhile
      const Call call = get(known.upstream.origin());
      const Result<std::unique_ptr<Answer>> answer = co_await known.world.client->send(call);
      const Result<std::string> read = co_await read_all((*answer)->body(), 100);
      body = *read;
    });
  });
  at_loop.get_future().wait();
  known.connection->send("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nwrong");
  sent.set_value();
  RawUpstream::Connection fresh = known.upstream.accept();
  fresh.read_head();
  fresh.send(ok);
  caller.join();
  EXPECT_EQ(body, "ok");
}

TEST(ConnectionPool, AgeEvicts) {
  Acquainted known(resting(Millis{20}));
  EXPECT_TRUE(known.connection->peer_closes());
  EXPECT_EQ(known.world.resting(), 0U);
}

TEST(ConnectionPool, RestsNoLongerThanTheUpstreamSays) {
  const auto before = std::chrono::steady_clock::now();
  Acquainted known(
      {}, "HTTP/1.1 200 OK\r\nKeep-Alive: max=5, Timeout=1\r\ncontent-length: 2\r\n\r\nok");
  EXPECT_EQ(known.world.resting(), 1U);
  EXPECT_TRUE(known.connection->peer_closes());
  EXPECT_LT(std::chrono::steady_clock::now() - before, Millis{1000});
}

TEST(ConnectionPool, TimeoutOfZeroIsNotPooled) {
  Acquainted known({}, "HTTP/1.1 200 OK\r\nkeep-alive: timeout=0\r\ncontent-length: 2\r\n\r\nok");
  EXPECT_EQ(known.world.resting(), 0U);
}

TEST(ConnectionPool, NoMoreThanTheLimitRest) {
  ClientWorld world(resting(Millis{30'000}, 1));
  RawUpstream upstream;
  Calling first(world, get(upstream.origin()));
  RawUpstream::Connection a = upstream.accept();
  Calling second(world, get(upstream.origin()));
  RawUpstream::Connection b = upstream.accept();
  for (RawUpstream::Connection* connection : {&a, &b}) {
    connection->read_head();
    connection->send(ok);
  }
  EXPECT_FALSE(first.wait().error);
  EXPECT_FALSE(second.wait().error);
  EXPECT_EQ(world.resting(), 1U);
}

struct NotPooled {
  const char* why;
  std::string_view answer;
  Taking taking;
};

TEST(ConnectionPool, WhatIsNotCleanIsNeverPooled) {
  const std::vector<NotPooled> cases{
      {"half read", "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nok", Taking::first_piece},
      {"not read", ok, Taking::head_only},
      {"connection: close",
       "HTTP/1.1 200 OK\r\nconnection: x, Close\r\ncontent-length: 2\r\n\r\nok", Taking::all},
      {"HTTP/1.0", "HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok", Taking::all},
      {"bytes after the body", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok!", Taking::all},
      {"bytes after the last chunk",
       "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n!", Taking::all},
      {"a body after 204", "HTTP/1.1 204 No Content\r\n\r\nok", Taking::all},
  };
  for (const NotPooled& one : cases) {
    ClientWorld world;
    RawUpstream upstream;
    Calling calling(world, get(upstream.origin()), one.taking);
    RawUpstream::Connection connection = upstream.accept();
    connection.read_head();
    connection.send(one.answer);
    EXPECT_FALSE(calling.wait().error) << one.why;
    EXPECT_EQ(world.resting(), 0U) << one.why;
    EXPECT_TRUE(connection.peer_closes()) << one.why;
  }
}

TEST(ConnectionPool, BodyToTheCloseIsNotPooled) {
  ClientWorld world;
  RawUpstream upstream;
  Calling calling(world, get(upstream.origin()));
  RawUpstream::Connection connection = upstream.accept();
  connection.read_head();
  connection.send("HTTP/1.1 200 OK\r\n\r\nok");
  connection.close();
  EXPECT_EQ(calling.wait().body, "ok");
  EXPECT_EQ(world.resting(), 0U);
}

TEST(ConnectionPool, AbortedAnswerIsNotPooled) {
  ClientWorld world;
  RawUpstream upstream;
  Calling calling(world, get(upstream.origin()));
  RawUpstream::Connection connection = upstream.accept();
  connection.read_head();
  connection.send("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nok");
  EXPECT_TRUE(eventually([&] { return calling.received() == "ok"; }));
  calling.cancel();
  EXPECT_TRUE(calling.wait().failed_as(Error::Kind::cancelled));
  EXPECT_TRUE(connection.peer_closes());
  EXPECT_EQ(world.resting(), 0U);
}

/// The next request on the connection that rests is heard, and then the upstream goes.
void go_after_request(Acquainted& known, std::string_view last_words) {
  EXPECT_FALSE(known.connection->read_head().empty());
  known.connection->send(last_words);
  known.connection->close();
}

TEST(Retry, ReusedConnectionThatDiedBeforeAByteCame) {
  Acquainted known;
  Calling calling(known.world, post(known.upstream.origin(), "body"));
  go_after_request(known, "");
  RawUpstream::Connection fresh = known.upstream.accept();
  EXPECT_TRUE(fresh.read_head().ends_with("\r\n\r\nbody"));
  fresh.send(ok);
  const Outcome outcome = calling.wait();
  EXPECT_EQ(outcome.body, "ok");
  EXPECT_FALSE(outcome.reused);
}

TEST(Retry, ReusedConnectionThatWasReset) {
  Acquainted known;
  Calling calling(known.world, get(known.upstream.origin()));
  EXPECT_FALSE(known.connection->read_head().empty());
  known.connection->reset();
  RawUpstream::Connection fresh = known.upstream.accept();
  fresh.read_head();
  fresh.send(ok);
  EXPECT_EQ(calling.wait().body, "ok");
}

TEST(Retry, OnAFreshOneThoughOthersRest) {
  Acquainted known;
  Calling second(known.world, get(known.upstream.origin()));
  known.connection->read_head();
  Calling third(known.world, get(known.upstream.origin()));
  RawUpstream::Connection other = known.upstream.accept();
  other.read_head();
  other.send(ok);
  EXPECT_FALSE(third.wait().error);
  known.connection->send(ok);
  EXPECT_FALSE(second.wait().error);
  ASSERT_EQ(known.world.resting(), 2U);
  Calling calling(known.world, get(known.upstream.origin()));
  go_after_request(known, "");
  RawUpstream::Connection fresh = known.upstream.accept();
  fresh.read_head();
  fresh.send(ok);
  EXPECT_FALSE(calling.wait().reused);
}

TEST(Retry, NotWhenTheFreshOneDiesToo) {
  Acquainted known;
  Calling calling(known.world, get(known.upstream.origin()));
  go_after_request(known, "");
  RawUpstream::Connection fresh = known.upstream.accept();
  fresh.read_head();
  fresh.close();
  EXPECT_TRUE(calling.wait().failed_as(Error::Kind::unavailable));
  EXPECT_FALSE(known.upstream.has_waiting());
}

TEST(Retry, NotOnAFreshConnection) {
  ClientWorld world;
  RawUpstream upstream;
  Calling calling(world, get(upstream.origin()));
  {
    RawUpstream::Connection connection = upstream.accept();
    connection.read_head();
  }
  EXPECT_TRUE(calling.wait().failed_as(Error::Kind::unavailable));
  EXPECT_FALSE(upstream.has_waiting());
}

TEST(Retry, NotAfterOneByte) {
  Acquainted known;
  Calling calling(known.world, get(known.upstream.origin()));
  go_after_request(known, "H");
  EXPECT_TRUE(calling.wait().failed_as(Error::Kind::upstream));
  EXPECT_FALSE(known.upstream.has_waiting());
}

TEST(Retry, NotAfterOneByteAndAReset) {
  Acquainted known;
  Calling calling(known.world, get(known.upstream.origin()));
  EXPECT_FALSE(known.connection->read_head().empty());
  known.connection->send("H");
  known.world.settle();
  known.connection->reset();
  EXPECT_TRUE(calling.wait().error);
  EXPECT_FALSE(known.upstream.has_waiting());
}

TEST(Retry, NotAfterOneByteThatCameWhileTheRequestWasSent) {
  Acquainted known;
  const std::string body(64 * 1024 * 1024, 'b');
  Calling calling(known.world, post(known.upstream.origin(), body));
  EXPECT_FALSE(known.connection->read_head().empty());
  known.connection->send("H");
  known.world.settle();
  known.connection->reset();
  EXPECT_TRUE(calling.wait().error);
  EXPECT_FALSE(known.upstream.has_waiting());
}

TEST(Retry, NotWhenAPulledBodyWasTouched) {
  Acquainted known;
  testing::CountedSource source(4, 4);
  Call call = post(known.upstream.origin(), "");
  call.source = &source;
  Calling calling(known.world, call);
  go_after_request(known, "");
  EXPECT_TRUE(calling.wait().failed_as(Error::Kind::unavailable));
  EXPECT_FALSE(known.upstream.has_waiting());
}

TEST(Retry, WithAPulledBodyThatBeginsAnew) {
  Acquainted known;
  Workers workers(1);
  Spool spool(workers, ::testing::TempDir());
  known.world.world.run([&]() -> Task<> { EXPECT_TRUE(co_await spool.add("body")); });
  const std::unique_ptr<ByteSource> source = spool.open();
  Call call = post(known.upstream.origin(), "");
  call.source = source.get();
  Calling calling(known.world, call);
  go_after_request(known, "");
  RawUpstream::Connection fresh = known.upstream.accept();
  EXPECT_TRUE(fresh.read_head().ends_with("body"));
  fresh.send(ok);
  EXPECT_EQ(calling.wait().body, "ok");
}

TEST(Retry, NotAfterATimeOut) {
  Acquainted known;
  Call call = get(known.upstream.origin());
  call.times.first_byte = Millis{20};
  const Outcome outcome = call_and_wait(known.world, call);
  EXPECT_TRUE(outcome.failed_as(Error::Kind::timed_out));
  EXPECT_FALSE(known.upstream.has_waiting());
}

}  // namespace
}  // namespace omni::net
