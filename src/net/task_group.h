#pragma once

#include <cstddef>

#include "net/signal.h"
#include "net/task.h"

namespace omni::net {

/// Tasks that run side by side on one loop and are called off together.  Whoever owns the group
/// waits for `drained` before it lets go of what the tasks use.
class TaskGroup {
 public:
  explicit TaskGroup(Loop& loop) : loop_(loop) {}
  ~TaskGroup();
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  void spawn(Task<> task);
  void cancel(const Error& why);
  std::size_t size() const { return size_; }

  /// Returns when no task is left, or false when `limit` passed or the caller was cancelled.
  Task<bool> drained(Millis limit = forever);

 private:
  struct Member;

  void remove(Member& member);

  Loop& loop_;
  Member* first_ = nullptr;
  std::size_t size_ = 0;
  Signal emptied_;
};

}  // namespace omni::net
