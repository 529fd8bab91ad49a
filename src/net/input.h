#pragma once

#include <string>
#include <string_view>

#include "net/wire.h"

namespace omni::net {

/// What has come over a wire and has not been taken yet.  Holds memory in proportion to that: a
/// block while bytes are in it, and next to nothing while it waits, so that ten thousand silent
/// streams are cheap.
class Input {
 public:
  explicit Input(Wire& wire) : wire_(wire) {}

  std::string_view bytes() const { return {memory(), end_ - begin_}; }
  /// For a reader that takes framing out of the bytes where they lie.
  std::span<char> mutable_bytes() { return {const_cast<char*>(memory()), end_ - begin_}; }
  bool empty() const { return begin_ == end_; }
  void consume(std::size_t count);

  /// Waits for more.  The number of new bytes, 0 when the peer has ended its stream.  Views of
  /// earlier bytes are invalid afterwards.
  Task<Result<std::size_t>> fill(Millis timeout);

  enum class Glance : std::uint8_t { silent, more, full, gone };
  /// Takes what is there already, without waiting and without moving what is held: how a session
  /// sees that its client left.
  Glance glance();

 private:
  const char* memory() const { return (block_ ? block_.bytes().data() : spilled_.data()) + begin_; }
  std::span<char> room();
  void park();

  Wire& wire_;
  Block block_;
  std::string spilled_;  // a few bytes kept without a block
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace omni::net
