#include "base/strings.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace omni {
namespace {

TEST(Strings, IgnoresCaseOfAsciiOnly) {
  EXPECT_TRUE(equals_ignoring_case("Content-Length", "content-LENGTH"));
  EXPECT_TRUE(equals_ignoring_case("", ""));
  EXPECT_FALSE(equals_ignoring_case("abc", "abcd"));
  EXPECT_FALSE(equals_ignoring_case("abc", "abd"));
  EXPECT_FALSE(equals_ignoring_case("[", "{"));  // 0x20 apart, as letters are, and no letters
  EXPECT_FALSE(equals_ignoring_case("@", "`"));
  EXPECT_FALSE(equals_ignoring_case("\xc4", "\xe4"));
}

TEST(Strings, LowersAsciiOnly) { EXPECT_EQ(to_lower("AZaz09[@\xc4"), "azaz09[@\xc4"); }

TEST(Strings, TellsCharactersFromOtherBytes) {
  for (const std::string_view text : {"", "a", "Köln", "漢字", "\xf0\x9f\x8e\xa7"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
  }
  for (const std::string_view bytes :
       {"\xff", "\xc3", "\x80", "\xc0\xaf", "\xed\xa0\x80", "\xf5\x80\x80\x80"}) {
    EXPECT_FALSE(is_utf8(bytes));
  }
}

TEST(Strings, TrimsBlanksFromBothEnds) {
  EXPECT_EQ(trim(" \t a b \r\n"), "a b");
  EXPECT_EQ(trim("a"), "a");
  EXPECT_EQ(trim(" \t\r\n"), "");
  EXPECT_EQ(trim(""), "");
  EXPECT_EQ(trim("\va\f"), "\va\f");
}

std::vector<std::string> parts_of(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) parts.emplace_back(cut(text, ','));
  return parts;
}

TEST(Strings, ShortensBetweenLetters) {
  const auto shortened = [](std::string text, std::size_t bytes_max) {
    shorten(text, bytes_max);
    return text;
  };
  EXPECT_EQ(shortened("abc", 3), "abc");
  EXPECT_EQ(shortened("abcd", 3), "abc…");
  EXPECT_EQ(shortened("aäb", 2), "a…");
  EXPECT_EQ(shortened("aäb", 3), "aä…");
}

TEST(Strings, CutsAtEachSeparator) {
  EXPECT_EQ(parts_of("a,b,c"), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(parts_of("a,,c"), (std::vector<std::string>{"a", "", "c"}));
  EXPECT_EQ(parts_of(",a"), (std::vector<std::string>{"", "a"}));
  EXPECT_EQ(parts_of("a,"), (std::vector<std::string>{"a"}));
  EXPECT_EQ(parts_of(""), (std::vector<std::string>{}));
}

TEST(Strings, LeavesTheRestAfterACut) {
  std::string_view rest = "key=a=b";
  EXPECT_EQ(cut(rest, '='), "key");
  EXPECT_EQ(rest, "a=b");
  EXPECT_EQ(cut(rest, ';'), "a=b");
  EXPECT_EQ(rest, "");
  EXPECT_EQ(cut(rest, ';'), "");
}

TEST(ParseUnsigned, TakesEveryValueThatFits) {
  EXPECT_EQ(parse_unsigned("0"), 0U);
  EXPECT_EQ(parse_unsigned("007"), 7U);
  EXPECT_EQ(parse_unsigned("18446744073709551615"), 18446744073709551615U);
}

TEST(ParseUnsigned, RefusesWhatDoesNotFit) {
  EXPECT_EQ(parse_unsigned("18446744073709551616"), std::nullopt);
  EXPECT_EQ(parse_unsigned("99999999999999999999999999"), std::nullopt);
}

TEST(ParseUnsigned, RefusesAnythingButDigits) {
  for (const std::string_view text :
       {"", " ", "-1", "+1", " 1", "1 ", "1a", "a", "0x10", "1.0", "1e3", "1,000", "\xd9\xa1"}) {
    EXPECT_EQ(parse_unsigned(text), std::nullopt) << text;
  }
  EXPECT_EQ(parse_unsigned(std::string_view("1\0", 2)), std::nullopt);
  EXPECT_EQ(parse_unsigned(std::string_view{}), std::nullopt);
}

std::string escaped(std::string_view text) {
  std::string out = "<";
  append_json_escaped(out, text);
  return out;
}

TEST(JsonEscape, AppendsPlainTextAsItIs) {
  EXPECT_EQ(escaped(""), "<");
  EXPECT_EQ(escaped("plain / text \x7f \xc3\xa4"), "<plain / text \x7f \xc3\xa4");
}

TEST(JsonEscape, EscapesQuotesBackslashesAndControlBytes) {
  EXPECT_EQ(escaped(R"("\)"), R"(<\"\\)");
  EXPECT_EQ(escaped("\b\f\n\r\t"), R"(<\b\f\n\r\t)");
  EXPECT_EQ(escaped(std::string_view("a\0b\x1f\x1b", 5)), R"(<a\u0000b\u001f\u001b)");
}

TEST(JsonEscape, EscapesEveryByteBelowABlank) {
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const bool needs_escape = byte < 0x20 || c == '"' || c == '\\';
    EXPECT_EQ(escaped({&c, 1}).size() > 2, needs_escape) << byte;
  }
}

TEST(HexValue, ReadsBothCasesAndNothingElse) {
  EXPECT_EQ(hex_value('0'), 0);
  EXPECT_EQ(hex_value('9'), 9);
  EXPECT_EQ(hex_value('a'), 10);
  EXPECT_EQ(hex_value('F'), 15);
  for (const char c : {'g', 'G', '/', ':', '@', '`', ' '}) EXPECT_EQ(hex_value(c), -1) << c;
}

TEST(AppendNumber, WritesAllDigits) {
  std::string out = "n=";
  append_number(out, 0);
  append_number(out, 18446744073709551615U);
  EXPECT_EQ(out, "n=018446744073709551615");
}

TEST(Base64, GivesThePublishedVectors) {  // RFC 4648, section 10
  EXPECT_EQ(base64_encode(""), "");
  EXPECT_EQ(base64_encode("f"), "Zg==");
  EXPECT_EQ(base64_encode("fo"), "Zm8=");
  EXPECT_EQ(base64_encode("foo"), "Zm9v");
  EXPECT_EQ(base64_encode("foob"), "Zm9vYg==");
  EXPECT_EQ(base64_encode("fooba"), "Zm9vYmE=");
  EXPECT_EQ(base64_encode("foobar"), "Zm9vYmFy");
}

TEST(Base64, KeepsHighAndZeroBytes) {
  EXPECT_EQ(base64_encode(std::string_view("\0\0\0", 3)), "AAAA");
  EXPECT_EQ(base64_encode("\xff\xff\xff"), "////");
  EXPECT_EQ(base64_encode("\xfb\xef\xbe"), "++++");
}

TEST(Base64, ForUrlsHasLettersOfItsOwnAndNoPadding) {
  EXPECT_EQ(base64url_encode(""), "");
  EXPECT_EQ(base64url_encode("f"), "Zg");
  EXPECT_EQ(base64url_encode("fo"), "Zm8");
  EXPECT_EQ(base64url_encode("foo"), "Zm9v");
  EXPECT_EQ(base64url_encode("\xfb\xff"), "-_8");
}

TEST(Base64, ComesBackInBothAlphabetsWithAndWithoutPadding) {
  for (const std::string_view text : {"", "f", "fo", "foo", "foob", "\xff\xfe\xfd\xfc"})
    EXPECT_EQ(base64_decode(base64_encode(text)), text);
  EXPECT_EQ(base64_decode("Zm8"), "fo");
  EXPECT_EQ(base64_decode("--__"), base64_decode("++//"));
}

TEST(Base64, IsNothingElse) {
  for (const std::string_view text : {"Z", "Zm9vY", "Zm 9", "Z===", "=Zg=", "Zg==Zg==", "\xff\xff"})
    EXPECT_EQ(base64_decode(text), std::nullopt) << text;
}

}  // namespace
}  // namespace omni
