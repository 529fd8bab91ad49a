// Readiness by Asio's descriptor, which registers with epoll once; each wait re-arms it.

#include "net/socket.h"

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include "net/engine.h"

namespace omni::net {

using Descriptor =
    boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type>;

struct Socket::Io : boost::intrusive_ref_counter<Io, boost::thread_unsafe_counter> {
  Io(Socket& socket, boost::asio::io_context& context, int fd)
      : owner(&socket), loop(socket.loop_), descriptor(context, fd) {}

  Socket* owner;  // null once the socket is gone
  Loop& loop;
  Descriptor descriptor;
  bool read_armed = false;
  bool write_armed = false;
};

Socket::Socket(Loop& loop, Fd fd)
    : loop_(loop), io_(new Io(*this, loop.engine().context, fd.number())) {
  intrusive_ptr_add_ref(io_);
  fd.release();
}

Socket::~Socket() {
  io_->owner = nullptr;
  boost::system::error_code ignored;  // closing cannot be tried again
  io_->descriptor.close(ignored);
  intrusive_ptr_release(io_);
}

int Socket::fd() const { return io_->descriptor.native_handle(); }

Fd Socket::release() { return Fd(io_->descriptor.release()); }

void Socket::arm_read() {
  if (io_->read_armed) return;
  io_->read_armed = true;
  io_->descriptor.async_wait(Descriptor::wait_read,
                             [io = boost::intrusive_ptr<Io>(io_)](boost::system::error_code) {
                               io->read_armed = false;
                               if (io->owner == nullptr) return;
                               io->owner->on_readable();
                               io->loop.run_ready();
                             });
}

void Socket::on_readable() {
  if (readable_.has_waiter()) {
    readable_.set();
  } else if (watcher_ != nullptr) {
    std::exchange(watcher_, nullptr)->on_input();
  }
  // Nobody is interested: whoever reads next tries first or arms anew.
}

Signal::Awaiter Socket::readable(Millis timeout) {
  arm_read();
  return readable_.wait(timeout);
}

Signal::Awaiter Socket::writable(Millis timeout) {
  if (!io_->write_armed) {
    io_->write_armed = true;
    io_->descriptor.async_wait(Descriptor::wait_write,
                               [io = boost::intrusive_ptr<Io>(io_)](boost::system::error_code) {
                                 io->write_armed = false;
                                 if (io->owner == nullptr) return;
                                 if (io->owner->writable_.has_waiter()) io->owner->writable_.set();
                                 io->loop.run_ready();
                               });
  }
  return writable_.wait(timeout);
}

void Socket::watch(InputWatcher& watcher) {
  watcher_ = &watcher;
  arm_read();
}

}  // namespace omni::net
