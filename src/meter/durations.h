#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

namespace omni::meter {

using Micros = std::chrono::microseconds;

/// How many of many took how long, to within 1.6 %: microseconds up to 64 one by one, and above in
/// 32 buckets an octave, up to an hour.  For memory: where slots are kept for good, the store's
/// Histogram has a fortieth of the buckets, and is as much coarser.
class Durations {
 public:
  void add(Micros span);
  Durations& operator+=(const Durations& other);

  std::int64_t count() const { return count_; }
  /// Nothing where none was added.
  std::optional<double> mean_ms() const;
  /// The milliseconds of the one that so many (0.5: half) of all are not longer than.
  std::optional<double> percentile_ms(double part) const;

 private:
  static constexpr int exact_bits = 6, bucket_bits = 5, value_bits = 32;
  static constexpr std::size_t bucket_count =
      (std::size_t{1} << exact_bits) + (std::size_t{value_bits - exact_bits} << bucket_bits);

  static std::size_t bucket_of(std::uint64_t micros);
  static double middle_of(std::size_t bucket);

  std::array<std::uint32_t, bucket_count> counts_{};
  std::int64_t count_ = 0;
  std::int64_t sum_us_ = 0;
};

}  // namespace omni::meter
