#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include "base/result.h"
#include "net/loop.h"

namespace omni::net {

/// A value that another thread brings to a task, once:
///
///     Handoff<int> handoff(scope.loop());
///     elsewhere.post([giver = handoff.giver()]() mutable { giver.give(42); });
///     co_return co_await handoff.take();
///
/// Belongs to the task.  If the task is called off meanwhile, what comes after is dropped.
template <class Value>
class Handoff {
  /// Freed on the loop, by the giver's message or by the task, whichever ends last.
  struct State {
    Signal arrived;
    std::optional<Value> value;
    std::exception_ptr failure;
    bool delivered = false;
    bool abandoned = false;
  };

 public:
  /// The other end, for any one thread at a time; to be gone before the loop.  What was given last
  /// is delivered when it goes; without, the task hears that nothing will come.
  class Giver {
   public:
    Giver(Giver&& other) noexcept
        : loop_(other.loop_), state_(std::exchange(other.state_, nullptr)) {}
    Giver& operator=(Giver&&) = delete;
    ~Giver() {
      if (state_ == nullptr) return;
      loop_.post([state = state_] {
        if (state->abandoned) {
          delete state;
        } else {
          state->delivered = true;
          state->arrived.set();
        }
      });
    }

    /// The task looks at neither before it is told on its own thread.
    void give(Value value) const { state_->value.emplace(std::move(value)); }
    void fail(const std::exception_ptr& failure) const { state_->failure = failure; }

   private:
    friend class Handoff;
    Giver(Loop& loop, State* state) : loop_(loop), state_(state) {}
    Loop& loop_;
    State* state_;
  };

  explicit Handoff(Loop& loop) : loop_(loop), state_(new State) {}
  Handoff(const Handoff&) = delete;
  Handoff& operator=(const Handoff&) = delete;
  ~Handoff() {
    if (!given_away_ || state_->delivered) {
      delete state_;
    } else {
      state_->abandoned = true;
    }
  }

  /// To be called once.
  Giver giver() {
    OMNI_ASSERT(!given_away_);
    given_away_ = true;
    return Giver(loop_, state_);
  }

  /// The value, or unavailable where none was given; rethrows what the giver failed with.
  Task<Result<Value>> take() {
    Scope& scope = co_await current_scope();
    if (co_await state_->arrived.wait() == Woken::cancelled) co_return scope.why();
    if (state_->failure) std::rethrow_exception(state_->failure);
    if (!state_->value) {
      co_return Error(Error::Kind::unavailable, "too much is waiting to be done");
    }
    co_return *std::move(state_->value);
  }

 private:
  Loop& loop_;
  State* const state_;
  bool given_away_ = false;
};

}  // namespace omni::net
