#include "catalog/price.h"

#include <gtest/gtest.h>

#include <array>
#include <utility>

namespace omni::catalog {
namespace {

TEST(Price, DollarsAreReadToThePicoDollarOfAToken) {
  constexpr std::array<std::pair<std::string_view, Rate>, 13> known{{
      {"0", 0},
      {"0.000", 0},
      {"2.5", 2'500'000},
      {"15", 15'000'000},
      {"15.00", 15'000'000},
      {"0.1", 100'000},
      {"0.07", 70'000},
      {"0.000001", 1},
      {"1e-6", 1},
      {"1E+2", 100'000'000},
      {"0.00002e1", 200},
      {"1000000", 1'000'000'000'000},
      {"999999.999999", 999'999'999'999},
  }};
  for (const auto& [text, rate] : known) {
    const Result<Rate> read = parse_rate(text);
    ASSERT_TRUE(read) << text << ": " << read.error().message();
    EXPECT_EQ(*read, rate) << text;
  }
}

TEST(Price, WhatIsNoPriceIsRefusedWithItsReason) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 14> refused{{
      {"", "must be dollars"},
      {"-1", "must be dollars"},
      {"+1", "must be dollars"},
      {"1.", "must be dollars"},
      {".5", "must be dollars"},
      {"1,5", "must be dollars"},
      {" 1", "must be dollars"},
      {"1e", "must be dollars"},
      {"1e999", "must be dollars"},
      {"free", "must be dollars"},
      {"0.0000001", "six decimals"},
      {"1e-7", "six decimals"},
      {"1000000.000001", "more than a million"},
      {"1e100", "more than a million"},
  }};
  for (const auto& [text, why] : refused) {
    const Result<Rate> read = parse_rate(text);
    ASSERT_FALSE(read) << text;
    EXPECT_NE(read.error().message().find(why), std::string::npos) << read.error().message();
  }
}

TEST(Price, ARateIsWrittenWithoutNeedlessZeros) {
  EXPECT_EQ(write_rate(0), "0");
  EXPECT_EQ(write_rate(1), "0.000001");
  EXPECT_EQ(write_rate(2'500'000), "2.5");
  EXPECT_EQ(write_rate(15'000'000), "15");
  EXPECT_EQ(write_rate(10'050'000), "10.05");
}

TEST(Price, WhatIsWrittenIsReadBack) {
  for (Rate rate = 1; rate < 1'000'000'000'000; rate = rate * 7 + 3) {
    const Result<Rate> read = parse_rate(write_rate(rate));
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, rate);
  }
}

}  // namespace
}  // namespace omni::catalog
