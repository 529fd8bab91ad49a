#include "net/event_stream.h"

#include <gtest/gtest.h>

#include "net/test_net.h"

namespace omni::net {
namespace {

using testing::RawClient;
using testing::TestServer;
using testing::World;

/// What a handler sends, without the chunks around it: HTTP/1.0 has none.
std::string sent_by(const testing::FunctionService::Function& handler,
                    std::string* head = nullptr) {
  World world;
  TestServer server(world, handler);
  RawClient client(server.port());
  client.send("GET / HTTP/1.0\r\n\r\n");
  const std::string answer = client.read_to_end();
  const std::size_t body = answer.find("\r\n\r\n") + 4;
  if (head != nullptr) *head = answer.substr(0, body);
  return answer.substr(body);
}

/// The event stream of one event.
std::string event(std::string name, std::string data) {
  return sent_by([&](Exchange& exchange) -> Task<Status> {
    EventStream events(exchange);
    (void)events.begin(200);
    (void)co_await events.send(name, data);
    co_return co_await events.finish();
  });
}

TEST(EventStream, AnnouncesWhatItIs) {
  std::string head;
  sent_by(
      [](Exchange& exchange) -> Task<Status> {
        EventStream events(exchange);
        OutFields fields;
        fields.add("x-id", "7");
        (void)events.begin(201, std::move(fields));
        co_return co_await events.finish();
      },
      &head);
  EXPECT_TRUE(head.starts_with("HTTP/1.1 201 Created\r\n")) << head;
  for (const std::string_view field : {"x-id: 7", "content-type: text/event-stream",
                                       "cache-control: no-cache", "x-accel-buffering: no"}) {
    EXPECT_NE(head.find("\r\n" + std::string(field) + "\r\n"), head.npos) << head;
  }
}

TEST(EventStream, WritesNameAndData) {
  EXPECT_EQ(event("", "{}"), "data: {}\n\n");
  EXPECT_EQ(event("ping", "{}"), "event: ping\ndata: {}\n\n");
  EXPECT_EQ(event("ping", ""), "event: ping\ndata: \n\n");
  EXPECT_EQ(event("", " a: b"), "data:  a: b\n\n");
}

TEST(EventStream, EveryLineOfTheDataSurvives) {
  EXPECT_EQ(event("", "a\nb"), "data: a\ndata: b\n\n");
  EXPECT_EQ(event("", "a\n"), "data: a\ndata: \n\n");
  EXPECT_EQ(event("", "\na"), "data: \ndata: a\n\n");
  EXPECT_EQ(event("", "\n\n"), "data: \ndata: \ndata: \n\n");
  EXPECT_EQ(event("", "a\r\nb\r\n"), "data: a\ndata: b\ndata: \n\n");
}

TEST(EventStream, NoDataCanForgeAnEvent) {
  EXPECT_EQ(event("", "a\revent: b\r\rdata: c"),
            "data: a\ndata: event: b\ndata: \ndata: data: c\n\n");
}

TEST(EventStream, NoNameOrCommentCanForgeAnEvent) {
  for (const std::string_view bad : {"a\nb", "a\rb"}) {
    World world;
    TestServer server(world, [bad](Exchange& exchange) -> Task<Status> {
      EventStream events(exchange);
      (void)events.begin(200);
      if (exchange.request().path() == "/comment") co_return co_await events.comment(bad);
      co_return co_await events.send(bad, "c");
    });
    for (const std::string path : {"/comment", "/name"}) {
      RawClient client(server.port());
      client.send("GET " + path + " HTTP/1.1\r\nhost: x\r\n\r\n");
      EXPECT_EQ(client.read_to_end().find('b'), std::string::npos);
    }
  }
}

TEST(EventStream, CommentsAndRawEventsPassAsTheyAre) {
  EXPECT_EQ(sent_by([](Exchange& exchange) -> Task<Status> {
              EventStream events(exchange);
              (void)events.begin(200);
              (void)co_await events.comment("still here");
              (void)co_await events.send_raw("data: a\n\ndata: b\n\n");
              co_return co_await events.finish();
            }),
            ": still here\n\ndata: a\n\ndata: b\n\n");
}

TEST(EventStream, AnEventArrivesWhenItIsSent) {
  World world;
  TestServer server(world, [](Exchange& exchange) -> Task<Status> {
    EventStream events(exchange);
    (void)events.begin(200);
    (void)co_await exchange.flush();
    while (!exchange.body().done()) {
      const Result<std::string_view> piece = co_await exchange.body().read();
      if (!piece) co_return piece.error();
      if (!piece->empty()) (void)co_await events.send("", *piece);
    }
    co_return co_await events.finish();
  });
  RawClient client(server.port());
  client.send("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n");
  EXPECT_TRUE(client.read_some().ends_with("\r\n\r\n"));
  client.send("a");
  EXPECT_EQ(client.read_some(), "9\r\ndata: a\n\n\r\n");
  client.send("b");
  std::string end;
  while (!end.ends_with("0\r\n\r\n")) end.append(client.read_some());
  EXPECT_EQ(end, "9\r\ndata: b\n\n\r\n0\r\n\r\n");
}

TEST(LineStream, WritesADocumentALine) {
  std::string head;
  const std::string lines = sent_by(
      [](Exchange& exchange) -> Task<Status> {
        LineStream documents(exchange);
        (void)documents.begin(200);
        (void)co_await documents.send(R"({"a":1})");
        (void)co_await documents.send(R"({"b":2})");
        co_return co_await documents.finish();
      },
      &head);
  EXPECT_EQ(lines, "{\"a\":1}\n{\"b\":2}\n");
  EXPECT_NE(head.find("\r\ncontent-type: application/x-ndjson\r\n"), head.npos) << head;
}

}  // namespace
}  // namespace omni::net
