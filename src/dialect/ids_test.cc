#include "dialect/ids.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <string>

namespace omni::dialect {
namespace {

bool is_fit(std::string_view id, std::size_t length_max) {
  return !id.empty() && id.size() <= length_max && std::all_of(id.begin(), id.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
  });
}

TEST(FittingId, KeepsWhatFits) {
  EXPECT_EQ(fitting_id("toolu_01Ab-9", 64), "toolu_01Ab-9");
  EXPECT_EQ(fitting_id(std::string(40, 'a'), 40), std::string(40, 'a'));
  EXPECT_EQ(fitting_id("", 40), "");
}

TEST(FittingId, ReplacesWhatIsNotAllowedAndMarksIt) {
  const std::string fitting = fitting_id("functions.get:0", 64);
  EXPECT_EQ(fitting.substr(0, 16), "functions_get_0_");
  EXPECT_EQ(fitting.size(), 16U + 8U);
  EXPECT_TRUE(is_fit(fitting, 64));
}

TEST(FittingId, IsTheSameForTheSameId) {
  EXPECT_EQ(fitting_id("a.b", 64), fitting_id("a.b", 64));
  EXPECT_EQ(fitting_id(std::string(90, 'a'), 40), fitting_id(std::string(90, 'a'), 40));
}

TEST(FittingId, MakesNoTwoIdsOne) {
  std::set<std::string> seen;
  for (const char c : std::string_view(".:/ |\\\"#\n\xFF")) {
    EXPECT_TRUE(seen.insert(fitting_id(std::string("call") + c + "1", 64)).second);
    EXPECT_TRUE(seen.insert(fitting_id(std::string(90, 'a') + c, 40)).second);
    EXPECT_TRUE(seen.insert(fitting_id(std::string(90, 'a') + c + "1", 40)).second);
  }
}

TEST(FittingId, NeverGrowsBeyondTheLength) {
  for (const std::size_t length : {0U, 1U, 30U, 31U, 32U, 39U, 40U, 41U, 5000U}) {
    const std::string fitting = fitting_id(std::string(length, '.') + "x", 40);
    EXPECT_TRUE(is_fit(fitting, 40)) << fitting;
  }
}

TEST(PrefixedId, GetsItsPrefixOnce) {
  EXPECT_EQ(prefixed_id("msg_", "abc"), "msg_abc");
  EXPECT_EQ(prefixed_id("msg_", "msg_abc"), "msg_abc");
  EXPECT_EQ(prefixed_id("msg_", ""), "msg_");
}

TEST(MadeId, HasThePrefixAndTwentyFourLettersAndDigits) {
  const std::string id = made_id("toolu_", "msg_1", 0, 3);
  EXPECT_EQ(id.size(), 6U + 24U);
  EXPECT_TRUE(id.starts_with("toolu_"));
  EXPECT_TRUE(std::all_of(id.begin() + 6, id.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0;
  })) << id;
}

TEST(MadeId, DependsOnEveryArgumentAndNothingElse) {
  EXPECT_EQ(made_id("call_", "a", 1, 2), made_id("call_", "a", 1, 2));
  std::set<std::string> seen;
  for (const std::string_view reply : {"", "a", "b", "ab"}) {
    for (int choice = 0; choice < 8; ++choice) {
      for (int part = 0; part < 64; ++part)
        EXPECT_TRUE(seen.insert(made_id("call_", reply, choice, part)).second);
    }
  }
}

TEST(MadeId, StaysTheSameFromReleaseToRelease) {
  EXPECT_EQ(made_id("call_", "resp_1", 0, 0), "call_5e9iBXxjVuM6ZhTbqUxrNFnP");
}

}  // namespace
}  // namespace omni::dialect
