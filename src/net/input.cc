#include "net/input.h"

#include <cstring>

namespace omni::net {
namespace {

constexpr std::size_t unasked_bytes_max = 64 * 1024;

}  // namespace

void Input::consume(std::size_t count) {
  begin_ += count;
  if (begin_ != end_) return;
  begin_ = end_ = 0;
  block_.release();
}

/// The free end of a block that begins with the bytes not taken yet.
std::span<char> Input::room() {
  const std::size_t held = end_ - begin_;
  if (!block_) {
    block_ = wire_.socket().loop().lend_block();
    std::memcpy(block_.bytes().data(), spilled_.data() + begin_, held);
    spilled_.clear();
    spilled_.shrink_to_fit();
  } else if (begin_ > 0) {
    std::memmove(block_.bytes().data(), block_.bytes().data() + begin_, held);
  }
  begin_ = 0;
  end_ = held;
  return block_.bytes().subspan(end_);
}

/// Gives the block back before a wait.
void Input::park() {
  if (!block_) return;
  spilled_.assign(bytes());
  begin_ = 0;
  end_ = spilled_.size();
  block_.release();
}

Task<Result<std::size_t>> Input::fill(Millis timeout) {
  for (;;) {
    const std::span<char> space = room();
    if (space.empty()) co_return Error(Error::Kind::too_large, "too much came at once");
    const Wire::Step step = wire_.try_read(space);
    if (step.kind == Wire::Step::Kind::moved) {
      end_ += step.bytes;
      if (wire_.moved_much(step.bytes)) co_await yield();
      co_return step.bytes;
    }
    if (step.kind == Wire::Step::Kind::closed) co_return std::size_t{0};
    park();
    Status waited = co_await wire_.wait_for(step.kind, timeout);
    if (!waited) co_return waited.error();
  }
}

Input::Glance Input::glance() {
  if (end_ - begin_ >= unasked_bytes_max) return Glance::full;
  if (!block_ && !empty()) return Glance::full;  // to add to it would move it
  const std::span<char> space = block_ ? block_.bytes().subspan(end_) : room();
  if (space.empty()) return Glance::full;
  wire_.socket().look_again();
  const Wire::Step step = wire_.try_read(space);
  Glance seen = Glance::silent;
  if (step.kind == Wire::Step::Kind::moved) {
    end_ += step.bytes;
    seen = Glance::more;
  } else if (step.kind == Wire::Step::Kind::closed || step.kind == Wire::Step::Kind::failed) {
    seen = Glance::gone;
  }
  if (empty()) park();
  return seen;
}

}  // namespace omni::net
