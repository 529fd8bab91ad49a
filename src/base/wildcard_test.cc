#include "base/wildcard.h"

#include <gtest/gtest.h>

#include <string>

namespace omni {
namespace {

TEST(Wildcard, StarStandsForAnythingAlsoForNothing) {
  EXPECT_TRUE(matches_wildcard("gpt-*", "gpt-4o"));
  EXPECT_TRUE(matches_wildcard("gpt-*", "gpt-"));
  EXPECT_TRUE(matches_wildcard("*/llama-*-70b", "meta/llama-3.3-70b"));
  EXPECT_TRUE(matches_wildcard("*", ""));
  EXPECT_FALSE(matches_wildcard("gpt-*", "GPT-4o"));
  EXPECT_FALSE(matches_wildcard("gpt-*-mini", "gpt-4o"));
  EXPECT_FALSE(matches_wildcard("", "x"));
}

TEST(Wildcard, QuestionMarkStandsForOneByte) {
  EXPECT_TRUE(matches_wildcard("o?-mini", "o3-mini"));
  EXPECT_FALSE(matches_wildcard("o?-mini", "o-mini"));
}

TEST(Wildcard, LettersOfEitherCaseAreTheSameWhereThatIsAskedFor) {
  EXPECT_TRUE(matches_wildcard("claude-*", "Claude-Opus", LetterCase::ignored));
}

TEST(Wildcard, ManyStarsTakeNoLongTime) {
  const std::string pattern = [] {
    std::string stars;
    for (int i = 0; i < 100; ++i) stars += "*a";
    return stars + "b";
  }();
  EXPECT_FALSE(matches_wildcard(pattern, std::string(100'000, 'a')));
}

TEST(Wildcard, IsToldFromAPlainName) {
  EXPECT_TRUE(is_wildcard("a*"));
  EXPECT_TRUE(is_wildcard("a?"));
  EXPECT_FALSE(is_wildcard("a.b"));
}

}  // namespace
}  // namespace omni
