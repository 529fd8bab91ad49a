#include "net/workers.h"

#include <system_error>

namespace omni::net {

Workers::Workers(std::size_t threads_max, std::size_t queue_max)
    : threads_max_(threads_max), queue_max_(queue_max) {}

Workers::~Workers() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Workers::post(std::unique_ptr<Job> job) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || queue_.size() >= queue_max_ || !find_thread()) return;
    queue_.push_back(std::move(job));
  }
  wake_.notify_one();
}

/// Begins one if all are busy.  False if there is none at all.
bool Workers::find_thread() {
  if (queue_.size() < free_ || threads_.size() == threads_max_) return true;
  try {
    threads_.emplace_back([this] { run(); });
  } catch (const std::system_error&) {  // the system has none left
    return !threads_.empty();
  }
  return true;
}

void Workers::run() {
  for (;;) {
    std::unique_ptr<Job> job;
    {
      std::unique_lock lock(mutex_);
      ++free_;
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      --free_;
      if (stopping_) return;
      job = std::move(queue_.front());
      queue_.pop_front();
    }
    job->run();
  }
}

}  // namespace omni::net
