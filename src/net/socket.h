#pragma once

#include "net/fd.h"
#include "net/loop.h"
#include "net/poller.h"
#include "net/signal.h"

namespace omni::net {

/// Told that a socket has input while no task waits to read it.
class InputWatcher {
 public:
  virtual void on_input() = 0;

 protected:
  ~InputWatcher() = default;
};

/// A non-blocking descriptor on a loop that can be waited for.  Reading and writing are the
/// caller's: try first, say when the kernel had nothing, then wait.
class Socket final : private Pollable {
 public:
  Socket(Loop& loop, Fd fd);
  ~Socket();
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  int fd() const { return fd_.number(); }
  /// Gives the descriptor away; the socket is of no use afterwards.
  Fd release();
  Loop& loop() const { return loop_; }

  /// False after `set_drained`, until the kernel tells of more.
  bool may_read() const { return may_read_; }
  /// The last read took all there was.  Ignored once the peer has ended its stream, which the
  /// kernel says only once.
  void set_drained() { may_read_ = ended_; }
  /// Lets the next read ask the kernel, whatever was said before.
  void look_again() { may_read_ = true; }
  void set_full() { may_write_ = false; }
  /// The peer has ended its stream; what it sent before may not be read yet.
  bool ended() const { return ended_; }

  Signal::Awaiter readable(Millis timeout);
  Signal::Awaiter writable(Millis timeout);

  /// Calls `watcher` once when input comes, or the end of it, and nobody is in `readable`.
  void watch(InputWatcher& watcher);
  /// As `watch`, but not for what is there already.
  void watch_for_more(InputWatcher& watcher) { watcher_ = &watcher; }
  void unwatch() { watcher_ = nullptr; }

 private:
  void on_events(std::uint32_t events) override;

  Loop& loop_;
  Fd fd_;
  InputWatcher* watcher_ = nullptr;
  Signal readable_;
  Signal writable_;
  bool may_read_ = true;
  bool may_write_ = true;
  bool ended_ = false;
};

}  // namespace omni::net
