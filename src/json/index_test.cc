#include "json/index.h"

#include <gtest/gtest.h>
#include <simdjson.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <string>

#include "json/envelope.h"
#include "json/raw.h"
#include "json/reader.h"

namespace omni::json {
namespace {

using namespace std::string_literals;

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

std::string nested_objects(std::size_t depth) {
  std::string text;
  for (std::size_t i = 1; i < depth; ++i) text += "{\"a\":";
  return text + "{}" + std::string(depth - 1, '}');
}

const std::vector<std::string> scalars = {"null",
                                          "true",
                                          "false",
                                          "0",
                                          "-0",
                                          "-0.0",
                                          "1.0",
                                          "7e-1",
                                          "1E+2",
                                          "1e400",
                                          "-1e-400",
                                          "0.1",
                                          "-12.5e3",
                                          "[0,0]",
                                          "[0e1]",
                                          "[0.0e0]",
                                          "123456789012345678901234567890",
                                          "\"true\""};

const std::vector<std::string> structures = {" [ ] ",
                                             "[]",
                                             "{}",
                                             "\t\r\n{ }\n",
                                             "[1]",
                                             "[1,2]",
                                             "[ 1 , 2 ]",
                                             "[[],{},[{}]]",
                                             "[1,[2,[3]]]",
                                             "{\"a\":1}",
                                             "{\"a\" : 1 }",
                                             "{\"\":\"\"}",
                                             "{\"\\u0061b\":0}",
                                             "[\"[{,:}]\"]",
                                             "{\"a\":{\"b\":[null,true,false]},\"c\":-1}",
                                             "{\"a\":{\"x\":1,\"x\":2}}",
                                             "[\"/*no*/\"]"};

const std::vector<std::string> strings = {"\"\"",
                                          "\"a\"",
                                          R"(["\"\\\/\b\f\n\r\t"])",
                                          R"(["\u0000\u001f\uFFFF\uabCD"])",
                                          R"(["\u00e9"])",
                                          R"(["\ud83d\ude00"])",
                                          R"(["\ud83d"])",
                                          R"(["\ude00"])",
                                          R"(["\ud83dx"])",
                                          R"(["\\u"])",
                                          R"(["\\\\"])",
                                          R"(["\\\""])",
                                          "[\"\x7f\"]",
                                          "[\"é\"]",
                                          "[\"日本\"]",
                                          "[\"😀\"]"};

std::vector<std::string> valid_texts() {
  std::vector<std::string> all = {nested(256), nested_objects(256)};
  for (const auto* some : {&scalars, &structures, &strings}) {
    all.insert(all.end(), some->begin(), some->end());
  }
  return all;
}

const std::vector<std::string> not_one_value = {
    "",     " ",     "\n\t",           "{}x",   "{} {}",  "[][]",  "1 2",
    "1,",   ",1",    "null null",      "{},",   "[]\"\"", "]",     "}",
    ":",    ",",     "\xef\xbb\xbf{}", "{}\0"s, "\0"s,    "\0{}"s, "{}\f",
    "\v{}", "1\x1a", "1\xc2\xa0"};

const std::vector<std::string> cut_short = {"{",    "[",        "\"",      "\"a",      "[1",
                                            "[1,",  "{\"a\"",   "{\"a\":", "{\"a\":1", "{\"a\":1,",
                                            "t",    "tru",      "nul",     "-",        "1.",
                                            "1e",   "1e+",      "[\"a",    "[\"\\",    "\"\\\"",
                                            "[[1]", "{\"a\":[}"};

const std::vector<std::string> wrong_structure = {"[1,]",
                                                  "[,1]",
                                                  "[,]",
                                                  "[1,,2]",
                                                  "[1 2]",
                                                  "[\"a\" \"b\"]",
                                                  "{,}",
                                                  "{\"a\":1,}",
                                                  "{\"a\" 1}",
                                                  "{\"a\",1}",
                                                  "{\"a\"::1}",
                                                  "{\"a\":1 \"b\":2}",
                                                  "{\"a\":1,,\"b\":2}",
                                                  "[1:2]",
                                                  "{\"a\":1:2}",
                                                  "{\"a\"}",
                                                  "{1:2}",
                                                  "{a:1}",
                                                  "{'a':1}",
                                                  "{null:1}",
                                                  "{[]:1}",
                                                  "{\"a\":}",
                                                  "{:1}",
                                                  "[1}",
                                                  "{\"a\":1]",
                                                  "[1\f,2]",
                                                  "[1\f2]",
                                                  "{\"a\"\0321}",
                                                  "[1;2]",
                                                  "/*c*/1",
                                                  "[1]//c",
                                                  "[1,#\n2]"};

const std::vector<std::string> too_deep = {nested(257), nested_objects(257), std::string(257, '['),
                                           std::string(100000, '[')};

const std::vector<std::string> wrong_words = {
    "True",     "TRUE",      "nulL",  "truE",     "nullx", "true1", "truefalse", "undefined", "NaN",
    "Infinity", "-Infinity", "[tru]", "[fals,e]", "n",     "falsy", "true\"\"",  "[nul\"l\"]"};

const std::vector<std::string> wrong_numbers = {
    "01",    "-01", "+1",     ".5",          "-.5",    "1.e1", "1.5.2",        "1e1.5",
    "1e1e1", "0x1", "0b1",    "1_000",       "1a",     "--1",  "-a",           "1-",
    "1+2",   "1\"", "1\"a\"", "[1\"a, b\"]", "[1\\n]", "1/2",  "\xef\xbc\x91", "e1"};

const std::vector<std::string> wrong_strings = {
    "'a'",           "\"a\"b",           "b\"a\"",
    "\"a\"\"b\"",    "\"\n\"",           "\"\t\"",
    "[\"\x1f\"]",    "[\"a\0b\"]"s,      R"(["\x"])",
    R"(["\a"])",     R"(["\'"])",        R"(["\0"])",
    R"(["\U0061"])", R"(["\u"])",        R"(["\u1"])",
    R"(["\u12"])",   R"(["\u123"])",     R"(["\u123g"])",
    R"(["\u 123"])", R"(["\ "])",        "[\"\\\n\"]",
    R"([\"a"])",     R"([\n])",          R"(["a"\n])",
    R"({"\q":1})",   "[\"\\\xc3\xa9\"]", "\\"};

const std::vector<std::string> wrong_utf8 = {"[\"\x80\"]",
                                             "[\"\xc3\"]",
                                             "[\"\xc0\xaf\"]",
                                             "[\"\xe0\x80\xaf\"]",
                                             "[\"\xed\xa0\x80\"]",
                                             "[\"\xf4\x90\x80\x80\"]",
                                             "[\"\xff\"]",
                                             "[\"\xe6\x97\"]",
                                             "\"\xf0\x9f\x98",
                                             "{\"\xfe\":1}",
                                             "\xc3\xa9"};

std::vector<std::string> invalid_texts() {
  std::vector<std::string> all;
  for (const auto* some : {&not_one_value, &cut_short, &wrong_structure, &too_deep, &wrong_words,
                           &wrong_numbers, &wrong_strings, &wrong_utf8}) {
    all.insert(all.end(), some->begin(), some->end());
  }
  return all;
}

TEST(Index, accepts_what_the_grammar_allows) {
  for (const std::string& text : valid_texts()) {
    const auto raw = Raw::parse(text);
    EXPECT_TRUE(raw) << text << ": " << raw.error().message();
    Reader reader;
    reader.read(text);
    EXPECT_TRUE(reader.finish()) << text;
  }
}

TEST(Index, refuses_everything_else_in_every_reader) {
  for (const std::string& text : invalid_texts()) {
    EXPECT_FALSE(Raw::parse(text)) << text;
    EXPECT_FALSE(Envelope::scan(text)) << text;
    Reader reader;
    EXPECT_FALSE(reader.read(text)) << text;
    EXPECT_FALSE(reader.finish()) << text;
  }
}

TEST(Index, refuses_the_same_inside_of_a_member_that_nobody_reads) {
  for (const std::string& text : invalid_texts()) {
    if (text.find_first_not_of(" \t\r\n") == std::string::npos) continue;
    const std::string whole = "{\"model\":\"m\",\"skipped\":[0," + text + "]}";
    // Some need to stand alone to be wrong: a comma more or a second value is another matter here.
    if (Raw::parse("[0," + text + "]")) continue;
    EXPECT_FALSE(Envelope::scan(whole)) << text;
    Reader reader;
    EXPECT_FALSE(reader.read(whole)) << text;
  }
}

TEST(Index, gives_the_same_verdict_on_every_cpu) {
  auto& active = simdjson::get_active_implementation();
  const simdjson::implementation* const before = active;
  for (const simdjson::implementation* one : simdjson::get_available_implementations()) {
    if (!one->supported_by_runtime_system()) continue;
    active = one;
    Index index;
    for (const std::string& text : valid_texts())
      EXPECT_TRUE(index.build(text)) << text << one->name();
    for (const std::string& text : invalid_texts())
      EXPECT_FALSE(index.build(text)) << text << one->name();
  }
  active = before;
}

/// A page of text with nothing readable behind it.
class PageEnd {
 public:
  PageEnd() : bytes_(static_cast<std::size_t>(sysconf(_SC_PAGESIZE))) {
    void* const pages =
        mmap(nullptr, bytes_ * 2, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    EXPECT_NE(pages, MAP_FAILED);
    start_ = static_cast<char*>(pages);
    EXPECT_EQ(mprotect(start_ + bytes_, bytes_, PROT_NONE), 0);
  }
  ~PageEnd() { munmap(start_, bytes_ * 2); }
  PageEnd(const PageEnd&) = delete;
  PageEnd& operator=(const PageEnd&) = delete;

  std::string_view put(std::string_view text) {
    char* const place = start_ + bytes_ - text.size();
    std::memcpy(place, text.data(), text.size());
    return {place, text.size()};
  }

 private:
  std::size_t bytes_;
  char* start_;
};

TEST(Index, needs_no_padding_after_the_text) {
  auto& active = simdjson::get_active_implementation();
  const simdjson::implementation* const before = active;
  PageEnd page;
  for (const simdjson::implementation* one : simdjson::get_available_implementations()) {
    if (!one->supported_by_runtime_system()) continue;
    active = one;
    Reader reader;
    for (std::size_t length = 0; length < 300; ++length) {
      const std::string text = "[\"\\n" + std::string(length, 'x') + "\\n\",1,tru";
      EXPECT_FALSE(Raw::parse(page.put(text)));
      const std::string_view whole = page.put("[\"\\n" + std::string(length, 'x') + "\"]");
      for (const Value item : reader.read(whole).items()) EXPECT_EQ(item.text().size(), length + 1);
      EXPECT_TRUE(reader.finish());
      EXPECT_TRUE(Raw::parse(page.put(std::string(length, '1'))) || length == 0);
    }
  }
  active = before;
}

TEST(Index, says_what_is_wrong_and_where) {
  const auto message = [](std::string_view text) { return Raw::parse(text).error().message(); };
  EXPECT_EQ(message("{\"a\":1,}"), "not valid JSON: expected a member name at byte 7");
  EXPECT_EQ(message("[1 2]"), "not valid JSON: expected ',' or ']' at byte 3");
  EXPECT_EQ(message("[1"),
            "not valid JSON: the text does not end where its first bracket is closed at byte 2");
  EXPECT_EQ(message("[1] x"),
            "not valid JSON: the text does not end where its first bracket is closed at byte 5");
  EXPECT_EQ(message("[01]"), "not valid JSON: malformed number at byte 1");
  EXPECT_EQ(message(R"(["a","\q"])"), "not valid JSON: invalid escape at byte 6");
  EXPECT_EQ(message("[\"\xff\"]"), "not valid JSON: the text is not valid UTF-8");
  EXPECT_EQ(message(""), "not valid JSON: there is no value");
  EXPECT_EQ(message("[\"a"), "not valid JSON: the text ends inside a string");
  EXPECT_EQ(message(nested(257)), "not valid JSON: nested too deeply at byte 256");
}

TEST(Index, finds_a_bad_escape_at_every_place_in_a_block) {
  for (std::size_t length = 0; length < 200; ++length) {
    const std::string before = "\"" + std::string(length, 'x');
    EXPECT_TRUE(Raw::parse(before + "\\u00e9\\\\\"")) << length;
    EXPECT_FALSE(Raw::parse(before + "\\u00e\"")) << length;
    EXPECT_FALSE(Raw::parse(before + "\\\\\\q\"")) << length;
    EXPECT_FALSE(Raw::parse(before + "\\q" + std::string(100, 'x') + "\"")) << length;
  }
}

TEST(Index, is_as_good_after_a_failure_and_after_a_long_text) {
  Index index;
  EXPECT_FALSE(index.build("[1,"));
  EXPECT_TRUE(index.build("[1,2]"));
  const std::string long_text = "[" + std::string(3'000'000, ' ') + "\"x\"]";
  ASSERT_TRUE(index.build(long_text));
  EXPECT_EQ(index.slice(index.first_child(0)), "\"x\"");
  index.trim();
  ASSERT_TRUE(index.build("{\"a\":[1, 2 ] }"));
  EXPECT_EQ(index.inside(index.first_child(0)), "a");
  EXPECT_EQ(index.slice(Index::value_of(index.first_child(0))), "[1, 2 ]");
}

TEST(Index, finds_a_key_that_appears_twice_among_few_and_among_many) {
  for (const int count : {3, 40}) {
    std::vector<std::string> keys;
    for (int i = 0; i < count; ++i) keys.push_back("key" + std::to_string(i));
    const auto key_at = [&](std::size_t i) -> std::string_view { return keys[i]; };
    EXPECT_FALSE(find_duplicate(keys.size(), key_at));
    keys.push_back(keys[1]);
    EXPECT_EQ(find_duplicate(keys.size(), key_at), "key1");
  }
}

}  // namespace
}  // namespace omni::json
