#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>
#include <vector>

#include "base/result.h"
#include "net/loop.h"

namespace omni::net {

/// Threads for what would block a loop: looking up names, hashing passwords, files.  The queue is
/// bounded; what does not fit is refused at once, since waiting longer would help nobody.
class Workers {
 public:
  explicit Workers(std::size_t threads, std::size_t queue_max = 1024);
  /// Finishes what runs, drops what waits, joins.  To be gone before the loops.
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  /// False when the queue is full.
  bool post(std::function<void()> job);

 private:
  void run();

  std::size_t queue_max_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> queue_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

/// Runs `job` on one of the workers while the task waits.  If the task is called off meanwhile, the
/// job still ends, and its result is dropped.
template <class Job, class Value = std::invoke_result_t<Job>>
Task<Result<Value>> offload(Workers& workers, Job job) {
  struct State {
    Signal finished;
    std::optional<Value> value;
    std::exception_ptr failure;
    bool abandoned = false;
  };
  Scope& scope = co_await current_scope();
  auto* state = new State;  // freed on the loop, by whichever side is last
  Loop& loop = scope.loop();
  const bool accepted = workers.post([job = std::move(job), state, &loop]() mutable {
    // The task looks at neither before `finished` is set on its own thread.
    try {
      state->value.emplace(job());
    } catch (...) {
      state->failure = std::current_exception();
    }
    loop.post([state] {
      if (state->abandoned) {
        delete state;
      } else {
        state->finished.set();
      }
    });
  });
  if (!accepted) {
    delete state;
    co_return Error(Error::Kind::unavailable, "too much is waiting for a worker");
  }
  if (co_await state->finished.wait() == Woken::cancelled) {
    state->abandoned = true;
    co_return scope.why();
  }
  const std::unique_ptr<State> owned(state);
  if (state->failure) std::rethrow_exception(state->failure);
  co_return *std::move(state->value);
}

}  // namespace omni::net
