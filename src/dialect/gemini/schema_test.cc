#include "dialect/gemini/schema.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "dialect/test_json.h"

namespace omni::dialect::gemini {
namespace {

std::string clean(std::string_view schema) {
  const json::Raw once = clean_schema(schema).schema;
  EXPECT_TRUE(json::Raw::parse(once.text())) << once.text();
  EXPECT_EQ(clean_schema(once.text()).schema.text(), once.text());  // twice is the same as once
  return canonical(once.text());
}

void expect_clean(std::string_view from, std::string_view to) {
  EXPECT_EQ(clean(from), canonical(to)) << from;
}

TEST(CleanSchema, PutsWhatAReferencePointsToInItsPlace) {
  expect_clean(R"({"type":"object","properties":{
                 "a":{"$ref":"#/$defs/Name"},
                 "b":{"$ref":"#/definitions/x~1y","description":"my own"},
                 "c":{"$ref":"#/properties/a"}},
                 "$defs":{"Name":{"type":"string","description":"theirs"}},
                 "definitions":{"x/y":{"type":"integer","description":"theirs"}}})",
               R"({"type":"OBJECT","properties":{
                 "a":{"type":"STRING","description":"theirs"},
                 "b":{"type":"INTEGER","description":"my own"},
                 "c":{"type":"STRING","description":"theirs"}}})");
}

TEST(CleanSchema, MakesAnObjectOfAReferenceThatLeadsInACircleOrNowhere) {
  expect_clean(R"({"$ref":"#/$defs/Node","$defs":{"Node":{"type":"object","properties":{
                 "value":{"type":"number"},
                 "children":{"type":"array","items":{"$ref":"#/$defs/Node"}},
                 "all":{"$ref":"#"}}}}})",
               R"({"type":"OBJECT","properties":{"value":{"type":"NUMBER"},
                 "children":{"type":"ARRAY","items":{"type":"OBJECT"}},
                 "all":{"type":"OBJECT"}}})");
  expect_clean(R"({"$ref":"#"})", R"({"type":"OBJECT"})");
  expect_clean(R"({"properties":{"a":{"$ref":"https://example.com/x"},"b":{"$ref":"#/no/where"},
                 "c":{"$ref":"#/$defs/A"}},
                 "$defs":{"A":{"$ref":"#/$defs/B"},"B":{"$ref":"#/$defs/A"}}})",
               R"({"type":"OBJECT","properties":{"a":{"type":"OBJECT"},"b":{"type":"OBJECT"},
                 "c":{"type":"OBJECT"}}})");
}

TEST(CleanSchema, MakesAConstantAnEnumOfOne) {
  expect_clean(R"({"properties":{"kind":{"const":"file"}}})",
               R"({"type":"OBJECT","properties":{"kind":{"type":"STRING","enum":["file"]}}})");
}

TEST(CleanSchema, MakesTheValuesOfAnEnumStringsAndLeavesOutThatOfNumbers) {
  expect_clean(R"({"properties":{
                 "mixed":{"enum":["a",1,true,null,"",{"b":1}]},
                 "said":{"type":"string","enum":[1,2]},
                 "number":{"type":"number","enum":[1,2]},
                 "whole":{"enum":[1,2]},
                 "parts":{"enum":[1.5,2]},
                 "yes":{"const":true},
                 "empty":{"type":"string","enum":[""]},
                 "null":{"const":null}}})",
               R"({"type":"OBJECT","properties":{
                 "mixed":{"type":"STRING","nullable":true,"enum":["a","1","true"]},
                 "said":{"type":"STRING","enum":["1","2"]},
                 "number":{"type":"NUMBER"},
                 "whole":{"type":"INTEGER"},
                 "parts":{"type":"NUMBER"},
                 "yes":{"type":"BOOLEAN"},
                 "empty":{"type":"STRING"},
                 "null":{"type":"STRING","nullable":true}}})");
}

TEST(CleanSchema, MergesAllOf) {
  expect_clean(R"({"allOf":[{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]},
                          {"$ref":"#/$defs/B"}],
                 "properties":{"c":{"type":"boolean"}},"required":["c"],"description":"own",
                 "$defs":{"B":{"properties":{"b":{"type":"number"},"a":{"type":"number"}},
                               "required":["b","a"],"description":"other"}}})",
               R"({"type":"OBJECT","description":"own","properties":{"c":{"type":"BOOLEAN"},
                 "a":{"type":"STRING"},"b":{"type":"NUMBER"}},"required":["c","a","b"]})");
}

TEST(CleanSchema, TakesTheRichestAlternativeAndSaysWhatElseThereWas) {
  expect_clean(R"({"properties":{
                 "a":{"description":"Where","anyOf":[{"type":"string"},{"type":"null"},
                      {"type":"array","items":{"type":"string"}}]},
                 "b":{"oneOf":[{"type":"array"},{"$ref":"#/$defs/O"},{"type":"number"}]},
                 "c":{"anyOf":[{"type":"string","description":"in words"},{"type":"null"}]}},
                 "$defs":{"O":{"properties":{"x":{}},"required":["x"]}}})",
               R"x({"type":"OBJECT","properties":{
                 "a":{"type":"ARRAY","description":"Where (or string)","nullable":true,
                      "items":{"type":"STRING"}},
                 "b":{"type":"OBJECT","description":"(or array, number)",
                      "properties":{"x":{"type":"STRING"}},"required":["x"]},
                 "c":{"type":"STRING","description":"in words","nullable":true}}})x");
}

TEST(CleanSchema, MakesAlternativesOfConstantsAnEnum) {
  expect_clean(R"({"properties":{"a":{"anyOf":[{"const":"x"},{"enum":["y","z"]},{"type":"null"}]},
                 "b":{"anyOf":[{"const":1,"type":"number"},{"const":2,"type":"number"}]}}})",
               R"({"type":"OBJECT","properties":{
                 "a":{"type":"STRING","nullable":true,"enum":["x","y","z"]},
                 "b":{"type":"INTEGER"}}})");
}

TEST(CleanSchema, DoesNotRequireWhatOneOfSeveralAlternativesRequires) {
  expect_clean(R"({"type":"object","properties":{"a":{"type":"string"},"b":{"type":"string"},
                 "c":{"type":"string"}},"required":["c"],
                 "anyOf":[{"required":["a"]},{"required":["b"]}]})",
               R"({"type":"OBJECT","properties":{"a":{"type":"STRING"},"b":{"type":"STRING"},
                 "c":{"type":"STRING"}},"required":["c"]})");
}

TEST(CleanSchema, TakesTheFirstOfSeveralTypes) {
  expect_clean(R"({"properties":{"a":{"type":["null","integer","string"]},"b":{"type":["null"]},
                 "c":{"type":[]},"d":{"type":"null"},"e":{"type":"file"},"f":{"type":5}}})",
               R"({"type":"OBJECT","properties":{"a":{"type":"INTEGER","nullable":true},
                 "b":{"type":"STRING","nullable":true},"c":{"type":"STRING"},
                 "d":{"type":"STRING","nullable":true},"e":{"type":"STRING"},
                 "f":{"type":"STRING"}}})");
}

TEST(CleanSchema, LeavesOutWhatGoogleDoesNotKnow) {
  expect_clean(
      R"({"$schema":"https://json-schema.org/draft/2020-12/schema","$id":"x","$comment":"c",
                 "x-order":1,"type":"object","additionalProperties":false,"title":"T",
                 "propertyNames":{},"patternProperties":{"a":{}},"if":{},"then":{},"else":{},
                 "not":{},"dependentRequired":{},"minProperties":1,"deprecated":true,
                 "readOnly":true,"examples":[{}],"unheardOf":1,
                 "properties":{
                   "s":{"type":"string","minLength":1,"maxLength":2,"pattern":"a","default":"a",
                        "format":"uri"},
                   "n":{"type":"number","exclusiveMinimum":0,"exclusiveMaximum":9,"multipleOf":2,
                        "minimum":1,"maximum":8,"format":"float"},
                   "a":{"type":"array","minItems":1,"maxItems":2,"uniqueItems":true,"contains":{},
                        "items":{"type":"string","format":"date-time"}},
                   "i":{"type":"integer","format":"int64","minimum":"1"},
                   "wrong":{"type":"string","format":"int64","minimum":1}}})",
      R"({"type":"OBJECT","properties":{
                   "s":{"type":"STRING"},
                   "n":{"type":"NUMBER","minimum":1,"maximum":8,"format":"float"},
                   "a":{"type":"ARRAY","items":{"type":"STRING","format":"date-time"}},
                   "i":{"type":"INTEGER","format":"int64"},
                   "wrong":{"type":"STRING"}}})");
}

TEST(CleanSchema, NeverTouchesTheNameOfAProperty) {
  expect_clean(R"({"type":"object","properties":{
                 "title":{"type":"string"},"format":{"type":"string"},"default":{"type":"string"},
                 "$ref":{"type":"string"},"properties":{"type":"object","properties":{
                   "type":{"type":"string"},"required":{"type":"boolean"}}},
                 "pattern":{"type":"string"},"additionalProperties":{"type":"string"},
                 "enum":{"type":"string"},"x-y":{"type":"string"},"a\"b":{"type":"string"}},
                 "required":["title","default","$ref","a\"b"]})",
               R"({"type":"OBJECT","properties":{
                 "title":{"type":"STRING"},"format":{"type":"STRING"},"default":{"type":"STRING"},
                 "$ref":{"type":"STRING"},"properties":{"type":"OBJECT","properties":{
                   "type":{"type":"STRING"},"required":{"type":"BOOLEAN"}}},
                 "pattern":{"type":"STRING"},"additionalProperties":{"type":"STRING"},
                 "enum":{"type":"STRING"},"x-y":{"type":"STRING"},"a\"b":{"type":"STRING"}},
                 "required":["title","default","$ref","a\"b"]})");
}

TEST(CleanSchema, RequiresOnlyPropertiesThatThereAre) {
  expect_clean(R"({"type":"object","properties":{"a":{"type":"string"},"b":{"type":"string"}},
                 "required":["b","c","b",5],"propertyOrdering":["b","c","a"]})",
               R"({"type":"OBJECT","properties":{"a":{"type":"STRING"},"b":{"type":"STRING"}},
                 "required":["b"],"propertyOrdering":["b","a"]})");
  expect_clean(R"({"type":"object","properties":{"a":{"type":"string"}},"required":["c"]})",
               R"({"type":"OBJECT","properties":{"a":{"type":"STRING"}}})");
  expect_clean(R"({"type":"object","properties":{"a":{"type":"string"}},"required":true})",
               R"({"type":"OBJECT","properties":{"a":{"type":"STRING"}}})");
}

TEST(CleanSchema, SaysWhatTheItemsOfAnArrayAre) {
  expect_clean(R"({"properties":{"a":{"type":"array"},"b":{"type":"array","items":{}},
                 "c":{"items":[{"type":"number"},{"type":"string"}]},
                 "d":{"type":"array","prefixItems":[{"type":"boolean"}],"items":false}}})",
               R"({"type":"OBJECT","properties":{
                 "a":{"type":"ARRAY","items":{"type":"STRING"}},
                 "b":{"type":"ARRAY","items":{"type":"STRING"}},
                 "c":{"type":"ARRAY","items":{"type":"NUMBER"}},
                 "d":{"type":"ARRAY","items":{"type":"BOOLEAN"}}}})");
}

TEST(CleanSchema, LeavesAnObjectWithoutPropertiesAlone) {
  expect_clean(R"({"type":"object","properties":{}})", R"({"type":"OBJECT"})");
  expect_clean(
      R"({"properties":{"map":{"type":"object","additionalProperties":{"type":"string"}}}})",
      R"({"type":"OBJECT","properties":{"map":{"type":"OBJECT"}}})");
  EXPECT_TRUE(clean_schema(R"({"type":"object","properties":{}})").empty);
  EXPECT_FALSE(clean_schema(R"({"type":"object","properties":{"a":{}}})").empty);
}

TEST(CleanSchema, WritesTypesInCapitals) {
  expect_clean(
      R"({"type":"Object","properties":{"a":{"type":"ARRAY"}}})",
      R"({"type":"OBJECT","properties":{"a":{"type":"ARRAY","items":{"type":"STRING"}}}})");
}

TEST(CleanSchema, MakesAnObjectOfWhatIsNoSchema) {
  for (const std::string_view text : {"true", "[]", "\"x\"", "null", "{", "", "{}", "5"})
    expect_clean(text, R"({"type":"OBJECT"})");
  expect_clean(R"({"properties":{"a":true,"b":5,"c":null}})",
               R"({"type":"OBJECT","properties":{"a":{"type":"STRING"},"b":{"type":"STRING"},
                 "c":{"type":"STRING"}}})");
}

TEST(CleanSchema, TellsWhetherItAllowsSomethingElseNow) {
  EXPECT_FALSE(clean_schema(R"({"$schema":"x","type":"object","additionalProperties":false,
                              "properties":{"a":{"type":"string","default":"x"}}})")
                   .simplified);
  EXPECT_TRUE(clean_schema(R"({"properties":{"a":{"type":"string","pattern":"x"}}})").simplified);
  EXPECT_TRUE(clean_schema(R"({"anyOf":[{"type":"string"},{"type":"number"}]})").simplified);
  EXPECT_TRUE(clean_schema(R"({"$ref":"#"})").simplified);
}

std::string nested(std::string_view open, std::string_view inside, std::string_view close,
                   int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += open;
  out += inside;
  for (int i = 0; i < times; ++i) out += close;
  return out;
}

TEST(CleanSchema, CutsWhatIsTooDeep) {
  const std::string deep = nested(R"({"items":)", "{}", "}", 200);
  const std::string cut = clean(deep);
  EXPECT_LT(cut.size(), std::size_t{2000});
  EXPECT_NE(cut.find(R"({"type":"OBJECT"})"), std::string::npos);
  clean(nested(R"({"anyOf":[{"type":"null"},)", "{}", "]}", 120));
}

/// Each name refers twice to the next one.
std::string bomb(std::string_view keyword, int names) {
  std::string defs;
  for (int i = 0; i < names; ++i) {
    const std::string next = R"({"$ref":"#/$defs/d)" + std::to_string(i + 1) + R"("})";
    defs += "\"d" + std::to_string(i) + "\":{\"" + std::string(keyword) + "\":";
    const bool map = keyword == "properties";
    defs += map ? "{\"a\":" + next + ",\"b\":" + next + "}}," : "[" + next + "," + next + "]},";
  }
  return R"({"$ref":"#/$defs/d0","$defs":{)" + defs + "\"d" + std::to_string(names) +
         R"(":{"type":"string","description":")" + std::string(200, 'x') + "\"}}}";
}

TEST(CleanSchema, BoundsWhatReferencesMakeOfIt) {
  for (const std::string_view keyword : {"properties", "allOf", "anyOf", "oneOf"}) {
    const std::string schema = bomb(keyword, 25);
    const json::Raw cleaned = clean_schema(schema).schema;
    EXPECT_TRUE(json::Raw::parse(cleaned.text()));
    EXPECT_LT(cleaned.text().size(), 8 * schema.size() + 8192) << keyword;
  }
}

// ---- To JSON Schema

std::string converted(std::string_view schema) {
  json::Reader reader;
  const auto out = to_json_schema(reader.read(schema));
  return out ? canonical(out->text()) : "the same";
}

TEST(ToJsonSchema, WritesTypesInLowerCase) {
  EXPECT_EQ(converted(R"({"type":"OBJECT","properties":{"type":{"type":"STRING","enum":["STRING"]},
                        "list":{"type":"ARRAY","items":{"type":"INTEGER"}},
                        "some":{"anyOf":[{"type":"NUMBER"},{"type":"BOOLEAN"}]},
                        "more":{"type":["STRING","NULL"]}},
                        "default":{"type":"OBJECT"},"required":["list"]})"),
            canonical(R"({"type":"object","properties":{"type":{"type":"string","enum":["STRING"]},
                        "list":{"type":"array","items":{"type":"integer"}},
                        "some":{"anyOf":[{"type":"number"},{"type":"boolean"}]},
                        "more":{"type":["string","null"]}},
                        "default":{"type":"OBJECT"},"required":["list"]})"));
}

TEST(ToJsonSchema, SaysNullableAsAType) {
  EXPECT_EQ(converted(R"({"type":"STRING","nullable":true,"enum":["a"]})"),
            canonical(R"({"type":["string","null"],"enum":["a",null]})"));
  EXPECT_EQ(converted(R"({"anyOf":[{"type":"string"}],"nullable":true})"),
            canonical(R"({"anyOf":[{"type":"string"},{"type":"null"}]})"));
  EXPECT_EQ(converted(R"({"type":"string","nullable":false})"), canonical(R"({"type":"string"})"));
  EXPECT_EQ(converted(R"({"properties":{"nullable":{"type":"boolean"}}})"), "the same");
}

TEST(ToJsonSchema, WritesCountsAsNumbersAndLeavesOutTheOrder) {
  EXPECT_EQ(converted(R"({"type":"array","minItems":"1","maxItems":"007","minLength":"x",
                        "propertyOrdering":["a"]})"),
            canonical(R"({"type":"array","minItems":1,"maxItems":7,"minLength":"x"})"));
}

TEST(ToJsonSchema, PutsThePropertiesInTheirOrder) {
  json::Reader reader;
  const auto schema = to_json_schema(
      reader.read(R"({"properties":{"a":{},"b":{},"c":{}},"propertyOrdering":["c","no","b"]})"));
  ASSERT_TRUE(schema);
  EXPECT_EQ(schema->text(), R"({"properties":{"c":{},"b":{},"a":{}}})");
}

TEST(ToJsonSchema, FindsNothingToDoInJsonSchema) {
  EXPECT_EQ(converted(R"({ "type" : "object", "properties" : { "a" : {"$ref":"#/$defs/A"} } })"),
            "the same");
  EXPECT_EQ(converted(R"({"additionalProperties":false,"items":true,"type":"file"})"), "the same");
}

TEST(ToJsonSchema, LeavesWhatIsTooDeepAsItIs) {
  const std::string deep = nested(R"({"items":)", R"({"type":"OBJECT","nullable":true})", "}", 250);
  EXPECT_EQ(converted(deep), "the same");
}

TEST(HasCapitalTypes, LooksAtWholeStrings) {
  EXPECT_TRUE(has_capital_types(R"({"type":"OBJECT"})"));
  EXPECT_TRUE(has_capital_types(R"({"type":["a","STRING"]})"));
  EXPECT_FALSE(has_capital_types(R"({"type":"object","x":"OBJECTS","y":"AN OBJECT","z":"OB)"));
}

}  // namespace
}  // namespace omni::dialect::gemini
