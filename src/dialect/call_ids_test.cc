#include "dialect/call_ids.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace omni::dialect {
namespace {

class CallIdsTest : public testing::Test {
 protected:
  std::string call(std::string tool, std::string id = {}) {
    chat::ToolCall call{.id = std::move(id), .space = {}, .name = std::move(tool)};
    ours_ = ids_.name(call);
    return call.id;
  }
  std::string result(std::string tool, std::string id = {}) {
    chat::ToolResult result{.call_id = std::move(id), .name = std::move(tool), .content = {}};
    ours_ = ids_.name(result);
    return result.call_id;
  }

  CallIds ids_;
  bool ours_ = false;
};

TEST_F(CallIdsTest, AreCountedThroughTheConversationAndKeptWhereThereAreSome) {
  EXPECT_EQ(call("a"), "call_0");
  EXPECT_TRUE(ours_);
  EXPECT_EQ(call("a", "toolu_1"), "toolu_1");
  EXPECT_FALSE(ours_);
  EXPECT_EQ(call("a"), "call_1");
  EXPECT_EQ(result("a", "toolu_9"), "toolu_9");
  EXPECT_FALSE(ours_);
}

TEST_F(CallIdsTest, ResultsAnswerByNameInTheOrderOfTheCallsAndOnlyOnce) {
  call("a");
  call("b");
  call("a");
  EXPECT_EQ(result("b"), "call_1");
  EXPECT_EQ(result("a"), "call_0");
  EXPECT_EQ(result("a"), "call_2");
  EXPECT_TRUE(ours_);
  EXPECT_EQ(result("a"), "call_3") << "nobody asked for it";
}

TEST_F(CallIdsTest, ResultsWithoutANameAnswerTheFirstCallThatWaits) {
  call("a");
  call("b", "toolu_1");
  EXPECT_EQ(result(""), "call_0");
  EXPECT_EQ(result(""), "toolu_1");
}

TEST_F(CallIdsTest, AResultWithAnIdEndsTheWaitOfItsCall) {
  call("a", "x");
  call("a");
  EXPECT_EQ(result("a", "x"), "x");
  EXPECT_EQ(result("a"), "call_0");
}

TEST_F(CallIdsTest, ANumberThatTheClientHasTakenIsNotGivenAgain) {
  EXPECT_EQ(call("a", "call_0"), "call_0");
  EXPECT_EQ(call("a"), "call_1");
  EXPECT_EQ(call("a", "call_7"), "call_7");
  EXPECT_EQ(call("a", "call_99999999999999999999"), "call_99999999999999999999");
  EXPECT_EQ(call("a", "call_x"), "call_x");
  EXPECT_EQ(call("a"), "call_8");
}

TEST_F(CallIdsTest, OfVeryManyCallsThatWaitTheOldestAreGivenUp) {
  for (int i = 0; i < 300; ++i) call("a");
  EXPECT_EQ(result("a"), "call_44");
}

}  // namespace
}  // namespace omni::dialect
