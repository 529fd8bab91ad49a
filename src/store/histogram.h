#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace omni::store {

/// How many of many took how long, roughly: in buckets of which each ends a third or a half later
/// than the one before, so that those of many slots make one, and percentiles are off by less.
class Histogram {
 public:
  void add(Millis span);
  /// What text() has written; what is none of that adds nothing.
  void add(std::string_view text);
  Histogram& operator+=(const Histogram& other);

  /// The milliseconds within which this part of them was (0.5: the median), taken as spread evenly
  /// in its bucket; nothing where none was added.
  std::optional<double> percentile(double part) const;
  /// Where buckets end; the last one has no end.
  static std::span<const std::int64_t> ends_ms();
  /// Of each bucket.
  std::span<const std::int64_t> counts() const { return counts_; }
  /// `bucket:count` with blanks between, without those that are empty.
  std::string text() const;

 private:
  std::array<std::int64_t, 24> counts_{};
};

}  // namespace omni::store
