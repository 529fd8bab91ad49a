// Compressed answers, from the wire to whoever reads the body.

#include "net/decoded_body.h"

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include <array>
#include <cstdio>
#include <string>
#include <vector>

#include "net/test_client.h"
#include "net/test_net.h"

namespace omni::net {
namespace {

using testing::Calling;
using testing::ClientWorld;
using testing::eventually;
using testing::get;
using testing::Outcome;
using testing::RawUpstream;

constexpr int gzip_window = 15 + 16;
constexpr int zlib_window = 15;

/// Compresses as a server does that flushes after each event.
class Deflater {
 public:
  explicit Deflater(int window) {
    deflateInit2(&stream_, 6, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY);
  }
  ~Deflater() { deflateEnd(&stream_); }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  std::string flush(std::string text) { return deflate_all(std::move(text), Z_SYNC_FLUSH); }
  std::string finish(std::string text) { return deflate_all(std::move(text), Z_FINISH); }

 private:
  std::string deflate_all(std::string text, int how) {
    std::string out(text.size() + 1024, '\0');
    stream_.next_in = reinterpret_cast<Bytef*>(text.data());
    stream_.avail_in = static_cast<uInt>(text.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    deflate(&stream_, how);
    out.resize(out.size() - stream_.avail_out);
    return out;
  }

  z_stream stream_{};
};

class Zstd {
 public:
  Zstd() : stream_(ZSTD_createCStream()) {}
  ~Zstd() { ZSTD_freeCStream(stream_); }
  Zstd(const Zstd&) = delete;
  Zstd& operator=(const Zstd&) = delete;

  std::string flush(std::string_view text) { return compress(text, ZSTD_e_flush); }
  std::string finish(std::string_view text) { return compress(text, ZSTD_e_end); }

 private:
  std::string compress(std::string_view text, ZSTD_EndDirective how) {
    std::string out(ZSTD_compressBound(text.size()) + 1024, '\0');
    ZSTD_inBuffer in{text.data(), text.size(), 0};
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    ZSTD_compressStream2(stream_, &to, &in, how);
    out.resize(to.pos);
    return out;
  }

  ZSTD_CStream* stream_;
};

std::string lines(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += "line " + std::to_string(i) + " of an answer\n";
  return text;
}

/// lines(20) as brotli 1.0.9 compresses it: its encoder is not among our libraries.
std::string brotli_lines() {
  constexpr std::string_view hex =
      "1b9901281c09762ce42738332ce9e09034c0767a862588c25b99b92113cebda9a5473d58995990ea2f63"
      "bec505419464955aa3d56d7c2622299ac5e670c301";
  std::string out;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    out.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return out;
}

std::string chunk(std::string_view bytes) {
  std::array<char, 20> size{};
  std::snprintf(size.data(), size.size(), "%zx\r\n", bytes.size());
  return size.data() + std::string(bytes) + "\r\n";
}

std::string answer(std::string_view coding, std::string_view body) {
  return "HTTP/1.1 200 OK\r\ncontent-encoding: " + std::string(coding) +
         "\r\ncontent-length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

/// The outcome of a GET that is answered so.
enum class Wanted { decoded, as_sent };
Outcome outcome_of(std::string_view answer, Wanted wanted) {
  ClientWorld world;
  RawUpstream upstream;
  Call call = get(upstream.origin());
  call.decode = wanted == Wanted::decoded;
  Calling calling(world, call);
  RawUpstream::Connection connection = upstream.accept();
  connection.read_head();
  connection.send(answer);
  Outcome outcome = calling.wait();
  // What is wrong with the coding is not wrong with the framing.
  if (outcome.status != 0) EXPECT_EQ(world.resting(), 1U);
  return outcome;
}

struct Sample {
  const char* coding;
  std::string bytes;
};

std::vector<Sample> samples() {
  const std::string text = lines(20);
  return {{"gzip", Deflater(gzip_window).finish(text)},
          {"x-gzip", Deflater(gzip_window).finish(text)},
          {"deflate", Deflater(zlib_window).finish(text)},
          {"br", brotli_lines()},
          {"zstd", Zstd().finish(text)},
          {"gzip, zstd", Zstd().finish(Deflater(gzip_window).finish(text))}};
}

TEST(DecodedBody, EveryCodingIsTakenOff) {
  for (const Sample& sample : samples()) {
    const Outcome outcome = outcome_of(answer(sample.coding, sample.bytes), Wanted::decoded);
    EXPECT_FALSE(outcome.error) << sample.coding << ": " << outcome.message();
    EXPECT_EQ(outcome.body, lines(20)) << sample.coding;
  }
}

TEST(DecodedBody, PassesUntouchedWhenNotAskedFor) {
  for (const Sample& sample : samples()) {
    EXPECT_EQ(outcome_of(answer(sample.coding, sample.bytes), Wanted::as_sent).body, sample.bytes);
  }
  EXPECT_EQ(outcome_of(answer("unheard-of", "bytes"), Wanted::as_sent).body, "bytes");
}

TEST(DecodedBody, IdentityIsNoCoding) {
  EXPECT_EQ(outcome_of(answer("identity", "plain"), Wanted::decoded).body, "plain");
  EXPECT_EQ(outcome_of("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nplain", Wanted::decoded).body,
            "plain");
}

TEST(DecodedBody, EmptyBodyOfACodingIsEmpty) {
  const Outcome outcome = outcome_of(answer("gzip", ""), Wanted::decoded);
  EXPECT_FALSE(outcome.error) << outcome.message();
  EXPECT_EQ(outcome.body, "");
}

TEST(DecodedBody, MuchFromLittle) {
  const std::string text(8 * 1024 * 1024, 'x');
  EXPECT_TRUE(outcome_of(answer("zstd", Zstd().finish(text)), Wanted::decoded).body == text);
}

TEST(DecodedBody, UnknownCodingIsTheUpstreamsFault) {
  EXPECT_TRUE(
      outcome_of(answer("unheard-of", "bytes"), Wanted::decoded).failed_as(Error::Kind::upstream));
}

TEST(DecodedBody, GarbageIsTheUpstreamsFault) {
  for (const char* coding : {"gzip", "deflate", "br", "zstd"}) {
    const Outcome outcome =
        outcome_of(answer(coding, "this is not compressed at all"), Wanted::decoded);
    EXPECT_TRUE(outcome.failed_as(Error::Kind::upstream)) << coding << outcome.message();
  }
}

TEST(DecodedBody, TruncatedStreamIsTheUpstreamsFault) {
  for (const Sample& sample : samples()) {
    const std::string_view half = std::string_view(sample.bytes).substr(0, sample.bytes.size() - 2);
    const Outcome outcome = outcome_of(answer(sample.coding, half), Wanted::decoded);
    EXPECT_TRUE(outcome.failed_as(Error::Kind::upstream)) << sample.coding << outcome.message();
  }
}

TEST(DecodedBody, BytesBehindTheStreamAreTheUpstreamsFault) {
  for (const char* coding : {"br", "deflate"}) {
    std::string bytes =
        coding == std::string_view("br") ? brotli_lines() : Deflater(zlib_window).finish(lines(20));
    const Outcome outcome = outcome_of(answer(coding, bytes + "more"), Wanted::decoded);
    EXPECT_TRUE(outcome.failed_as(Error::Kind::upstream)) << coding << outcome.message();
  }
}

TEST(DecodedBody, TruncatedFramingIsStillSeen) {
  const std::string bytes = Deflater(gzip_window).finish(lines(20));
  ClientWorld world;
  RawUpstream upstream;
  Call call = get(upstream.origin());
  call.decode = true;
  Calling calling(world, call);
  RawUpstream::Connection connection = upstream.accept();
  connection.read_head();
  connection.send(
      "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n");
  connection.send(chunk(bytes));
  connection.close();  // before the last chunk
  EXPECT_TRUE(calling.wait().failed_as(Error::Kind::upstream));
}

/// Sends events as `coder` flushes them; each must be there before the next is sent.
template <class Coder>
void expect_events_as_flushed(const char* coding, Coder& coder) {
  ClientWorld world;
  RawUpstream upstream;
  Call call = get(upstream.origin());
  call.decode = true;
  Calling calling(world, call);
  RawUpstream::Connection connection = upstream.accept();
  connection.read_head();
  connection.send("HTTP/1.1 200 OK\r\ncontent-encoding: " + std::string(coding) +
                  "\r\ntransfer-encoding: chunked\r\n\r\n");
  std::string sent;
  for (int i = 0; i < 5; ++i) {
    // The later ones are longer than the block that they are decoded into.
    const std::string event = "data: event " + std::to_string(i) + lines(i * 1000) + "\n\n";
    connection.send(chunk(coder.flush(event)));
    sent.append(event);
    EXPECT_TRUE(eventually([&] { return calling.received() == sent; })) << coding << " " << i;
  }
  connection.send(chunk(coder.finish("")) + "0\r\n\r\n");
  const Outcome outcome = calling.wait();
  EXPECT_FALSE(outcome.error) << outcome.message();
  EXPECT_EQ(outcome.body, sent);
}

TEST(DecodedBody, EventsComeOutAsTheyAreFlushed) {
  Deflater gzip(gzip_window);
  expect_events_as_flushed("gzip", gzip);
  Deflater deflate(zlib_window);
  expect_events_as_flushed("deflate", deflate);
  Zstd zstd;
  expect_events_as_flushed("zstd", zstd);
}

// --- of a request ---

/// What a handler reads of a body that came so.
std::string answer_to(std::string_view coding, std::string_view body) {
  testing::World world;
  ServerLimits limits;
  limits.body_bytes_max = lines(20).size();
  testing::TestServer server(
      world,
      [](Exchange& exchange) -> Task<Status> {
        Result<std::string> whole = co_await exchange.read_body();
        if (!whole) co_return whole.error();
        co_return co_await exchange.reply(200, {}, *std::move(whole));
      },
      limits);
  testing::RawClient client(server.port());
  client.send("POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-encoding: " +
              std::string(coding) + "\r\ncontent-length: " + std::to_string(body.size()) +
              "\r\n\r\n" + std::string(body));
  return client.read_to_end();
}

TEST(DecodedBody, OfARequestIsWhatItsHandlerReads) {
  for (const Sample& sample : samples()) {
    const std::string answer = answer_to(sample.coding, sample.bytes);
    EXPECT_TRUE(answer.ends_with("\r\n\r\n" + lines(20))) << sample.coding << ": " << answer;
  }
  EXPECT_TRUE(answer_to("identity", "plain").ends_with("plain"));
}

TEST(DecodedBody, OfARequestIsRefusedWhereItCannotBeRead) {
  EXPECT_TRUE(answer_to("unheard-of", "bytes").starts_with("HTTP/1.1 415 "));
  EXPECT_TRUE(answer_to("gzip", "no gzip at all").starts_with("HTTP/1.1 400 "));
  const std::string bytes = Deflater(gzip_window).finish(lines(20));
  EXPECT_TRUE(answer_to("gzip", bytes.substr(0, bytes.size() / 2)).starts_with("HTTP/1.1 400 "));
  const std::string swelling = Deflater(gzip_window).finish(lines(21));
  EXPECT_TRUE(answer_to("gzip", swelling).starts_with("HTTP/1.1 413 "));
}

}  // namespace
}  // namespace omni::net
