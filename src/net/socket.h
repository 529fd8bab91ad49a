#pragma once

#include "net/fd.h"
#include "net/loop.h"
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
/// caller's: try first, wait when the kernel says so.  A wait stays armed when its task is called
/// off, which is what lets a session watch for its client's departure at no cost.
class Socket {
 public:
  Socket(Loop& loop, Fd fd);
  ~Socket();
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  int fd() const;
  /// Gives the descriptor away; the socket is of no use afterwards.
  Fd release();
  Loop& loop() const { return loop_; }

  Signal::Awaiter readable(Millis timeout);
  Signal::Awaiter writable(Millis timeout);

  /// Calls `watcher` once when input comes, or the end of it, and nobody is in `readable`.
  void watch(InputWatcher& watcher);
  void unwatch() { watcher_ = nullptr; }

 private:
  struct Io;

  void arm_read();
  void on_readable();

  Loop& loop_;
  Io* io_;  // counted: the engine may hold it a little longer than this object lives
  InputWatcher* watcher_ = nullptr;
  Signal readable_;
  Signal writable_;
};

}  // namespace omni::net
