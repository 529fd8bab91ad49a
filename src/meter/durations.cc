#include "meter/durations.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>

namespace omni::meter {

std::size_t Durations::bucket_of(std::uint64_t micros) {
  constexpr std::uint64_t exact = std::uint64_t{1} << exact_bits;
  constexpr std::uint64_t within = (std::uint64_t{1} << bucket_bits) - 1;
  micros = std::min(micros, (std::uint64_t{1} << value_bits) - 1);
  if (micros < exact) return micros;
  const auto octave = static_cast<std::uint64_t>(std::bit_width(micros) - 1);
  const std::uint64_t place = (micros >> (octave - bucket_bits)) & within;
  return exact + ((octave - exact_bits) << bucket_bits) + place;
}

double Durations::middle_of(std::size_t bucket) {
  constexpr std::size_t exact = std::size_t{1} << exact_bits;
  constexpr std::size_t of_octave = std::size_t{1} << bucket_bits;
  if (bucket < exact) return static_cast<double>(bucket);
  const std::size_t octave = (bucket - exact) / of_octave + exact_bits;
  const std::size_t place = (bucket - exact) % of_octave;
  const double width = std::exp2(static_cast<double>(octave) - bucket_bits);
  return std::exp2(static_cast<double>(octave)) + (static_cast<double>(place) + 0.5) * width;
}

void Durations::add(Micros span) {
  const std::int64_t micros = std::max<std::int64_t>(span.count(), 0);
  ++counts_.at(bucket_of(static_cast<std::uint64_t>(micros)));
  ++count_;
  sum_us_ += micros;
}

Durations& Durations::operator+=(const Durations& other) {
  std::ranges::transform(counts_, other.counts_, counts_.begin(), std::plus());
  count_ += other.count_;
  sum_us_ += other.sum_us_;
  return *this;
}

std::optional<double> Durations::mean_ms() const {
  if (count_ == 0) return std::nullopt;
  return static_cast<double>(sum_us_) / static_cast<double>(count_) / 1000;
}

std::optional<double> Durations::percentile_ms(double part) const {
  if (count_ == 0) return std::nullopt;
  const auto rank = static_cast<std::int64_t>(std::ceil(part * static_cast<double>(count_)));
  std::int64_t passed = 0;
  std::size_t bucket = 0;
  for (; bucket + 1 < counts_.size(); ++bucket) {
    passed += counts_.at(bucket);
    if (passed >= std::max<std::int64_t>(rank, 1)) break;
  }
  return middle_of(bucket) / 1000;
}

}  // namespace omni::meter
