#include "net/poller.h"

#include <sys/eventfd.h>

#include <cerrno>
#include <system_error>

namespace omni::net {

Poller::Poller()
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)), waker_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  epoll_event event{EPOLLIN | EPOLLET, {.ptr = nullptr}};
  if (!epoll_ || !waker_ ||
      ::epoll_ctl(epoll_.number(), EPOLL_CTL_ADD, waker_.number(), &event) != 0) {
    throw std::system_error(errno, std::generic_category(), "cannot set up an event loop");
  }
}

void Poller::add(int fd, Pollable& pollable) {
  epoll_event event{EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, {.ptr = &pollable}};
  if (::epoll_ctl(epoll_.number(), EPOLL_CTL_ADD, fd, &event) != 0) {
    throw std::system_error(errno, std::generic_category(), "cannot watch a descriptor");
  }
}

void Poller::remove(int fd, const Pollable& pollable) {
  ::epoll_ctl(epoll_.number(), EPOLL_CTL_DEL, fd, nullptr);
  for (std::size_t i = next_; i < fetched_; ++i) {
    if (events_[i].data.ptr == &pollable) events_[i].data.ptr = nullptr;
  }
}

void Poller::fetch(int timeout_ms) {
  const int count =
      ::epoll_wait(epoll_.number(), events_.data(), static_cast<int>(events_.size()), timeout_ms);
  next_ = 0;
  fetched_ = count > 0 ? static_cast<std::size_t>(count) : 0;
}

void Poller::wake() {
  // Edge-triggered: each write is news, and the count is never read.
  const std::uint64_t one = 1;
  const ssize_t written = ::write(waker_.number(), &one, sizeof one);
  (void)written;  // full after 2^64 - 2 wake-ups
}

}  // namespace omni::net
