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
  *link_ = next_;
  if (next_ != nullptr) next_->link_ = link_;
  --wheel_->count_;
  wheel_ = nullptr;
  next_ = nullptr;
}

void TimerWheel::insert(Timer& timer, Millis after) {
  const auto ticks = static_cast<std::uint64_t>(std::max<std::int64_t>(after / tick, 0));
  timer.due_ = clock_ + ticks + 1;  // the present tick is partly over
  Timer*& head = heads_[timer.due_ % slots];
  timer.next_ = head;
  timer.link_ = &head;
  if (head != nullptr) head->link_ = &timer.next_;
  head = &timer;
  timer.wheel_ = this;
  ++count_;
  earliest_armed_ = std::min(earliest_armed_, timer.due_);
}

void TimerWheel::fire_slot(std::size_t slot) {
  // Whoever fires may change this very list, so each round starts from its head.
  for (bool fired = true; fired;) {
    fired = false;
    for (Timer* timer = heads_[slot]; timer != nullptr; timer = timer->next_) {
      if (timer->due_ > now_) continue;
      timer->disarm();
      timer->on_timer();
      fired = true;
      break;
    }
  }
}

void TimerWheel::advance(std::uint64_t now) {
  clock_ = now;
  const std::uint64_t last = now_;
  if (now <= last) return;
  now_ = now;
  // After a sleep of a whole revolution every slot is visited once.
  const std::uint64_t steps = std::min<std::uint64_t>(now - last, slots);
  for (std::uint64_t step = 0; step < steps && count_ > 0; ++step) {
    fire_slot((now - step) % slots);
  }
}

std::uint64_t TimerWheel::next_due() const {
  if (count_ == 0) return never;
  for (std::uint64_t step = 1; step <= slots; ++step) {
    for (const Timer* timer = heads_[(now_ + step) % slots]; timer != nullptr;
         timer = timer->next_) {
      if (timer->due_ <= now_ + step) return now_ + step;
    }
  }
  return now_ + slots;  // all are further away than one revolution
}

std::uint64_t TimerWheel::take_earliest_armed() {
  return std::exchange(earliest_armed_, never);
}

}  // namespace omni::net
