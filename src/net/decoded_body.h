#pragma once

#include <memory>
#include <vector>

#include "net/byte_source.h"
#include "net/decompress.h"

namespace omni::net {

/// A body with its compression taken off as it is read.
class DecodedBody final : public ByteSource {
 public:
  DecodedBody(ByteSource& coded, std::unique_ptr<Decompressor> decompressor);

  Task<Result<std::string_view>> read() override;
  bool done() const override { return done_; }

 private:
  static constexpr std::size_t block_bytes = 32 * 1024;

  ByteSource& coded_;
  std::unique_ptr<Decompressor> decompressor_;
  std::vector<char> block_;
  std::string_view in_;  // of the coded body, not taken yet
  bool full_ = false;    // the block did not hold all there was
  bool done_ = false;
};

}  // namespace omni::net
