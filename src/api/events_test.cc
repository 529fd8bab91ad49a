#include "api/events.h"

#include "api/test_api.h"

namespace omni::api {
namespace {

using meter::Topic;

class EventsTest : public testing::ApiTest {
 protected:
  EventsTest() { serve(events_.routes()); }
  ~EventsTest() override { watch_.feed.close(); }

  /// As soon as whoever listens hears.
  net::testing::RawClient listen(const std::string& query, const std::string& fields) {
    net::testing::RawClient client(server_->port());
    client.send("GET /api/events" + query + " HTTP/1.1\r\nhost: localhost\r\n" + fields + "\r\n");
    head_ = client.read_until("retry: 2000\n\n");
    return client;
  }
  void log_in(std::string id, Clock::Wall until) {
    write([&](sql::Session& session) {
      return store::add_login_session(session, {.id_hash = std::move(id), .expires_at = until});
    });
  }
  static constexpr const char* owner = "x-caller: owner\r\n";

  std::string head_;
  Events events_{*with_};
};

TEST_F(EventsTest, GetApiEventsTellsWhatHappens) {
  auto client = listen("?topics=audit", owner);
  EXPECT_NE(head_.find("200 OK"), std::string::npos);
  EXPECT_NE(head_.find("text/event-stream"), std::string::npos);
  EXPECT_NE(head_.find("x-accel-buffering: no"), std::string::npos);
  watch_.feed.tell(Topic::stats, "stats", "{}");
  watch_.feed.tell(Topic::audit, "audit", R"({"n":1})");
  const std::string heard = client.read_until("{\"n\":1}\n\n");
  EXPECT_NE(heard.find("id: 1772359200000-1\nevent: audit\ndata: {\"n\":1}\n\n"), std::string::npos)
      << heard;
}

TEST_F(EventsTest, GetApiEventsGoesOnWhereOneWasCutOff) {
  auto first = listen("?topics=audit", owner);
  watch_.feed.tell(Topic::audit, "audit", R"({"n":1})");
  watch_.feed.tell(Topic::audit, "audit", R"({"n":2})");
  auto second = listen("?topics=audit", std::string(owner) + "last-event-id: 1772359200000-1\r\n");
  const std::string heard = second.read_until("{\"n\":2}\n\n");
  EXPECT_EQ(heard.find("{\"n\":1}"), std::string::npos) << heard;
  auto third = listen("", std::string(owner) + "last-event-id: 17-1\r\n");
  third.read_until("event: resync\ndata: {}\n\n");
}

TEST_F(EventsTest, GetApiEventsRefusesWhatThereIsNot) {
  EXPECT_EQ(get("/api/events?topics=request,weather").status, 400);
}

TEST_F(EventsTest, GetApiEventsRefusesWhoIsOneTooMany) {
  std::vector<net::testing::RawClient> clients;
  for (int i = 0; i < 32; ++i) clients.push_back(listen("", owner));
  EXPECT_EQ(ask({.path = "/api/events", .caller = "owner"}).status, 503);
}

TEST_F(EventsTest, GetApiEventsEndsAtOnceAtTheEnd) {
  auto client = listen("", owner);
  watch_.feed.close();
  client.read_until("0\r\n\r\n");
}

TEST_F(EventsTest, GetApiEventsEndsWhenWhoListensIsLoggedOut) {
  log_in("me", clock_.wall() + std::chrono::hours(1));
  auto client = listen("", "x-caller: session\r\nx-id: me\r\n");
  write([](sql::Session& session) { return store::end_login_session(session, "me"); });
  watch_.feed.wake_all();
  client.read_until("0\r\n\r\n");
}

TEST_F(EventsTest, GetApiEventsEndsWithTheTimeOfWhoListens) {
  log_in("me", clock_.wall() + std::chrono::hours(1));
  auto client = listen("", "x-caller: session\r\nx-id: me\r\n");
  world_.run([this]() -> net::Task<> {
    clock_.advance(std::chrono::hours(1));
    co_return;
  });
  watch_.feed.wake_all();
  client.read_until("0\r\n\r\n");
}

TEST_F(EventsTest, GetApiEventsEndsForAVisitorWhenThereIsAPassword) {
  auto client = listen("", "x-caller: visitor\r\n");
  set_password(std::string(testing::test_password_hash));
  watch_.feed.wake_all();
  client.read_until("0\r\n\r\n");
}

TEST_F(EventsTest, WhatTheAuditHasIsToldOnceItIsStored) {
  auto client = listen("?topics=audit", owner);
  world_.run([this]() -> net::Task<> {
    EXPECT_TRUE(co_await changes_->note({.action = "it.done", .actor = "me"}));
  });
  const std::string heard = client.read_until("\"requestId\":\"\"}\n\n");
  EXPECT_NE(heard.find(R"("action":"it.done","actor":"me")"), std::string::npos) << heard;
  EXPECT_EQ(audit(), "it.done me");
}

}  // namespace
}  // namespace omni::api
