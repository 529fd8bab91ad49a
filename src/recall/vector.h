#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace omni::recall {

/// Where an embedding points: a byte per dimension, which is a quarter of the memory of floats and
/// changes a likeness by less than 0.01.  Its length, which means nothing, stands beside it.
class Vector {
 public:
  static constexpr std::size_t dimensions_max = 8192;

  Vector() = default;
  /// Nothing where the numbers point nowhere: none, too many, all 0, or one that is not finite.
  static std::optional<Vector> of(std::span<const float> numbers);
  static std::optional<Vector> of(std::span<const std::int8_t> numbers);
  /// Of what bytes() gave.
  static Vector copy_of(std::span<const std::int8_t> bytes);

  /// Rounded up to a multiple of four, filled up with zeros.
  std::size_t dimensions() const;
  /// 1 where both point the same way, 0 where they have nothing in common.  Both have the same
  /// number of dimensions.
  float likeness(const Vector& other) const;

  /// How it is kept, so that what holds many of them can lay them out.
  std::span<const std::int8_t> bytes() const { return bytes_; }
  static std::size_t bytes_of(std::size_t dimensions);  // as dimensions() says it
  static float likeness(const std::int8_t* a, const std::int8_t* b, std::size_t dimensions);

 private:
  std::vector<std::int8_t> bytes_;  // first 1/length, a float
};

}  // namespace omni::recall
