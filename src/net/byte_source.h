#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/task.h"

namespace omni::net {

/// Bytes that are pulled by whoever wants them, so that a slow taker slows the giver: a request's
/// body, an answer's body, a decompressed one.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// The next bytes, empty at the end.  They are valid until the next call.
  virtual Task<Result<std::string_view>> read() = 0;
  /// Known to have nothing more, without asking again.
  virtual bool done() const = 0;
  /// How many bytes there are in all, where that was said in advance.
  virtual std::optional<std::uint64_t> announced() const { return std::nullopt; }
  /// Begins anew with the first byte; false where that cannot be.
  virtual bool rewind() { return false; }
};

/// All that is left of `source`; an error of kind too_large beyond `bytes_max`.
Task<Result<std::string>> read_all(ByteSource& source, std::size_t bytes_max);

}  // namespace omni::net
