#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace omni::net {

enum class Coding : std::uint8_t { identity, gzip, deflate, brotli, zstd };

inline constexpr std::size_t codings_max = 2;

/// The codings of a Content-Encoding value, in the order in which they were applied and without
/// identity; empty where there is nothing to decode.
Result<std::vector<Coding>> parse_codings(std::string_view value);

/// Decodes one body as it arrives, into blocks that the caller owns: however much a body swells, it
/// costs time, never memory.  The window is bounded too: 32 KiB for gzip and deflate, 16 MiB for
/// brotli, 8 MiB for zstd (RFC 9659).  After an error it is of no further use.
///
///     for (bool more = true; more;) {
///       Result<Decompressor::Progress> progress = decompressor->step(in, block);
///       ...                                                 // an error ends the answer
///       in.remove_prefix(progress->consumed);
///       use(std::span(block).first(progress->produced));
///       more = !in.empty() || progress->produced == block.size();
///     }
class Decompressor {
 public:
  struct Progress {
    std::size_t consumed = 0;
    std::size_t produced = 0;
    /// A whole stream has ended here.  In gzip and zstd another may follow.
    bool finished = false;
  };

  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;
  virtual ~Decompressor() = default;

  /// Takes from `in` and fills `out`, which must not be empty, as far as either reaches.  Holds
  /// nothing back: once all of `in` is consumed and `out` is not full, everything that the peer has
  /// flushed is out.
  Result<Progress> step(std::string_view in, std::span<char> out);

  /// After the last byte of the body: refuses a truncated stream.  A body without any byte passes,
  /// as servers name a coding for empty answers too.
  Status finish() const;

 protected:
  Decompressor() = default;

 private:
  /// `in` is empty only where an earlier call filled `out` to the end.
  virtual Result<Progress> decode(std::string_view in, std::span<char> out) = 0;

  bool begun_ = false;
  bool finished_ = false;
  bool filled_ = false;
};

std::unique_ptr<Decompressor> make_decompressor(Coding coding);

/// Undoes all `codings`, the last first, through a block of its own between two of them.
std::unique_ptr<Decompressor> make_decompressor(const std::vector<Coding>& codings);

}  // namespace omni::net
