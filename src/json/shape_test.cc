#include "json/shape.h"

#include <gtest/gtest.h>

#include <array>

namespace omni::json {
namespace {

/// What is wrong with the text: "field: message; …".
std::string wrong(const Shape& shape, std::string_view text, std::string_view name = {}) {
  Reader reader;
  const Value root = reader.read(text);
  EXPECT_TRUE(root) << text;
  std::string words;
  for (const Finding& finding : check(shape, root, name)) {
    if (!words.empty()) words += "; ";
    words.append(finding.field).append(": ").append(finding.message);
  }
  return words;
}

std::string schema(const Shape& shape, std::string_view help = {}) {
  std::string out;
  Writer writer(out);
  write_schema(writer, shape, help);
  EXPECT_TRUE(writer.complete());
  return out;
}

constexpr std::array<std::string_view, 3> cache_modes{"auto", "always", "never"};
constexpr Shape weekday = shape::integer(0, 6);
constexpr std::array alias_members{
    MemberShape{"pattern", shape::text(1, 100), Presence::required, "Which models"},
    MemberShape{"target", shape::text(1, 100), Presence::required}};
constexpr Shape alias = shape::object(alias_members).strict();
constexpr std::array members{
    MemberShape{"name", shape::text(1, 5).like(format::name), Presence::required},
    MemberShape{"retries", shape::integer(0, 10)},
    MemberShape{"days", shape::list(weekday, 1, 7).or_null()},
    MemberShape{"aliases", shape::list(alias, 0, 2)}, MemberShape{"alias", alias}};
constexpr Shape everything = shape::object(members, 1);

TEST(Shape, says_what_kind_and_range_it_wants) {
  EXPECT_EQ(wrong(shape::integer(1, 500), "501", "size"),
            "size: must be a whole number from 1 to 500");
  EXPECT_EQ(wrong(shape::number(0), "-1", "x"), "x: must be a number of at least 0");
  EXPECT_EQ(wrong(shape::number(0, 1), "2", "x"), "x: must be a number from 0 to 1");
  EXPECT_EQ(wrong(shape::text(0, 3), R"("abcd")", "x"),
            "x: must be a text of at most 3 characters");
  EXPECT_EQ(wrong(shape::text(1, 3), R"("")", "x"), "x: must be a text of 1 to 3 characters");
  EXPECT_EQ(wrong(shape::text(2, 2), R"("")", "x"), "x: must be a text of exactly 2 characters");
  EXPECT_EQ(wrong(shape::boolean(), "1", "x"), "x: must be true or false");
  EXPECT_EQ(wrong(shape::choice(cache_modes), R"("Auto")", "x"),
            "x: must be one of auto, always, never");
  EXPECT_EQ(wrong(shape::list(weekday, 0, 1), "{}", "x"), "x: must be a list of at most 1 item");
  EXPECT_EQ(wrong(shape::object({}), "[]"), "body: must be an object");
  EXPECT_EQ(wrong(shape::boolean().or_null(), R"("")", "x"), "x: must be true or false, or null");
}

TEST(Shape, takes_values_at_both_ends_of_a_range) {
  for (const std::string_view good : {"1", "500", "5e2", "1.0"}) {
    EXPECT_EQ(wrong(shape::integer(1, 500), good), "") << good;
  }
  for (const std::string_view bad :
       {"0", "501", "1.5", R"("7")", "null", "true", "1e99", "1e999"}) {
    EXPECT_NE(wrong(shape::integer(1, 500), bad), "") << bad;
  }
}

TEST(Shape, counts_characters_and_not_bytes) {
  EXPECT_EQ(wrong(shape::text(0, 3), R"("äöü")"), "");
  EXPECT_NE(wrong(shape::text(0, 3), R"("äöüa")"), "");
  EXPECT_EQ(wrong(shape::text(0, 1), R"("\ud83d\ude00")"), "");
}

TEST(Shape, takes_null_only_where_it_may_be) {
  EXPECT_EQ(wrong(everything, R"({"name":"a","days":null})"), "");
  EXPECT_EQ(wrong(everything, R"({"name":"a","retries":null})"),
            "retries: must be a whole number from 0 to 10");
}

TEST(Shape, looks_at_the_format_of_a_text_that_is_not_empty) {
  const Shape optional = shape::text(0, 20).like(format::url);
  EXPECT_EQ(wrong(optional, R"("")"), "");
  EXPECT_EQ(wrong(optional, R"("http://a")"), "");
  EXPECT_EQ(wrong(optional, R"("a")", "url"), "url: must be an http or https URL");
  EXPECT_EQ(wrong(optional, R"("xxxxxxxxxxxxxxxxxxxxx")", "url"),
            "url: must be a text of at most 20 characters");
}

TEST(Shape, names_the_place_of_what_is_wrong) {
  EXPECT_EQ(
      wrong(everything, R"({"name":"a","aliases":[{"pattern":"x","target":"y"},{"target":1}]})"),
      "aliases[1].target: must be a text of 1 to 100 characters; "
      "aliases[1].pattern: is required");
  EXPECT_EQ(wrong(everything, R"({"name":"a","alias":{"pattern":"","target":"y"}})"),
            "alias.pattern: must be a text of 1 to 100 characters");
  EXPECT_EQ(wrong(shape::list(weekday, 0, 9), "[1,7]"),
            "body[1]: must be a whole number from 0 to 6");
  EXPECT_EQ(wrong(shape::list(weekday, 0, 9), "[7]", "days"),
            "days[0]: must be a whole number from 0 to 6");
}

TEST(Shape, wants_the_members_that_it_requires_and_as_many_as_it_says) {
  EXPECT_EQ(wrong(everything, "{}"),
            "name: is required; body: must be an object of at least 1 member");
  EXPECT_EQ(wrong(everything, R"({"retries":1})"), "name: is required");
}

TEST(Shape, refuses_unknown_members_only_where_it_is_strict) {
  EXPECT_EQ(wrong(everything, R"({"name":"a","other":1})"), "");
  EXPECT_EQ(wrong(everything.strict(), R"({"name":"a","other":1})"), "other: is not known here");
}

TEST(Shape, looks_at_every_member_of_a_name_that_stands_twice) {
  EXPECT_NE(wrong(everything, R"({"name":"a","alias":{"pattern":1,"pattern":"x","target":"y"}})"),
            "");
}

TEST(Shape, ends_at_a_number_that_no_double_holds) {
  EXPECT_EQ(wrong(everything, R"({"retries":1e999,"name":7})"),
            "retries: must be a whole number from 0 to 10");
}

TEST(Shape, reports_no_more_than_so_many_findings_with_no_longer_names) {
  std::string many = "{";
  for (int i = 0; i < 100; ++i) many += "\"" + std::string(1000, 'x') + std::to_string(i) + "\":1,";
  Reader reader;
  const auto findings = check(everything.strict(), reader.read(many + "\"name\":\"a\"}"));
  ASSERT_EQ(findings.size(), findings_max);
  EXPECT_EQ(findings[0].field, std::string(100, 'x'));
  std::string list = "[7";
  for (int i = 0; i < 1000; ++i) list += ",7";
  EXPECT_EQ(check(shape::list(weekday, 0, 9999), reader.read(list + "]")).size(), findings_max);
}

TEST(Shape, cuts_a_long_name_between_characters) {
  Reader reader;
  std::string name = "x";
  for (int i = 0; i < 100; ++i) name += "ä";
  const std::string text = "{\"" + name + "\":1}";
  const auto findings = check(shape::object({}).strict(), reader.read(text));
  EXPECT_EQ(findings.at(0).field, name.substr(0, 99));
}

TEST(Shape, takes_anything_where_it_says_nothing) {
  for (const std::string_view text : {"null", "1", "[[]]", R"({"a":1})"}) {
    EXPECT_EQ(wrong(shape::any(), text), "");
  }
  EXPECT_EQ(schema(shape::any()), "{}");
}

TEST(Schema, tells_kind_range_and_help) {
  EXPECT_EQ(schema(shape::integer(1, 500), "Size in MB"),
            R"({"type":"integer","description":"Size in MB","minimum":1,"maximum":500})");
  EXPECT_EQ(schema(shape::number(0)), R"({"type":"number","minimum":0})");
  EXPECT_EQ(schema(shape::text(0, 50).secret()),
            R"({"type":"string","maxLength":50,"writeOnly":true})");
  EXPECT_EQ(schema(shape::text(1, 50).like(format::url)),
            R"({"type":"string","minLength":1,"maxLength":50,"format":"uri"})");
  EXPECT_EQ(schema(shape::boolean().or_null()), R"({"type":["boolean","null"]})");
  EXPECT_EQ(schema(shape::choice(cache_modes).or_null()),
            R"({"type":["string","null"],"enum":["auto","always","never",null]})");
}

TEST(Schema, tells_items_and_members) {
  EXPECT_EQ(schema(shape::list(weekday, 1, 7)),
            R"({"type":"array","minItems":1,"maxItems":7,)"
            R"("items":{"type":"integer","minimum":0,"maximum":6}})");
  EXPECT_EQ(schema(alias), R"({"type":"object","properties":{"pattern":{"type":"string",)"
                           R"("description":"Which models","minLength":1,"maxLength":100},)"
                           R"("target":{"type":"string","minLength":1,"maxLength":100}},)"
                           R"("required":["pattern","target"],"additionalProperties":false})");
  EXPECT_EQ(schema(shape::object({}, 1)), R"({"type":"object","minProperties":1,"properties":{}})");
}

}  // namespace
}  // namespace omni::json
