#include "net/decoded_body.h"

namespace omni::net {

DecodedBody::DecodedBody(ByteSource& coded, std::unique_ptr<Decompressor> decompressor)
    : coded_(coded), decompressor_(std::move(decompressor)), block_(block_bytes) {}

Task<Result<std::string_view>> DecodedBody::read() {
  while (!done_) {
    if (in_.empty() && !full_) {
      if (coded_.done()) {
        done_ = true;
        if (Status whole = decompressor_->finish(); !whole) co_return whole.error();
        break;
      }
      Result<std::string_view> piece = co_await coded_.read();
      if (!piece) co_return piece.error();
      in_ = *piece;
      if (in_.empty()) continue;
    }
    const Result<Decompressor::Progress> progress = decompressor_->step(in_, block_);
    if (!progress) co_return progress.error();
    in_.remove_prefix(progress->consumed);
    full_ = progress->produced == block_.size();
    if (progress->produced > 0) co_return std::string_view(block_.data(), progress->produced);
  }
  co_return std::string_view{};
}

}  // namespace omni::net
