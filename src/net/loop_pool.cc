#include "net/loop_pool.h"

#include <future>

namespace omni::net {

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
  std::promise<void> finished;
  Scope scope(loop);
  loop.post([&] { loop.start(task(), scope, [&finished] { finished.set_value(); }); });
  finished.get_future().wait();
}

}  // namespace omni::net
