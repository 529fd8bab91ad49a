#include "otlp/pairs.h"

#include <gtest/gtest.h>

namespace omni::otlp {
namespace {

TEST(Pairs, AreReadAsVariablesOfOpenTelemetryHaveThem) {
  const Pairs expected{{"api-key", "a b,c"}, {"deployment.environment", "prod=1"}, {"none", ""}};
  EXPECT_EQ(*parse_pairs(" api-key = a%20b%2Cc ,,deployment.environment=prod=1,none="), expected);
  EXPECT_TRUE(parse_pairs("")->empty());
}

TEST(Pairs, ThatCannotBeReadAreRefusedWithoutTellingThem) {
  for (const char* const text : {"secret", "=secret", "a b=secret", "a=secret%2", "a=secret%ff"}) {
    const Result<Pairs> pairs = parse_pairs(text);
    ASSERT_FALSE(pairs) << text;
    EXPECT_EQ(std::string(pairs.error().message()).find("secret"), std::string::npos);
  }
}

}  // namespace
}  // namespace omni::otlp
