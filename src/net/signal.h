#pragma once

#include <coroutine>
#include <cstdint>

#include "net/scope.h"
#include "net/timer.h"

namespace omni::net {

enum class Woken : std::uint8_t { signalled, timed_out, cancelled };

/// Where a task waits: for `set`, for a time-out, or for its scope to be cancelled.  The one leaf
/// under every wait of the engine.  A `set` that wakes nobody lets the next wait pass at once.  One
/// waiter at a time; on the loop's thread only.
class Signal final : private Timer {
 public:
  Signal() = default;

  void set();
  bool has_waiter() const { return scope_ != nullptr; }

  struct Awaiter {
    Signal& signal;
    Millis timeout;

    bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> waiter) {
      return signal.park(waiter, *waiter.promise().scope, timeout);
    }
    Woken await_resume() noexcept { return signal.woken_; }
  };
  Awaiter wait(Millis timeout = forever) { return {*this, timeout}; }

 private:
  friend class Loop;
  friend class Scope;

  /// False when there is nothing to wait for.
  bool park(std::coroutine_handle<> waiter, Scope& scope, Millis timeout);
  void wake(Woken how);
  void on_timer() override { wake(Woken::timed_out); }
  void resume();

  std::coroutine_handle<> waiter_;
  Scope* scope_ = nullptr;
  Signal* next_ready_ = nullptr;  // in the loop's list of tasks to resume
  Woken woken_{};
  bool set_ = false;
  bool queued_ = false;
};

}  // namespace omni::net
