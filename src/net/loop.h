#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "net/poller.h"
#include "net/signal.h"
#include "net/task.h"

namespace omni::net {

/// A block of memory for one body in transit, lent by the loop and given back by the destructor.
class Block {
 public:
  // Large, because each read and write of a body in transit wakes somebody: with 64 KiB a body of
  // 300 KB costs half as much again.  Pages that are never touched cost nothing.
  static constexpr std::size_t size = 256 * 1024;

  Block() = default;
  Block(Block&& other) noexcept
      : loop_(std::exchange(other.loop_, nullptr)), memory_(std::move(other.memory_)) {}
  Block& operator=(Block&& other) noexcept;
  ~Block() { release(); }

  explicit operator bool() const { return memory_ != nullptr; }
  std::span<char> bytes() const { return {memory_.get(), size}; }
  void release();

 private:
  friend class Loop;
  Block(Loop& loop, std::unique_ptr<char[]> memory) : loop_(&loop), memory_(std::move(memory)) {}

  Loop* loop_ = nullptr;
  std::unique_ptr<char[]> memory_;
};

/// One thread's event loop.  What is created on a loop stays on it: sockets, timers, tasks, pooled
/// connections.  Only `post` and `stop` may be called from other threads.
class Loop {
 public:
  explicit Loop(const Log& log);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Runs on the calling thread until `stop`.  Until then the loop is the thread's that made it.
  void run();
  void stop();
  /// Calls `work` on the loop.  An exception that leaves it is a bug: it is logged.
  void post(std::function<void()> work);

  /// Starts a task nobody waits for, in `scope`; `done` follows it on the loop.  An exception that
  /// leaves the task is a bug: it is logged and goes no further.
  void start(Task<> task, Scope& scope, std::function<void()> done);

  /// Room for one read; what is in it is gone at the next await.
  std::span<char> scratch() { return scratch_; }
  Block lend_block();

  TimerWheel& wheel();
  const Log& log() const { return log_; }

  Poller& poller() { return poller_; }
  /// Sets `signal` after the next look for events.  It lives until then.
  void set_next_turn(Signal& signal) { next_turn_.push_back(&signal); }
  /// Queues the task that waits on `signal`; it is resumed before the loop looks for new events.
  void make_ready(Signal& signal);

 private:
  friend class Block;
  static constexpr std::size_t kept_blocks_max = 16;

  void run_ready();
  void run_next_turn();
  /// Runs `work`; an exception that leaves it is a bug of ours, logged here.
  template <class Work>
  void guarded(const Work& work);
  void run_posted();
  void tick();
  int poll_timeout_ms() const;

  const Log& log_;
  std::vector<char> scratch_;
  std::vector<std::unique_ptr<char[]>> free_blocks_;
  TimerWheel wheel_;
  std::uint64_t tick_at_ = TimerWheel::never;  // when the wheel must be advanced
  Signal* first_ready_ = nullptr;
  Signal** last_ready_ = &first_ready_;
  std::vector<Signal*> next_turn_;
  Poller poller_;
  std::mutex mutex_;
  std::vector<std::function<void()>> posted_;
  std::atomic<bool> stopped_ = false;
};

/// Ok after `duration`; an error when the scope was cancelled meanwhile.
Task<Status> sleep(Millis duration);

/// Lets everything else that is ready go first: for work that could go on for long without a wait.
Task<> yield();

/// Runs `task` in a scope of its own that is cancelled, with Error::Kind::timed_out and the words
/// `what`, when it has not finished after `limit`.
template <class T>
Task<Result<T>> within(Millis limit, std::string what, Task<Result<T>> task);

/// Cancels its scope when its time is over.  For code that sets several deadlines on its way.
class Deadline final : private Timer {
 public:
  Deadline(Scope& scope, Millis limit, std::string what) : scope_(scope), what_(std::move(what)) {
    arm(scope.loop().wheel(), limit);
  }
  void lift() { disarm(); }

 private:
  void on_timer() override { scope_.cancel(Error(Error::Kind::timed_out, what_)); }

  Scope& scope_;
  std::string what_;
};

template <class T>
Task<Result<T>> within(Millis limit, std::string what, Task<Result<T>> task) {
  Scope& outer = co_await current_scope();
  Scope inner(outer);
  Deadline deadline(inner, limit, std::move(what));
  co_return co_await std::move(task).in(inner);
}

}  // namespace omni::net
