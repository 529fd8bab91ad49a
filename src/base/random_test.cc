#include "base/random.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <limits>
#include <vector>

#include "base/assert.h"

namespace omni {
namespace {

/// Gives the numbers it was told to give.
class ScriptedRandom final : public Random {
 public:
  explicit ScriptedRandom(std::vector<std::uint64_t> numbers) : numbers_(std::move(numbers)) {}
  void fill(std::span<std::uint8_t> bytes) override {
    OMNI_ASSERT(bytes.size() == sizeof numbers_[0] && next_ < numbers_.size());
    std::memcpy(bytes.data(), &numbers_[next_++], bytes.size());
  }
  std::size_t drawn() const { return next_; }

 private:
  std::vector<std::uint64_t> numbers_;
  std::size_t next_ = 0;
};

constexpr std::uint64_t largest = std::numeric_limits<std::uint64_t>::max();

TEST(RandomBelow, DrawsAgainWhatWouldFavourSmallResults) {
  // 2^64 = 1 (mod 3): of the 2^64 values just one is too many, and it is 0.
  ScriptedRandom random({0, 1});
  EXPECT_EQ(random.below(3), 1U);
  EXPECT_EQ(random.drawn(), 2U);
}

TEST(RandomBelow, RefusesExactlyTheUnevenValues) {
  // With a bound of 2^63 + 1 the lowest 2^63 - 1 values are one too many each.
  constexpr std::uint64_t bound = (std::uint64_t{1} << 63) + 1;
  ScriptedRandom random({bound - 3, bound - 2, largest});
  EXPECT_EQ(random.below(bound), bound - 2);
  EXPECT_EQ(random.drawn(), 2U);
  EXPECT_EQ(random.below(bound), largest - bound);
}

TEST(RandomBelow, TakesAnyValueForAPowerOfTwo) {
  ScriptedRandom random({0, largest});
  EXPECT_EQ(random.below(8), 0U);
  EXPECT_EQ(random.below(8), 7U);
}

TEST(RandomBelow, KnowsOneAndTheLargestBound) {
  ScriptedRandom random({123, largest - 1});
  EXPECT_EQ(random.below(1), 0U);
  EXPECT_EQ(random.below(largest), largest - 1);
}

TEST(RandomBelow, TreatsABoundOfZeroAsABug) {
  SeededRandom random(1);
  EXPECT_THROW((void)random.below(0), Bug);
}

TEST(RandomBelow, IsUniform) {
  constexpr std::size_t bound = 10;
  constexpr int draws = 100'000;
  SeededRandom random(7);
  std::array<int, bound> counts{};
  for (int i = 0; i < draws; ++i) ++counts.at(random.below(bound));
  double chi_square = 0;
  for (const int count : counts) {
    const double off = count - double{draws} / bound;
    chi_square += off * off / (double{draws} / bound);
  }
  EXPECT_LT(chi_square, 27.9);  // nine degrees of freedom: exceeded once in a thousand seeds
}

TEST(SeededRandom, RepeatsItselfForTheSameSeed) {
  SeededRandom a(42);
  SeededRandom b(42);
  SeededRandom other(43);
  bool differs = false;
  for (int i = 0; i < 100; ++i) {
    const std::uint64_t bits = a.bits();
    EXPECT_EQ(bits, b.bits());
    differs = differs || bits != other.bits();
  }
  EXPECT_TRUE(differs);
}

TEST(SeededRandom, FillsOddLengths) {
  for (std::size_t length = 0; length < 40; ++length) {
    std::vector<std::uint8_t> first(length + 1, 0xaa);
    std::vector<std::uint8_t> second(length + 1, 0xaa);
    SeededRandom(1).fill(std::span(first).first(length));
    SeededRandom(2).fill(std::span(second).first(length));
    EXPECT_EQ(first[length], 0xaa) << "wrote past the end";
    if (length > 8) {
      EXPECT_NE(first[length - 1] << 8 | first[length - 2],
                second[length - 1] << 8 | second[length - 2]);
    }
  }
}

TEST(SystemRandom, FillsEverythingAskedFor) {
  SystemRandom random;
  // More than getrandom gives in one call without being asked again, and not a multiple of 8.
  std::vector<std::uint8_t> bytes(4099);
  random.fill(bytes);
  std::array<int, 256> counts{};
  for (const std::uint8_t byte : bytes) ++counts[byte];
  for (const int count : counts) EXPECT_LT(count, 100);
  random.fill({});
}

}  // namespace
}  // namespace omni
