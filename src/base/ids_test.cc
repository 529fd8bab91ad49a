#include "base/ids.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace omni {
namespace {

/// Every byte the same, so that the bits which a format fixes stand out.
class ConstantRandom final : public Random {
 public:
  explicit ConstantRandom(std::uint8_t byte) : byte_(byte) {}
  void fill(std::span<std::uint8_t> bytes) override { std::ranges::fill(bytes, byte_); }

 private:
  std::uint8_t byte_;
};

TEST(Uuid, FixesVersionAndVariantAndNothingElse) {
  ConstantRandom zeros(0x00);
  ConstantRandom ones(0xff);
  EXPECT_EQ(new_uuid(zeros), "00000000-0000-4000-8000-000000000000");
  EXPECT_EQ(new_uuid(ones), "ffffffff-ffff-4fff-bfff-ffffffffffff");
}

TEST(Uuid, OfATimeBeginsWithIt) {
  ConstantRandom zeros(0x00);
  const Clock::Wall time = *parse_iso8601("2022-02-22T19:22:22Z");
  EXPECT_EQ(new_uuid_at(time, zeros), "017f22e2-79b0-7000-8000-000000000000");
  EXPECT_LT(new_uuid_at(time, zeros), new_uuid_at(time + Millis{1}, zeros));
}

TEST(Uuid, IsLowerCaseHexadecimalInFiveGroups) {
  SeededRandom random(1);
  for (int i = 0; i < 100; ++i) {
    const std::string id = new_uuid(random);
    ASSERT_EQ(id.size(), 36U);
    for (std::size_t at = 0; at < id.size(); ++at) {
      const bool dash = at == 8 || at == 13 || at == 18 || at == 23;
      const std::string_view allowed = dash ? "-" : "0123456789abcdef";
      ASSERT_NE(allowed.find(id[at]), std::string_view::npos) << id;
    }
  }
}

TEST(Uuid, IsNewEveryTime) {
  SystemRandom random;
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(new_uuid(random));
  EXPECT_EQ(seen.size(), 1000U);
}

TEST(Token, HasTheLengthAskedFor) {
  SeededRandom random(2);
  EXPECT_EQ(new_token(random, 0), "");
  EXPECT_EQ(new_token(random, 1).size(), 1U);
  EXPECT_EQ(new_token(random, 43).size(), 43U);
}

/// Each draw of the real one is a system call.
class CountingRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> bytes) override {
    ++draws;
    random_.fill(bytes);
  }
  int draws = 0;

 private:
  SeededRandom random_{4};
};

TEST(Token, IsDrawnAtOnceAndNotLetterByLetter) {
  CountingRandom random;
  new_token(random, 24);
  EXPECT_LE(random.draws, 2);
}

TEST(Token, UsesLettersAndDigitsOnlyAndAllOfThem) {
  SeededRandom random(3);
  const std::string token = new_token(random, 10'000);
  const std::set<char> used(token.begin(), token.end());
  EXPECT_EQ(used.size(), 62U);
  for (const char c : used) {
    EXPECT_TRUE((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) << c;
  }
}

}  // namespace
}  // namespace omni
