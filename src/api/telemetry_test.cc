#include "api/telemetry.h"

#include "api/test_api.h"
#include "json/reader.h"

namespace omni::api {
namespace {

using meter::Traffic;

class TelemetryTest : public testing::ApiTest {
 protected:
  TelemetryTest() { serve(telemetry_.routes()); }

  void request(int status, Millis took) {
    Traffic::Request request{.provider = "acme", .model = "m", .status = status, .took = took};
    request.phases.at(static_cast<std::size_t>(meter::Phase::stream)) = took / 2;
    watch_.traffic.note(request);
    watch_.traffic.note(
        Traffic::Attempt{.provider = "acme", .model = "m", .status = status, .took = took});
  }

  Telemetry telemetry_{*with_};
};

TEST_F(TelemetryTest, GetApiTelemetrySummaryTellsHowLongRequestsTake) {
  for (int i = 0; i < 9; ++i) request(200, Millis{100});
  request(500, Millis{1000});
  clock_.advance(Millis{1500});
  const auto answer = get("/api/telemetry/summary");
  EXPECT_EQ(answer.status, 200);
  json::Reader reader;
  const json::Value root = reader.read(answer.body);
  EXPECT_EQ(root.find("count").integer(), 10);
  EXPECT_EQ(root.find("totalRequests").integer(), 10);
  EXPECT_EQ(root.find("avg").number(), 190);
  EXPECT_EQ(root.find("avgLatencyMs").number(), 190);
  EXPECT_NEAR(root.find("p50").number(), 100, 2);
  EXPECT_NEAR(root.find("p99").number(), 1000, 20);
  EXPECT_EQ(root.find("errorRate").number(), 0.1);
  EXPECT_EQ(root.find("uptime").number(), 1.5);
  EXPECT_EQ(root.find("activeConnections").integer(), 0);
  EXPECT_GT(root.find("memoryUsage").find("rss").integer(), 0);
  EXPECT_EQ(root.find("sessions").slice(), R"({"activeCount":0,"stickyBoundCount":0})");
  EXPECT_EQ(root.find("quotaMonitor").slice(), R"({"active":0})");
  const json::Value acme = root.find("providers").find("acme");
  EXPECT_EQ(acme.find("count").integer(), 10);
  EXPECT_NEAR(acme.find("p50").number(), 100, 2);
  EXPECT_NEAR(acme.find("p95").number(), 1000, 20);
  const json::Value phases = root.find("phaseBreakdown");
  EXPECT_EQ(phases.find("parse").slice(), R"({"avg":0,"p50":0,"p95":0})");
  EXPECT_EQ(phases.find("stream").find("avg").number(), 95);
}

TEST_F(TelemetryTest, GetApiTelemetrySummaryLooksAtTheWindowThatIsWanted) {
  request(200, Millis{100});
  clock_.advance(std::chrono::minutes(2));
  request(200, Millis{300});
  const auto answer = get("/api/telemetry/summary?windowMs=60000");
  EXPECT_NE(answer.body.find(R"("count":1,"avg":300)"), std::string::npos) << answer.body;
  EXPECT_NE(get("/api/telemetry/summary?windowMs=3600000").body.find(R"("count":2)"),
            std::string::npos);
  EXPECT_EQ(get("/api/telemetry/summary?windowMs=0").status, 400);
}

}  // namespace
}  // namespace omni::api
