#pragma once

#include <array>
#include <cstdint>

#include "base/clock.h"

namespace omni::net {

class TimerWheel;

/// No time-out.
inline constexpr Millis forever = Millis::max();

/// Calls `on_timer` once, on the loop's thread, no earlier than asked and at most three ticks
/// later.  Arming and disarming splice a list and nothing more, so every wait may have its
/// deadline.
class Timer {
 public:
  Timer() = default;
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  /// Starts the count anew if it runs already.
  void arm(TimerWheel& wheel, Millis after);
  void disarm();
  bool armed() const { return wheel_ != nullptr; }

 protected:
  ~Timer() { disarm(); }
  virtual void on_timer() = 0;

 private:
  friend class TimerWheel;

  void link(Timer*& head);
  void unlink();

  TimerWheel* wheel_ = nullptr;
  Timer* next_ = nullptr;
  Timer** link_ = nullptr;  // what points at this timer
  std::uint64_t due_ = 0;   // in ticks
};

/// All timers of a loop: a hashed wheel of coarse ticks.  The loop tells it the time and asks when
/// to come again; deadlines of a proxy are seconds, so ten milliseconds of coarseness cost nobody.
class TimerWheel {
 public:
  static constexpr Millis tick{10};

  TimerWheel() = default;
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;

  /// Fires what is due.  A timer that fires may arm and disarm any other.
  void advance(std::uint64_t now);
  /// The tick at which the next timer is due; `never` if there is none.
  std::uint64_t next_due() const;
  static constexpr std::uint64_t never = UINT64_MAX;

  std::uint64_t now() const { return now_; }
  /// Moves the clock without firing, so that a timer armed after a long sleep counts from now.  A
  /// clock that is a little ahead makes timers late, one that is behind would make them early.
  void set_now(std::uint64_t now) { clock_ = now; }
  /// The earliest tick armed since the last call: whether the loop must wake sooner than it thinks.
  std::uint64_t take_earliest_armed();

 private:
  friend class Timer;
  static constexpr std::size_t slots = 1024;

  void insert(Timer& timer, Millis after);
  void fire_slot(std::size_t slot);

  std::array<Timer*, slots> heads_{};
  std::size_t count_ = 0;
  std::uint64_t now_ = 0;    // all that was due up to here has fired
  std::uint64_t clock_ = 0;  // the present
  std::uint64_t earliest_armed_ = never;
};

}  // namespace omni::net
