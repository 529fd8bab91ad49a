// A loop is an io_context that one thread runs, a timer wheel that one Asio timer drives, and the
// list of tasks that are ready to go on.

#include "net/loop.h"

#include <ctime>

#include <boost/asio/post.hpp>

#include "net/engine.h"

namespace omni::net {
namespace {

constexpr std::size_t scratch_bytes = 64 * 1024;

std::uint64_t ticks_of(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  const auto millis = static_cast<std::uint64_t>(now.tv_sec) * 1000 +
                      static_cast<std::uint64_t>(now.tv_nsec) / 1'000'000;
  return millis / static_cast<std::uint64_t>(TimerWheel::tick.count());
}

std::uint64_t ticks_now() { return ticks_of(CLOCK_MONOTONIC); }

/// The coarse clock costs a fraction of the fine one and lags behind it by less than a tick.
std::uint64_t ticks_no_less_than_now() { return ticks_of(CLOCK_MONOTONIC_COARSE) + 1; }

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

Loop::Loop(const Log& log)
    : log_(log), scratch_(scratch_bytes), engine_(std::make_unique<Engine>()) {
  wheel_.advance(ticks_now());
}

Loop::~Loop() = default;

void Loop::run() {
  run_ready();  // timers may be armed already
  engine_->context.run();
}

void Loop::stop() { engine_->context.stop(); }

void Loop::post(std::function<void()> work) {
  boost::asio::post(engine_->context, [this, work = std::move(work)] {
    try {
      work();
    } catch (const std::exception& bug) {
      log_.error("task.failed", {{"what", bug.what()}});
    }
    run_ready();
  });
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
  const std::uint64_t armed = wheel_.take_earliest_armed();
  if (armed < tick_at_) schedule_tick(armed);
}

void Loop::schedule_tick(std::uint64_t at) {
  tick_at_ = at;
  if (at == TimerWheel::never) return;
  const auto since_start_of_clock = TimerWheel::tick * static_cast<std::int64_t>(at);
  engine_->ticker.expires_at(std::chrono::steady_clock::time_point(since_start_of_clock));
  engine_->ticker.async_wait([this](const boost::system::error_code& error) {
    if (!error) on_tick();
  });
}

void Loop::on_tick() {
  tick_at_ = TimerWheel::never;
  wheel_.advance(ticks_now());
  schedule_tick(wheel_.next_due());
  run_ready();
}

Task<Status> sleep(Millis duration) {
  Scope& scope = co_await current_scope();
  Signal signal;
  if (co_await signal.wait(duration) == Woken::cancelled) co_return scope.why();
  co_return Nothing{};
}

}  // namespace omni::net
