#include "otlp/sampler.h"

#include <gtest/gtest.h>

namespace omni::otlp {
namespace {

constexpr std::string_view parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
constexpr std::string_view unsampled = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

class SamplerTest : public ::testing::Test {
 protected:
  bool takes(std::string_view name, std::string_view traceparent) {
    return parse_sampler(name)->takes(place_of(traceparent, random_));
  }
  SeededRandom random_{1};
};

TEST_F(SamplerTest, GoesOnWithTheTraceOfTheClient) {
  const Place place = place_of(parent, random_);
  EXPECT_EQ(place.trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(place.parent_id, "00f067aa0ba902b7");
  EXPECT_EQ(place.flags, 1);
}

TEST_F(SamplerTest, BeginsATraceWhereThereIsNone) {
  const Place one = place_of("", random_);
  EXPECT_EQ(one.trace_id.size(), 32U);
  EXPECT_EQ(one.parent_id, "");
  EXPECT_NE(place_of("", random_).trace_id, one.trace_id);
  EXPECT_EQ(place_of("00-00000000000000000000000000000000-00f067aa0ba902b7-01", random_).parent_id,
            "");
  EXPECT_EQ(place_of("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", random_).parent_id,
            "");
}

TEST_F(SamplerTest, FollowsTheParentWhereItIsToldTo) {
  EXPECT_TRUE(takes("parentbased_always_on", ""));
  EXPECT_FALSE(takes("parentbased_always_on", unsampled));
  EXPECT_TRUE(takes("parentbased_always_off", parent));
  EXPECT_FALSE(takes("parentbased_always_off", ""));
  EXPECT_TRUE(takes("always_on", unsampled));
  EXPECT_FALSE(takes("always_off", parent));
}

TEST_F(SamplerTest, TakesThatPartOfAllTraces) {
  Sampler sampler = *parse_sampler("traceidratio");
  sampler.ratio = 0.25;
  int taken = 0;
  for (int i = 0; i < 4000; ++i) taken += sampler.takes(place_of("", random_)) ? 1 : 0;
  EXPECT_NEAR(taken, 1000, 100);
  sampler.ratio = 0;
  EXPECT_FALSE(sampler.takes(place_of(parent, random_)));
  sampler.ratio = 1;
  EXPECT_TRUE(sampler.takes(place_of(parent, random_)));
}

TEST_F(SamplerTest, HasNoOtherNames) {
  EXPECT_FALSE(parse_sampler("jaeger_remote"));
  EXPECT_FALSE(parse_sampler("parentbased_"));
  EXPECT_FALSE(parse_sampler(""));
}

}  // namespace
}  // namespace omni::otlp
