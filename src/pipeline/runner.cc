#include "pipeline/runner.h"

namespace omni::pipeline {

void Runner::stand_beside(Runner& other) {
  other_ = &other;
  other.other_ = this;
}

bool Runner::take_floor() {
  if (called_off_) return false;
  if (other_ != nullptr && !other_->called_off_) {
    other_->called_off_ = true;
    other_->scope_->cancel(Error(Error::Kind::cancelled, "another answered first"));
  }
  return true;
}

bool is_called_off(const net::Scope& scope) {
  return scope.cancelled() && scope.why().kind() == Error::Kind::cancelled;
}

}  // namespace omni::pipeline
