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
  std::size_t dimensions() const { return numbers_.size(); }
  /// 1 where both point the same way, 0 where they have nothing in common.  Both have the same
  /// number of dimensions.
  float likeness(const Vector& other) const;

 private:
  std::vector<std::int8_t> numbers_;
  float inverse_ = 0;  // 1/length
};

}  // namespace omni::recall
