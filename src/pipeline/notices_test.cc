// What whoever watches hears of requests, and what is counted of them.

#include "pipeline/notices.h"

#include "meter/watch.h"
#include "pipeline/test_pipeline.h"

namespace omni::pipeline {
namespace {

using chat::Dialect;
using meter::Feed;
using testing::Mode;

class NoticesTest : public testing::PipelineTest {
 protected:
  NoticesTest() {
    connect("an", "one");
    provider_.play(testing::hi(Dialect::anthropic, Mode::whole));
  }
  std::unique_ptr<Feed::Subscriber> listen() {
    meter::Topics topics;
    topics.set(static_cast<std::size_t>(meter::Topic::request));
    return watch_.feed.subscribe(topics, "");
  }
  static std::string take(Feed::Subscriber& from) {
    return from.take([] { return nullptr; });
  }
  testing::TestAnswer ask_as(const std::string& key) {
    testing::Ask ask = turn(Dialect::openai_chat, "an/m");
    ask.fields = "authorization: Bearer sk-" + key + "\r\n";
    return PipelineTest::ask(ask);
  }
};

TEST_F(NoticesTest, TellOfARequestThatItBeginsWhoIsAskedAndWhatItCameTo) {
  const auto one = listen();
  EXPECT_EQ(ask(Dialect::openai_chat, "an/m").status, 200);
  const std::string heard = take(*one);
  const std::size_t started = heard.find("event: request.started\n");
  const std::size_t updated = heard.find("event: request.updated\n");
  const std::size_t finished = heard.find("event: request.finished\n");
  EXPECT_LT(started, updated) << heard;
  EXPECT_LT(updated, finished) << heard;
  ASSERT_NE(finished, std::string::npos);
  for (const char* const part :
       {R"("requestedModel":"an/m","stream":false)",
        R"({"id":"r-1","attempt":1,"provider":"an","model":"m","connectionId":"c-one"})",
        R"("status":200)", R"("tokens":{"in":9,"out":2)", R"("cost":1.3e-05,)",
        R"("comboName":null,)"}) {
    EXPECT_NE(heard.find(part), std::string::npos) << part << heard;
  }
  EXPECT_EQ(heard.find("Hi"), std::string::npos) << "no word of it";
}

TEST_F(NoticesTest, TellNothingOfAKeyThatKeepsNoLogButCountIt) {
  add_key("quiet", [](store::ApiKey& key) { key.no_log = true; });
  const auto one = listen();
  EXPECT_EQ(ask_as("quiet").status, 200);
  EXPECT_EQ(take(*one), "");
  EXPECT_EQ(watch_.traffic.sums().requests, 1U);
}

TEST_F(NoticesTest, CountWhatIsTurnedAway) {
  const auto one = listen();
  EXPECT_EQ(ask(Dialect::openai_chat, "nobody/m").status, 400);
  EXPECT_NE(take(*one).find("event: request.finished\n"), std::string::npos);
  EXPECT_EQ(watch_.traffic.sums().failures, 1U);
  EXPECT_EQ(watch_.traffic.in_flight(), 0);
}

TEST_F(NoticesTest, CountWhatTheTimeOfARequestWentInto) {
  EXPECT_EQ(ask(Dialect::openai_chat, "an/m").status, 200);
  const meter::Traffic::Look look = watch_.traffic.look(meter::Recent::window_max);
  for (const meter::Durations& phase : look.phases) EXPECT_EQ(phase.count(), 1);
  ASSERT_EQ(look.providers.size(), 1U);
  EXPECT_EQ(look.providers[0].first, "an");
}

TEST_F(NoticesTest, ATraceNamesTheClientsOwnTraceIfItIsOne) {
  testing::Ask ask = turn(Dialect::openai_chat, "an/m");
  const std::string parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  ask.fields = "traceparent: " + parent + "\r\n";
  PipelineTest::ask(ask);
  EXPECT_NE(trace().find(R"("traceparent":")" + parent + "\""), std::string::npos) << trace();
  ask.fields = "traceparent: mine\r\n";
  PipelineTest::ask(ask);
  EXPECT_EQ(trace().find("traceparent"), std::string::npos) << trace();
}

}  // namespace
}  // namespace omni::pipeline
