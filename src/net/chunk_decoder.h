#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace omni::net {

/// Takes the chunk framing off a body, whatever the split of the bytes.  Strict: CRLF only, at most
/// sixteen hexadecimal digits, extensions and trailers bounded, checked and dropped.
class ChunkDecoder {
 public:
  struct Piece {
    std::size_t consumed = 0;  // of the input, `data` and framing before it included
    std::string_view data;     // a part of the input; empty when more input is needed or at the end
  };

  /// Reads up to and including the next run of data.
  Result<Piece> next(std::string_view input);
  /// The last chunk and the trailers have been read.
  bool done() const { return state_ == State::done; }

 private:
  enum class State : std::uint8_t {
    size,
    extension,
    size_lf,
    data,
    data_cr,
    data_lf,
    trailer_start,
    trailer_name,
    trailer_value,
    trailer_lf,
    last_lf,
    done,
    failed,
  };
  static constexpr std::size_t extension_bytes_max = 4 * 1024;  // of all chunks between two data
  static constexpr std::size_t trailer_bytes_max = 16 * 1024;
  /// Of a whole body: chunks of one byte each are odd and lawful, ten times that is an attack.
  static constexpr std::uint64_t framing_bytes_free = 64 * 1024;
  static constexpr std::uint64_t framing_per_data_byte_max = 16;

  bool within_bounds();
  bool step(char c);
  bool step_size(char c);
  bool step_trailer(char c);

  State state_ = State::size;
  std::uint64_t left_ = 0;
  int digits_ = 0;
  std::size_t framing_bytes_ = 0;  // since the last data
  std::uint64_t framing_bytes_in_all_ = 0;
  std::uint64_t data_bytes_ = 0;
};

}  // namespace omni::net
