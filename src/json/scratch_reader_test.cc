#include "json/scratch_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>

namespace omni::json {
namespace {

TEST(ScratchReader, ReadsAText) {
  ScratchReader reader;
  const Value root = reader->read(R"({"a":"\u0041"})");
  EXPECT_EQ(root.find("a").text(), "A");
  EXPECT_TRUE(reader->finish());
}

TEST(ScratchReader, IsLentLikeTheLevelsOfAStack) {
  ScratchReader outer;
  const Value root = outer->read(R"({"a":"{\"b\":\"{}\\u0041\"}"})");
  const Reader* lent = nullptr;
  {
    ScratchReader inner;
    lent = &*inner;
    EXPECT_NE(lent, &*outer);
    EXPECT_EQ(inner->read(root.find("a").text()).find("b").text(), "{}A");
  }
  EXPECT_EQ(root.find("a").text(), R"({"b":"{}\u0041"})") << "the inner one has changed nothing";
  ScratchReader again;
  EXPECT_EQ(&*again, lent) << "what was given back is lent again";
}

TEST(ScratchReader, ComesWithoutTheFailureOfTheLastLoan) {
  {
    ScratchReader reader;
    reader->read("no JSON");
    EXPECT_TRUE(reader->failed());
  }
  ScratchReader reader;
  EXPECT_FALSE(reader->failed());
  EXPECT_TRUE(reader->finish());
}

TEST(ScratchReader, IsAnotherOneInAnotherThread) {
  ScratchReader here;
  const Reader* const mine = &*here;
  std::thread([&] {
    ScratchReader there;
    EXPECT_NE(&*there, mine);
    EXPECT_EQ(there->read("[1,2]").kind(), Kind::array);
  }).join();
}

}  // namespace
}  // namespace omni::json
