#include "net/body_reader.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>

#include "net/loop.h"

namespace omni::net {
namespace {

constexpr std::size_t reserved_bytes_max = 1024 * 1024;  // on no more than a client's word

Error too_large() { return {Error::Kind::too_large, "the body is larger than this path accepts"}; }

}  // namespace

BodyReader::BodyReader(Input& input, Framing framing, Options options)
    : input_(input), framing_(framing), options_(options), left_(framing.length) {
  done_ = framing.kind == Framing::Kind::none ||
          (framing.kind == Framing::Kind::length && framing.length == 0);
}

std::optional<std::uint64_t> BodyReader::announced() const {
  if (framing_.kind == Framing::Kind::none || framing_.kind == Framing::Kind::length) {
    return framing_.length;
  }
  return std::nullopt;
}

Task<Result<std::string_view>> BodyReader::read() {
  input_.consume(std::exchange(lent_, 0));
  if (announced().value_or(0) > options_.bytes_max) {
    co_return too_large();
  }
  while (!done_) {
    Result<std::string_view> piece = take();
    if (!piece) co_return piece.error();
    bytes_read_ += piece->size();
    if (bytes_read_ > options_.bytes_max) co_return too_large();
    if (!piece->empty()) co_return *piece;
    if (done_) break;
    Status more = co_await wait_for_more();
    if (!more) co_return more.error();
  }
  co_return std::string_view{};
}

Result<std::string_view> BodyReader::take() {
  if (framing_.kind != Framing::Kind::chunked) return take_plain();
  return take_chunks();
}

std::string_view BodyReader::take_plain() {
  std::string_view data = input_.bytes();
  if (framing_.kind == Framing::Kind::length) {
    data = data.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, data.size())));
    left_ -= data.size();
    done_ = left_ == 0;
  }
  lent_ = data.size();
  return data;
}

/// All chunks that are here become one run of bytes, moved together over the framing between them:
/// what arrived in one read goes out in one write.
Result<std::string_view> BodyReader::take_chunks() {
  const std::span<char> input = input_.mutable_bytes();
  char* start = nullptr;
  std::size_t gathered = 0;
  while (lent_ < input.size() && !chunks_.done()) {
    Result<ChunkDecoder::Piece> piece = chunks_.next({input.data() + lent_, input.size() - lent_});
    if (!piece && gathered > 0) break;  // what is good first; the decoder will say it again
    if (!piece) return Error(options_.fault, piece.error().message());
    lent_ += piece->consumed;
    if (piece->data.empty()) continue;
    if (start == nullptr) start = input.data() + (piece->data.data() - input.data());
    std::memmove(start + gathered, piece->data.data(), piece->data.size());
    gathered += piece->data.size();
  }
  done_ = chunks_.done();
  if (gathered == 0) input_.consume(std::exchange(lent_, 0));
  return std::string_view{start, gathered};
}

Error BodyReader::give_up() {
  too_slow_ = true;
  return {Error::Kind::timed_out, std::string(options_.too_slow)};
}

Task<Status> BodyReader::wait_for_more() {
  const auto before = std::chrono::steady_clock::now();
  const Result<std::size_t> got = co_await input_.fill(options_.pace.silence_max);
  if (!got) {
    const bool silent =
        got.error().kind() == Error::Kind::timed_out && !(co_await current_scope()).cancelled();
    if (silent) co_return give_up();
    co_return got.error();
  }
  if (*got == 0) {
    done_ = framing_.kind == Framing::Kind::to_close;
    if (done_) co_return Nothing{};
    co_return Error(options_.fault,
                    options_.fault == Error::Kind::upstream
                        ? "the answer broke off in the middle: the connection was closed"
                        : "the body broke off in the middle: the connection was closed");
  }
  waited_ += std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - before);
  const auto due =
      options_.pace.bytes_per_second_min * static_cast<std::uint64_t>(waited_.count()) / 1000;
  if (waited_ > options_.pace.grace && bytes_read_ + *got < due) {
    co_return give_up();
  }
  co_return Nothing{};
}

Task<Result<std::string>> read_all(ByteSource& source, std::size_t bytes_max) {
  std::string all;
  const std::uint64_t announced = source.announced().value_or(0);
  if (announced > bytes_max) {
    co_return too_large();
  }
  all.reserve(std::min<std::size_t>(announced, reserved_bytes_max));
  // The last read, which brings nothing, gives back the memory that the one before it lent.
  for (;;) {
    Result<std::string_view> piece = co_await source.read();
    if (!piece) co_return piece.error();
    if (piece->empty()) break;
    if (all.size() + piece->size() > bytes_max) {
      co_return too_large();
    }
    all.append(*piece);
  }
  co_return all;
}

}  // namespace omni::net
