#include "net/timer.h"

#include <algorithm>
#include <utility>

namespace omni::net {

void Timer::arm(TimerWheel& wheel, Millis after) {
  disarm();
  if (after == forever) return;
  wheel.insert(*this, after);
}

void Timer::disarm() {
  if (wheel_ == nullptr) return;
  unlink();
  --wheel_->count_;
  wheel_ = nullptr;
}

void Timer::link(Timer*& head) {
  next_ = head;
  link_ = &head;
  if (head != nullptr) head->link_ = &next_;
  head = this;
}

void Timer::unlink() {
  *link_ = next_;
  if (next_ != nullptr) next_->link_ = link_;
}

void TimerWheel::insert(Timer& timer, Millis after) {
  after = std::clamp<Millis>(after, Millis{0}, std::chrono::years(100));
  // Rounded up, and the present tick is partly over.
  timer.due_ = clock_ + static_cast<std::uint64_t>((after + tick - Millis{1}) / tick) + 1;
  timer.wheel_ = this;
  timer.link(heads_[timer.due_ % slots]);
  ++count_;
  earliest_armed_ = std::min(earliest_armed_, timer.due_);
}

/// Whoever fires may change any list, so the slot's is taken off first, and each round takes the
/// first of what is left of it.
void TimerWheel::fire_slot(std::size_t slot) {
  Timer* waiting = std::exchange(heads_[slot], nullptr);
  if (waiting != nullptr) waiting->link_ = &waiting;
  while (waiting != nullptr) {
    Timer& timer = *waiting;
    if (timer.due_ <= now_) {
      timer.disarm();
      timer.on_timer();
    } else {  // a later revolution
      timer.unlink();
      timer.link(heads_[slot]);
    }
  }
}

void TimerWheel::advance(std::uint64_t now) {
  clock_ = now;
  if (now <= now_) return;
  // After a sleep of a whole revolution every slot is visited once.
  const std::uint64_t steps = std::min<std::uint64_t>(now - now_, slots);
  now_ = now;
  for (std::uint64_t step = steps; step > 0 && count_ > 0; --step) {
    fire_slot((now - step + 1) % slots);
  }
}

std::uint64_t TimerWheel::next_due() const {
  if (count_ == 0) return never;
  std::uint64_t earliest = never;
  for (std::uint64_t step = 1; step <= slots && earliest >= now_ + step; ++step) {
    for (const Timer* timer = heads_[(now_ + step) % slots]; timer != nullptr;
         timer = timer->next_) {
      earliest = std::min(earliest, timer->due_);
    }
  }
  return earliest;
}

std::uint64_t TimerWheel::take_earliest_armed() { return std::exchange(earliest_armed_, never); }

}  // namespace omni::net
