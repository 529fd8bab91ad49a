#include "net/signal.h"

#include "base/assert.h"
#include "net/loop.h"

namespace omni::net {

bool Signal::park(std::coroutine_handle<> waiter, Scope& scope, Millis timeout) {
  OMNI_ASSERT(!has_waiter() && scope.waiting_ == nullptr);
  if (scope.cancelled()) {
    woken_ = Woken::cancelled;
    return false;
  }
  if (set_) {
    set_ = false;
    woken_ = Woken::signalled;
    return false;
  }
  waiter_ = waiter;
  scope_ = &scope;
  scope.waiting_ = this;
  if (timeout != forever) arm(scope.loop().wheel(), timeout);
  return true;
}

void Signal::set() {
  if (has_waiter() && !queued_) {
    wake(Woken::signalled);
  } else if (!queued_ || woken_ != Woken::signalled) {
    set_ = true;  // the waiter is being told of a time-out or of its end, and this must not be lost
  }
}

void Signal::wake(Woken how) {
  if (queued_) return;  // somebody else was first
  queued_ = true;
  woken_ = how;
  disarm();
  scope_->loop().make_ready(*this);
}

void Signal::resume() {
  queued_ = false;
  scope_->waiting_ = nullptr;
  scope_ = nullptr;
  waiter_.resume();
}

}  // namespace omni::net
