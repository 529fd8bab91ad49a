#pragma once

#include "net/byte_source.h"
#include "net/chunk_decoder.h"
#include "net/head.h"
#include "net/input.h"

namespace omni::net {

/// How patient a reader is with a peer that owes it bytes.
struct Pace {
  Millis silence_max{120'000};
  /// After `grace` of waiting in all, the average must reach `bytes_per_second_min`.
  Millis grace{10'000};
  std::uint64_t bytes_per_second_min = 0;
};

/// A message's body without its framing.
class BodyReader final : public ByteSource {
 public:
  struct Options {
    std::uint64_t bytes_max = UINT64_MAX;
    Pace pace;
    Error::Kind fault = Error::Kind::bad_request;  // of a body that is malformed or ends early
    std::string_view too_slow = "the body came too slowly";
  };

  BodyReader(Input& input, Framing framing, Options options);
  /// What was lent goes back to the input, which is then at the next message.
  ~BodyReader() override { input_.consume(lent_); }
  BodyReader(const BodyReader&) = delete;
  BodyReader& operator=(const BodyReader&) = delete;

  Task<Result<std::string_view>> read() override;
  bool done() const override { return done_; }
  std::uint64_t bytes_read() const { return bytes_read_; }
  /// It failed because the peer was slower than its pace allows.
  bool too_slow() const { return too_slow_; }
  void set_bytes_max(std::uint64_t bytes_max) { options_.bytes_max = bytes_max; }
  std::optional<std::uint64_t> announced() const override;

 private:
  /// What can be had of the input as it is; empty when more must come.
  Result<std::string_view> take();
  std::string_view take_plain();
  Result<std::string_view> take_chunks();
  Task<Status> wait_for_more();
  Error give_up();

  Input& input_;
  Framing framing_;
  Options options_;
  ChunkDecoder chunks_;
  std::uint64_t left_ = 0;  // of a body of known length
  std::uint64_t bytes_read_ = 0;
  std::size_t lent_ = 0;  // bytes of the input that the last view lies in
  Millis waited_{0};
  bool done_ = false;
  bool too_slow_ = false;
};

}  // namespace omni::net
