#include "dialect/extras.h"

#include <gtest/gtest.h>

#include "json/scratch_reader.h"

namespace omni::dialect {
namespace {

using chat::Dialect;

bool says_nothing(std::string_view text) {
  const json::ScratchReader reader;
  return holds_nothing(reader->read(text));
}

TEST(Extras, NothingIsNullOrAnEmptyTextOrList) {
  for (const std::string_view text : {"null", R"("")", "[]", "[ ]"})
    EXPECT_TRUE(says_nothing(text));
  for (const std::string_view text : {"0", "false", R"(" ")", "[null]", "{}"})
    EXPECT_FALSE(says_nothing(text)) << text;
}

TEST(Extras, AreFoundByTheirOwnDialectAlone) {
  const json::ScratchReader reader;
  chat::Extras extras;
  keep(Dialect::ollama, extras, "keep_alive", reader->read(R"("5m")"));
  ASSERT_NE(find(Dialect::ollama, extras, "keep_alive"), nullptr);
  EXPECT_EQ(find(Dialect::ollama, extras, "keep_alive")->text(), R"("5m")");
  EXPECT_EQ(find(Dialect::ollama, extras, "keep"), nullptr);
  EXPECT_EQ(find(Dialect::anthropic, extras, "keep_alive"), nullptr);
}

TEST(Extras, WhatIsLeftOfAnInnerObjectComesBackWithMembersOfOneNameTwice) {
  chat::Extras extras;
  keep_inner(Dialect::anthropic, extras, "metadata", {});
  EXPECT_TRUE(extras.empty());
  const json::RawMembers members{{"a", json::Raw::trusted("1")}, {"a", json::Raw::trusted("[2]")}};
  keep_inner(Dialect::anthropic, extras, "metadata", members);
  EXPECT_EQ(inner(Dialect::anthropic, extras, "metadata").members, members);
  EXPECT_TRUE(inner(Dialect::anthropic, extras, "thinking").members.empty());
  EXPECT_TRUE(inner(Dialect::ollama, extras, "metadata").members.empty());
}

TEST(Extras, ANameOfTheWireIsTakenForNoNoteInAnInnerObjectEither) {
  const json::ScratchReader reader;
  chat::Extras extras;
  keep(Dialect::ollama, extras, "#note", reader->read("1"));
  EXPECT_EQ(find(Dialect::ollama, extras, "#note"), nullptr);
  EXPECT_EQ(object_of(extras.members).text(), R"({"#note":1})");
  keep_inner(Dialect::ollama, extras, "options", extras.members);
  EXPECT_EQ(inner(Dialect::ollama, extras, "options").members.front(), extras.members.front());
}

}  // namespace
}  // namespace omni::dialect
