#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/result.h"
#include "net/loop.h"

namespace omni::net {

/// Threads for what would block a loop: looking up names, hashing passwords, files.  The queue is
/// bounded; what does not fit is refused at once, since waiting longer would help nobody.
class Workers {
 public:
  /// Destroyed once it has run; without, where the queue is full or the workers go first.
  class Job {
   public:
    virtual ~Job() = default;
    virtual void run() = 0;
  };

  explicit Workers(std::size_t threads, std::size_t queue_max = 1024);
  /// Finishes what runs, drops what waits, joins.  To be gone before the loops.
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  void post(std::unique_ptr<Job> job);

 private:
  void run();

  std::size_t queue_max_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::unique_ptr<Job>> queue_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

/// A function on its way through the workers, and the place where the task waits for it.
template <class Function, class Value>
class OffloadJob final : public Workers::Job {
 public:
  /// Freed on the loop, by the job or by the task, whichever ends last.
  struct State {
    Signal finished;
    std::optional<Value> value;
    std::exception_ptr failure;
    bool abandoned = false;
  };

  OffloadJob(Loop& loop, State& state, Function function)
      : loop_(loop), state_(state), function_(std::move(function)) {}
  ~OffloadJob() override {
    loop_.post([&state = state_] {
      if (state.abandoned) {
        delete &state;
      } else {
        state.finished.set();
      }
    });
  }
  /// The task looks at neither before `finished` is set on its own thread.
  void run() override {
    try {
      state_.value.emplace(function_());
    } catch (...) {
      state_.failure = std::current_exception();
    }
  }

 private:
  Loop& loop_;
  State& state_;
  Function function_;
};

/// Runs `function` on one of the workers while the task waits.  If the task is called off
/// meanwhile, the function still ends and its result is dropped: so it owns all that it uses.
template <class Function, class Value = std::invoke_result_t<Function>>
Task<Result<Value>> offload(Workers& workers, Function function) {
  using Job = OffloadJob<Function, Value>;
  Scope& scope = co_await current_scope();
  auto* state = new typename Job::State;
  workers.post(std::make_unique<Job>(scope.loop(), *state, std::move(function)));
  if (co_await state->finished.wait() == Woken::cancelled) {
    state->abandoned = true;
    co_return scope.why();
  }
  const std::unique_ptr<typename Job::State> owned(state);
  if (state->failure) std::rethrow_exception(state->failure);
  if (!state->value) {
    co_return Error(Error::Kind::unavailable, "too much is waiting for a worker");
  }
  co_return *std::move(state->value);
}

}  // namespace omni::net
