#include "json/raw.h"

#include <gtest/gtest.h>

namespace omni::json {
namespace {

TEST(Raw, keeps_spelling_order_and_escapes) {
  for (const std::string_view text :
       {"1.0", "7e-1", "123456789012345678901234567890", R"({"b":1, "a" : "\u00e9\/"})", "[ ]"}) {
    const auto raw = Raw::parse(text);
    ASSERT_TRUE(raw) << text;
    EXPECT_EQ(raw->text(), text);
  }
}

TEST(Raw, leaves_out_the_blanks_around_the_value) {
  EXPECT_EQ(Raw::parse(" \n{ \"a\": 1 }\t\r\n")->text(), "{ \"a\": 1 }");
  EXPECT_EQ(Raw::parse(" 12 ")->text(), "12");
  EXPECT_EQ(Raw::parse(" \" x \" ")->text(), "\" x \"");
}

TEST(Raw, owns_its_text) {
  std::string text = "[\"some text that is too long to be kept inside of the string object\"]";
  const auto raw = Raw::parse(text);
  text.assign(text.size(), 'x');
  EXPECT_EQ(raw->text().substr(0, 6), "[\"some");
}

TEST(Raw, refuses_with_a_bad_request) {
  const auto raw = Raw::parse("{");
  ASSERT_FALSE(raw);
  EXPECT_EQ(raw.error().kind(), Error::Kind::bad_request);
}

TEST(Raw, allows_duplicate_members_as_the_grammar_does) {
  EXPECT_TRUE(Raw::parse(R"({"a":1,"a":2})"));
}

TEST(Raw, quotes_any_text) {
  const Raw raw = Raw::quote("a\"b\\c\n\x01 é");
  EXPECT_EQ(raw.text(), R"("a\"b\\c\n\u0001 é")");
  EXPECT_TRUE(Raw::parse(raw.text()));
}

TEST(Raw, is_equal_by_its_bytes) {
  EXPECT_EQ(Raw::trusted("1"), *Raw::parse("1"));
  EXPECT_NE(Raw::trusted("1.0"), Raw::trusted("1"));
}

}  // namespace
}  // namespace omni::json
