// Content codings of upstream answers, each a thin skin over the library that knows the format.
// Every codec tells what it consumed and produced; the rules that they share (no bytes after the
// end, no truncation, progress at every step) stand once, in Decompressor::step.

#include "net/decompress.h"

#include <brotli/decode.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <limits>
#include <new>
#include <optional>
#include <utility>

#include "base/assert.h"
#include "base/strings.h"

namespace omni::net {
namespace {

using Progress = Decompressor::Progress;

Error corrupt() { return {Error::Kind::upstream, "the compressed answer is corrupt"}; }

Error bytes_after_end() {
  return {Error::Kind::upstream, "the compressed answer goes on after its end"};
}

class Identity final : public Decompressor {
  Result<Progress> decode(std::string_view in, std::span<char> out) override {
    const std::size_t size = in.copy(out.data(), out.size());
    return Progress{.consumed = size, .produced = size, .finished = true};
  }
};

/// One inflate stream; zlib counts in unsigned int, so a huge block is taken in several steps.
class Inflate {
 public:
  explicit Inflate(int window_bits) {
    if (inflateInit2(&stream_, window_bits) != Z_OK) throw std::bad_alloc();
  }
  Inflate(const Inflate&) = delete;
  Inflate& operator=(const Inflate&) = delete;
  ~Inflate() { inflateEnd(&stream_); }

  void restart() { inflateReset(&stream_); }
  void restart(int window_bits) { inflateReset2(&stream_, window_bits); }

  Result<Progress> decode(std::string_view in, std::span<char> out) {
    const auto in_size = narrow(in.size());
    const auto out_size = narrow(out.size());
    // zlib only reads through this pointer, its type is older than const.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    stream_.avail_in = in_size;
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = out_size;
    const int status = inflate(&stream_, Z_NO_FLUSH);
    // Z_BUF_ERROR says only that nothing was left to do.
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) return corrupt();
    return Progress{.consumed = in_size - stream_.avail_in,
                    .produced = out_size - stream_.avail_out,
                    .finished = status == Z_STREAM_END};
  }

 private:
  static uInt narrow(std::size_t size) {
    return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
  }

  z_stream stream_{};
};

constexpr int raw_window = -MAX_WBITS;
constexpr int zlib_window = MAX_WBITS;
constexpr int gzip_window = MAX_WBITS + 16;

class Gzip final : public Decompressor {
  /// A file of several members is the concatenation of their contents.
  Result<Progress> decode(std::string_view in, std::span<char> out) override {
    if (member_ended_) inflate_.restart();
    Result<Progress> progress = inflate_.decode(in, out);
    member_ended_ = progress && progress->finished;
    return progress;
  }

  Inflate inflate_{gzip_window};
  bool member_ended_ = false;
};

class Deflate final : public Decompressor {
  /// RFC 9110 means zlib's wrapping by "deflate", but some servers send it bare.  The first byte
  /// tells: 0x?8 below 0x80 begins zlib's header, and bare it would be a stored block with non-zero
  /// padding, which no encoder writes.
  Result<Progress> decode(std::string_view in, std::span<char> out) override {
    if (ended_) return bytes_after_end();
    if (!sniffed_) {
      sniffed_ = true;
      const auto first = static_cast<unsigned char>(in.front());
      if ((first & 0x0f) != 8 || first >= 0x80) inflate_.restart(raw_window);
    }
    Result<Progress> progress = inflate_.decode(in, out);
    ended_ = progress && progress->finished;
    return progress;
  }

  Inflate inflate_{zlib_window};
  bool sniffed_ = false;
  bool ended_ = false;
};

class Brotli final : public Decompressor {
 public:
  Brotli() {
    if (!state_) throw std::bad_alloc();
  }

 private:
  Result<Progress> decode(std::string_view in, std::span<char> out) override {
    if (BrotliDecoderIsFinished(state_.get())) return bytes_after_end();
    std::size_t in_left = in.size();
    std::size_t out_left = out.size();
    const auto* next_in = reinterpret_cast<const std::uint8_t*>(in.data());
    auto* next_out = reinterpret_cast<std::uint8_t*>(out.data());
    const BrotliDecoderResult result = BrotliDecoderDecompressStream(
        state_.get(), &in_left, &next_in, &out_left, &next_out, nullptr);
    if (result == BROTLI_DECODER_RESULT_ERROR) return corrupt();
    return Progress{.consumed = in.size() - in_left,
                    .produced = out.size() - out_left,
                    .finished = result == BROTLI_DECODER_RESULT_SUCCESS};
  }

  struct Destroy {
    void operator()(BrotliDecoderState* state) const { BrotliDecoderDestroyInstance(state); }
  };
  std::unique_ptr<BrotliDecoderState, Destroy> state_{
      BrotliDecoderCreateInstance(nullptr, nullptr, nullptr)};
};

class Zstd final : public Decompressor {
 public:
  Zstd() {
    if (!stream_) throw std::bad_alloc();
    ZSTD_DCtx_setParameter(stream_.get(), ZSTD_d_windowLogMax, window_log_max);
  }

 private:
  static constexpr int window_log_max = 23;

  Result<Progress> decode(std::string_view in, std::span<char> out) override {
    ZSTD_inBuffer source{in.data(), in.size(), 0};
    ZSTD_outBuffer sink{out.data(), out.size(), 0};
    const std::size_t hint = ZSTD_decompressStream(stream_.get(), &sink, &source);
    if (ZSTD_isError(hint)) return corrupt();
    return Progress{.consumed = source.pos, .produced = sink.pos, .finished = hint == 0};
  }

  struct Destroy {
    void operator()(ZSTD_DStream* stream) const { ZSTD_freeDStream(stream); }
  };
  std::unique_ptr<ZSTD_DStream, Destroy> stream_{ZSTD_createDStream()};
};

/// Two codings, one over the other.
class Chain final : public Decompressor {
 public:
  Chain(std::unique_ptr<Decompressor> outer, std::unique_ptr<Decompressor> inner)
      : outer_(std::move(outer)), inner_(std::move(inner)) {}

 private:
  Result<Progress> decode(std::string_view in, std::span<char> out) override {
    Progress total;
    for (;;) {
      Progress outside{.finished = outside_finished_};
      if (between_.empty()) {
        Result<Progress> step = outer_->step(in, block_);
        if (!step) return step;
        outside = *step;
        outside_finished_ = outside.finished;
        between_ = {block_.data(), outside.produced};
        in.remove_prefix(outside.consumed);
        total.consumed += outside.consumed;
      }
      Result<Progress> inside = inner_->step(between_, out);
      if (!inside) return inside;
      between_.remove_prefix(inside->consumed);
      out = out.subspan(inside->produced);
      total.produced += inside->produced;
      total.finished = outside_finished_ && between_.empty() && inside->finished;
      const bool stuck =
          outside.consumed + outside.produced == 0 && inside->consumed + inside->produced == 0;
      if (out.empty() || stuck) return total;
    }
  }

  std::unique_ptr<Decompressor> outer_;
  std::unique_ptr<Decompressor> inner_;
  std::array<char, 16384> block_;
  std::string_view between_;  // what of block_ the inner one has not taken yet
  bool outside_finished_ = false;
};

std::optional<Coding> coding_named(std::string_view name) {
  if (equals_ignoring_case(name, "identity")) return Coding::identity;
  if (equals_ignoring_case(name, "gzip")) return Coding::gzip;
  if (equals_ignoring_case(name, "x-gzip")) return Coding::gzip;
  if (equals_ignoring_case(name, "deflate")) return Coding::deflate;
  if (equals_ignoring_case(name, "br")) return Coding::brotli;
  if (equals_ignoring_case(name, "zstd")) return Coding::zstd;
  return std::nullopt;
}

}  // namespace

Result<std::vector<Coding>> parse_codings(std::string_view value) {
  std::vector<Coding> codings;
  while (!value.empty()) {
    const std::string_view name = trim(cut(value, ','));
    if (name.empty()) continue;  // RFC 9110 lets a list have empty elements
    const std::optional<Coding> coding = coding_named(name);
    if (!coding) return Error(Error::Kind::upstream, "the answer has an unknown Content-Encoding");
    if (*coding == Coding::identity) continue;
    if (codings.size() == codings_max) {
      return Error(Error::Kind::upstream, "the answer is compressed too many times over");
    }
    codings.push_back(*coding);
  }
  return codings;
}

Result<Progress> Decompressor::step(std::string_view in, std::span<char> out) {
  OMNI_ASSERT(!out.empty());
  if (in.empty() && (finished_ || !filled_)) return Progress{.finished = finished_};
  begun_ = true;
  Result<Progress> progress = decode(in, out);
  if (!progress) return progress;
  // Otherwise the caller would come back with the same bytes for ever.
  if (!in.empty() && progress->consumed + progress->produced == 0) return corrupt();
  finished_ = progress->finished;
  filled_ = progress->produced == out.size();
  return progress;
}

Status Decompressor::finish() const {
  if (begun_ && !finished_) {
    return Error(Error::Kind::upstream, "the compressed answer is cut off");
  }
  return Nothing{};
}

std::unique_ptr<Decompressor> make_decompressor(Coding coding) {
  switch (coding) {
    case Coding::identity:
      return std::make_unique<Identity>();
    case Coding::gzip:
      return std::make_unique<Gzip>();
    case Coding::deflate:
      return std::make_unique<Deflate>();
    case Coding::brotli:
      return std::make_unique<Brotli>();
    case Coding::zstd:
      return std::make_unique<Zstd>();
  }
  OMNI_ASSERT(false);
  return nullptr;
}

std::unique_ptr<Decompressor> make_decompressor(const std::vector<Coding>& codings) {
  OMNI_ASSERT(codings.size() <= codings_max);
  if (codings.empty()) return make_decompressor(Coding::identity);
  if (codings.size() == 1) return make_decompressor(codings.front());
  return std::make_unique<Chain>(make_decompressor(codings.back()),
                                 make_decompressor(codings.front()));
}

}  // namespace omni::net
