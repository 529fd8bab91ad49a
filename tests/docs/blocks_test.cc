#include "blocks.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace omni::docs_test {
namespace {

TEST(Blocks, AreTheShellsAndHaveTheRemarksBeforeThem) {
  const auto blocks = blocks_of(
      "# Page\n"
      "```json\n{}\n```\n"
      "<!-- test: first echo key > key.txt -->\n"
      "<!-- test: ID is cat id.txt -->\n"
      "\n"
      "```sh\ncurl x/ID\ncurl y\n```\n"
      "  ```sh\n  ls\n  ```\n"
      "<!-- test: skip, it needs a network -->\n"
      "```sh\nnpm install\n```\n");
  ASSERT_EQ(blocks.size(), 3U);
  EXPECT_EQ(blocks[0].line, 8);
  EXPECT_EQ(blocks[0].commands, "curl x/ID\ncurl y\n");
  EXPECT_EQ(blocks[0].first, "echo key > key.txt\n");
  ASSERT_EQ(blocks[0].words.size(), 1U);
  EXPECT_EQ(blocks[0].words[0], (std::pair<std::string, std::string>("ID", "cat id.txt")));
  EXPECT_EQ(blocks[1].commands, "  ls\n");
  EXPECT_TRUE(blocks[1].first.empty());
  EXPECT_TRUE(blocks[1].why_skipped.empty());
  EXPECT_EQ(blocks[2].why_skipped, "it needs a network");
}

TEST(Blocks, RefuseRemarksThatMeanNothing) {
  EXPECT_THROW((void)blocks_of("<!-- test: run it twice -->\n```sh\nls\n```\n"),
               std::runtime_error);
  EXPECT_THROW((void)blocks_of("<!-- test: first ls\n```sh\nls\n```\n"), std::runtime_error);
  EXPECT_THROW((void)blocks_of("```sh\nls\n```\n<!-- test: first ls -->\n"), std::runtime_error);
}

TEST(Words, AreReplacedWhereTheyStandAlone) {
  EXPECT_EQ(with_word("keys/ID -d '\"ID\"' VOID ID_2", "ID", "7"), "keys/7 -d '\"7\"' VOID ID_2");
  EXPECT_EQ(with_word("chat-…\"", "chat-…", "x"), "x\"");
}

}  // namespace
}  // namespace omni::docs_test
