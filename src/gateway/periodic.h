#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "base/clock.h"

namespace omni::gateway {

/// Does something every so often, on a thread of its own, until it goes.
class Periodic {
 public:
  /// `work` must not throw.
  Periodic(Millis every, std::function<void()> work);
  /// Lets what runs end; nothing is done after it.
  ~Periodic();
  Periodic(const Periodic&) = delete;
  Periodic& operator=(const Periodic&) = delete;

 private:
  void run();

  const Millis every_;
  const std::function<void()> work_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace omni::gateway
