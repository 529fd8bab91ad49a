#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/result.h"
#include "net/handoff.h"

namespace omni::net {

/// Threads for what would block a loop: looking up names, hashing passwords, files.  Each begins
/// with the first job that finds no other one free.  The queue is bounded; what does not fit is
/// refused at once, since waiting longer would help nobody.
class Workers {
 public:
  /// Destroyed once it has run; without, where the queue is full or the workers go first.
  class Job {
   public:
    virtual ~Job() = default;
    virtual void run() = 0;
  };

  explicit Workers(std::size_t threads_max, std::size_t queue_max = 1024);
  /// Finishes what runs, drops what waits, joins.  To be gone before the loops.
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  void post(std::unique_ptr<Job> job);

 private:
  bool find_thread();
  void run();

  const std::size_t threads_max_, queue_max_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::unique_ptr<Job>> queue_;
  std::size_t free_ = 0;  // threads that wait for a job
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

/// A function on its way through the workers.  Dropped, it takes the giver along, which tells the
/// task.
template <class Function, class Value>
class OffloadJob final : public Workers::Job {
 public:
  using Giver = typename Handoff<Value>::Giver;

  OffloadJob(Giver giver, Function function)
      : function_(std::move(function)), giver_(std::move(giver)) {}
  void run() override {
    try {
      giver_.give(function_());
    } catch (...) {
      giver_.fail(std::current_exception());
    }
  }

 private:
  Function function_;
  Giver giver_;  // goes first: the function's own things may end after the task was told
};

/// Runs `function` on one of the workers while the task waits.  If the task is called off
/// meanwhile, the function still ends and its result is dropped: so it owns all that it uses.
template <class Function, class Value = std::invoke_result_t<Function>>
Task<Result<Value>> offload(Workers& workers, Function function) {
  Scope& scope = co_await current_scope();
  Handoff<Value> handoff(scope.loop());
  workers.post(std::make_unique<OffloadJob<Function, Value>>(handoff.giver(), std::move(function)));
  co_return co_await handoff.take();
}

}  // namespace omni::net
