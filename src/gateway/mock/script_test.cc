#include "gateway/mock/script.h"

#include <gtest/gtest.h>

#include <string>

namespace omni::gateway::mock {
namespace {

std::string part_for(Script& script, std::string_view model, std::string_view key = {}) {
  const Script::Part* part = script.next(model, key);
  if (part == nullptr) return "nothing";
  return part->literal ? std::to_string(part->literal->status) : part->acts_as;
}

TEST(Script, WithoutOneEveryModelEchoesUnlessItIsABuiltInOne) {
  Script script;
  EXPECT_EQ(part_for(script, "gpt-4o"), "echo");
  EXPECT_EQ(part_for(script, "demo/think"), "think");
  EXPECT_EQ(part_for(script, "fail-418"), "fail-418");
}

TEST(Script, GivesModelsAndKeysTheirParts) {
  Result<Script> script = Script::parse(R"({
    "models":{"gpt-4o":"tool","openai/gpt-4o":"slow","m":{"status":302,"fields":{"location":"/"}}},
    "keys":{"spent":"fail-429"},"default":null})");
  ASSERT_TRUE(script) << script.error().message();
  EXPECT_EQ(part_for(*script, "openai/gpt-4o"), "slow");
  EXPECT_EQ(part_for(*script, "azure/gpt-4o"), "tool");
  EXPECT_EQ(part_for(*script, "m"), "302");
  EXPECT_EQ(part_for(*script, "m", "spent"), "fail-429");
  EXPECT_EQ(part_for(*script, "lorem"), "lorem");
  EXPECT_EQ(part_for(*script, "other"), "nothing");
}

TEST(Script, PlaysAListOneAfterTheOther) {
  Result<Script> script = Script::parse(R"({"models":{"m":["fail-503",{"status":429},"echo"]}})");
  ASSERT_TRUE(script) << script.error().message();
  for (const char* expected : {"fail-503", "429", "echo", "echo"}) {
    EXPECT_EQ(part_for(*script, "m"), expected);
  }
}

TEST(Script, ReadsLiteralAnswers) {
  Result<Script> script = Script::parse(R"({"default":{"status":200,"headPauseMs":7,
    "fields":{"x-a":"b"},"pieces":["one",{"pauseMs":50,"text":"two\n"}],"end":"broken"}})");
  ASSERT_TRUE(script) << script.error().message();
  const upstream::Played played = *script->next("m", "")->literal;
  EXPECT_EQ(played.head_pause, Millis{7});
  ASSERT_EQ(played.pieces.size(), 2U);
  EXPECT_EQ(played.pieces[0].bytes, "one");
  EXPECT_EQ(played.pieces[1].pause, Millis{50});
  EXPECT_EQ(played.pieces[1].bytes, "two\n");
  EXPECT_EQ(played.end, upstream::Played::End::broken);
  EXPECT_EQ(played.fields.front(), dialect::Header("x-a", "b"));
}

TEST(Script, RefusesWhatItDoesNotKnow) {
  for (const char* text :
       {"", "[]", R"({"model":{}})", R"({"default":"no-such"})", R"({"models":{"m":[]}})",
        R"({"models":{"m":7}})", R"({"default":{"status":99}})", R"({"default":{"body":"x"}})",
        R"({"default":{"end":"soon"}})", R"({"default":{"pieces":[{"pauseMs":-1}]}})",
        R"({"default":{"pieces":[{"bytes":"x"}]}})"}) {
    EXPECT_FALSE(Script::parse(text)) << text;
  }
}

}  // namespace
}  // namespace omni::gateway::mock
