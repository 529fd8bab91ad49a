#include "store/histogram.h"

#include <gtest/gtest.h>

namespace omni::store {
namespace {

TEST(HistogramText, IsWhatWasAddedAndComesBack) {
  Histogram histogram;
  EXPECT_EQ(histogram.text(), "");
  for (const int span : {0, 10, 11, 3'000'000, 650}) histogram.add(Millis(span));
  EXPECT_EQ(histogram.text(), "0:2 1:1 9:1 23:1");
  Histogram twice;
  twice.add(histogram.text());
  twice += histogram;
  EXPECT_EQ(twice.text(), "0:4 1:2 9:2 23:2");
}

TEST(HistogramText, ThatIsNoneAddsNothing) {
  Histogram histogram;
  for (const char* text : {"x", "1", "1:", ":1", "24:1", "-1:1", "1:-1", " : "}) {
    histogram.add(std::string_view(text));
  }
  EXPECT_EQ(histogram.text(), "");
}

TEST(HistogramPercentile, IsThereOnlyWhereSomethingWasAdded) {
  EXPECT_FALSE(Histogram().percentile(0.5));
}

TEST(HistogramPercentile, IsSpreadEvenlyInItsBucket) {
  Histogram histogram;
  histogram.add("4:10 5:10");  // 100 to 150, 150 to 200
  EXPECT_EQ(histogram.percentile(0.25), 125);
  EXPECT_EQ(histogram.percentile(0.5), 150);
  EXPECT_EQ(histogram.percentile(0.75), 175);
  EXPECT_EQ(histogram.percentile(1), 200);
}

TEST(HistogramPercentile, OfTheLastBucketIsItsBeginForItHasNoEnd) {
  Histogram histogram;
  histogram.add(Millis(3'600'000));
  EXPECT_EQ(histogram.percentile(0.5), 307'200);
}

TEST(HistogramPercentile, IsNeitherHalfNorTwiceWhatItShouldBe) {
  for (std::int64_t span = 100; span < 300'000; span += span / 7) {
    Histogram histogram;
    for (int i = 0; i < 100; ++i) histogram.add(Millis(span));
    const double ratio = *histogram.percentile(0.5) / static_cast<double>(span);
    EXPECT_GT(ratio, 0.5) << span;
    EXPECT_LT(ratio, 2.0) << span;
  }
}

}  // namespace
}  // namespace omni::store
