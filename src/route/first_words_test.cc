#include "route/first_words.h"

#include <gtest/gtest.h>

namespace omni::route {
namespace {

TEST(FirstWords, TellNothingBeforeThereWereEnough) {
  FirstWords words;
  for (int i = 0; i < 9; ++i) words.add(Millis{5});
  EXPECT_FALSE(words.usual());
  words.add(Millis{5});
  EXPECT_EQ(words.usual(), Millis{5});
}

TEST(FirstWords, TellTheTimeWithinWhichNineteenOfTwentyCame) {
  FirstWords words;
  for (int i = 1; i <= 20; ++i) words.add(Millis{10 * i});
  EXPECT_EQ(words.usual(), Millis{190});
}

TEST(FirstWords, ForgetWhatWasLongAgo) {
  FirstWords words;
  for (int i = 0; i < 64; ++i) words.add(Millis{1000});
  for (int i = 0; i < 64; ++i) words.add(Millis{1});
  EXPECT_EQ(words.usual(), Millis{1});
}

}  // namespace
}  // namespace omni::route
