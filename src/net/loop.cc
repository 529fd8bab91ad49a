// A turn of the loop: wait for news or for the next timer, tell the news, do what other threads
// posted, fire what is due.  Behind each of these, the tasks that it made ready go on.

#include "net/loop.h"

#include <algorithm>
#include <ctime>

namespace omni::net {
namespace {

constexpr std::size_t scratch_bytes = 64 * 1024;

constexpr auto tick_ms = static_cast<std::uint64_t>(TimerWheel::tick.count());

std::uint64_t millis_of(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1000 +
         static_cast<std::uint64_t>(now.tv_nsec) / 1'000'000;
}

std::uint64_t ticks_now() { return millis_of(CLOCK_MONOTONIC) / tick_ms; }

/// The coarse clock costs a fraction of the fine one and lags behind it by less than a tick.
std::uint64_t ticks_no_less_than_now() { return millis_of(CLOCK_MONOTONIC_COARSE) / tick_ms + 1; }

/// A coroutine that owns itself: the root of a chain of tasks.
struct Root {
  struct promise_type {
    Scope* scope;

    promise_type(Task<>&, Scope& root_scope, std::function<void()>&) : scope(&root_scope) {}
    Root get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }  // run_root lets none out
  };
};

Root run_root(Task<> task, Scope& scope, std::function<void()> done) {
  const Log& log = scope.loop().log();
  try {
    Task<> ending_here = std::move(task);  // its frame is gone when `done` is told
    co_await std::move(ending_here);
  } catch (const std::exception& bug) {
    log.error("task.failed", {{"what", bug.what()}});
  }
  if (done) done();
}

Task<> wait_for(Signal& signal) { co_await signal.wait(); }

}  // namespace

Block& Block::operator=(Block&& other) noexcept {
  release();
  loop_ = std::exchange(other.loop_, nullptr);
  memory_ = std::move(other.memory_);
  return *this;
}

void Block::release() {
  if (memory_ == nullptr) return;
  if (loop_->free_blocks_.size() < Loop::kept_blocks_max) {
    loop_->free_blocks_.push_back(std::move(memory_));
  }
  memory_.reset();
}

Loop::Loop(const Log& log) : log_(log), scratch_(scratch_bytes) { wheel_.advance(ticks_now()); }

Loop::~Loop() = default;

void Loop::run() {
  run_ready();
  tick();  // timers may be armed already
  while (!stopped_) {
    poller_.poll(poll_timeout_ms(), [this](Pollable& pollable, std::uint32_t events) {
      guarded([&] { pollable.on_events(events); });
      run_ready();
    });
    run_posted();
    run_next_turn();
    tick();
  }
}

void Loop::stop() {
  stopped_ = true;
  poller_.wake();
}

template <class Work>
void Loop::guarded(const Work& work) {
  try {
    work();
  } catch (const std::exception& bug) {
    log_.error("task.failed", {{"what", bug.what()}});
  }
}

void Loop::post(std::function<void()> work) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = posted_.empty();
    posted_.push_back(std::move(work));
  }
  if (first) poller_.wake();
}

void Loop::run_posted() {
  std::vector<std::function<void()>> posted;
  {
    const std::lock_guard lock(mutex_);
    posted.swap(posted_);
  }
  for (const std::function<void()>& work : posted) {
    guarded(work);
    run_ready();
  }
}

void Loop::run_next_turn() {
  const std::vector<Signal*> signals = std::exchange(next_turn_, {});
  for (Signal* signal : signals) signal->set();
  run_ready();
}

void Loop::start(Task<> task, Scope& scope, std::function<void()> done) {
  run_root(std::move(task), scope, std::move(done));
}

Block Loop::lend_block() {
  if (free_blocks_.empty()) return {*this, std::make_unique_for_overwrite<char[]>(Block::size)};
  Block block(*this, std::move(free_blocks_.back()));
  free_blocks_.pop_back();
  return block;
}

TimerWheel& Loop::wheel() {
  wheel_.set_now(ticks_no_less_than_now());
  return wheel_;
}

void Loop::make_ready(Signal& signal) {
  signal.next_ready_ = nullptr;
  *last_ready_ = &signal;
  last_ready_ = &signal.next_ready_;
}

void Loop::run_ready() {
  while (first_ready_ != nullptr) {
    Signal& signal = *first_ready_;
    first_ready_ = signal.next_ready_;
    if (first_ready_ == nullptr) last_ready_ = &first_ready_;
    signal.resume();
  }
}

void Loop::tick() {
  tick_at_ = std::min(tick_at_, wheel_.take_earliest_armed());
  if (tick_at_ == TimerWheel::never || ticks_no_less_than_now() < tick_at_) return;
  const std::uint64_t now = ticks_now();
  if (now < tick_at_) return;
  guarded([&] { wheel_.advance(now); });
  run_ready();
  tick_at_ = std::min(wheel_.next_due(), wheel_.take_earliest_armed());
}

int Loop::poll_timeout_ms() const {
  if (!next_turn_.empty()) return 0;
  if (tick_at_ == TimerWheel::never) return -1;
  const std::uint64_t now = millis_of(CLOCK_MONOTONIC);
  const std::uint64_t due = tick_at_ * tick_ms;
  constexpr std::uint64_t longest = 60'000;  // the wheel is looked at again then
  return due <= now ? 0 : static_cast<int>(std::min(due - now, longest));
}

Task<> yield() {
  Scope& scope = co_await current_scope();
  Scope unhurried(scope.loop());  // the loop holds the signal, so a cancelled task waits as well
  Signal signal;
  scope.loop().set_next_turn(signal);
  co_await wait_for(signal).in(unhurried);
}

Task<Status> sleep(Millis duration) {
  Scope& scope = co_await current_scope();
  Signal signal;
  if (co_await signal.wait(duration) == Woken::cancelled) co_return scope.why();
  co_return Nothing{};
}

}  // namespace omni::net
