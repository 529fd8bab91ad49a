#include "net/socket.h"

#include <utility>

namespace omni::net {

Socket::Socket(Loop& loop, Fd fd) : loop_(loop), fd_(std::move(fd)) {
  loop_.poller().add(fd_.number(), *this);
}

Socket::~Socket() {
  if (fd_) loop_.poller().remove(fd_.number(), *this);
}

Fd Socket::release() {
  loop_.poller().remove(fd_.number(), *this);
  return std::move(fd_);
}

void Socket::on_events(std::uint32_t events) {
  ended_ = ended_ || (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
  if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0 && !may_write_) {
    may_write_ = true;
    if (writable_.has_waiter()) writable_.set();
  }
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) == 0) return;
  may_read_ = true;
  if (readable_.has_waiter()) {
    readable_.set();
  } else if (watcher_ != nullptr) {
    std::exchange(watcher_, nullptr)->on_input();
  }
}

void Socket::watch(InputWatcher& watcher) {
  watcher_ = &watcher;
  if (may_read_ && !readable_.has_waiter()) std::exchange(watcher_, nullptr)->on_input();
}

Signal::Awaiter Socket::readable(Millis timeout) {
  if (may_read_) readable_.set();
  return readable_.wait(timeout);
}

Signal::Awaiter Socket::writable(Millis timeout) {
  if (may_write_) writable_.set();
  return writable_.wait(timeout);
}

}  // namespace omni::net
