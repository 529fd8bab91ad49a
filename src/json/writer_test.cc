#include "json/writer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "base/assert.h"
#include "json/reader.h"

namespace omni::json {
namespace {

std::string written(const std::function<void(Writer&)>& write) {
  std::string out;
  Writer writer(out);
  write(writer);
  return out;
}

TEST(Writer, puts_commas_by_itself) {
  EXPECT_EQ(written([](Writer& w) {
              w.begin_object().key("a").begin_array().integer(1).text("x").null().begin_array();
              w.end_array().begin_object().end_object().end_array().key("b").boolean(true);
              w.key("c").begin_object().key("d").boolean(false).key("e").number(0.5).end_object();
              w.key("f").raw(Raw::trusted("1.0")).key("g").raw("[ ]").end_object();
            }),
            R"({"a":[1,"x",null,[],{}],"b":true,"c":{"d":false,"e":0.5},"f":1.0,"g":[ ]})");
}

TEST(Writer, tells_an_array_from_the_object_that_was_there_before) {
  EXPECT_EQ(written([](Writer& w) {
              w.begin_array().begin_object().end_object().begin_array().integer(1).end_array();
              w.begin_object().key("a").integer(2).end_object().end_array();
            }),
            R"([{},[1],{"a":2}])");
}

TEST(Writer, appends_behind_what_is_there) {
  std::string out = "data: ";
  Writer(out).begin_array().integer(1).end_array();
  out += "\n\ndata: ";
  Writer(out).text("x");
  EXPECT_EQ(out, "data: [1]\n\ndata: \"x\"");
}

TEST(Writer, escapes_keys_and_texts) {
  EXPECT_EQ(written([](Writer& w) {
              w.begin_object().key("a\"\n").text("\\ \x01 \x1f \x7f é 😀 /").end_object();
            }),
            "{\"a\\\"\\n\":\"\\\\ \\u0001 \\u001f \x7f é 😀 /\"}");
}

TEST(Writer, escapes_one_byte_in_the_midst_of_plain_text) {
  Reader reader;
  for (int byte = 0; byte < 128; ++byte) {
    const std::string plain(20, 'x');
    const std::string text = plain + static_cast<char>(byte) + plain;
    const std::string json = written([&](Writer& w) { w.text(text); });
    EXPECT_EQ(reader.read(json).text(), text);
    EXPECT_TRUE(reader.finish()) << byte;
    const bool escaped = byte < 0x20 || byte == '"' || byte == '\\';
    EXPECT_EQ(json.find('\\') != std::string::npos, escaped) << byte;
  }
}

TEST(Writer, text_of_any_length_reads_back_the_same) {
  Reader reader;
  for (std::size_t length = 0; length < 3000; length += length < 100 ? 1 : 97) {
    for (const std::size_t step : {std::size_t{1}, std::size_t{7}, std::size_t{500}}) {
      std::string text(length, 'a');
      for (std::size_t i = 0; i < length; i += step) text[i] = static_cast<char>(i / step % 128);
      const std::string json = written([&](Writer& w) { w.text(text); });
      EXPECT_EQ(reader.read(json).text(), text);
      EXPECT_TRUE(reader.finish());
    }
  }
}

TEST(Writer, writes_the_shortest_number_that_reads_back_the_same) {
  const auto number = [](double value) { return written([&](Writer& w) { w.number(value); }); };
  EXPECT_EQ(number(0.1), "0.1");
  EXPECT_EQ(number(0.1 + 0.2), "0.30000000000000004");
  EXPECT_EQ(number(1), "1");
  EXPECT_EQ(number(-0.0), "-0");
  Reader reader;
  for (const double value : {1e22, 5e-324, 1.7976931348623157e308, 123456.789, -1e-7, 2.0 / 3}) {
    const std::string text = number(value);
    EXPECT_EQ(reader.read(text).number(), value) << text;
    EXPECT_TRUE(reader.finish());
  }
  const auto integer = [](std::int64_t value) {
    return written([&](Writer& w) { w.integer(value); });
  };
  EXPECT_EQ(integer(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(integer(std::numeric_limits<std::int64_t>::max()), "9223372036854775807");
}

TEST(Writer, writes_null_for_what_json_has_no_number_for) {
  EXPECT_EQ(written([](Writer& w) { w.number(std::nan("")); }), "null");
  EXPECT_EQ(written([](Writer& w) { w.number(-std::numeric_limits<double>::infinity()); }), "null");
}

TEST(Writer, writes_null_for_bytes_that_could_not_be_read) {
  EXPECT_EQ(written([](Writer& w) { w.begin_object().key("a").raw("").end_object(); }),
            R"({"a":null})");
}

TEST(Writer, asserts_on_misuse) {
  const std::vector<std::function<void(Writer&)>> misuses = {
      [](Writer& w) { w.integer(1).integer(2); },
      [](Writer& w) { w.begin_object().end_object().begin_array(); },
      [](Writer& w) { w.begin_object().integer(1); },
      [](Writer& w) { w.begin_object().key("a").integer(1).integer(2); },
      [](Writer& w) { w.begin_object().begin_array(); },
      [](Writer& w) { w.begin_object().key("a").key("b"); },
      [](Writer& w) { w.begin_object().key("a").end_object(); },
      [](Writer& w) { w.key("a"); },
      [](Writer& w) { w.begin_array().key("a"); },
      [](Writer& w) { w.begin_object().key("a").begin_array().key("b"); },
      [](Writer& w) { w.begin_array().end_object(); },
      [](Writer& w) { w.begin_object().end_array(); },
      [](Writer& w) { w.end_array(); },
      [](Writer& w) {
        for (std::size_t i = 0; i <= depth_max; ++i) w.begin_array();
      },
  };
  for (std::size_t i = 0; i < misuses.size(); ++i) {
    EXPECT_THROW(written(misuses[i]), Bug) << "misuse " << i;
  }
}

TEST(Writer, nests_as_deep_as_we_read) {
  const std::string text = written([](Writer& w) {
    for (std::size_t i = 0; i < depth_max; ++i) w.begin_array();
    for (std::size_t i = 0; i < depth_max; ++i) w.end_array();
  });
  EXPECT_TRUE(Raw::parse(text));
}

TEST(Writer, knows_when_the_root_is_complete) {
  std::string out;
  Writer writer(out);
  EXPECT_FALSE(writer.complete());
  writer.begin_array();
  EXPECT_FALSE(writer.complete());
  writer.integer(1);
  EXPECT_FALSE(writer.complete());
  writer.end_array();
  EXPECT_TRUE(writer.complete());
}

}  // namespace
}  // namespace omni::json
