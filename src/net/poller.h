#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstdint>

#include "base/clock.h"
#include "net/fd.h"

namespace omni::net {

/// Something with a descriptor that is told when the kernel has news of it.
class Pollable {
 public:
  /// `events` as epoll gives them: EPOLLIN, EPOLLOUT, EPOLLRDHUP, EPOLLHUP, EPOLLERR.
  virtual void on_events(std::uint32_t events) = 0;

 protected:
  ~Pollable() = default;
};

/// The kernel's list of descriptors with news.  Each is registered once, edge-triggered and for
/// everything, so that waiting costs no system call: nothing is said about a descriptor until its
/// state changes, and whoever uses it remembers what was said.
class Poller {
 public:
  Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  void add(int fd, Pollable& pollable);
  /// News that was fetched and not told yet is dropped.
  void remove(int fd, const Pollable& pollable);

  /// Waits for news and calls `tell(pollable, events)` for every piece of it.
  template <class Tell>
  void poll(int timeout_ms, const Tell& tell) {
    fetch(timeout_ms);
    while (next_ < fetched_) {
      const epoll_event event = events_[next_++];
      if (event.data.ptr == nullptr) continue;
      tell(*static_cast<Pollable*>(event.data.ptr), event.events);
    }
  }

  /// Makes a `poll` that waits return.  From any thread.
  void wake();

 private:
  void fetch(int timeout_ms);

  Fd epoll_;
  Fd waker_;
  std::array<epoll_event, 256> events_{};
  std::size_t next_ = 0;
  std::size_t fetched_ = 0;
};

}  // namespace omni::net
