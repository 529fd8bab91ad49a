#include "otlp/client_metrics.h"

#include <gtest/gtest.h>

#include "meter/traffic.h"

namespace omni::otlp {
namespace {

std::string told(const Histogram& histogram) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  histogram.write(out);
  out.end_object();
  return text;
}

TEST(Histogram, CountsAValueThatIsABoundBelowIt) {
  constexpr std::array<double, 2> bounds{1, 4};
  Histogram histogram(bounds);
  for (const double value : {0.5, 1.0, 4.0, 5.0, 6.0}) histogram.add(value);
  EXPECT_EQ(told(histogram), R"({"count":"5","sum":16.5,"min":0.5,"max":6,)"
                             R"("bucketCounts":["2","1","2"],"explicitBounds":[1,4]})");
}

TEST(ClientMetrics, CallModelsOtherThatAreTooMany) {
  ClientMetrics metrics(Clock::Wall{});
  EXPECT_TRUE(metrics.empty());
  pipeline::Trace trace;
  trace.attempts.resize(1);
  trace.attempts[0].provider = "p";
  for (std::size_t i = 0; i < meter::Traffic::models_max + 5; ++i) {
    trace.attempts[0].model = "m" + std::to_string(i);
    metrics.note(trace);
  }
  const std::string text = metrics.to_json(source_of({}, "1"), Clock::Wall{});
  EXPECT_NE(text.find(R"("stringValue":"m1023")"), std::string::npos);
  EXPECT_EQ(text.find(R"("stringValue":"m1024")"), std::string::npos);
  const std::size_t other = text.find(R"("stringValue":"other")");
  ASSERT_NE(other, std::string::npos);
  EXPECT_NE(text.rfind(R"("count":"5")", other), std::string::npos);
}

}  // namespace
}  // namespace omni::otlp
