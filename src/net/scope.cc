#include "net/scope.h"

#include <utility>

#include "net/signal.h"

namespace omni::net {

Scope::Scope(Scope& parent) : loop_(parent.loop_) {
  next_ = parent.first_child_;
  link_ = &parent.first_child_;
  if (next_ != nullptr) next_->link_ = &next_;
  parent.first_child_ = this;
  why_ = parent.why_;
}

Scope::~Scope() {
  while (first_child_ != nullptr) {  // none is left unless a frame is torn down in mid-course
    first_child_->link_ = nullptr;
    first_child_ = std::exchange(first_child_->next_, nullptr);
  }
  if (link_ == nullptr) return;
  *link_ = next_;
  if (next_ != nullptr) next_->link_ = link_;
}

void Scope::cancel(const Error& why) {
  if (why_) return;
  why_ = why;
  if (waiting_ != nullptr) waiting_->wake(Woken::cancelled);
  for (Scope* child = first_child_; child != nullptr; child = child->next_) child->cancel(why);
}

}  // namespace omni::net
