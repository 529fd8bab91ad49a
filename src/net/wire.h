#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/result.h"
#include "net/socket.h"
#include "net/task.h"

namespace omni::net {

/// A connected byte stream, plain or TLS.  One task reads (through an Input) and one writes at a
/// time.
class Wire {
 public:
  /// What one attempt without waiting came to.
  struct Step {
    enum class Kind : std::uint8_t { moved, wait_read, wait_write, closed, failed };
    Kind kind{};
    std::size_t bytes = 0;
  };

  virtual ~Wire() = default;
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  /// All of the pieces, gathered; fails when the peer takes nothing for `stall`.
  Task<Status> write(std::span<const std::string_view> pieces, Millis stall);
  Task<Status> write(std::string_view piece, Millis stall);

  /// Waits as a step asks, or says why that came to nothing.
  Task<Status> wait_for(Step::Kind kind, Millis timeout);

  virtual Step try_read(std::span<char> into) = 0;
  virtual Step try_write(std::span<const std::string_view> pieces) = 0;
  /// Tells the peer, as far as that goes without waiting, that nothing more will come.
  virtual void end_sending() = 0;
  virtual bool encrypted() const = 0;

  Socket& socket() { return socket_; }

  /// What it means that the peer is gone or takes nothing any more.  Of a client: that nobody wants
  /// the answer, which is no failure of ours or of an upstream.
  void set_loss(Error loss) { loss_ = std::move(loss); }

  /// Counts bytes that moved without a wait between them, and says when it is others' turn: a peer
  /// as fast as we are would keep the loop for itself.
  bool moved_much(std::size_t bytes);

 protected:
  explicit Wire(Loop& loop, Fd fd) : socket_(loop, std::move(fd)) {}

  Socket socket_;

 private:
  std::size_t unbroken_bytes_ = 0;
  Error loss_{Error::Kind::unavailable, "the connection was lost"};
};

std::unique_ptr<Wire> plain_wire(Loop& loop, Fd fd);

}  // namespace omni::net
