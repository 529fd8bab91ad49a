#include "net/task_group.h"

#include <utility>

#include "base/assert.h"
#include "net/loop.h"

namespace omni::net {

struct TaskGroup::Member {
  explicit Member(Loop& loop) : scope(loop) {}

  Scope scope;
  Member* next = nullptr;
  Member** link = nullptr;
};

TaskGroup::~TaskGroup() {
  while (first_ != nullptr) {  // the loop is gone and with it the tasks
    const Member* gone = std::exchange(first_, first_->next);
    delete gone;
  }
}

void TaskGroup::spawn(Task<> task) {
  auto* member = new Member(loop_);
  member->next = first_;
  member->link = &first_;
  if (first_ != nullptr) first_->link = &member->next;
  first_ = member;
  ++size_;
  loop_.start(std::move(task), member->scope, [this, member] { remove(*member); });
}

void TaskGroup::cancel(const Error& why) {
  for (Member* member = first_; member != nullptr; member = member->next) {
    member->scope.cancel(why);
  }
}

void TaskGroup::remove(Member& member) {
  *member.link = member.next;
  if (member.next != nullptr) member.next->link = member.link;
  delete &member;
  if (--size_ == 0 && emptied_.has_waiter()) emptied_.set();
}

Task<bool> TaskGroup::drained(Millis limit) {
  while (size_ > 0) {
    if (co_await emptied_.wait(limit) != Woken::signalled) co_return size_ == 0;
  }
  co_return true;
}

}  // namespace omni::net
