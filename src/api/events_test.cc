#include "api/events.h"

#include "api/test_api.h"

namespace omni::api {
namespace {

using meter::Topic;

class EventsTest : public testing::ApiTest {
 protected:
  EventsTest() { serve(events_.routes()); }
  ~EventsTest() override {
    watch_.feed.close();
    server_.reset();
  }

  /// Somebody who listens, and what he has heard so far.
  struct Listener {
    net::testing::RawClient client;
    std::string heard = {};

    const std::string& until(std::string_view text) {
      while (heard.find(text) == std::string::npos) {
        const std::string more = client.read_some();
        if (more.empty()) break;
        heard += more;
      }
      EXPECT_NE(heard.find(text), std::string::npos) << heard;
      return heard;
    }
  };
  /// As soon as he would hear.
  Listener listen(const std::string& query, const std::string& fields) {
    Listener listener{net::testing::RawClient(server_->port())};
    listener.client.send("GET /api/events" + query + " HTTP/1.1\r\nhost: localhost\r\n" + fields +
                         "\r\n");
    listener.until("retry: 2000\n\n");
    return listener;
  }
  void log_in(std::string id, Clock::Wall until) {
    write([&](sql::Session& session) {
      return store::add_login_session(session, {.id_hash = std::move(id), .expires_at = until});
    });
  }
  static constexpr const char* owner = "x-caller: owner\r\n";

  Events events_{*with_};
};

TEST_F(EventsTest, GetApiEventsTellsWhatHappens) {
  auto client = listen("?topics=audit", owner);
  EXPECT_NE(client.heard.find("200 OK"), std::string::npos);
  EXPECT_NE(client.heard.find("text/event-stream"), std::string::npos);
  EXPECT_NE(client.heard.find("x-accel-buffering: no"), std::string::npos);
  watch_.feed.tell(Topic::stats, "stats", "{}");
  watch_.feed.tell(Topic::audit, "audit", R"({"n":1})");
  const std::string& heard = client.until("{\"n\":1}\n\n");
  EXPECT_NE(heard.find("id: 1772359200000-1\nevent: audit\ndata: {\"n\":1}\n\n"), std::string::npos)
      << heard;
}

TEST_F(EventsTest, GetApiEventsGoesOnWhereOneWasCutOff) {
  auto first = listen("?topics=audit", owner);
  watch_.feed.tell(Topic::audit, "audit", R"({"n":1})");
  watch_.feed.tell(Topic::audit, "audit", R"({"n":2})");
  auto second = listen("?topics=audit", std::string(owner) + "last-event-id: 1772359200000-1\r\n");
  const std::string& heard = second.until("{\"n\":2}\n\n");
  EXPECT_EQ(heard.find("{\"n\":1}"), std::string::npos) << heard;
  auto third = listen("", std::string(owner) + "last-event-id: 17-1\r\n");
  third.until("event: resync\ndata: {}\n\n");
}

TEST_F(EventsTest, HeadApiEventsAnswersItsHeadAndEnds) {
  net::testing::RawClient client(server_->port());
  client.send("HEAD /api/events HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n" +
              std::string(owner) + "\r\n");
  const std::string answer = client.read_to_end();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200")) << answer;
  EXPECT_NE(answer.find("content-type: text/event-stream"), std::string::npos) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
  EXPECT_FALSE(watch_.feed.wants(Topic::stats)) << "nobody listens";
}

TEST_F(EventsTest, GetApiEventsRefusesWhatThereIsNot) {
  EXPECT_EQ(get("/api/events?topics=request,weather").status, 400);
}

TEST_F(EventsTest, GetApiEventsRefusesWhoIsOneTooMany) {
  std::vector<Listener> clients;
  for (int i = 0; i < 32; ++i) clients.push_back(listen("", owner));
  EXPECT_EQ(ask({.path = "/api/events", .caller = "owner"}).status, 503);
}

TEST_F(EventsTest, GetApiEventsEndsAtOnceAtTheEnd) {
  auto client = listen("", owner);
  watch_.feed.close();
  client.until("0\r\n\r\n");
}

TEST_F(EventsTest, GetApiEventsEndsWhenWhoListensIsLoggedOut) {
  log_in("me", clock_.wall() + std::chrono::hours(1));
  auto client = listen("", "x-caller: session\r\nx-id: me\r\n");
  write([](sql::Session& session) { return store::end_login_session(session, "me"); });
  watch_.feed.wake_all();
  client.until("0\r\n\r\n");
}

TEST_F(EventsTest, GetApiEventsEndsWithTheTimeOfWhoListens) {
  log_in("me", clock_.wall() + std::chrono::hours(1));
  auto client = listen("", "x-caller: session\r\nx-id: me\r\n");
  world_.run([this]() -> net::Task<> {
    clock_.advance(std::chrono::hours(1));
    co_return;
  });
  watch_.feed.wake_all();
  client.until("0\r\n\r\n");
}

TEST_F(EventsTest, GetApiEventsEndsForAVisitorWhenThereIsAPassword) {
  auto client = listen("", "x-caller: visitor\r\n");
  set_password(std::string(testing::test_password_hash));
  watch_.feed.wake_all();
  client.until("0\r\n\r\n");
}

TEST_F(EventsTest, WhatTheAuditHasIsToldOnceItIsStored) {
  auto client = listen("?topics=audit", owner);
  world_.run([this]() -> net::Task<> {
    EXPECT_TRUE(co_await changes_->note({.action = "it.done", .actor = "me"}));
  });
  const std::string& heard = client.until("\"requestId\":\"\"}\n\n");
  EXPECT_NE(heard.find(R"("action":"it.done","actor":"me")"), std::string::npos) << heard;
  EXPECT_EQ(audit(), "it.done me");
}

}  // namespace
}  // namespace omni::api
