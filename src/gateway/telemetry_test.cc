#include "gateway/telemetry.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace omni::gateway {
namespace {

constexpr const char* endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

class TelemetryTest : public ::testing::Test {
 protected:
  static Result<Config> read(const Environment& environment) {
    std::vector<std::string> warnings;
    return read_config({{}, environment, {}}, warnings);
  }
  otlp::Options options(const Environment& environment) {
    const Result<Config> config = read(environment);
    EXPECT_TRUE(config) << (config ? "" : config.error().message());
    return config ? telemetry_options(*config, random_) : otlp::Options();
  }
  static std::string refusal(const std::string& name, const std::string& value) {
    const Result<Config> config = read({{name, value}});
    return config ? "" : std::string(config.error().message());
  }
  static std::string of(const otlp::Pairs& pairs, std::string_view name) {
    const auto found = std::ranges::find(pairs, name, [](const auto& pair) { return pair.first; });
    return found == pairs.end() ? "none" : found->second;
  }
  SeededRandom random_{1};
};

TEST_F(TelemetryTest, IsOffUnlessACollectorIsNamed) {
  const otlp::Options none = options({{"OTEL_SERVICE_NAME", "x"}});
  EXPECT_FALSE(none.traces || none.metrics);
  const otlp::Options disabled =
      options({{endpoint, "http://c:4318"}, {"OTEL_SDK_DISABLED", "true"}});
  EXPECT_FALSE(disabled.traces || disabled.metrics);
  const otlp::Options half =
      options({{endpoint, "http://c:4318"}, {"OTEL_TRACES_EXPORTER", "none"}});
  EXPECT_FALSE(half.traces);
  EXPECT_TRUE(half.metrics);
}

TEST_F(TelemetryTest, GoesBehindTheAddressForAllAndToTheOneForASignal) {
  for (const char* const base : {"http://c:4318/otlp", "http://c:4318/otlp/"}) {
    const otlp::Options both = options({{endpoint, base}});
    EXPECT_EQ(both.traces->target, "/otlp/v1/traces");
    EXPECT_EQ(both.metrics->target, "/otlp/v1/metrics");
  }
  const otlp::Options own = options({{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://t/in"}});
  EXPECT_EQ(own.traces->target, "/in");
  EXPECT_EQ(own.traces->origin.host, "t");
  EXPECT_FALSE(own.metrics);
}

TEST_F(TelemetryTest, SaysWhoIsSpeaking) {
  const otlp::Options plain = options({});
  EXPECT_EQ(of(plain.resource, "service.name"), "omniroute");
  EXPECT_EQ(of(plain.resource, "service.instance.id").size(), 36U);
  EXPECT_NE(of(options({}).resource, "service.instance.id"),
            of(plain.resource, "service.instance.id"));
  const otlp::Options named =
      options({{"OTEL_RESOURCE_ATTRIBUTES", "service.name=a,host.name=h,service.instance.id=7"},
               {"OTEL_SERVICE_NAME", "b"}});
  EXPECT_EQ(of(named.resource, "service.name"), "b");
  EXPECT_EQ(of(named.resource, "host.name"), "h");
  EXPECT_EQ(of(named.resource, "service.instance.id"), "7");
  EXPECT_EQ(std::ranges::count(named.resource, "service.name",
                               [](const auto& pair) { return pair.first; }),
            1);
}

TEST_F(TelemetryTest, TakesSamplersTimesAndFields) {
  const otlp::Options said = options({{"OTEL_TRACES_SAMPLER", "traceidratio"},
                                      {"OTEL_TRACES_SAMPLER_ARG", "0.25"},
                                      {"OTEL_EXPORTER_OTLP_TIMEOUT", "500"},
                                      {"OTEL_METRIC_EXPORT_INTERVAL", "5000"},
                                      {"OTEL_EXPORTER_OTLP_HEADERS", "x-key=a%20b"}});
  EXPECT_EQ(said.sampler.kind, otlp::Sampler::Kind::ratio);
  EXPECT_FALSE(said.sampler.follows_parent);
  EXPECT_EQ(said.sampler.ratio, 0.25);
  EXPECT_EQ(said.timeout, Millis(500));
  EXPECT_EQ(said.metrics_every, Millis(5000));
  EXPECT_EQ(of(said.fields, "x-key"), "a b");
}

TEST_F(TelemetryTest, RefusesWhatCannotWork) {
  EXPECT_NE(refusal(endpoint, "collector:4318"), "");
  EXPECT_NE(refusal("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"), "");
  EXPECT_EQ(refusal("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), "");
  EXPECT_NE(refusal("OTEL_TRACES_SAMPLER", "jaeger_remote"), "");
  for (const char* const ratio : {"1.5", "-0.1", "nan", "half"}) {
    EXPECT_NE(refusal("OTEL_TRACES_SAMPLER_ARG", ratio), "") << ratio;
  }
}

TEST_F(TelemetryTest, NeverShowsTheFieldsOfACollector) {
  for (const char* const text : {"hunter2", "content-length=hunter2", "a=hunter2%0d%0ab: c"}) {
    const std::string message = refusal("OTEL_EXPORTER_OTLP_HEADERS", text);
    EXPECT_NE(message, "") << text;
    EXPECT_EQ(message.find("hunter2"), std::string::npos) << message;
  }
  const Result<Config> config = read({{"OTEL_EXPORTER_OTLP_HEADERS", "x-key=hunter2"}});
  for (const Option& option : gateway::options()) {
    EXPECT_EQ(option.show(*config).find("hunter2"), std::string::npos) << option.variable;
  }
}

}  // namespace
}  // namespace omni::gateway
