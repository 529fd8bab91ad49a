#pragma once

#include <random>
#include <vector>

#include "recall/vector.h"

namespace omni::recall {

/// Vectors as meanings have them: some topics, and many things said about each.  The same ones each
/// time.
class TestVectors {
 public:
  static constexpr std::size_t dimensions = 64;

  TestVectors() {
    for (auto& topic : topics_) topic = noise(1);
  }

  std::vector<float> numbers() {
    std::vector<float> numbers = topics_[random_() % topics_.size()];
    return add(numbers, noise(1));
  }
  /// The same said in other words.
  std::vector<float> like(const std::vector<float>& numbers) { return add(numbers, noise(0.4F)); }
  Vector vector() { return *Vector::of(numbers()); }

 private:
  std::vector<float> noise(float size) {
    std::normal_distribution<float> distribution(0, size);
    std::vector<float> numbers(dimensions);
    for (float& number : numbers) number = distribution(random_);
    return numbers;
  }
  static std::vector<float> add(std::vector<float> a, const std::vector<float>& b) {
    for (std::size_t i = 0; i < a.size(); ++i) a[i] += b[i];
    return a;
  }

  std::mt19937 random_{7};
  std::vector<std::vector<float>> topics_ = std::vector<std::vector<float>>(50);
};

}  // namespace omni::recall
