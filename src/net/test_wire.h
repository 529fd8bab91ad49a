#pragma once

// Wires for the tests of what reads and writes them: one that follows a script, so that bytes can
// be split anywhere, and one whose other end the test holds.

#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "net/wire.h"

namespace omni::net::testing {

/// Both ends of a connection.
struct FdPair {
  FdPair() {
    int numbers[2] = {-1, -1};
    OMNI_ASSERT(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, numbers) == 0);
    ours = Fd(numbers[0]);
    theirs = Fd(numbers[1]);
  }
  Fd ours;
  Fd theirs;
};

/// Reads what the script says, one entry a read, then the end; remembers what is written.
class ScriptedWire final : public Wire {
 public:
  /// Whether there is a wait before each entry, or all are at hand.
  enum class Waits : bool { never, each };
  ScriptedWire(Loop& loop, std::deque<std::string> script, Waits waits = Waits::each)
      : Wire(loop, FdPair().ours), reads(std::move(script)), waits_(waits) {}

  Step try_read(std::span<char> into) override {
    waiting_ = !waiting_ && waits_ == Waits::each;
    if (waiting_) return {Step::Kind::wait_read};  // passes at once: the socket's peer is gone
    if (reads.empty()) return {Step::Kind::closed};
    std::string& piece = reads.front();
    const std::size_t bytes = std::min(piece.size(), into.size());
    std::memcpy(into.data(), piece.data(), bytes);
    piece.erase(0, bytes);
    if (piece.empty()) reads.pop_front();
    return {Step::Kind::moved, bytes};
  }
  Step try_write(std::span<const std::string_view> pieces) override {
    std::string text;
    for (const std::string_view piece : pieces) text.append(piece);
    text.resize(std::min(text.size(), write_bytes_max));
    writes.push_back(text);
    return {Step::Kind::moved, text.size()};
  }
  void end_sending() override {}
  bool encrypted() const override { return false; }

  std::string written() const {
    std::string all;
    for (const std::string& write : writes) all.append(write);
    return all;
  }

  std::deque<std::string> reads;
  std::vector<std::string> writes;
  std::size_t write_bytes_max = SIZE_MAX;

 private:
  Waits waits_;
  bool waiting_ = false;
};

}  // namespace omni::net::testing
