#include "recall/vector.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

#include "recall/test_vectors.h"

namespace omni::recall {
namespace {

using Floats = std::vector<float>;

float exact(const Floats& a, const Floats& b) {
  double product = 0, a_square = 0, b_square = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    product += a[i] * b[i];
    a_square += a[i] * a[i];
    b_square += b[i] * b[i];
  }
  return static_cast<float>(product / std::sqrt(a_square * b_square));
}

TEST(Vector, IsLikeItselfHoweverLong) {
  const auto one = Vector::of(Floats{0.1F, -0.2F, 0.3F});
  const auto three = Vector::of(Floats{0.3F, -0.6F, 0.9F});
  EXPECT_NEAR(one->likeness(*three), 1, 1e-5);
}

TEST(Vector, HasNothingInCommonWithOneAtRightAngles) {
  const auto up = Vector::of(Floats{0, 1}), right = Vector::of(Floats{1, 0});
  EXPECT_EQ(up->likeness(*right), 0);
  EXPECT_NEAR(up->likeness(*Vector::of(Floats{0, -5})), -1, 1e-5);
}

TEST(Vector, LosesLittleOfALikenessByItsBytes) {
  TestVectors vectors;
  for (int i = 0; i < 1000; ++i) {
    const Floats a = vectors.numbers(), b = i % 2 == 0 ? vectors.like(a) : vectors.numbers();
    EXPECT_NEAR(Vector::of(a)->likeness(*Vector::of(b)), exact(a, b), 0.01);
  }
}

TEST(Vector, PointsSomewhere) {
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  constexpr float infinite = std::numeric_limits<float>::infinity();
  EXPECT_FALSE(Vector::of(Floats{}));
  EXPECT_FALSE(Vector::of(Floats{0, 0}));
  EXPECT_FALSE(Vector::of(Floats{1, nan}));
  EXPECT_FALSE(Vector::of(Floats{infinite, 1}));
  EXPECT_FALSE(Vector::of(Floats(Vector::dimensions_max + 1, 1)));
  EXPECT_TRUE(Vector::of(Floats(Vector::dimensions_max, 1)));
  EXPECT_FALSE(Vector::of(std::array<std::int8_t, 2>{0, 0}));
}

TEST(Vector, IsTheSameFromTheBytesOfAnother) {
  const auto vector = Vector::of(Floats{0.5F, -0.25F, 0.125F, 1, 2});
  const Vector copy = Vector::copy_of(vector->bytes());
  EXPECT_EQ(copy.dimensions(), 8);
  EXPECT_NEAR(copy.likeness(*vector), 1, 1e-5);
}

}  // namespace
}  // namespace omni::recall
