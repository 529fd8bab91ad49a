#include "dialect/anthropic/answer_schema.h"

#include <gtest/gtest.h>

#include <string>

#include "dialect/test_json.h"

namespace omni::dialect::anthropic {
namespace {

/// What is left of it, canonical; "words" where nothing is.
std::string closed(std::string_view schema) {
  const AnswerSchema answer = answer_schema(schema);
  return answer.schema ? canonical(answer.schema->text()) : "words";
}

std::string closed_property(std::string_view schema) {
  return closed(R"({"type":"object","properties":{"a":)" + std::string(schema) + "}}");
}

std::string with_property(std::string_view schema) {
  return canonical(R"({"type":"object","additionalProperties":false,"properties":{"a":)" +
                   std::string(schema) + "}}");
}

bool simplified(std::string_view schema) { return answer_schema(schema).simplified; }

TEST(AnthropicAnswerSchema, ClosesEveryObject) {
  EXPECT_EQ(closed(R"({"$schema":"x","$defs":{"d":{"type":["object","null"],"properties":{"x":{}}}},
                       "type":"array","items":{"properties":{"a":{"type":"string"}}}})"),
            "words")
      << "of x nothing is said";
  EXPECT_EQ(closed(R"({"$schema":"x",
      "$defs":{"d":{"type":["object","null"],"properties":{"x":{"const":1}}}},
      "type":"array","items":{"properties":{"a":{"$ref":"#/$defs/d","description":"goes"}},
                              "required":["a","gone"]}})"),
            canonical(R"({
      "$defs":{"d":{"type":["object","null"],"properties":{"x":{"const":1}},
                    "additionalProperties":false}},
      "type":"array","items":{"type":"object","properties":{"a":{"$ref":"#/$defs/d"}},
                              "required":["a"],"additionalProperties":false}})"));
  EXPECT_EQ(closed(R"({"$ref":"#/definitions/d",
                       "definitions":{"d":{"properties":{"x":{"type":"null"}}}}})"),
            canonical(R"({"$ref":"#/definitions/d","definitions":{"d":{"type":"object",
                          "properties":{"x":{"type":"null"}},"additionalProperties":false}}})"));
}

TEST(AnthropicAnswerSchema, LeavesOutWhatIsRefused) {
  for (const char* const rule :
       {R"("minLength":1)", R"("maxLength":9)", R"("pattern":"^a")", R"("minimum":0)",
        R"("maximum":9)", R"("exclusiveMinimum":0)", R"("multipleOf":2)", R"("minItems":2)",
        R"("maxItems":2)", R"("uniqueItems":true)", R"("format":"int32")", R"("nullable":true)",
        R"("not":{"type":"null"})", R"("prefixItems":[])", R"("items":[])"}) {
    const std::string schema = R"({"type":"string",)" + std::string(rule) + "}";
    EXPECT_EQ(closed_property(schema), with_property(R"({"type":"string"})")) << rule;
    EXPECT_TRUE(simplified(schema)) << rule;
  }
}

TEST(AnthropicAnswerSchema, KeepsWhatIsTaken) {
  for (const char* const schema :
       {R"({"type":"string","format":"date-time","description":"d","title":"t","default":"x"})",
        R"({"type":"array","items":{"type":"integer","enum":[1,2]},"minItems":1})",
        R"({"anyOf":[{"type":"string"},{"type":"null"}]})"}) {
    EXPECT_EQ(closed_property(schema), with_property(schema));
    EXPECT_FALSE(simplified(schema));
  }
}

TEST(AnthropicAnswerSchema, WritesBranchesAsAnyOf) {
  EXPECT_EQ(closed_property(R"({"allOf":[{"type":"string"}]})"),
            with_property(R"({"anyOf":[{"type":"string"}]})"));
  const char* const one = R"({"oneOf":[{"type":"string"},{"type":"null"}]})";
  EXPECT_EQ(closed(one), canonical(R"({"anyOf":[{"type":"string"},{"type":"null"}]})"));
  EXPECT_TRUE(simplified(one));
}

TEST(AnthropicAnswerSchema, SaysWhetherAnObjectWasOpen) {
  const std::string open = R"({"properties":{"a":{"type":"null"}})";
  EXPECT_FALSE(simplified(open + "}"));
  EXPECT_FALSE(simplified(open + R"(,"additionalProperties":false})"));
  EXPECT_TRUE(simplified(open + R"(,"additionalProperties":true})"));
  EXPECT_TRUE(simplified(open + R"(,"additionalProperties":{"type":"null"}})"));
  EXPECT_EQ(closed(open + R"(,"additionalProperties":{"type":"null"}})"),
            with_property(R"({"type":"null"})"));
}

TEST(AnthropicAnswerSchema, LeavesNothingOfWhatCannotBeSaid) {
  for (const char* const schema :
       {"{}",
        "true",
        "[]",
        "",
        R"({"type":"object"})",
        R"({"type":"object","properties":{ }})",
        R"({"type":"object","additionalProperties":{"type":"string"}})",
        R"({"type":"object","properties":{"a":{}}})",
        R"({"properties":[]})",
        R"({"type":"array","items":{"type":"object"}})",
        R"({"description":"anything"})",
        R"({"enum":[{"a":1}]})",
        R"({"const":[1]})",
        R"({"anyOf":[]})",
        R"({"anyOf":{}})",
        R"({"allOf":[{"type":"string"},{"type":"string"}]})",
        R"({"anyOf":[{"type":"string"}],"oneOf":[{"type":"string"}]})",
        R"({"properties":{"a":{"type":"null"}},"anyOf":[{"properties":{"b":{"type":"null"}}}]})",
        R"({"$ref":"#"})",
        R"({"$ref":"other.json"})",
        R"({"$ref":"#/$defs/none","$defs":{}})",
        R"({"$ref":1})"}) {
    EXPECT_EQ(closed(schema), "words") << schema;
  }
}

TEST(AnthropicAnswerSchema, LeavesNothingOfWhatRefersToItself) {
  EXPECT_EQ(closed(R"({"$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/b"},
                       "b":{"type":"array","items":{"$ref":"#/$defs/a"}}}})"),
            "words");
  EXPECT_NE(closed(R"({"anyOf":[{"$ref":"#/$defs/a"},{"$ref":"#/$defs/b"}],"$defs":
                       {"a":{"type":"array","items":{"$ref":"#/$defs/b"}},"b":{"type":"null"}}})"),
            "words")
      << "twice is no circle";
}

TEST(AnthropicAnswerSchema, LeavesNothingOfWhatGrowsTooMuch) {
  const auto many = [](std::string_view schema, int times) {
    std::string properties;
    for (int i = 0; i < times; ++i) {
      properties += (i > 0 ? ",\"p" : "\"p") + std::to_string(i) + "\":" + std::string(schema);
    }
    return R"({"properties":{)" + properties + "}";
  };
  const std::string_view text = R"({"type":"string"})", either = R"({"type":["string","null"]})";
  EXPECT_NE(closed(many(text, 24) + "}"), "words");
  EXPECT_EQ(closed(many(text, 25) + "}"), "words");
  EXPECT_NE(closed(many(text, 25) + R"(,"required":["p7"]})"), "words");
  EXPECT_NE(closed(many(either, 16) + "}"), "words");
  EXPECT_EQ(closed(many(either, 17) + "}"), "words");
  std::string deep = R"({"type":"null"})";
  for (int i = 0; i < 60; ++i) deep = R"({"type":"array","items":)" + deep + "}";
  EXPECT_EQ(closed(deep), "words");
}

/// One by one, looking each up among all would take minutes.
TEST(AnthropicAnswerSchema, FollowsManyReferences) {
  std::string branches, definitions;
  for (int i = 0; i < 20'000; ++i) {
    const std::string name = std::to_string(i);
    branches += R"({"$ref":"#/$defs/)" + name + "\"},";
    definitions += (i > 0 ? ",\"" : "\"") + name + R"(":{"type":"null"})";
  }
  branches += R"({"type":"null"})";
  EXPECT_NE(closed(R"({"anyOf":[)" + branches + R"(],"$defs":{)" + definitions + "}}"), "words");
}

}  // namespace
}  // namespace omni::dialect::anthropic
