#pragma once

#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "net/loop.h"

namespace omni::net {

/// The loops of the process, one thread each.
class LoopPool {
 public:
  LoopPool(std::size_t count, const Log& log);
  /// Stops the loops and joins their threads.  Whoever has work on them has ended it by then.
  ~LoopPool();
  LoopPool(const LoopPool&) = delete;
  LoopPool& operator=(const LoopPool&) = delete;

  std::size_t size() const { return loops_.size(); }
  Loop& operator[](std::size_t index) { return *loops_[index]; }

  /// Runs `task` on a loop and waits for it, and for its exception if it throws one; never from a
  /// loop's own thread.
  static void run_on(Loop& loop, const std::function<Task<>()>& task);

 private:
  std::vector<std::unique_ptr<Loop>> loops_;
  std::vector<std::thread> threads_;
};

}  // namespace omni::net
