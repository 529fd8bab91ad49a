// A loop is an io_context that one thread runs, a timer wheel that one Asio timer drives, and the
// list of tasks that are ready to go on.

#include "net/loop.h"

#include <ctime>

#include <boost/asio/post.hpp>

#include "net/engine.h"

namespace omni::net {
namespace {

constexpr std::size_t scratch_bytes = 64 * 1024;

/// The coarse clock costs a quarter of the fine one and is finer than a tick.
std::uint64_t ticks_now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  const auto millis = static_cast<std::uint64_t>(now.tv_sec) * 1000 +
                      static_cast<std::uint64_t>(now.tv_nsec) / 1'000'000;
  return millis / static_cast<std::uint64_t>(TimerWheel::tick.count());
}

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
    co_await std::move(task);
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

void Loop::run() { engine_->context.run(); }

void Loop::stop() { engine_->context.stop(); }

void Loop::post(std::function<void()> work) {
  boost::asio::post(engine_->context, [this, work = std::move(work)] {
    work();
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
  wheel_.set_now(ticks_now());
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
  if (wheel_.take_earliest_armed() < tick_at_) schedule_tick();
}

void Loop::schedule_tick() {
  tick_at_ = wheel_.next_due();
  if (tick_at_ == TimerWheel::never) return;
  const std::uint64_t present = ticks_now();
  const std::uint64_t wait = tick_at_ > present ? tick_at_ - present : 0;
  engine_->ticker.expires_after(TimerWheel::tick * wait);
  engine_->ticker.async_wait([this](const boost::system::error_code& error) {
    if (!error) on_tick();
  });
}

void Loop::on_tick() {
  tick_at_ = TimerWheel::never;
  wheel_.advance(ticks_now());
  run_ready();
  if (tick_at_ == TimerWheel::never) schedule_tick();
}

Task<Status> sleep(Millis duration) {
  Scope& scope = co_await current_scope();
  Signal signal;
  if (co_await signal.wait(duration) == Woken::cancelled) co_return scope.why();
  co_return Nothing{};
}

}  // namespace omni::net
