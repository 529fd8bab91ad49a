// What a call sends, and what it makes of every kind of answer.  The upstream is played by hand.

#include "net/client.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "net/test_client.h"

namespace omni::net {
namespace {

using testing::call_and_wait;
using testing::Calling;
using testing::ClientWorld;
using testing::CountedSource;
using testing::get;
using testing::Outcome;
using testing::post;
using testing::RawUpstream;
using testing::StuckSource;
using testing::Taking;

/// The outcome of one GET that is answered with `answer`, after which the upstream closes.
Outcome outcome_of(std::string_view answer, std::string_view method = "GET") {
  ClientWorld world;
  RawUpstream upstream;
  Call call = get(upstream.origin());
  call.method = method;
  Calling calling(world, call);
  RawUpstream::Connection connection = upstream.accept();
  connection.read_head();
  connection.send(answer);
  connection.close();
  return calling.wait();
}

/// What the upstream gets to see of `call`.
std::string request_of(Call call, std::size_t body_bytes) {
  ClientWorld world;
  RawUpstream upstream;
  call.origin = upstream.origin();
  call.reach = Reach::local;
  Calling calling(world, call);
  RawUpstream::Connection connection = upstream.accept();
  std::string text = connection.read_head();
  const std::size_t whole = text.find("\r\n\r\n") + 4 + body_bytes;
  if (text.size() < whole) text.append(connection.read_bytes(whole - text.size()));
  connection.send("HTTP/1.1 204 No Content\r\n\r\n");
  EXPECT_EQ(calling.wait().status, 204);
  const std::size_t host = text.find("host: ");
  return text.erase(host, text.find("\r\n", host) + 2 - host);
}

TEST(ClientRequest, GetHasNoBodyAndNoFraming) {
  Call call = get({});
  call.target = "/v1/models?limit=2";
  call.fields.add("authorization", "Bearer key");
  EXPECT_EQ(request_of(call, 0),
            "GET /v1/models?limit=2 HTTP/1.1\r\nauthorization: Bearer key\r\n\r\n");
}

TEST(ClientRequest, WholeBodyHasItsLength) {
  EXPECT_EQ(request_of(post({}, "hello"), 5), "POST / HTTP/1.1\r\ncontent-length: 5\r\n\r\nhello");
}

TEST(ClientRequest, PostWithoutBodySaysSo) {
  EXPECT_EQ(request_of(post({}, ""), 0), "POST / HTTP/1.1\r\ncontent-length: 0\r\n\r\n");
}

TEST(ClientRequest, SourceWithLengthIsSentAsAnnounced) {
  CountedSource source(7, 5);
  source.tells_length = true;
  Call call;
  call.source = &source;
  EXPECT_EQ(request_of(call, 7), "POST / HTTP/1.1\r\ncontent-length: 7\r\n\r\nbbbbbbb");
}

TEST(ClientRequest, SourceWithoutLengthIsChunked) {
  CountedSource source(7, 5);
  Call call;
  call.source = &source;
  const std::string chunks = "5\r\nbbbbb\r\n2\r\nbb\r\n0\r\n\r\n";
  EXPECT_EQ(request_of(call, chunks.size()),
            "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n" + chunks);
}

TEST(ClientRequest, DecodingAsksForCompression) {
  Call call = get({});
  call.decode = true;
  EXPECT_EQ(request_of(call, 0), "GET / HTTP/1.1\r\naccept-encoding: gzip, br, zstd\r\n\r\n");
}

TEST(ClientRequest, HostIsTheOrigin) {
  ClientWorld world;
  RawUpstream upstream;
  Calling calling(world, get(upstream.origin()));
  RawUpstream::Connection connection = upstream.accept();
  EXPECT_NE(connection.read_head().find("\r\nhost: 127.0.0.1:" + std::to_string(upstream.port())),
            std::string::npos);
}

TEST(ClientRequest, BytesThatCouldForgeARequestAreRefusedBeforeConnecting) {
  RawUpstream upstream;
  const Call good = get(upstream.origin());
  std::vector<Call> bad(10, good);
  bad[0].target = "/a\r\nx: y";
  bad[1].target = "/a b";
  bad[2].target = "http://elsewhere/";
  bad[3].target = "";
  bad[4].method = "GET / HTTP/1.1\r\n\r\nGET";
  bad[5].method = "";
  bad[6].fields.add("x", "1\r\ny: 2");
  bad[7].fields.add("x\r\ny", "2");
  bad[8].fields.add("x", std::string_view("\0", 1));
  bad[9].origin.host = "127.0.0.1\r\nx: y";
  ClientWorld world;
  for (const Call& call : bad) {
    const Outcome outcome = call_and_wait(world, call);
    EXPECT_TRUE(outcome.failed_as(Error::Kind::bad_request)) << outcome.message();
  }
  EXPECT_FALSE(upstream.has_waiting());
}

TEST(ClientRequest, FramingOfTheCallersIsRefused) {
  RawUpstream upstream;
  ClientWorld world;
  for (const char* name : {"Content-Length", "transfer-encoding", "Host"}) {
    Call call = get(upstream.origin());
    call.fields.add("accept", "*/*").add(name, "5");
    EXPECT_TRUE(call_and_wait(world, call).failed_as(Error::Kind::internal)) << name;
  }
  EXPECT_FALSE(upstream.has_waiting());
}

TEST(ClientAnswer, LengthChunksAndCloseGiveTheSameBody) {
  const std::array<std::string_view, 4> answers{
      "HTTP/1.1 200 OK\r\nContent-Length: 10\r\nX-Id: 7\r\n\r\n0123456789",
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nX-Id: 7\r\n\r\n"
      "4;ext=1\r\n0123\r\n06\r\n456789\r\n0\r\ntrailer: x\r\n\r\n",
      "HTTP/1.1 200 OK\r\nX-Id: 7\r\n\r\n0123456789",
      "HTTP/1.0 200 OK\r\nX-Id: 7\r\n\r\n0123456789",
  };
  for (const std::string_view answer : answers) {
    const Outcome outcome = outcome_of(answer);
    EXPECT_FALSE(outcome.error) << outcome.message() << "\n" << answer;
    EXPECT_EQ(outcome.status, 200);
    EXPECT_EQ(outcome.body, "0123456789") << answer;
    EXPECT_EQ(outcome.fields.at("X-Id"), "7");
  }
}

TEST(ClientAnswer, SplitAnywhereIsTheSame) {
  const std::string answer =
      "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
      "4\r\n0123\r\n6\r\n456789\r\n0\r\n\r\n";
  ClientWorld world;
  RawUpstream upstream;
  std::optional<RawUpstream::Connection> connection;
  for (std::size_t split = 1; split < answer.size(); ++split) {
    Calling calling(world, get(upstream.origin()));
    if (!connection) connection = upstream.accept();
    connection->read_head();
    connection->send(std::string_view(answer).substr(0, split));
    world.settle();
    connection->send(std::string_view(answer).substr(split));
    const Outcome outcome = calling.wait();
    ASSERT_EQ(outcome.body, "0123456789") << "split at " << split << ": " << outcome.message();
  }
  EXPECT_EQ(world.resting(), 1U);
}

TEST(ClientAnswer, ByteByByteIsTheSame) {
  ClientWorld world;
  RawUpstream upstream;
  Calling calling(world, get(upstream.origin()));
  RawUpstream::Connection connection = upstream.accept();
  connection.read_head();
  for (const char byte : std::string_view("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
                                          "a\r\n0123456789\r\n0\r\n\r\n")) {
    connection.send({&byte, 1});
    world.settle();
  }
  EXPECT_EQ(calling.wait().body, "0123456789");
}

TEST(ClientAnswer, SomeHaveNoBodyWhateverTheirFieldsSay) {
  EXPECT_EQ(outcome_of("HTTP/1.1 204 No Content\r\n\r\n").status, 204);
  EXPECT_EQ(outcome_of("HTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\n\r\n").status, 304);
  const Outcome head = outcome_of("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n", "HEAD");
  EXPECT_EQ(head.status, 200);
  EXPECT_FALSE(head.error) << head.message();
  EXPECT_EQ(head.fields.at("content-length"), "9");
}

TEST(ClientAnswer, InterimAnswersAreSkipped) {
  const Outcome outcome = outcome_of(
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\nx: y\r\n\r\n"
      "HTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\nok");
  EXPECT_EQ(outcome.status, 201);
  EXPECT_EQ(outcome.body, "ok");
}

TEST(ClientAnswer, MalformedIsTheUpstreamsFault) {
  const std::array<std::string_view, 16> answers{
      "nonsense\r\n\r\n",
      "SSH-2.0-OpenSSH_9.2\r\n",
      "HTTP/1.1 20 OK\r\n\r\n",
      "HTTP/2 200 OK\r\n\r\n",
      "HTTP/1.1 200 OK\nx: y\n\n",
      "HTTP/1.1 200 OK\r\nx: y\r\n folded\r\n\r\n",
      "HTTP/1.1 200 OK\r\nbad name: y\r\n\r\n",
      "HTTP/1.1 200 OK\r\ncontent-length: +5\r\n\r\nhello",
      "HTTP/1.1 200 OK\r\ncontent-length: 5, 5\r\n\r\nhello",
      "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello",
      "HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999\r\n\r\nhello",
      "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
      "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
      "HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n",
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello!\r\n0\r\n\r\n",
  };
  for (const std::string_view answer : answers) {
    const Outcome outcome = outcome_of(answer);
    EXPECT_TRUE(outcome.failed_as(Error::Kind::upstream)) << answer << "\n" << outcome.message();
  }
}

TEST(ClientAnswer, SwitchOfProtocolsIsRefusedAtOnce) {
  ClientWorld world;
  RawUpstream upstream;
  Calling calling(world, get(upstream.origin()));
  RawUpstream::Connection connection = upstream.accept();
  connection.read_head();
  connection.send("HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n\r\n");
  EXPECT_EQ(calling.wait().message(), "the upstream switched protocols unasked");
}

TEST(ClientAnswer, HeadOver64KiBIsRefused) {
  std::string answer = "HTTP/1.1 200 OK\r\n";
  while (answer.size() <= head_bytes_max) answer.append("x: ").append(1000, 'y').append("\r\n");
  answer.append("content-length: 0\r\n\r\n");
  EXPECT_TRUE(outcome_of(answer).failed_as(Error::Kind::upstream));
  EXPECT_TRUE(outcome_of("HTTP/1.1 200 OK\r\nx: " + std::string(head_bytes_max, 'y'))
                  .failed_as(Error::Kind::upstream));
}

TEST(ClientAnswer, HeadOfNearly64KiBIsTaken) {
  const Outcome outcome = outcome_of("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx: " +
                                     std::string(head_bytes_max - 100, 'y') + "\r\n\r\nok");
  EXPECT_EQ(outcome.body, "ok") << outcome.message();
}

TEST(ClientAnswer, TruncatedBodyIsAnErrorAfterWhatCame) {
  for (const std::string_view answer :
       {"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n01234",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\na\r\n01234",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n01234\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n01234\r\n0\r\n"}) {
    const Outcome outcome = outcome_of(answer);
    EXPECT_EQ(outcome.status, 200);
    EXPECT_TRUE(outcome.failed_as(Error::Kind::upstream)) << answer;
    EXPECT_EQ(outcome.body, "01234");
  }
}

TEST(ClientAnswer, TruncatedHeadIsTheUpstreamsFault) {
  EXPECT_TRUE(outcome_of("HTTP/1.1 200 OK\r\ncontent-le").failed_as(Error::Kind::upstream));
  EXPECT_TRUE(outcome_of("HTTP/1.1 100 Continue\r\n\r\n").failed_as(Error::Kind::upstream));
}

TEST(ClientAnswer, ResetInABodyThatRunsToTheCloseIsAnError) {
  ClientWorld world;
  RawUpstream upstream;
  Calling calling(world, get(upstream.origin()));
  RawUpstream::Connection connection = upstream.accept();
  connection.read_head();
  connection.send("HTTP/1.1 200 OK\r\n\r\n01234");
  EXPECT_TRUE(testing::eventually([&] { return calling.received() == "01234"; }));
  connection.reset();
  EXPECT_TRUE(calling.wait().error);
}

TEST(ClientAnswer, PiecesArriveAsTheyAreSent) {
  ClientWorld world;
  RawUpstream upstream;
  Calling calling(world, get(upstream.origin()));
  RawUpstream::Connection connection = upstream.accept();
  connection.read_head();
  connection.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
  std::string sent;
  for (const char* piece : {"one ", "two ", "six "}) {
    connection.send("4\r\n" + std::string(piece) + "\r\n");
    sent.append(piece);
    EXPECT_TRUE(testing::eventually([&] { return calling.received() == sent; }));
  }
  connection.send("0\r\n\r\n");
  EXPECT_FALSE(calling.wait().error);
}

TEST(ClientEarlyAnswer, RefusalIsDeliveredWhileTheBodyIsStillToCome) {
  ClientWorld world;
  RawUpstream upstream;
  StuckSource source;
  Call call = post(upstream.origin(), "");
  call.source = &source;
  Calling calling(world, call);
  RawUpstream::Connection connection = upstream.accept();
  connection.read_head();
  connection.send("HTTP/1.1 100 Continue\r\n\r\n");
  world.settle();
  connection.send("HTTP/1.1 413 Content Too Large\r\ncontent-length: 3\r\n\r\nbig");
  const Outcome outcome = calling.wait();
  EXPECT_EQ(outcome.status, 413) << outcome.message();
  EXPECT_EQ(outcome.body, "big");
  EXPECT_EQ(world.resting(), 0U);
  EXPECT_TRUE(connection.peer_closes());
}

TEST(ClientEarlyAnswer, RefusalIsDeliveredToOneWhoCannotGoOnSending) {
  ClientWorld world;
  RawUpstream upstream;
  const std::string body(64 * 1024 * 1024, 'b');
  Calling calling(world, post(upstream.origin(), body));
  RawUpstream::Connection connection = upstream.accept();
  connection.read_head();
  connection.send("HTTP/1.1 413 Content Too Large\r\ncontent-length: 3\r\n\r\nbig");
  const Outcome outcome = calling.wait();
  EXPECT_EQ(outcome.status, 413) << outcome.message();
  EXPECT_EQ(outcome.body, "big");
}

TEST(ClientEarlyAnswer, RefusalIsDeliveredThoughTheUpstreamHangsUp) {
  ClientWorld world;
  RawUpstream upstream;
  const std::string body(64 * 1024 * 1024, 'b');
  for (int round = 0; round < 10; ++round) {
    Calling calling(world, post(upstream.origin(), body));
    RawUpstream::Connection connection = upstream.accept();
    connection.read_head();
    connection.send("HTTP/1.1 413 Content Too Large\r\ncontent-length: 3\r\n\r\nbig");
    connection.close();  // with input unread, which makes it a reset
    const Outcome outcome = calling.wait();
    EXPECT_EQ(outcome.status, 413) << outcome.message();
  }
}

TEST(ClientEarlyAnswer, SuccessWaitsForTheRestOfTheRequest) {
  ClientWorld world;
  RawUpstream upstream;
  const std::string body(32 * 1024 * 1024, 'b');
  Calling calling(world, post(upstream.origin(), body));
  RawUpstream::Connection connection = upstream.accept();
  const std::string begin = connection.read_head();
  connection.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n");
  world.settle();
  const std::size_t come = begin.size() - (begin.find("\r\n\r\n") + 4);
  EXPECT_EQ(connection.read_bytes(body.size() - come).size(), body.size() - come);
  connection.send("ok");
  EXPECT_EQ(calling.wait().body, "ok");
  EXPECT_EQ(world.resting(), 1U);
}

TEST(ClientEarlyAnswer, HangUpIsNoticedWhileTheSourceIsSilent) {
  ClientWorld world;
  RawUpstream upstream;
  StuckSource source;
  Call call = post(upstream.origin(), "");
  call.source = &source;
  Calling calling(world, call);
  RawUpstream::Connection connection = upstream.accept();
  connection.read_head();
  connection.reset();
  EXPECT_TRUE(calling.wait().failed_as(Error::Kind::unavailable));
}

TEST(ClientSource, ItsFailureIsPassedOnAsItIs) {
  for (const Error::Kind kind :
       {Error::Kind::bad_request, Error::Kind::timed_out, Error::Kind::unavailable}) {
    ClientWorld world;
    RawUpstream upstream;
    StuckSource source(Error(kind, "the source's own words"));
    Call call = post(upstream.origin(), "");
    call.source = &source;
    const Outcome outcome = call_and_wait(world, call);
    EXPECT_TRUE(outcome.failed_as(kind));
    EXPECT_EQ(outcome.message(), "the source's own words");
    EXPECT_TRUE(upstream.accept().peer_closes());
  }
}

TEST(ClientSource, IsPulledNoFasterThanTheUpstreamReads) {
  constexpr std::uint64_t total = 48 * 1024 * 1024;
  constexpr std::uint64_t kernel_bytes_max = 16 * 1024 * 1024;  // in the buffers of both sockets
  ClientWorld world;
  RawUpstream upstream;
  CountedSource source(total, 64 * 1024);
  source.tells_length = true;
  Call call = post(upstream.origin(), "");
  call.source = &source;
  Calling calling(world, call);
  RawUpstream::Connection connection = upstream.accept();
  std::string text = connection.read_head();
  std::uint64_t read = text.size() - (text.find("\r\n\r\n") + 4);
  while (read < total) {
    ASSERT_LE(source.given, read + kernel_bytes_max);
    const std::string piece = connection.read_bytes(std::min<std::uint64_t>(total - read, 65536));
    ASSERT_FALSE(piece.empty());
    read += piece.size();
  }
  connection.send("HTTP/1.1 204 No Content\r\n\r\n");
  EXPECT_EQ(calling.wait().status, 204);
}

TEST(ClientBody, IsPulledNoFasterThanItIsRead) {
  constexpr std::uint64_t kernel_bytes_max = 24 * 1024 * 1024;
  std::atomic<std::uint64_t> written = 0;
  ClientWorld world;
  ServerLimits limits;
  limits.write_stall = Millis{50};
  testing::TestServer server(
      world.world,
      [&](Exchange& exchange) -> Task<Status> {
        const std::string piece(64 * 1024, 'b');
        Status state = exchange.begin(200, {});
        while (state) {
          state = co_await exchange.write(piece);
          if (state) written += piece.size();
        }
        co_return state;
      },
      limits);
  Calling calling(world, get(server.origin()), Taking::hold);
  EXPECT_TRUE(testing::eventually([&] { return server.server().connections() == 1; }));
  EXPECT_TRUE(testing::eventually([&] { return server.server().connections() == 0; }));
  EXPECT_LE(written, kernel_bytes_max);
}

}  // namespace
}  // namespace omni::net
