#include "meter/durations.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace omni::meter {
namespace {

/// As it is defined: the one at that rank of them all in their order.
double exact_percentile_ms(std::vector<std::int64_t> micros, double part) {
  std::ranges::sort(micros);
  const auto rank = std::ceil(part * static_cast<double>(micros.size()));
  return static_cast<double>(micros.at(static_cast<std::size_t>(std::max(rank, 1.0)) - 1)) / 1000;
}

TEST(Durations, PercentilesAreWithinTwoPercentOfThoseOfASortedList) {
  std::mt19937_64 random(7);
  std::lognormal_distribution<double> spans(12, 2.5);
  std::vector<std::int64_t> all;
  Durations durations;
  for (int i = 0; i < 20'000; ++i) {
    const auto micros = static_cast<std::int64_t>(std::min(spans(random), 3.5e9));
    all.push_back(micros);
    durations.add(Micros{micros});
  }
  for (const double part : {0.0, 0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 1.0}) {
    const double exact = exact_percentile_ms(all, part);
    EXPECT_NEAR(*durations.percentile_ms(part), exact, exact * 0.02) << part;
  }
}

TEST(Durations, ShortSpansAreExact) {
  Durations durations;
  for (int i = 0; i < 64; ++i) durations.add(Micros{i});
  EXPECT_DOUBLE_EQ(*durations.percentile_ms(0.5), 0.031);
  EXPECT_DOUBLE_EQ(*durations.mean_ms(), 0.0315);
}

TEST(Durations, WhatIsTooLongOrBeforeItsBeginIsTakenForTheLongestOrNothing) {
  Durations durations;
  durations.add(Micros{-5});
  durations.add(Micros{std::int64_t{1} << 40});
  EXPECT_DOUBLE_EQ(*durations.percentile_ms(0.1), 0);
  EXPECT_NEAR(*durations.percentile_ms(1), 4'294'967, 70'000);
}

TEST(Durations, OfNothingThereIsNoPercentile) {
  EXPECT_FALSE(Durations().percentile_ms(0.5));
  EXPECT_FALSE(Durations().mean_ms());
}

TEST(Durations, SumsAreThoseOfBoth) {
  Durations one, other;
  one.add(Micros{1000});
  other.add(Micros{3000});
  one += other;
  EXPECT_EQ(one.count(), 2);
  EXPECT_DOUBLE_EQ(*one.mean_ms(), 2);
}

}  // namespace
}  // namespace omni::meter
