#include "store/usage_row.h"

#include <gtest/gtest.h>

namespace omni::store {
namespace {

UsageRow full_row() {
  return {.id = 1,
          .time = from_millis(2),
          .request_id = "r",
          .provider = "p",
          .model = "m",
          .connection_id = "c",
          .api_key_id = "k",
          .api_key_name = "",
          .error_code = "e",
          .combo = "x",
          .tokens = {3, 4, 5, 6, 7, 8, 9, 10},
          .cost_nano = 11,
          .price = "{}",
          .estimated = true,
          .status = 12,
          .success = true,
          .latency = Millis(13),
          .ttft = Millis(0)};
}

TEST(UsageRowBytes, AreTheRow) {
  const std::string bytes = encode(full_row());
  const auto row = decode_usage_row(bytes);
  ASSERT_TRUE(row);
  EXPECT_EQ(encode(*row), bytes);
  EXPECT_EQ(row->request_id, "r");
  EXPECT_EQ(row->tokens.output_audio, 10);
  EXPECT_EQ(row->ttft, Millis(0));
  EXPECT_TRUE(row->success);
}

TEST(UsageRowBytes, OfAPartOfARowOrOfMoreAreNone) {
  const std::string bytes = encode(full_row());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_usage_row(bytes.substr(0, size)));
  }
  EXPECT_FALSE(decode_usage_row(bytes + "x"));
  EXPECT_FALSE(decode_usage_row(std::string(bytes.size(), '\xff')));
}

}  // namespace
}  // namespace omni::store
