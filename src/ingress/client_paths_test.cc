#include "ingress/client_paths.h"

#include <gtest/gtest.h>

namespace omni::ingress {
namespace {

using chat::Dialect;

TEST(ClientPaths, TellTheDialectByTheirWords) {
  EXPECT_EQ(dialect_of_path("/v1/chat/completions"), Dialect::openai_chat);
  EXPECT_EQ(dialect_of_path("/v1/v1/chat/completions"), Dialect::openai_chat);
  EXPECT_EQ(dialect_of_path("/chat/completions"), Dialect::openai_chat);
  EXPECT_EQ(dialect_of_path("/v1/messages"), Dialect::anthropic);
  EXPECT_EQ(dialect_of_path("/api/v1/messages/count_tokens"), Dialect::anthropic);
  EXPECT_EQ(dialect_of_path("/v1/responses"), Dialect::openai_responses);
  EXPECT_EQ(dialect_of_path("/codex/responses"), Dialect::openai_responses);
  EXPECT_EQ(dialect_of_path("/v1beta/models/m:generateContent"), Dialect::gemini);
  EXPECT_EQ(dialect_of_path("/v1/models/m:generateContent"), Dialect::gemini);
  EXPECT_EQ(dialect_of_path("/api/chat"), Dialect::ollama);
  EXPECT_EQ(dialect_of_path("/v1/api/chat"), Dialect::ollama);
}

TEST(ClientPaths, TellItAlsoWhereThereIsNoRow) {
  EXPECT_EQ(dialect_of_path("/v1/nothing"), Dialect::openai_chat);
  EXPECT_EQ(dialect_of_path("/v1beta"), Dialect::gemini);
  EXPECT_EQ(dialect_of_path("/v1"), Dialect::openai_chat);
}

TEST(ClientPaths, AreNotThoseOfTheManagement) {
  EXPECT_FALSE(dialect_of_path("/api/keys"));
  EXPECT_FALSE(dialect_of_path("/api/models/alias"));
  EXPECT_FALSE(dialect_of_path("/"));
  EXPECT_FALSE(dialect_of_path("/v11/chat"));
}

}  // namespace
}  // namespace omni::ingress
