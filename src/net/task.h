#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

#include "base/assert.h"
#include "net/scope.h"

namespace omni::net {

/// What the promises of all tasks share: who waits for the result, and the scope they run in.
struct TaskPromise {
  std::coroutine_handle<> continuation;
  Scope* scope = nullptr;
  std::exception_ptr failure;

  static void* operator new(std::size_t bytes);
  static void operator delete(void* frame, std::size_t bytes) noexcept;

  std::suspend_always initial_suspend() noexcept { return {}; }

  struct Final {
    bool await_ready() noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> done) noexcept {
      return done.promise().continuation;
    }
    void await_resume() noexcept {}
  };
  Final final_suspend() noexcept { return {}; }
  void unhandled_exception() { failure = std::current_exception(); }
};

template <class T>
struct ValuePromise : TaskPromise {
  std::optional<T> value;

  template <class U>
  void return_value(U&& result) {
    value.emplace(std::forward<U>(result));
  }
  T take() {
    if (failure) std::rethrow_exception(failure);
    return std::move(*value);
  }
};

template <>
struct ValuePromise<void> : TaskPromise {
  void return_void() {}
  void take() {
    if (failure) std::rethrow_exception(failure);
  }
};

/// A coroutine that runs when awaited, in the scope of whoever awaits it, and hands its result or
/// its exception over.  Everything stays on one loop.  Parameters are copied into the frame, but
/// what a reference or a string_view points to must outlive the task; a lambda's captures do not.
template <class T = void>
class [[nodiscard]] Task {
 public:
  struct promise_type : ValuePromise<T> {
    Task get_return_object() {
      return Task(std::coroutine_handle<promise_type>::from_promise(*this));
    }
  };

  Task(Task&& other) noexcept : frame_(std::exchange(other.frame_, {})) {}
  Task& operator=(Task&& other) noexcept {
    std::swap(frame_, other.frame_);
    return *this;
  }
  ~Task() {
    if (frame_) frame_.destroy();
  }

  struct Awaiter {
    std::coroutine_handle<promise_type> frame;
    Scope* scope;  // null: the awaiting task's

    bool await_ready() const noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> waiter) noexcept {
      frame.promise().continuation = waiter;
      frame.promise().scope = scope != nullptr ? scope : waiter.promise().scope;
      return frame;
    }
    T await_resume() { return frame.promise().take(); }
  };
  Awaiter operator co_await() && noexcept { return {frame_, nullptr}; }
  /// Awaits the task in a scope of its own, so that it can be cancelled without the awaiting one.
  Awaiter in(Scope& scope) && noexcept { return {frame_, &scope}; }

 private:
  explicit Task(std::coroutine_handle<promise_type> frame) : frame_(frame) {}

  std::coroutine_handle<promise_type> frame_;
};

/// `Scope& scope = co_await current_scope();`
struct CurrentScope {
  Scope* scope = nullptr;

  bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> waiter) noexcept {
    scope = waiter.promise().scope;
    return false;
  }
  Scope& await_resume() const noexcept { return *scope; }
};
inline CurrentScope current_scope() { return {}; }

}  // namespace omni::net
