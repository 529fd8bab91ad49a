#include "net/decompress.h"

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace omni::net {
namespace {

constexpr int raw = -15;
constexpr int wrapped = 15;
constexpr int gzip = 31;

std::string zlib_compress(std::string_view text, int window_bits, int level = 6) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, level, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string in(text);
  std::string out(deflateBound(&stream, in.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

/// Two halves, the first of them flushed; `first_size` becomes its compressed size.
std::string zlib_compress_flushed(std::string_view first, std::string_view second, int window_bits,
                                  std::size_t& first_size) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string in = std::string(first) + std::string(second);
  std::string out(1000, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(first.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_SYNC_FLUSH), Z_OK);
  first_size = stream.total_out;
  stream.avail_in = static_cast<uInt>(second.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string zstd_compress(std::string_view text, int window_log = 0) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log);
  const std::size_t size =
      ZSTD_compress2(context, out.data(), out.size(), text.data(), text.size());
  EXPECT_FALSE(ZSTD_isError(size));
  ZSTD_freeCCtx(context);
  out.resize(size);
  return out;
}

std::string from_hex(std::string_view hex) {
  std::string out;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    out.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return out;
}

std::string lines(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += "line " + std::to_string(i) + " of an answer\n";
  return text;
}

/// lines(20) as brotli 1.0.9 compresses it: its encoder is not among our libraries.
std::string brotli_lines() {
  return from_hex(
      "1b9901281c09762ce42738332ce9e09034c0767a862588c25b99b92113cebda9a5473d58995990ea2f63"
      "bec505419464955aa3d56d7c2622299ac5e670c301");
}

struct Sample {
  const char* name;
  Coding coding;
  std::string bytes;
};

std::vector<Sample> samples() {
  const std::string text = lines(20);
  return {{"gzip", Coding::gzip, zlib_compress(text, gzip)},
          {"deflate", Coding::deflate, zlib_compress(text, wrapped)},
          {"deflate, bare", Coding::deflate, zlib_compress(text, raw)},
          {"brotli", Coding::brotli, brotli_lines()},
          {"zstd", Coding::zstd, zstd_compress(text)}};
}

/// Decodes `in` into `out` through blocks of `block_bytes`, as the header shows.
Status decode_piece(Decompressor& decompressor, std::string_view in, std::size_t block_bytes,
                    std::string& out) {
  std::vector<char> block(block_bytes);
  for (bool more = true; more;) {
    const Result<Decompressor::Progress> progress = decompressor.step(in, block);
    if (!progress) return progress.error();
    EXPECT_LE(progress->consumed, in.size());
    EXPECT_LE(progress->produced, block.size());
    in.remove_prefix(progress->consumed);
    out.append(block.data(), progress->produced);
    more = !in.empty() || progress->produced == block.size();
  }
  return Nothing{};
}

/// The whole text, or "refused: " and why.
std::string decoded(Decompressor& decompressor, const std::vector<std::string_view>& pieces,
                    std::size_t block_bytes) {
  std::string out;
  Status status = Nothing{};
  for (const std::string_view piece : pieces) {
    if (status) status = decode_piece(decompressor, piece, block_bytes, out);
  }
  if (status) status = decompressor.finish();
  if (status) return out;
  EXPECT_EQ(status.error().kind(), Error::Kind::upstream);
  return "refused: " + status.error().message();
}

std::string decoded(Coding coding, std::string_view bytes) {
  return decoded(*make_decompressor(coding), {bytes}, 16384);
}

const char* const corrupt = "refused: the compressed answer is corrupt";
const char* const cut_off = "refused: the compressed answer is cut off";
const char* const goes_on = "refused: the compressed answer goes on after its end";

TEST(Decompress, DecodesAtEverySplit) {
  const std::string text = lines(20);
  for (const Sample& sample : samples()) {
    const std::string_view bytes = sample.bytes;
    EXPECT_EQ(decoded(sample.coding, bytes), text) << sample.name;
    for (std::size_t i = 0; i <= bytes.size(); ++i) {
      for (const std::size_t block_bytes : {1U, 7U, 4096U}) {
        const auto decompressor = make_decompressor(sample.coding);
        ASSERT_EQ(decoded(*decompressor, {bytes.substr(0, i), bytes.substr(i)}, block_bytes), text)
            << sample.name << " cut at " << i << ", blocks of " << block_bytes;
      }
    }
    std::vector<std::string_view> single;
    for (std::size_t i = 0; i < bytes.size(); ++i) single.push_back(bytes.substr(i, 1));
    EXPECT_EQ(decoded(*make_decompressor(sample.coding), single, 64), text) << sample.name;
  }
}

TEST(Decompress, BlockFilledExactlyIsNotTheEnd) {
  const std::string text = lines(20);
  for (const Sample& sample : samples()) {
    const auto decompressor = make_decompressor(sample.coding);
    EXPECT_EQ(decoded(*decompressor, {sample.bytes}, text.size()), text) << sample.name;
  }
}

TEST(Decompress, TellsWhereTheStreamEnds) {
  for (const Sample& sample : samples()) {
    const auto decompressor = make_decompressor(sample.coding);
    std::vector<char> block(4096);
    const std::string_view bytes = sample.bytes;
    const auto early = decompressor->step(bytes.substr(0, bytes.size() - 1), block);
    ASSERT_TRUE(early);
    EXPECT_FALSE(early->finished) << sample.name;
    const auto late = decompressor->step(bytes.substr(early->consumed), block);
    ASSERT_TRUE(late);
    EXPECT_TRUE(late->finished) << sample.name;
    const auto after = decompressor->step({}, block);
    ASSERT_TRUE(after);
    EXPECT_TRUE(after->finished) << sample.name;
  }
}

TEST(Decompress, RefusesTruncationEverywhere) {
  for (const Sample& sample : samples()) {
    for (std::size_t i = 1; i < sample.bytes.size(); ++i) {
      EXPECT_EQ(decoded(sample.coding, std::string_view(sample.bytes).substr(0, i)), cut_off)
          << sample.name << " at " << i;
    }
  }
}

TEST(Decompress, RefusesBytesAfterTheEnd) {
  for (const Sample& sample : samples()) {
    const bool may_go_on = sample.coding == Coding::gzip || sample.coding == Coding::zstd;
    EXPECT_EQ(decoded(sample.coding, sample.bytes + "garbage"), may_go_on ? corrupt : goes_on)
        << sample.name;
    const auto decompressor = make_decompressor(sample.coding);
    EXPECT_EQ(decoded(*decompressor, {sample.bytes, "garbage"}, 4096),
              may_go_on ? corrupt : goes_on)
        << sample.name;
  }
}

TEST(Decompress, RefusesDamage) {
  EXPECT_EQ(decoded(Coding::gzip, "no gzip at all"), corrupt);
  EXPECT_EQ(decoded(Coding::zstd, "no zstd at all"), corrupt);
  EXPECT_EQ(decoded(Coding::brotli, std::string(100, '\xff')), corrupt);
  EXPECT_EQ(decoded(Coding::deflate, "\xff not deflate"), corrupt);
  for (Sample& sample : samples()) {
    if (sample.name == std::string_view("deflate, bare") || sample.coding == Coding::brotli) {
      continue;  // these have no checksum
    }
    sample.bytes.back() = static_cast<char>(sample.bytes.back() ^ 1);
    EXPECT_EQ(decoded(sample.coding, sample.bytes), corrupt) << sample.name;
  }
}

TEST(Decompress, NoBytesAreAnEmptyAnswer) {
  for (const Sample& sample : samples()) EXPECT_EQ(decoded(sample.coding, ""), "") << sample.name;
  EXPECT_EQ(decoded(Coding::gzip, zlib_compress("", gzip)), "");
  EXPECT_EQ(decoded(Coding::zstd, zstd_compress("")), "");
}

TEST(Decompress, JoinsMembers) {
  EXPECT_EQ(decoded(Coding::gzip,
                    zlib_compress("a", gzip) + zlib_compress("", gzip) + zlib_compress("b", gzip)),
            "ab");
  EXPECT_EQ(decoded(Coding::zstd, zstd_compress("a") + zstd_compress("b")), "ab");
  const std::string two = zlib_compress("a", gzip) + zlib_compress("b", gzip);
  for (std::size_t i = 0; i <= two.size(); ++i) {
    const std::vector<std::string_view> pieces{std::string_view(two).substr(0, i),
                                               std::string_view(two).substr(i)};
    EXPECT_EQ(decoded(*make_decompressor(Coding::gzip), pieces, 64), "ab") << i;
  }
  EXPECT_EQ(decoded(Coding::gzip, two.substr(0, two.size() - 1)), cut_off);
}

TEST(Decompress, WhatIsFlushedComesAtOnce) {
  for (const int window_bits : {raw, wrapped, gzip}) {
    std::size_t first_size = 0;
    const std::string bytes = zlib_compress_flushed("first", "second", window_bits, first_size);
    const auto decompressor =
        make_decompressor(window_bits == gzip ? Coding::gzip : Coding::deflate);
    std::string out;
    ASSERT_TRUE(
        decode_piece(*decompressor, std::string_view(bytes).substr(0, first_size), 64, out));
    EXPECT_EQ(out, "first");
    ASSERT_TRUE(decode_piece(*decompressor, std::string_view(bytes).substr(first_size), 64, out));
    EXPECT_EQ(out, "firstsecond");
    EXPECT_TRUE(decompressor->finish());
  }
  const std::string bytes = from_hex("0b0200f82500629080c0005100805f022008894900");
  const auto decompressor = make_decompressor(Coding::brotli);
  std::string out;
  ASSERT_TRUE(decode_piece(*decompressor, std::string_view(bytes).substr(0, 11), 64, out));
  EXPECT_EQ(out, "first");
}

TEST(Decompress, ABombFillsOneBlockAtATime) {
  constexpr std::size_t size = 32 << 20;
  const std::string zeros(size, '\0');
  const std::vector<Sample> bombs{
      {"gzip", Coding::gzip, zlib_compress(zeros, gzip)},
      {"zstd", Coding::zstd, zstd_compress(zeros)},
      {"brotli", Coding::brotli,
       from_hex(
           "cbffff3ff82700e2b14020f7fe8fffff7ff04f00c4611180eefd1fffffffe09f0088c30200ddfbbffcff"
           "ffc33f0110870500baf77f")}};
  for (const Sample& bomb : bombs) {
    const auto decompressor = make_decompressor(bomb.coding);
    std::vector<char> block(65536);
    std::string_view in = bomb.bytes;
    std::size_t total = 0;
    for (bool more = true; more;) {
      const auto progress = decompressor->step(in, block);
      ASSERT_TRUE(progress) << bomb.name;
      in.remove_prefix(progress->consumed);
      total += progress->produced;
      more = !in.empty() || progress->produced == block.size();
    }
    EXPECT_EQ(total, size) << bomb.name;
    EXPECT_TRUE(decompressor->finish()) << bomb.name;
  }
}

TEST(Decompress, RefusesAZstdWindowAbove8MiB) {
  const std::string text(20 << 20, 'x');
  EXPECT_EQ(decoded(Coding::zstd, zstd_compress(text, 23)).size(), text.size());
  EXPECT_EQ(decoded(Coding::zstd, zstd_compress(text, 24)), corrupt);
}

TEST(Decompress, UndoesTwoCodings) {
  const std::string text = lines(20'000);
  const std::string bytes = zstd_compress(zlib_compress(text, gzip));
  const std::vector<Coding> codings{Coding::gzip, Coding::zstd};
  EXPECT_EQ(decoded(*make_decompressor(codings), {bytes}, 4096), text);
  EXPECT_EQ(decoded(*make_decompressor(codings), {bytes}, 1 << 20), text);
  EXPECT_EQ(decoded(*make_decompressor(codings), {bytes}, text.size()), text);
  std::vector<std::string_view> single;
  for (std::size_t i = 0; i < bytes.size(); ++i) single.push_back({bytes.data() + i, 1});
  EXPECT_EQ(decoded(*make_decompressor(codings), single, 4096), text);
  single.pop_back();
  EXPECT_EQ(decoded(*make_decompressor(codings), single, 4096), cut_off);
  EXPECT_EQ(decoded(*make_decompressor(codings), {bytes, "garbage"}, 4096), corrupt);
  const std::string inner_cut = zlib_compress(text, gzip);
  EXPECT_EQ(
      decoded(*make_decompressor(codings),
              {zstd_compress(std::string_view(inner_cut).substr(0, inner_cut.size() - 1))}, 4096),
      cut_off);
}

/// All that the beginning of a body has to give.
std::string decoded_beginning(Decompressor& decompressor, std::string_view in) {
  std::string out;
  EXPECT_TRUE(decode_piece(decompressor, in, 1 << 20, out));
  return out;
}

TEST(Decompress, TwoCodingsHoldNoMoreBackThanEachAlone) {
  // Stored, then squeezed, so that the outer one has much to give for its last byte of input.
  const std::string bytes = zstd_compress(zlib_compress(std::string(400'000, '\0'), gzip, 0));
  for (std::size_t i = 1; i <= bytes.size(); ++i) {
    const std::string_view in = std::string_view(bytes).substr(0, i);
    const std::string between = decoded_beginning(*make_decompressor(Coding::zstd), in);
    const std::string expected = decoded_beginning(*make_decompressor(Coding::gzip), between);
    const auto chain = make_decompressor({Coding::gzip, Coding::zstd});
    EXPECT_EQ(decoded_beginning(*chain, in).size(), expected.size()) << "after " << i;
  }
}

TEST(Decompress, IdentityCopies) {
  EXPECT_EQ(decoded(*make_decompressor(std::vector<Coding>{}), {"ab", "", "cde"}, 2), "abcde");
  EXPECT_EQ(decoded(Coding::identity, ""), "");
}

TEST(Codings, AreRead) {
  const auto read = [](std::string_view value) {
    const Result<std::vector<Coding>> codings = parse_codings(value);
    EXPECT_TRUE(codings) << value;
    return codings ? *codings : std::vector<Coding>(9);
  };
  using enum Coding;
  EXPECT_EQ(read(""), (std::vector<Coding>{}));
  EXPECT_EQ(read("identity"), (std::vector<Coding>{}));
  EXPECT_EQ(read("GZip"), (std::vector{Coding::gzip}));
  EXPECT_EQ(read("x-gzip"), (std::vector{Coding::gzip}));
  EXPECT_EQ(read(" deflate\t"), (std::vector{deflate}));
  EXPECT_EQ(read("br"), (std::vector{brotli}));
  EXPECT_EQ(read("gzip, zstd"), (std::vector{Coding::gzip, zstd}));
  EXPECT_EQ(read(",gzip,,identity ,BR,"), (std::vector{Coding::gzip, brotli}));
}

TEST(Codings, AreRefused) {
  for (const char* value : {"compress", "gzip;q=1", "brotli", "gzip zstd", "gzip,lzma", "*",
                            "gzip,gzip,gzip", "br,gzip,identity,zstd"}) {
    const Result<std::vector<Coding>> codings = parse_codings(value);
    ASSERT_FALSE(codings) << value;
    EXPECT_EQ(codings.error().kind(), Error::Kind::upstream);
  }
}

}  // namespace
}  // namespace omni::net
