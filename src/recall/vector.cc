#include "recall/vector.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace omni::recall {
namespace {

constexpr std::size_t head = sizeof(float);
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

float inverse_of(const std::int8_t* vector) {
  float inverse = 0;
  std::memcpy(&inverse, vector, head);
  return inverse;
}

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
  const float inverse = 1 / std::sqrt(static_cast<float>(square));
  Vector vector;
  vector.bytes_.resize(bytes_of((numbers.size() + 3) / 4 * 4));
  std::memcpy(vector.bytes_.data(), &inverse, head);
  std::ranges::copy(numbers, vector.bytes_.begin() + head);
  return vector;
}

Vector Vector::copy_of(std::span<const std::int8_t> bytes) {
  Vector vector;
  vector.bytes_.assign(bytes.begin(), bytes.end());
  return vector;
}

std::size_t Vector::dimensions() const { return bytes_.empty() ? 0 : bytes_.size() - head; }

std::size_t Vector::bytes_of(std::size_t dimensions) { return head + dimensions; }

float Vector::likeness(const std::int8_t* a, const std::int8_t* b, std::size_t dimensions) {
  const auto product = static_cast<float>(dot(a + head, b + head, dimensions));
  return product * inverse_of(a) * inverse_of(b);
}

float Vector::likeness(const Vector& other) const {
  return likeness(bytes_.data(), other.bytes_.data(), dimensions());
}

}  // namespace omni::recall
