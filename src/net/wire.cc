#include "net/wire.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace omni::net {
namespace {

constexpr std::size_t pieces_max = 8;
constexpr std::size_t unbroken_bytes_max = 1024 * 1024;

class PlainWire final : public Wire {
 public:
  PlainWire(Loop& loop, Fd fd) : Wire(loop, std::move(fd)) {}

  Step try_read(std::span<char> into) override {
    if (!socket_.may_read()) return {Step::Kind::wait_read};
    const ssize_t got = ::recv(socket_.fd(), into.data(), into.size(), 0);
    if (got > 0) {
      const auto bytes = static_cast<std::size_t>(got);
      if (bytes < into.size()) socket_.set_drained();
      return {Step::Kind::moved, bytes};
    }
    if (got == 0) return {Step::Kind::closed};
    if (errno == EINTR) return try_read(into);
    if (errno != EAGAIN) return {Step::Kind::failed};
    socket_.set_drained();
    return {Step::Kind::wait_read};
  }

  Step try_write(std::span<const std::string_view> pieces) override {
    std::array<iovec, pieces_max> vectors{};
    msghdr message{};
    message.msg_iov = vectors.data();
    for (const std::string_view piece : pieces.first(std::min(pieces.size(), pieces_max))) {
      vectors[message.msg_iovlen++] = {const_cast<char*>(piece.data()), piece.size()};
    }
    const ssize_t sent = ::sendmsg(socket_.fd(), &message, MSG_NOSIGNAL);
    if (sent >= 0) return {Step::Kind::moved, static_cast<std::size_t>(sent)};
    if (errno == EINTR) return try_write(pieces);
    if (errno != EAGAIN) return {Step::Kind::failed};
    socket_.set_full();
    return {Step::Kind::wait_write};
  }

  void end_sending() override { ::shutdown(socket_.fd(), SHUT_WR); }
  bool encrypted() const override { return false; }
};

/// Drops the first `bytes` of the pieces; returns what is left of them.
std::span<std::string_view> advance(std::span<std::string_view> pieces, std::size_t bytes) {
  while (!pieces.empty() && bytes >= pieces.front().size()) {
    bytes -= pieces.front().size();
    pieces = pieces.subspan(1);
  }
  if (!pieces.empty()) pieces.front().remove_prefix(bytes);
  return pieces;
}

}  // namespace

bool Wire::moved_much(std::size_t bytes) {
  unbroken_bytes_ += bytes;
  if (unbroken_bytes_ < unbroken_bytes_max) return false;
  unbroken_bytes_ = 0;
  return true;
}

Task<Status> Wire::wait_for(Step::Kind kind, Millis timeout) {
  unbroken_bytes_ = 0;
  Woken woken{};
  if (kind == Step::Kind::wait_read) {
    woken = co_await socket_.readable(timeout);
  } else if (kind == Step::Kind::wait_write) {
    woken = co_await socket_.writable(timeout);
  } else {
    co_return loss_;
  }
  if (woken == Woken::timed_out) {
    const bool unwanted = kind == Step::Kind::wait_write && loss_.kind() == Error::Kind::cancelled;
    if (unwanted) co_return loss_;
    co_return Error(Error::Kind::timed_out, "the peer was silent for too long");
  }
  if (woken == Woken::cancelled) co_return (co_await current_scope()).why();
  co_return Nothing{};
}

Task<Status> Wire::write(std::span<const std::string_view> pieces, Millis stall) {
  std::array<std::string_view, pieces_max> left_over;
  OMNI_ASSERT(pieces.size() <= pieces_max);
  std::copy(pieces.begin(), pieces.end(), left_over.begin());
  std::span<std::string_view> left = advance(std::span(left_over).first(pieces.size()), 0);
  while (!left.empty()) {
    const Step step = try_write(left);
    if (step.kind == Step::Kind::moved) {
      left = advance(left, step.bytes);
      if (moved_much(step.bytes)) co_await yield();
      continue;
    }
    Status waited = co_await wait_for(step.kind, stall);
    if (!waited) co_return waited.error();
  }
  co_return Nothing{};
}

Task<Status> Wire::write(std::string_view piece, Millis stall) {
  co_return co_await write(std::span<const std::string_view>(&piece, 1), stall);
}

std::unique_ptr<Wire> plain_wire(Loop& loop, Fd fd) {
  return std::make_unique<PlainWire>(loop, std::move(fd));
}

}  // namespace omni::net
