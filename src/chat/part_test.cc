#include "chat/part.h"

#include <gtest/gtest.h>

#include <string>

#include "chat/test_chat.h"

namespace omni::chat {
namespace {

ToolCall checked(std::string input) {
  ToolCall call{.name = "get", .input = std::move(input)};
  check_input(call);
  return call;
}

TEST(CheckInput, AnObjectIsKeptAsItCame) {
  const ToolCall call = checked(" {\"a\": [1.0, \"\\u0041\"]}\n");
  EXPECT_EQ(call.form, ToolCall::Form::object);
  EXPECT_EQ(call.input, " {\"a\": [1.0, \"\\u0041\"]}\n");
}

TEST(CheckInput, NothingIsTheEmptyObjectHoweverItIsSaid) {
  for (const char* input : {"", " ", "\n\t", "null", " null\n"}) {
    const ToolCall call = checked(input);
    EXPECT_EQ(call.form, ToolCall::Form::object) << input;
    EXPECT_EQ(call.input, "{}") << input;
  }
}

TEST(CheckInput, WhatIsNoObjectIsBroken) {
  for (const std::string input :
       {"[]", "nul", "1", "\"{}\"", "{\"a\":", "{}{}", "{\"a\":1} x", "{'a':1}", "\xFF"}) {
    const ToolCall call = checked(input);
    EXPECT_EQ(call.form, ToolCall::Form::broken) << input;
    EXPECT_EQ(call.input, input);
  }
}

TEST(CheckInput, AnObjectDeeperThanWeWriteIsBroken) {
  std::string deep;
  for (int i = 0; i < 300; ++i) deep += "{\"a\":";
  deep += "1" + std::string(300, '}');
  EXPECT_EQ(checked(deep).form, ToolCall::Form::broken);
}

TEST(CheckInput, ACallThatWasBrokenCanBecomeAnObject) {
  ToolCall call{.input = "{}", .form = ToolCall::Form::broken};
  check_input(call);
  EXPECT_EQ(call.form, ToolCall::Form::object);
}

TEST(TextOf, GivesWhatCanBeRead) {
  EXPECT_EQ(text_of(Part{.body = Text{"a"}}), "a");
  EXPECT_EQ(text_of(Part{.body = Refusal{"no"}}), "no");
  EXPECT_EQ(text_of(Part{.body = ToolCall{.input = "{\"b\":1}"}}), "{\"b\":1}");
  EXPECT_EQ(text_of(Part{.body = Media{.payload = "AAAA"}}), "");
  EXPECT_EQ(text_of(Part{.body = ToolResult{.call_id = "1"}}), "");
  EXPECT_EQ(text_of(Part{.body = Opaque{}}), "");
}

TEST(TextOf, ThoughtsComeBeforeTheirSummaries) {
  EXPECT_EQ(text_of(Part{.body = Reasoning{.text = "hm", .summary = {"s"}}}), "hm");
  EXPECT_EQ(text_of(Part{.body = Reasoning{.summary = {"s"}}}), "s");
  EXPECT_EQ(text_of(Part{.body = Reasoning{.summary = {"", "s", "", "t"}}}), "s\n\nt");
  EXPECT_EQ(text_of(Part{.body = Reasoning{}}), "");
}

TEST(Extras, AreEmptyWithoutMembersAndSpelling) {
  EXPECT_TRUE(Extras{.dialect = Dialect::ollama}.empty());
  EXPECT_FALSE(Extras{.spelling = 1}.empty());
  Extras extras;
  extras.members.emplace_back("a", json::Raw::trusted("1"));
  EXPECT_FALSE(extras.empty());
}

}  // namespace
}  // namespace omni::chat
