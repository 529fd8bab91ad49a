#include "net/loop_pool.h"

#include <future>

namespace omni::net {

namespace {

/// Owns the promise, so that nothing of it is left on the loop when the waiting thread goes on.
Task<> run_and_tell(const std::function<Task<>()>& task, std::promise<void> finished) {
  try {
    co_await task();
    finished.set_value();
  } catch (...) {
    finished.set_exception(std::current_exception());
  }
}

}  // namespace

LoopPool::LoopPool(std::size_t count, const Log& log) {
  for (std::size_t i = 0; i < count; ++i) loops_.push_back(std::make_unique<Loop>(log));
  for (const auto& loop : loops_) threads_.emplace_back([&loop = *loop] { loop.run(); });
}

LoopPool::~LoopPool() {
  // Behind what was posted before: results of helper threads free what they belong to.
  for (const auto& loop : loops_) loop->post([&loop = *loop] { loop.stop(); });
  for (std::thread& thread : threads_) thread.join();
}

void LoopPool::run_on(Loop& loop, const std::function<Task<>()>& task) {
  std::promise<void> promise;
  std::future<void> finished = promise.get_future();
  Scope scope(loop);
  loop.post([&] { loop.start(run_and_tell(task, std::move(promise)), scope, {}); });
  finished.get();
}

}  // namespace omni::net
