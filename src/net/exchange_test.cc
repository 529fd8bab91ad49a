#include "net/exchange.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>

#include "net/test_net.h"

namespace omni::net {
namespace {

using testing::eventually;
using testing::RawClient;
using testing::TestServer;
using testing::World;

constexpr std::string_view get = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";
constexpr std::string_view last_get = "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
constexpr std::string_view old_get = "GET / HTTP/1.0\r\n\r\n";

std::string post(std::string_view fields, std::string_view body = {}) {
  std::string text = "POST / HTTP/1.1\r\nhost: x\r\n";
  return text.append(fields).append("\r\n\r\n").append(body);
}

bool has(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
  return found;
}

std::string_view body_of(std::string_view answer) {
  const std::size_t head_end = answer.find("\r\n\r\n");
  return head_end == answer.npos ? "" : answer.substr(head_end + 4);
}

/// The whole of a chunked body; nothing if it has no end.
std::optional<std::string> unchunked(std::string_view text) {
  ChunkDecoder decoder;
  std::string body;
  while (!decoder.done()) {
    const Result<ChunkDecoder::Piece> piece = decoder.next(text);
    if (!piece || piece->consumed == 0) return std::nullopt;
    body.append(piece->data);
    text.remove_prefix(piece->consumed);
  }
  return body;
}

Task<Status> say_hello(Exchange& exchange) { co_return co_await exchange.reply(200, {}, "hello"); }

Task<Status> echo_whole(Exchange& exchange) {
  Result<std::string> body = co_await exchange.read_body();
  if (!body) co_return body.error();
  co_return co_await exchange.reply(200, {}, *body);
}

Task<Status> echo_streamed(Exchange& exchange) {
  Status begun = exchange.begin(200, {}, exchange.body().announced());
  if (!begun) co_return begun.error();
  while (!exchange.body().done()) {
    const Result<std::string_view> piece = co_await exchange.body().read();
    if (!piece) co_return piece.error();
    const Status written = co_await exchange.write(*piece);
    if (!written) co_return written.error();
  }
  co_return co_await exchange.finish();
}

TEST(Exchange, AnswerCarriesDateLengthAndFields) {
  World world;
  TestServer server(world, [](Exchange& exchange) -> Task<Status> {
    OutFields fields;
    fields.add("a", "b").add("n", 7);
    co_return co_await exchange.reply(201, fields, "hello");
  });
  RawClient client(server.port());
  client.send(get);
  const std::string answer = client.read_answer();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 201 Created\r\ndate: ")) << answer;
  EXPECT_TRUE(answer.ends_with(" GMT\r\na: b\r\nn: 7\r\ncontent-length: 5\r\n\r\nhello")) << answer;
}

TEST(Exchange, StandingFieldsAndItsIdGoOutWithAnErrorToo) {
  World world;
  TestServer server(world, [](Exchange& exchange) -> Task<Status> {
    exchange.set_id("id-1");
    exchange.standing_fields().add("x-request-id", exchange.id());
    co_return Error(Error::Kind::forbidden, "not you", "AUTH_001");
  });
  RawClient client(server.port());
  client.send(get);
  const std::string answer = client.read_answer();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 403 ")) << answer;
  EXPECT_TRUE(has(answer, "x-request-id: id-1\r\n")) << answer;
  EXPECT_EQ(body_of(answer),
            R"({"error":{"message":"not you","type":"forbidden","code":"AUTH_001",)"
            R"("correlation_id":"id-1"}})");
}

TEST(Exchange, HeadHasTheFieldsOfGetAndNoBody) {
  World world;
  for (const bool whole : {true, false}) {
    TestServer server(
        world, whole ? say_hello : [](Exchange& exchange) -> Task<Status> {
          (void)exchange.begin(200, {});
          for (const std::string_view piece : {"hel", "lo"}) (void)co_await exchange.write(piece);
          co_return co_await exchange.finish();
        });
    RawClient client(server.port());
    client.send("HEAD / HTTP/1.1\r\nhost: x\r\n\r\n" + std::string(last_get));
    const std::string answers = client.read_to_end();
    const std::string_view framing =
        whole ? "content-length: 5\r\n" : "transfer-encoding: chunked\r\n";
    EXPECT_TRUE(has(answers.substr(0, answers.find("\r\n\r\n") + 2), framing)) << answers;
    EXPECT_TRUE(body_of(answers).starts_with("HTTP/1.1 200 OK\r\n")) << answers;
  }
}

TEST(Exchange, StatusesWithoutABodySendNone) {
  for (const int status : {204, 304}) {
    World world;
    TestServer server(world, [status](Exchange& exchange) -> Task<Status> {
      if (exchange.request().path() == "/next") co_return co_await say_hello(exchange);
      co_return co_await exchange.reply(status, {}, {});
    });
    RawClient client(server.port());
    client.send(std::string(get) + "GET /next HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    const std::string answers = client.read_to_end();
    EXPECT_TRUE(body_of(answers).starts_with("HTTP/1.1 200 OK\r\n")) << answers;
    const std::string_view first = std::string_view(answers).substr(0, answers.find("\r\n\r\n"));
    EXPECT_FALSE(has(first, "content-length") || has(first, "chunked")) << answers;
  }
}

TEST(Exchange, AsksForABodyOnlyWhenTheHandlerReadsIt) {
  World world;
  std::atomic<bool> reading = false;
  TestServer server(world, [&](Exchange& exchange) -> Task<Status> {
    reading = true;
    co_return co_await echo_whole(exchange);
  });
  RawClient client(server.port());
  for (int round = 0; round < 2; ++round) {
    client.send(post("expect: 100-continue\r\ncontent-length: 5"));
    EXPECT_EQ(client.read_answer(), "HTTP/1.1 100 Continue\r\n\r\n");
    EXPECT_TRUE(reading);
    client.send("hello");
    const std::string answer = client.read_answer();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("hello")) << answer;
  }
}

TEST(Exchange, DoesNotAskForABodyThatIsHere) {
  World world;
  TestServer server(world, echo_whole);
  RawClient client(server.port());
  client.send(post("expect: 100-continue\r\ncontent-length: 5", "hello"));
  EXPECT_TRUE(client.read_answer().starts_with("HTTP/1.1 200 OK\r\n"));
  client.send(post("expect: 100-continue\r\ncontent-length: 0"));
  EXPECT_TRUE(client.read_answer().starts_with("HTTP/1.1 200 OK\r\n"));
  client.send("POST / HTTP/1.0\r\nexpect: 100-continue\r\ncontent-length: 5\r\n\r\n");
  client.send("hello");
  EXPECT_TRUE(client.read_answer().starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST(Exchange, ABodyNeverAskedForEndsTheConnection) {
  World world;
  TestServer server(world, say_hello);
  RawClient client(server.port());
  // The client may send its body all the same: it must not be taken for a request.
  client.send(post("expect: 100-continue\r\ncontent-length: 31"));
  const std::string answer = client.read_answer();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
  EXPECT_TRUE(has(answer, "connection: close\r\n")) << answer;
  client.send(get);
  EXPECT_EQ(client.read_to_end(), "");
}

TEST(Exchange, DoesNotAskForABodyThatIsTooLarge) {
  World world;
  for (const bool whole : {true, false}) {
    ServerLimits limits;
    limits.body_bytes_max = 4;
    TestServer server(
        world,
        whole ? echo_whole : [](Exchange& exchange) -> Task<Status> {
          const Result<std::string_view> piece = co_await exchange.body().read();
          co_return piece ? co_await exchange.reply(200, {}, {}) : Status(piece.error());
        },
        limits);
    RawClient client(server.port());
    client.send(post("expect: 100-continue\r\ncontent-length: 5"));
    EXPECT_TRUE(client.read_to_end().starts_with("HTTP/1.1 413 Content Too Large\r\n"));
  }
}

TEST(Exchange, ASmallUnreadBodyLeavesTheConnectionOpen) {
  World world;
  TestServer server(world, say_hello);
  RawClient client(server.port());
  const std::string body(100'000, 'b');
  client.send(post("content-length: 100000", body) +
              post("transfer-encoding: chunked", "186a0\r\n" + body + "\r\n0\r\n\r\n") +
              std::string(last_get));
  EXPECT_EQ(count(client.read_to_end(), "HTTP/1.1 200 OK\r\n"), 3U);
}

TEST(Exchange, ALargeUnreadBodyEndsTheConnectionAfterTheAnswer) {
  World world;
  TestServer server(world, say_hello);
  const std::string part(500'000, 'b');
  for (const std::string& request :
       {post("content-length: 9000000", part),
        post("transfer-encoding: chunked", "7a120\r\n" + part + "broken")}) {
    RawClient client(server.port());
    client.send(request);
    const std::string answer = client.read_to_end();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
    EXPECT_TRUE(answer.ends_with("hello")) << answer;
  }
}

TEST(Exchange, EchoesAMegabyteStreamed) {
  World world;
  TestServer server(world, echo_streamed);
  std::string body;
  for (int i = 0; body.size() < 1024 * 1024; ++i) body.append(std::to_string(i)).append(",");
  const std::string length = "content-length: " + std::to_string(body.size());
  for (const bool chunked : {false, true}) {
    RawClient client(server.port());
    std::thread sender([&] {
      if (!chunked) return client.send(post(length + "\r\nconnection: close", body));
      client.send(post("transfer-encoding: chunked\r\nconnection: close"));
      std::string_view rest = body;
      for (std::size_t size = 1; !rest.empty(); size = size * 3 % 65'521) {
        const std::string_view piece = rest.substr(0, size);
        rest.remove_prefix(piece.size());
        std::array<char, 20> line{};
        std::snprintf(line.data(), line.size(), "%zx\r\n", piece.size());
        client.send(line.data() + std::string(piece) + "\r\n");
      }
      client.send("0\r\n\r\n");
    });
    const std::string answer = client.read_to_end();
    sender.join();
    const std::string_view got = body_of(answer);
    EXPECT_TRUE(chunked ? unchunked(got) == body : got == body) << answer.substr(0, 200);
  }
}

TEST(Exchange, AnAnswerOfUnknownLengthToHttp10EndsWithTheConnection) {
  World world;
  TestServer server(world, echo_streamed);
  RawClient client(server.port());
  client.send("POST / HTTP/1.0\r\nconnection: keep-alive\r\ncontent-length: 5\r\n\r\nhello");
  EXPECT_TRUE(
      client.read_answer().ends_with("connection: keep-alive\r\ncontent-length: 5\r\n\r\nhello"));

  TestServer unknown(world, [](Exchange& exchange) -> Task<Status> {
    (void)exchange.begin(200, {});
    (void)co_await exchange.write("hel");
    co_return co_await exchange.finish("lo");
  });
  RawClient old(unknown.port());
  old.send("GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n");
  const std::string answer = old.read_to_end();
  EXPECT_TRUE(answer.ends_with("connection: close\r\n\r\nhello")) << answer;
  EXPECT_FALSE(has(answer, "transfer-encoding")) << answer;
}

TEST(Exchange, AnErrorBeforeTheAnswerGetsItsStatus) {
  World world;
  std::atomic<Error::Kind> kind = Error::Kind::internal;
  TestServer server(
      world, [&](Exchange&) -> Task<Status> { co_return Error(kind.load(), "a \"reason\"\r\n"); });
  RawClient client(server.port());
  using enum Error::Kind;
  for (const auto& [given, status] : {std::pair{bad_request, "400 Bad Request"},
                                      {unauthorized, "401 Unauthorized"},
                                      {forbidden, "403 Forbidden"},
                                      {not_found, "404 Not Found"},
                                      {conflict, "409 Conflict"},
                                      {too_large, "413 Content Too Large"},
                                      {unsupported_media, "415 Unsupported Media Type"},
                                      {rate_limited, "429 Too Many Requests"},
                                      {over_budget, "429 Too Many Requests"},
                                      {unavailable, "503 Service Unavailable"},
                                      {timed_out, "504 Gateway Timeout"},
                                      {upstream, "502 Bad Gateway"},
                                      {internal, "500 Internal Server Error"}}) {
    kind = given;
    client.send(get);
    const std::string answer = client.read_answer();
    EXPECT_TRUE(answer.starts_with(std::string("HTTP/1.1 ") + status + "\r\n")) << answer;
    EXPECT_EQ(body_of(answer), R"({"error":{"message":"a \"reason\"\r\n","type":")" +
                                   std::string(name_of(given)) + R"("}})");
  }
  EXPECT_EQ(world.log_text(), "") << "who made the error logs it";
}

Task<Status> break_off(Exchange& exchange) {
  const std::string_view length = exchange.request().query();
  const auto announced = length.empty() ? std::nullopt : std::optional<std::uint64_t>(5);
  Status begun = exchange.begin(200, {}, announced);
  if (!begun) co_return begun.error();
  (void)co_await exchange.write("hel");
  co_return Error(Error::Kind::upstream, "the upstream broke off");
}

TEST(Exchange, AnErrorAfterTheAnswerBeganBreaksItOff) {
  World world;
  TestServer server(world, break_off);
  RawClient chunked(server.port());
  chunked.send(std::string(get) + std::string(get));
  const std::string in_chunks = chunked.read_to_end();
  EXPECT_EQ(body_of(in_chunks), "3\r\nhel\r\n") << "all that was sent, no last chunk, no reset";

  RawClient announced(server.port());
  announced.send("GET /?5 HTTP/1.1\r\nhost: x\r\n\r\n");
  EXPECT_EQ(body_of(announced.read_to_end()), "hel");

  RawClient old(server.port());
  old.send(old_get);
  EXPECT_TRUE(old.read_to_end().ends_with("(reset)")) << "an orderly end would look complete";
}

TEST(Exchange, IsLoggedAtTheLevelDebugWithoutItsQuery) {
  World world;
  TestServer server(world, [](Exchange& exchange) -> Task<Status> {
    exchange.set_id("r1");
    co_return co_await exchange.reply(204, {}, {});
  });
  RawClient client(server.port());
  client.send(get);
  client.read_answer();
  world.log.set_level(Log::Level::debug);
  client.send("GET /v1?key=hidden HTTP/1.1\r\nhost: x\r\n\r\n");
  client.read_answer();
  const std::string_view line =
      R"("event":"request.ended","id":"r1","method":"GET","path":"/v1","status":204})";
  EXPECT_TRUE(eventually([&] { return has(world.log_text(), line); })) << world.log_text();
  EXPECT_FALSE(has(world.log_text(), "hidden"));
}

TEST(Exchange, AHandlerThatThrowsIsAnsweredWith500AndLoggedOnce) {
  World world;
  TestServer server(world, [](Exchange& exchange) -> Task<Status> {
    if (exchange.request().path() == "/begun") {
      (void)exchange.begin(200, {});
      (void)co_await exchange.write("hel");
    }
    throw std::runtime_error("a bug");
  });
  RawClient client(server.port());
  client.send(get);
  const std::string answer = client.read_answer();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 500 Internal Server Error\r\n")) << answer;
  EXPECT_FALSE(has(answer, "a bug")) << "what went wrong inside is nobody's business";
  EXPECT_EQ(count(world.log_text(), "\n"), 1U) << world.log_text();
  EXPECT_TRUE(has(world.log_text(), "a bug"));

  client.send("GET /begun HTTP/1.1\r\nhost: x\r\n\r\n");
  EXPECT_TRUE(client.read_to_end().ends_with("3\r\nhel\r\n"));
  EXPECT_EQ(count(world.log_text(), "\n"), 2U) << world.log_text();
}

/// Runs a handler that makes a mistake; returns what the client gets and expects one log line.
std::string answer_of_mistake(const testing::FunctionService::Function& handler) {
  World world;
  TestServer server(world, handler);
  RawClient client(server.port());
  client.send(std::string(last_get) + std::string(get));
  std::string answer = client.read_to_end();
  EXPECT_EQ(count(world.log_text(), "request.failed"), 1U) << world.log_text();
  EXPECT_LE(count(answer, "HTTP/1.1 "), 1U) << answer;
  return answer;
}

TEST(Exchange, MistakesOfHandlersAreCaught) {
  const std::string silent =
      answer_of_mistake([](Exchange&) -> Task<Status> { co_return Nothing{}; });
  EXPECT_TRUE(silent.starts_with("HTTP/1.1 500 ")) << silent;

  const std::string unfinished = answer_of_mistake([](Exchange& exchange) -> Task<Status> {
    (void)exchange.begin(200, {});
    co_return co_await exchange.write("hel");
  });
  EXPECT_EQ(body_of(unfinished), "3\r\nhel\r\n");

  const std::string twice = answer_of_mistake([](Exchange& exchange) -> Task<Status> {
    (void)co_await say_hello(exchange);
    co_return co_await say_hello(exchange);
  });
  EXPECT_EQ(body_of(twice), "hello");

  const std::string short_body = answer_of_mistake([](Exchange& exchange) -> Task<Status> {
    (void)exchange.begin(200, {}, 5);
    (void)co_await exchange.write("he");
    co_return co_await exchange.finish("ll");
  });
  EXPECT_EQ(body_of(short_body), "he");

  const std::string long_body = answer_of_mistake([](Exchange& exchange) -> Task<Status> {
    (void)exchange.begin(200, {}, 5);
    (void)co_await exchange.write("hello");
    co_return co_await exchange.finish("!");
  });
  EXPECT_EQ(body_of(long_body), "hello");

  const std::string body_of_204 = answer_of_mistake([](Exchange& exchange) -> Task<Status> {
    (void)exchange.begin(204, {});
    co_return co_await exchange.finish("hello");
  });
  EXPECT_EQ(body_of_204, "");
}

TEST(Exchange, NoFieldOfAHandlerCanForgeAMessage) {
  World world;
  TestServer server(world, [](Exchange& exchange) -> Task<Status> {
    OutFields fields;
    fields.add("a", "b\r\ncontent-length: 0\r\n\r\nHTTP/1.1 200 OK");
    co_return co_await exchange.reply(200, fields, "hello");
  });
  RawClient client(server.port());
  client.send(last_get);
  const std::string answer = client.read_to_end();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 500 ")) << answer;
  EXPECT_EQ(count(answer, "HTTP/1.1 "), 1U) << answer;
}

TEST(Exchange, AHandlerThatOverlooksAFailedWriteDoesNotShiftTheNextAnswer) {
  World world;
  ServerLimits limits;
  limits.write_stall = Millis{30};
  std::atomic<bool> over = false;
  TestServer server(
      world,
      [&](Exchange& exchange) -> Task<Status> {
        if (exchange.request().path() == "/next")
          co_return co_await exchange.reply(200, {}, "next");
        const std::string large(32 * 1024 * 1024, 'a');
        (void)co_await exchange.reply(200, {}, large);
        over = true;
        co_return Nothing{};
      },
      limits);
  RawClient client(server.port());
  client.send(std::string(get) + "GET /next HTTP/1.1\r\nhost: x\r\n\r\n");
  EXPECT_TRUE(eventually([&] { return over.load(); }));
  const std::string answers = client.read_to_end();
  EXPECT_TRUE(answers.ends_with("(reset)"));
  EXPECT_FALSE(has(answers, "next"));
}

}  // namespace
}  // namespace omni::net
