#include "meter/exposition.h"

#include <gtest/gtest.h>

namespace omni::meter {
namespace {

using Type = Exposition::Type;

std::string written(const std::function<void(Exposition&)>& write) {
  std::string text;
  Exposition out(text);
  write(out);
  return text;
}

TEST(Exposition, FamiliesAndSamplesAreLinesThatPrometheusReads) {
  EXPECT_EQ(written([](Exposition& out) {
              out.family("a_total", Type::counter, "How many.").sample({{"of", "x"}}, 3);
              out.family("b", Type::gauge, "How much.").sample(0.25);
            }),
            "# HELP a_total How many.\n# TYPE a_total counter\na_total{of=\"x\"} 3\n"
            "# HELP b How much.\n# TYPE b gauge\nb 0.25\n");
}

TEST(Exposition, LabelsMayHoldAnything) {
  const std::string text = written([](Exposition& out) {
    out.family("a", Type::gauge, "A.").sample({{"of", "a\"b\\c\nd"}, {"by", ""}}, 1);
  });
  EXPECT_NE(text.find("a{of=\"a\\\"b\\\\c\\nd\",by=\"\"} 1\n"), std::string::npos) << text;
}

TEST(Exposition, BucketsOfASpreadAddUpToAll) {
  Spread spread;
  for (const int ms : {5, 150, 150, 1'000'000}) spread.add(Millis{ms});
  const std::string text = written([&](Exposition& out) {
    out.family("a_seconds", Type::histogram, "A.").spread({{"of", "x"}}, spread);
  });
  for (const char* const line :
       {"a_seconds_bucket{of=\"x\",le=\"0.01\"} 1\n", "a_seconds_bucket{of=\"x\",le=\"0.1\"} 1\n",
        "a_seconds_bucket{of=\"x\",le=\"0.15\"} 3\n", "a_seconds_bucket{of=\"x\",le=\"307.2\"} 3\n",
        "a_seconds_bucket{of=\"x\",le=\"+Inf\"} 4\n", "a_seconds_sum{of=\"x\"} 1000.305\n",
        "a_seconds_count{of=\"x\"} 4\n"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
  }
}

}  // namespace
}  // namespace omni::meter
