#include "gateway/selftest/talk.h"

#include <gtest/gtest.h>

namespace omni::gateway::selftest {
namespace {

using chat::Dialect;

std::string fault(const Manner& manner, const std::string& body, int status = 200) {
  const auto told = read({status, "", body}, manner);
  return told ? "" : told.error().message();
}

TEST(SelftestTalk, HoldsAStreamAgainstTheGrammar) {
  const Manner manner{Dialect::ollama, true};
  const std::string word = R"({"model":"m","message":{"role":"assistant","content":"Hi"},"done":)";
  const auto told =
      read({200, "", word + "false}\n" + word + "true,\"done_reason\":\"stop\"}\n"}, manner);
  ASSERT_TRUE(told);
  EXPECT_EQ(words_of(told->reply), "HiHi");
  EXPECT_GT(told->events, 4U);
  EXPECT_FALSE(told->failed);
  const auto cut = read({200, "", word + "false}\n"}, manner);
  EXPECT_TRUE(cut && cut->failed);
}

TEST(SelftestTalk, TellsWhatWasRefused) {
  const Manner manner{Dialect::openai_chat, false};
  EXPECT_EQ(fault(manner, R"({"error":{"message":"no such model"}})", 404),
            "status 404, no such model");
  EXPECT_NE(fault(manner, "<html>"), "");
}

}  // namespace
}  // namespace omni::gateway::selftest
