#include "dialect/object_writer.h"

#include <gtest/gtest.h>

#include <string>

namespace omni::dialect {
namespace {

using chat::Dialect;

chat::Extras extras_of(Dialect dialect) {
  chat::Extras extras{.dialect = dialect};
  extras.members.emplace_back("role", json::Raw::trusted("null"));
  extras.members.emplace_back("index", json::Raw::trusted("1.0"));
  extras.members.emplace_back("a \"b\"", json::Raw::trusted("[1, 2]"));
  return extras;
}

class ObjectWriterTest : public ::testing::Test {
 protected:
  std::string out_;
  json::Writer writer_{out_};
  Losses losses_;
};

TEST_F(ObjectWriterTest, WritesTypedMembersFirstAndExtrasOnce) {
  ObjectWriter object(writer_, Dialect::anthropic);
  object.key("role").text("user");
  object.end(extras_of(Dialect::anthropic), losses_);
  EXPECT_EQ(out_, R"({"role":"user","index":1.0,"a \"b\"":[1, 2]})");
  EXPECT_TRUE(losses_.empty());
}

TEST_F(ObjectWriterTest, WritesANullOfTheExtrasWhereNothingElseWasSaid) {
  ObjectWriter object(writer_, Dialect::anthropic);
  object.end(extras_of(Dialect::anthropic), losses_);
  EXPECT_EQ(out_, R"({"role":null,"index":1.0,"a \"b\"":[1, 2]})");
}

TEST_F(ObjectWriterTest, DeclaresExtrasOfAnotherDialectSaveNulls) {
  ObjectWriter object(writer_, Dialect::gemini);
  object.key("text").text("x");
  object.end(extras_of(Dialect::anthropic), losses_);
  EXPECT_EQ(out_, R"({"text":"x"})");
  ASSERT_EQ(losses_.entries().size(), 2U);
  EXPECT_EQ(losses_.entries()[0].row, &loss::foreign_member);
  EXPECT_EQ(losses_.entries()[0].detail, "index");
  EXPECT_EQ(losses_.entries()[1].detail, "a \"b\"");
}

TEST_F(ObjectWriterTest, WhatConcernsItsOwnConversationAloneIsNoLoss) {
  chat::Extras extras{.dialect = Dialect::openai_responses};
  for (const std::string name : {"id", "status", "phase", "#item"}) {
    extras.members.emplace_back(name, json::Raw::trusted("\"x\""));
  }
  declare_foreign(extras, Dialect::anthropic, losses_);
  EXPECT_TRUE(losses_.empty());
}

TEST_F(ObjectWriterTest, WhatIsCarriedGoesBackAtHomeAndIsLostNowhere) {
  const chat::Extras extras{
      .dialect = Dialect::openai_chat,
      .spelling = 0,
      .members = {{"=a", json::Raw::trusted("1")}, {"=b", json::Raw::trusted("2")}}};
  declare_foreign(extras, Dialect::anthropic, losses_);
  ObjectWriter object(writer_, Dialect::openai_chat);
  object.key("b").integer(3);
  object.end(extras, losses_);
  EXPECT_EQ(out_, R"({"b":3,"a":1})");
  EXPECT_TRUE(losses_.empty());
}

TEST_F(ObjectWriterTest, ANameOfTheWireThatLooksLikeANoteIsAMemberLikeAnyOther) {
  chat::Extras extras{.dialect = Dialect::openai_responses};
  for (const std::string name : {"#item", "=a", "\\b", "c"}) {
    extras.members.emplace_back(extra_name(name), json::Raw::trusted("1"));
  }
  declare_foreign(extras, Dialect::anthropic, losses_);
  ASSERT_EQ(losses_.entries().size(), 4U);
  EXPECT_EQ(losses_.entries()[0].detail, "#item");
  ObjectWriter object(writer_, Dialect::openai_responses);
  object.end(extras, losses_);
  EXPECT_EQ(out_, R"({"#item":1,"=a":1,"\\b":1,"c":1})");
}

TEST_F(ObjectWriterTest, TypedMembersMayFollowExtras) {
  ObjectWriter object(writer_, Dialect::ollama);
  object.extras(chat::Extras{}, losses_);
  object.key("a").begin_array();
  object.out().integer(1).end_array();
  object.end();
  EXPECT_EQ(out_, R"({"a":[1]})");
}

TEST(Losses, CountTheSameOnce) {
  Losses losses;
  EXPECT_TRUE(losses.empty());
  losses.add(loss::top_k);
  losses.add(loss::top_k);
  losses.add(loss::foreign_member, "a");
  losses.add(loss::foreign_member, "b");
  losses.add(loss::foreign_member, "a");
  losses.add(loss::foreign_item, "a");
  ASSERT_EQ(losses.entries().size(), 4U);
  EXPECT_EQ(losses.entries()[3].row->name, "foreign_item");
}

TEST(Losses, AreAtMostSixtyFour) {
  Losses losses;
  for (int i = 0; i < 1000; ++i) losses.add(loss::foreign_member, std::to_string(i));
  ASSERT_EQ(losses.entries().size(), 64U);
  EXPECT_EQ(losses.entries().back().detail, "63");
}

TEST(Losses, CutALongDetailBetweenCharacters) {
  Losses losses;
  losses.add(loss::foreign_member, std::string(100, 'a'));
  losses.add(loss::foreign_member, std::string(98, 'b') + "\u20AC");
  losses.add(loss::foreign_member, std::string(97, 'c') + "\u20AC");
  losses.add(loss::foreign_member, std::string(200, '\x80'));
  losses.add(loss::foreign_member, std::string(101, 'a'));
  ASSERT_EQ(losses.entries().size(), 4U) << "what is the same after the cut counts once";
  EXPECT_EQ(losses.entries()[0].detail, std::string(100, 'a'));
  EXPECT_EQ(losses.entries()[1].detail, std::string(98, 'b'));
  EXPECT_EQ(losses.entries()[2].detail, std::string(97, 'c') + "\u20AC");
  EXPECT_EQ(losses.entries()[3].detail, "");
}

}  // namespace
}  // namespace omni::dialect
