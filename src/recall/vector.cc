#include "recall/vector.h"

#include <algorithm>
#include <cmath>

namespace omni::recall {
namespace {

constexpr float byte_max = 127;

/// In whole numbers, whose order of adding changes nothing: the compiler may use the widest
/// registers, and every machine gets the same.
[[gnu::always_inline]] inline std::int32_t sum_of_products(const std::int8_t* a,
                                                           const std::int8_t* b,
                                                           std::size_t dimensions) {
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < dimensions; ++i) sum += std::int32_t{a[i]} * std::int32_t{b[i]};
  return sum;
}

#if defined(__x86_64__)
/// Three times as quick as what every x86-64 has.
[[gnu::target("avx2")]] std::int32_t wide_dot(const std::int8_t* a, const std::int8_t* b,
                                              std::size_t dimensions) {
  return sum_of_products(a, b, dimensions);
}

std::int32_t dot(const std::int8_t* a, const std::int8_t* b, std::size_t dimensions) {
  static const bool wide = __builtin_cpu_supports("avx2") != 0;
  return wide ? wide_dot(a, b, dimensions) : sum_of_products(a, b, dimensions);
}
#else
std::int32_t dot(const std::int8_t* a, const std::int8_t* b, std::size_t dimensions) {
  return sum_of_products(a, b, dimensions);
}
#endif

}  // namespace

std::optional<Vector> Vector::of(std::span<const float> numbers) {
  if (numbers.size() > dimensions_max) return std::nullopt;
  float largest = 0;
  for (const float number : numbers) {
    if (!std::isfinite(number)) return std::nullopt;
    largest = std::max(largest, std::abs(number));
  }
  if (largest == 0) return std::nullopt;
  std::vector<std::int8_t> bytes(numbers.size());
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    bytes[i] = static_cast<std::int8_t>(std::lround(numbers[i] / largest * byte_max));
  }
  return of(std::span<const std::int8_t>(bytes));
}

std::optional<Vector> Vector::of(std::span<const std::int8_t> numbers) {
  if (numbers.size() > dimensions_max) return std::nullopt;
  const std::int32_t square = dot(numbers.data(), numbers.data(), numbers.size());
  if (square == 0) return std::nullopt;
  Vector vector;
  vector.numbers_.assign(numbers.begin(), numbers.end());
  vector.inverse_ = 1 / std::sqrt(static_cast<float>(square));
  return vector;
}

float Vector::likeness(const Vector& other) const {
  const std::int32_t product = dot(numbers_.data(), other.numbers_.data(), dimensions());
  return static_cast<float>(product) * inverse_ * other.inverse_;
}

}  // namespace omni::recall
