#include "recall/marks.h"

#include <gtest/gtest.h>

namespace omni::recall {
namespace {

TEST(Marks, AreNumbersAlsoWhereTheyAreWritten) {
  EXPECT_EQ(marks_of("every 5 minutes"), "5\n");
  EXPECT_EQ(marks_of("every five minutes"), "5\n");
  EXPECT_EQ(marks_of("Python 3.12, please."), "3.12\n");
  EXPECT_EQ(marks_of("it costs $20 (or 30%)?"), "$20\n30%\n");
}

TEST(Marks, AreNamesButNotTheFirstWordsOfSentences) {
  EXPECT_EQ(marks_of("How do I sort? Please show me."), "");
  EXPECT_EQ(marks_of("What is Australia's capital"), "australia\n");
  EXPECT_EQ(marks_of("Open on Mondays\nWhen?"), "monday\n");
  EXPECT_EQ(marks_of("SQL: how to order"), "sql\n");
  EXPECT_EQ(marks_of("and I'd like it"), "");
}

TEST(Marks, AreCode) {
  EXPECT_EQ(marks_of("what is useEffect for"), "useeffect\n");
  EXPECT_EQ(marks_of("run it with --force, or -f"), "--force\n-f\n");
  EXPECT_EQ(marks_of("open src/main.cc"), "src/main.cc\n");
  EXPECT_EQ(marks_of("call std::move"), "std::move\n");
}

TEST(Marks, AreWhatIsQuotedWhole) {
  EXPECT_EQ(marks_of("what means \"Not a function\"?"), "not a function\n");
  EXPECT_EQ(marks_of("run `git  push`"), "git  push\n");
  EXPECT_EQ(marks_of("a single \" of 3"), "3\nsingle\n");
}

TEST(Marks, SayWhatIsDenied) {
  EXPECT_EQ(marks_of("when should one not do it"), "not\n");
  EXPECT_EQ(marks_of("why doesn't it start"), "not\n");
  EXPECT_EQ(marks_of("it cannot start without"), "not\n");
  EXPECT_EQ(marks_of("a knot"), "");
}

TEST(Marks, TellOppositesApart) {
  EXPECT_NE(marks_of("turn it on"), marks_of("turn it off"));
  EXPECT_EQ(marks_of("disable it"), marks_of("turn it off"));
  EXPECT_NE(marks_of("left-align it"), marks_of("right-align it"));
}

TEST(Marks, KeepTheOrderOfNamesButNotOfMeanings) {
  EXPECT_NE(marks_of("from JSON to CSV"), marks_of("from CSV to JSON"));
  EXPECT_EQ(marks_of("not before"), marks_of("before, not"));
}

TEST(Marks, AreNoneOfNothing) {
  EXPECT_EQ(marks_of(""), "");
  EXPECT_EQ(marks_of(" .,; \n\" ?"), "");
}

}  // namespace
}  // namespace omni::recall
