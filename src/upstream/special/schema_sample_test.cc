#include "upstream/special/schema_sample.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "json/raw.h"

namespace omni::upstream {
namespace {

TEST(SchemaSample, FitsTheSchema) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {R"({"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer"},
           "note":{"type":"string"}},"required":["city","days"]})",
       R"({"city":"demo","days":1})"},
      {R"({"type":"object","properties":{"unit":{"enum":["celsius","kelvin"]},
           "deep":{"type":"object","properties":{"on":{"type":"boolean"}},"required":["on"]}},
           "required":["deep","unit"]})",
       R"({"unit":"celsius","deep":{"on":true}})"},
      {R"({"type":"OBJECT","properties":{"a":{"type":"STRING","nullable":true}},"required":["a"]})",
       R"({"a":"demo"})"},
      {R"({"properties":{"a":{"items":{"type":"number","minimum":2.5},"minItems":2}},
           "required":["a"]})",
       R"({"a":[2.5,2.5]})"},
      {R"({"type":"array","items":{"type":"integer"},"maxItems":0})", "[]"},
      {R"({"prefixItems":[{"type":"string"},{"type":"null"}],"type":"array"})", R"(["demo",null])"},
      {R"({"$ref":"#/$defs/place","$defs":{"place":{"type":["null","string"],"format":"uuid"}}})",
       R"("00000000-0000-4000-8000-000000000000")"},
      {R"({"anyOf":[{"type":"null"},{"type":"integer","exclusiveMinimum":4,"multipleOf":5}]})",
       "10"},
      {R"({"allOf":[{"type":"integer","maximum":-3}]})", "-3"},
      {R"({"type":"string","minLength":6})", R"("demo demo")"},
      {R"({"type":"string","maxLength":2})", R"("de")"},
      {R"({"const":{"a":[1]}})", R"({"a":[1]})"},
      {R"({"type":"string","default":"x\ny"})", R"("x\ny")"},
      {R"({})", R"("demo")"},
  };
  for (const auto& [schema, expected] : cases) EXPECT_EQ(sample_of(schema), expected) << schema;
}

TEST(SchemaSample, IsJsonWhateverTheSchemaIs) {
  for (const std::string schema :
       {"", "nonsense", "[]", R"({"type":7})", R"({"type":"object","properties":3,"required":"a"})",
        R"({"$ref":"#/nowhere"})", R"({"$ref":7})", R"({"enum":[]})", R"({"enum":7})",
        R"({"type":"string","minLength":"many","format":8})", R"({"type":"array","items":[1]})",
        R"({"type":"integer","minimum":1e300})", R"({"multipleOf":0,"type":"number"})",
        R"({"$ref":"#/$defs/a","$defs":{"a":{"properties":{"a":{"$ref":"#/$defs/a"}},
            "required":["a"]}}})"}) {
    EXPECT_TRUE(json::Raw::parse(sample_of(schema))) << schema << " → " << sample_of(schema);
  }
}

}  // namespace
}  // namespace omni::upstream
