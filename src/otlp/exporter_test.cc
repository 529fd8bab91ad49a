// What a collector is told of real requests, and what becomes of it when the collector is slow,
// away or unwilling.

#include "otlp/exporter.h"

#include "otlp/strict_collector.h"
#include "pipeline/test_pipeline.h"

namespace omni::otlp {
namespace {

using chat::Dialect;
using net::testing::eventually;
using pipeline::testing::Mode;
using testing::StrictCollector;
using testing::TestPoint;
using testing::TestSpan;
using upstream::testing::json_reply;

class ExporterTest : public pipeline::testing::PipelineTest {
 protected:
  ExporterTest() { connect("ch", "one"); }
  ~ExporterTest() override { stop(); }

  Options options() {
    return {.traces = collector_.url("/v1/traces"),
            .metrics = collector_.url("/v1/metrics"),
            .fields = {{"x-key", "hunter2"}},
            .resource = {{"service.name", "test"}},
            .version = "1",
            .linger = Millis(1)};
  }
  Exporter::Surroundings around() { return {world_.loops[0], *tls_, clock_, random_, world_.log}; }
  void begin(Options options) {
    exporter_.emplace(around(), std::move(options));
    traces_.set_listener(&*exporter_);
  }
  void stop() {
    traces_.set_listener(nullptr);
    exporter_.reset();
  }
  void say_hi(const std::string& fields = "") {
    provider_.play(pipeline::testing::hi(Dialect::openai_chat, Mode::whole));
    pipeline::testing::Ask ask = turn(Dialect::openai_chat, "ch/m");
    ask.fields += fields;
    EXPECT_EQ(this->ask(ask).status, 200);
  }
  /// As if so many requests had ended, nobody asked for any of them.
  void end_requests(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      traces_.keep(pipeline::Trace{.request_id = "t-" + std::to_string(i)});
    }
  }
  static std::size_t times_in(const std::string& whole, const std::string& text) {
    std::size_t times = 0;
    for (std::size_t at = whole.find(text); at != std::string::npos;
         at = whole.find(text, at + 1)) {
      ++times;
    }
    return times;
  }
  std::size_t times_in_log(const std::string& text) { return times_in(world_.log_text(), text); }

  StrictCollector collector_{world_};
  std::optional<Exporter> exporter_;
};

TEST_F(ExporterTest, TellsOfARequestAndItsAttemptInTheTraceOfTheClient) {
  begin(options());
  say_hi("traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n");
  const std::vector<TestSpan> spans = collector_.spans(2);
  ASSERT_EQ(spans.size(), 2U);
  const TestSpan& request = spans[0];
  const TestSpan& attempt = spans[1];
  EXPECT_EQ(request.name, "chat ch/m");
  EXPECT_EQ(request.kind, 2);
  EXPECT_EQ(request.trace, "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(request.parent, "00f067aa0ba902b7");
  EXPECT_EQ(request.flags, 0x301);
  EXPECT_EQ(request["http.response.status_code"], "200");
  EXPECT_EQ(request["omniroute.request_id"], "r-1");
  EXPECT_EQ(request["omniroute.cache"], "upstream");
  EXPECT_EQ(request["omniroute.cost_usd"], "1.3e-05");
  EXPECT_EQ(request["omniroute.attempts"], "1");
  EXPECT_EQ(attempt.name, "chat m");
  EXPECT_EQ(attempt.kind, 3);
  EXPECT_EQ(attempt.trace, request.trace);
  EXPECT_EQ(attempt.parent, request.id);
  EXPECT_EQ(attempt["gen_ai.operation.name"], "chat");
  EXPECT_EQ(attempt["gen_ai.provider.name"], "ch");
  EXPECT_EQ(attempt["gen_ai.request.model"], "m");
  EXPECT_EQ(attempt["gen_ai.usage.input_tokens"], "9");
  EXPECT_EQ(attempt["gen_ai.usage.output_tokens"], "2");
  EXPECT_EQ(attempt["gen_ai.response.finish_reasons"], R"({"values":[{"stringValue":"stop"}]})");
  EXPECT_EQ(attempt["server.address"], "127.0.0.1");
  EXPECT_EQ(attempt["omniroute.account"], "one");
  EXPECT_EQ(attempt["omniroute.attempt"], "1");
  EXPECT_EQ(attempt["error.type"], "none");
  EXPECT_EQ(collector_.complaints(), "");
  EXPECT_EQ(collector_.resource()["service.name"], "test");
  EXPECT_EQ(collector_.field("user-agent"), "omniroute/1");
  EXPECT_EQ(collector_.field("x-key"), "hunter2");
}

TEST_F(ExporterTest, TellsWhatFailedAndNoWordsOfIt) {
  connect("ch", "two");
  provider_.play("one", {json_reply(R"({"error":{"message":"you said Hi"}})", 429)});
  provider_.play("two", {pipeline::testing::hi(Dialect::openai_chat, Mode::whole)});
  begin(options());
  EXPECT_EQ(ask(Dialect::openai_chat, "ch/m").status, 200);
  const std::vector<TestSpan> spans = collector_.spans(3);
  ASSERT_EQ(spans.size(), 3U);
  EXPECT_EQ(spans[0].status, 0);
  EXPECT_EQ(spans[1].status, 2);
  EXPECT_EQ(spans[1]["error.type"], "429");
  EXPECT_EQ(spans[1]["http.response.status_code"], "429");
  EXPECT_EQ(spans[2]["omniroute.attempt"], "2");
  EXPECT_EQ(collector_.bodies().at(0).find("Hi"), std::string::npos);
  EXPECT_EQ(collector_.complaints(), "");
}

TEST_F(ExporterTest, TellsNothingOfAKeyThatKeepsNoLog) {
  add_key("quiet", [](store::ApiKey& key) { key.no_log = true; });
  begin(options());
  say_hi("authorization: Bearer sk-quiet\r\n");
  stop();
  EXPECT_TRUE(collector_.bodies().empty());
}

TEST_F(ExporterTest, LeavesOutWhatTheClientDoesNotSample) {
  begin(options());
  say_hi("traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00\r\n");
  say_hi();
  EXPECT_NE(collector_.spans(2).at(0).trace, "4bf92f3577b34da6a3ce929d0e0e4736");
  stop();
  EXPECT_EQ(collector_.spans(2).size(), 2U);
}

TEST_F(ExporterTest, TellsHowLongAttemptsTookAndWhatTheyUsedOnceItIsTime) {
  Options often = options();
  often.traces.reset();
  begin(often);
  say_hi();
  say_hi();
  advance(often.metrics_every);
  const std::vector<TestPoint> points = collector_.points();
  ASSERT_EQ(points.size(), 3U);
  EXPECT_EQ(points[0].metric, "gen_ai.client.token.usage");
  EXPECT_EQ(points[0].attributes.at("gen_ai.token.type"), "input");
  EXPECT_EQ(points[0].sum, 18);
  EXPECT_EQ(points[1].attributes.at("gen_ai.token.type"), "output");
  EXPECT_EQ(points[1].sum, 4);
  EXPECT_EQ(points[2].metric, "gen_ai.client.operation.duration");
  EXPECT_EQ(points[2].count, 2U);
  EXPECT_EQ(points[2].attributes.at("gen_ai.provider.name"), "ch");
  EXPECT_EQ(points[2].attributes.at("gen_ai.request.model"), "m");
  EXPECT_FALSE(points[2].attributes.contains("error.type"));
  EXPECT_EQ(collector_.complaints(), "");
}

TEST_F(ExporterTest, SendsWhatIsLeftAtTheEnd) {
  Options slowly = options();
  slowly.linger = Millis(3'600'000);
  begin(slowly);
  say_hi();
  stop();
  EXPECT_EQ(collector_.spans(2).size(), 2U);
  EXPECT_EQ(collector_.points().size(), 3U);
}

TEST_F(ExporterTest, SendsAFullBatchAtOnceAndNoneThatIsLarger) {
  Options small = options();
  small.linger = Millis(3'600'000);
  small.batch_spans_max = 4;
  begin(small);
  end_requests(4);
  EXPECT_EQ(collector_.spans(4).size(), 4U);
  end_requests(7);
  stop();
  EXPECT_EQ(collector_.spans(11).size(), 11U);
  for (const std::string& body : collector_.bodies()) {
    EXPECT_LE(times_in(body, "\"spanId\""), 4U);
  }
  EXPECT_EQ(collector_.complaints(), "");
}

TEST_F(ExporterTest, SendsABatchAgainAsItWasWhileTheCollectorIsAway) {
  collector_.answer_with({503, 429});
  begin(options());
  say_hi();
  EXPECT_EQ(collector_.spans(2).size(), 2U);
  EXPECT_TRUE(eventually([&] { return times_in_log("otlp.collector_is_back") == 1; }));
  const std::vector<std::string> bodies = collector_.bodies();
  ASSERT_EQ(bodies.size(), 3U);
  EXPECT_EQ(bodies[0], bodies[2]);
  EXPECT_EQ(times_in_log("otlp.collector_fails"), 1U);
  EXPECT_EQ(times_in_log(R"("why":"status 503")"), 1U);
}

TEST_F(ExporterTest, DropsWhatIsRefusedAndGoesOn) {
  collector_.answer_with({400});
  begin(options());
  say_hi();
  EXPECT_TRUE(eventually([&] { return times_in_log(R"("why":"status 400")") == 1; }));
  say_hi();
  EXPECT_EQ(collector_.spans(2).size(), 2U);
  EXPECT_TRUE(eventually([&] { return times_in_log(R"("lost":2)") == 1; }));
}

TEST_F(ExporterTest, HoldsUpNobodyWhileTheCollectorIsSlowAndDropsWhatDoesNotFit) {
  collector_.answer_with({0});
  Options small = options();
  small.metrics.reset();
  small.waiting_spans_max = 10;
  small.timeout = Millis(100);
  begin(small);
  end_requests(1);
  EXPECT_TRUE(eventually([&] { return collector_.bodies().size() == 1; }));
  end_requests(25);
  EXPECT_EQ(collector_.spans(11).size(), 11U);
  EXPECT_TRUE(eventually([&] { return times_in_log(R"("lost":15)") == 1; }));
  EXPECT_EQ(times_in_log("otlp.collector_fails"), 1U);
}

TEST_F(ExporterTest, EndsThoughTheCollectorNeverAnswers) {
  collector_.answer_with({0, 0, 0});
  Options hasty = options();
  hasty.farewell = Millis(20);
  begin(hasty);
  say_hi();
  const auto began = std::chrono::steady_clock::now();
  stop();
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(5));
}

TEST_F(ExporterTest, LivesWithoutACollector) {
  Options nowhere = options();
  net::testing::RawUpstream closed;
  nowhere.traces->origin = closed.origin();
  nowhere.metrics.reset();
  closed.close();
  begin(nowhere);
  say_hi();
  EXPECT_TRUE(eventually([&] { return times_in_log("otlp.collector_fails") == 1; }));
  say_hi();
  stop();
  EXPECT_EQ(times_in_log("otlp.collector_fails"), 1U);
  EXPECT_EQ(times_in_log("hunter2"), 0U);
}

}  // namespace
}  // namespace omni::otlp
