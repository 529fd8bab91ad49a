#include "base/error.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <set>
#include <string>

#include "base/assert.h"
#include "base/result.h"

namespace omni {
namespace {

using Kind = Error::Kind;
using Blame = Error::Blame;

constexpr std::array<Kind, 13> kinds{
    Kind::bad_request, Kind::unauthorized, Kind::forbidden,   Kind::not_found,   Kind::conflict,
    Kind::too_large,   Kind::rate_limited, Kind::over_budget, Kind::unavailable, Kind::timed_out,
    Kind::cancelled,   Kind::upstream,     Kind::internal,
};

TEST(Error, KeepsItsKindAndItsMessage) {
  const Error error(Kind::too_large, "the body is over 100 MiB");
  EXPECT_EQ(error.kind(), Kind::too_large);
  EXPECT_EQ(error.message(), "the body is over 100 MiB");
}

TEST(Error, NamesEveryKindOnce) {
  std::set<std::string_view> names;
  for (const Kind kind : kinds) names.insert(name_of(kind));
  EXPECT_EQ(names.size(), kinds.size());
  EXPECT_EQ(names.count(""), 0U);
  EXPECT_EQ(name_of(Kind::bad_request), "bad_request");
  EXPECT_EQ(name_of(Kind::internal), "internal");
}

TEST(Error, SaysWhoHasToAct) {
  EXPECT_EQ(Error(Kind::bad_request, "").blame(), Blame::caller);
  EXPECT_EQ(Error(Kind::rate_limited, "").blame(), Blame::caller);
  EXPECT_EQ(Error(Kind::over_budget, "").blame(), Blame::host);
  EXPECT_EQ(Error(Kind::upstream, "").blame(), Blame::provider);
  EXPECT_EQ(Error(Kind::cancelled, "").blame(), Blame::nobody);
  EXPECT_EQ(Error(Kind::internal, "").blame(), Blame::ourselves);
}

TEST(Error, RetriesOnlyWhatMayPass) {
  const std::set<Kind> passing{Kind::rate_limited, Kind::unavailable, Kind::timed_out,
                               Kind::upstream};
  for (const Kind kind : kinds) {
    EXPECT_EQ(Error(kind, "").retryable(), passing.count(kind) == 1) << name_of(kind);
  }
}

Result<int> half_of(int number) {
  if (number % 2 != 0) return Error(Kind::bad_request, "odd");
  return number / 2;
}

TEST(Result, HoldsTheValueOrTheReason) {
  const Result<int> good = half_of(8);
  ASSERT_TRUE(good);
  EXPECT_EQ(*good, 4);

  const Result<int> bad = half_of(7);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().message(), "odd");
}

TEST(Result, TreatsTheWrongSideAsABug) {
  Result<int> good = 1;
  Result<int> bad = Error(Kind::internal, "none");
  EXPECT_THROW((void)good.error(), Bug);
  EXPECT_THROW((void)*bad, Bug);
  EXPECT_THROW((void)*std::move(bad), Bug);
  EXPECT_THROW((void)std::move(good).error(), Bug);
}

TEST(Result, CarriesWhatCannotBeCopied) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(5);
  const std::unique_ptr<int> taken = *std::move(result);
  EXPECT_EQ(*taken, 5);
}

TEST(Result, ReachesMembersAndLetsThemChange) {
  Result<std::string> text = std::string("abc");
  text->push_back('d');
  *text += "e";
  EXPECT_EQ(text->size(), 5U);
  EXPECT_EQ(*text, "abcde");
}

TEST(Status, IsTrueWhenNothingWentWrong) {
  EXPECT_TRUE(Status(Nothing{}));
  EXPECT_FALSE(Status(Error(Kind::cancelled, "")));
}

TEST(Assert, ThrowsBugWithTheCondition) {
  EXPECT_NO_THROW(OMNI_ASSERT(1 + 1 == 2));
  try {
    OMNI_ASSERT(1 + 1 == 3);
    FAIL() << "a false condition passed";
  } catch (const Bug& bug) {
    EXPECT_STREQ(bug.what(), "assertion failed: 1 + 1 == 3");
  }
}

TEST(Assert, LooksAtTheConditionOnce) {
  int looks = 0;
  OMNI_ASSERT(++looks == 1);
  EXPECT_EQ(looks, 1);
}

}  // namespace
}  // namespace omni
