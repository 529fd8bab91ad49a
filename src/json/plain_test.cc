#include "json/plain.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "json/raw.h"

namespace omni::json {
namespace {

using namespace std::string_view_literals;

TEST(Plain, TellsWhatMayStandInAStringAsItIs) {
  EXPECT_TRUE(is_plain(""));
  EXPECT_TRUE(is_plain("Hello, world! /'\x7f"));
  EXPECT_TRUE(is_plain("Grüße, 世界, 👋"));
  EXPECT_FALSE(is_plain("a\"b"));
  EXPECT_FALSE(is_plain("a\\nb"));
  EXPECT_FALSE(is_plain("a\nb"));
  EXPECT_FALSE(is_plain("a\0b"sv));
  EXPECT_FALSE(is_plain("\xC3"));              // begun
  EXPECT_FALSE(is_plain("\xED\xA0\x80"));      // half of a pair
  EXPECT_FALSE(is_plain("\xF5\x80\x80\x80"));  // beyond Unicode
}

TEST(Plain, AgreesWithTheReaderAboutEveryByte) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string text = "a" + std::string(1, static_cast<char>(byte)) + "b";
    const std::string string = "\"" + text + "\"";
    const Result<Raw> parsed = Raw::parse(string);
    // A backslash before a b is an escape, and so not plain.
    EXPECT_EQ(is_plain(text), bool(parsed) && byte != '\\') << byte;
  }
}

}  // namespace
}  // namespace omni::json
