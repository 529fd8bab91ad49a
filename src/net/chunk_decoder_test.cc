#include "net/chunk_decoder.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace omni::net {
namespace {

/// The body, then how the reading ended: "." at its end, "+" when more must come, "!" refused; then
/// what was left untouched.
std::string decode(const std::vector<std::string_view>& pieces) {
  ChunkDecoder decoder;
  std::string story, rest;
  for (std::string_view input : pieces) {
    while (!input.empty() && !decoder.done()) {
      const Result<ChunkDecoder::Piece> piece = decoder.next(input);
      if (!piece) return story + "!";
      story.append(piece->data);
      input.remove_prefix(piece->consumed);
      if (piece->data.empty() && !decoder.done()) EXPECT_TRUE(input.empty());
    }
    rest.append(input);
  }
  return story + (decoder.done() ? "." : "+") + rest;
}

/// Whole, byte by byte and in two at every place: the same each time.
std::string decode_any_split(std::string_view text) {
  std::string whole = decode({text});
  std::vector<std::string_view> bytes;
  for (std::size_t i = 0; i < text.size(); ++i) bytes.push_back(text.substr(i, 1));
  EXPECT_EQ(decode(bytes), whole) << "byte by byte";
  for (std::size_t split = 0; split <= text.size(); ++split) {
    EXPECT_EQ(decode({text.substr(0, split), text.substr(split)}), whole) << "split at " << split;
  }
  return whole;
}

TEST(ChunkDecoder, TakesTheFramingOff) {
  EXPECT_EQ(decode_any_split("0\r\n\r\n"), ".");
  EXPECT_EQ(decode_any_split("5\r\nhello\r\n0\r\n\r\n"), "hello.");
  EXPECT_EQ(decode_any_split("1\r\na\r\n00B\r\n0\r\n\r\n0\r\n\r\n!\r\n0\r\n\r\n"),
            "a0\r\n\r\n0\r\n\r\n!.");
  EXPECT_EQ(decode_any_split("a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n"),
            "01234567890123456789.");
}

TEST(ChunkDecoder, LeavesWhatFollowsAlone) {
  EXPECT_EQ(decode_any_split("1\r\na\r\n0\r\n\r\nGET /"), "a.GET /");
}

TEST(ChunkDecoder, WantsMoreUntilTheLastByte) {
  const std::string_view text = "1;x\r\na\r\n0\r\nb: c\r\n\r\n";
  EXPECT_EQ(decode_any_split(text), "a.");
  for (std::size_t length = 0; length < text.size(); ++length) {
    EXPECT_EQ(decode({text.substr(0, length)}), length > 5 ? "a+" : "+") << length;
  }
}

TEST(ChunkDecoder, DropsExtensionsAndTrailers) {
  EXPECT_EQ(decode_any_split("1;a=\"b;c\" ;\td\r\nx\r\n0;e\r\nf: g\r\nh:\r\n\r\n"), "x.");
}

TEST(ChunkDecoder, BoundsExtensionsAndTrailers) {
  const std::string extension = "1;" + std::string(3000, 'e') + "\r\nx\r\n";
  EXPECT_EQ(decode({extension + extension + "0\r\n\r\n"}), "xx.") << "each chunk has its own bound";
  EXPECT_EQ(decode({"1;" + std::string(4096, 'e') + "\r\nx\r\n"}), "!");
  EXPECT_EQ(decode({"0\r\na: " + std::string(15'000, 't') + "\r\n\r\n"}), ".");
  EXPECT_EQ(decode({"0\r\na: " + std::string(17'000, 't') + "\r\n\r\n"}), "!");
  std::string many = "0\r\n";
  for (int i = 0; i < 4000; ++i) many.append("a: b\r\n");
  EXPECT_EQ(decode({many}), "!");
}

TEST(ChunkDecoder, TakesTheLargestSize) {
  EXPECT_EQ(decode({"ffffffffffffffff\r\nabc"}), "abc+");
  EXPECT_EQ(decode_any_split("00000000000000000\r\n\r\n"), "!") << "17 digits";
}

TEST(ChunkDecoder, RefusesAndStaysSo) {
  for (const std::string_view bad : {"\r\n",
                                     "g\r\n",
                                     "-1\r\n",
                                     "0x1\r\n",
                                     " 1\r\n",
                                     "1 \r\n",
                                     "1\n",
                                     "1\r1",
                                     "1\r\na0\r\n",
                                     "1\r\na\n0",
                                     "1\r\nab",
                                     "0\r\n\n",
                                     "0\n",
                                     "0\r\n\rx",
                                     "0\r\nab\r\n",
                                     "0\r\n:\r\n",
                                     "0\r\na b: c\r\n",
                                     "0\r\n a: b\r\n",
                                     "0\r\na: b\r\n c\r\n",
                                     "0\r\na: b\rc\r\n",
                                     "0\r\na: b\n",
                                     "1;\x01\r\n",
                                     "1;\x7f\r\n",
                                     "1;a\n"}) {
    SCOPED_TRACE(bad);
    EXPECT_TRUE(decode_any_split(bad).ends_with("!"));
  }
  ChunkDecoder decoder;
  EXPECT_FALSE(decoder.next("g"));
  EXPECT_FALSE(decoder.next("1\r\na\r\n0\r\n\r\n"));
  EXPECT_FALSE(decoder.done());
}

}  // namespace
}  // namespace omni::net
