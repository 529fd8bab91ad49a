#include "gateway/upstream_prober.h"

#include <gtest/gtest.h>

namespace omni::gateway {
namespace {

using chat::Dialect;

api::ProbeAnswer heard(Dialect dialect, std::string body) {
  api::ProbeAnswer answer{.status = 200, .body = std::move(body), .text = {}};
  hear(dialect, answer);
  return answer;
}

api::ProbeAnswer heard_message(const std::string& members, const std::string& usage = "") {
  return heard(Dialect::openai_chat, R"({"id":"c","object":"chat.completion","model":"m",)" +
                                         (usage.empty() ? usage : R"("usage":)" + usage + ",") +
                                         R"("choices":[{"index":0,"finish_reason":"length",)" +
                                         R"("message":{"role":"assistant",)" + members + "}}]}");
}

TEST(UpstreamProber, HearsWordsToolCallsAndThoughts) {
  const api::ProbeAnswer words = heard_message(R"("content":"Hi")");
  EXPECT_EQ(words.text, "Hi");
  EXPECT_FALSE(words.silent);
  EXPECT_FALSE(heard_message(R"("content":null,"tool_calls":[{"id":"1","type":"function",)"
                             R"("function":{"name":"f","arguments":"{}"}}])")
                   .silent);
  EXPECT_FALSE(heard_message(R"("content":"","reasoning_content":"Well")").silent);
  EXPECT_FALSE(heard_message(R"("content":"")",
                             R"({"prompt_tokens":1,"completion_tokens":16,"total_tokens":17,)"
                             R"("completion_tokens_details":{"reasoning_tokens":16}})")
                   .silent)
      << "it thought, and tells nobody what";
}

TEST(UpstreamProber, HearsNothingWhereNothingIsSaid) {
  EXPECT_TRUE(heard_message(R"("content":"")").silent);
  EXPECT_TRUE(heard_message(R"("content":" \n")").silent);
  EXPECT_TRUE(heard_message(R"("content":null)").silent);
  EXPECT_TRUE(heard(Dialect::anthropic, R"({"type":"message","content":[],"usage":{}})").silent);
  EXPECT_TRUE(heard(Dialect::openai_chat, "<html>Welcome</html>").silent);
  EXPECT_TRUE(heard(Dialect::openai_chat, "").silent);
}

}  // namespace
}  // namespace omni::gateway
