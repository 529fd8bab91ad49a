// chunk   = 1*16HEXDIG [ ";" ext ] CRLF data CRLF
// body    = *chunk  1*16"0" [ ";" ext ] CRLF  *( token ":" value CRLF )  CRLF

#include "net/chunk_decoder.h"

#include <algorithm>

#include "base/strings.h"
#include "net/fields.h"

namespace omni::net {
namespace {

bool is_text(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= 0x20 && byte != 0x7f) || c == '\t';
}

}  // namespace

Result<ChunkDecoder::Piece> ChunkDecoder::next(std::string_view input) {
  std::size_t at = 0;
  while (at < input.size() && state_ != State::done) {
    if (state_ == State::data) {
      const auto taken =
          static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size() - at));
      left_ -= taken;
      if (left_ == 0) state_ = State::data_cr;
      framing_bytes_ = 0;
      data_bytes_ += taken;
      return Piece{at + taken, input.substr(at, taken)};
    }
    if (!within_bounds() || !step(input[at])) {
      state_ = State::failed;
      return Error(Error::Kind::bad_request, "the chunked body is malformed");
    }
    ++at;
  }
  return Piece{at, {}};
}

bool ChunkDecoder::within_bounds() {
  const std::size_t bound =
      state_ >= State::trailer_start ? trailer_bytes_max : extension_bytes_max;
  return ++framing_bytes_ <= bound &&
         ++framing_bytes_in_all_ <= framing_bytes_free + framing_per_data_byte_max * data_bytes_;
}

bool ChunkDecoder::step(char c) {
  switch (state_) {
    case State::size:
      return step_size(c);
    case State::extension:
      if (c == '\r') state_ = State::size_lf;
      return c == '\r' || is_text(c);
    case State::size_lf:
      state_ = left_ > 0 ? State::data : State::trailer_start;
      digits_ = 0;
      return c == '\n';
    case State::data_cr:
      state_ = State::data_lf;
      return c == '\r';
    case State::data_lf:
      state_ = State::size;
      return c == '\n';
    default:
      return step_trailer(c);
  }
}

bool ChunkDecoder::step_size(char c) {
  if (const int value = hex_value(c); value >= 0) {
    left_ = left_ << 4 | static_cast<std::uint64_t>(value);
    return ++digits_ <= 16;
  }
  if (digits_ == 0) return false;
  if (c == ';') {
    state_ = State::extension;
    return true;
  }
  state_ = State::size_lf;
  return c == '\r';
}

bool ChunkDecoder::step_trailer(char c) {
  switch (state_) {
    case State::trailer_start:
      state_ = c == '\r' ? State::last_lf : State::trailer_name;
      return c == '\r' || is_token({&c, 1});
    case State::trailer_name:
      if (c == ':') state_ = State::trailer_value;
      return c == ':' || is_token({&c, 1});
    case State::trailer_value:
      if (c == '\r') state_ = State::trailer_lf;
      return c == '\r' || is_text(c);
    case State::trailer_lf:
      state_ = State::trailer_start;
      return c == '\n';
    case State::last_lf:
      state_ = State::done;
      return c == '\n';
    default:
      return false;
  }
}

}  // namespace omni::net
