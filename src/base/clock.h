#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace omni {

using Millis = std::chrono::milliseconds;

/// Where time comes from.  Handed to whoever needs it, so that tests and the simulator own time.
class Clock {
 public:
  using Wall = std::chrono::system_clock::time_point;
  using Steady = std::chrono::steady_clock::time_point;

  virtual ~Clock() = default;
  /// What a calendar shows; may jump.
  virtual Wall wall() const = 0;
  /// For measuring; never goes back.
  virtual Steady steady() const = 0;
};

/// The machine's clocks.
class SystemClock final : public Clock {
 public:
  Wall wall() const override { return std::chrono::system_clock::now(); }
  Steady steady() const override { return std::chrono::steady_clock::now(); }
};

/// Stands still until told to move.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Wall start = Wall{}) : wall_(start) {}

  Wall wall() const override { return wall_; }
  Steady steady() const override { return steady_; }
  void advance(Millis by) {
    wall_ += by;
    steady_ += by;
  }

 private:
  Wall wall_;
  Steady steady_{};
};

/// Milliseconds since 1970, as the store and some of our API count time.
std::int64_t to_millis(Clock::Wall time);
Clock::Wall from_millis(std::int64_t millis);

/// `2026-02-03T04:05:06.789Z`, as every time in our API is written.
std::string iso8601(Clock::Wall time);
/// Of any date and time as RFC 3339 spells it, with a zone, from 1970 to 2261.  What is finer than
/// a second is left out.
std::optional<Clock::Wall> parse_iso8601(std::string_view text);

}  // namespace omni
