#include "json/reader.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace omni::json {
namespace {

/// The message of the failure that `read` leads to.
template <class Read>
std::string failure(std::string_view text, Read read) {
  Reader reader;
  read(reader.read(text));
  const Status status = reader.finish();
  return status ? "none" : status.error().message();
}

struct Request {
  std::string model;
  bool stream = false;
  double temperature = 0;
  std::int64_t tokens = 0;
  std::vector<std::string> messages;
  RawMembers extras;
};

Result<Request> decode(Reader& reader, std::string_view body) {
  Request request;
  for (const auto [key, value] : reader.read(body).members()) {
    if (key == "model") {
      request.model = value.text();
    } else if (key == "stream") {
      request.stream = value.boolean();
    } else if (key == "temperature") {
      request.temperature = value.number();
    } else if (key == "max_tokens") {
      request.tokens = value.integer();
    } else if (key == "messages") {
      for (const Value message : value.items()) {
        request.messages.emplace_back(message.at("content").text());
      }
    } else {
      request.extras.emplace_back(key, value.raw());
    }
  }
  if (Status read = reader.finish(); !read) return read.error();
  return request;
}

TEST(Reader, reads_a_request_in_the_order_of_its_members) {
  Reader reader;
  const auto request = decode(reader, R"( {"model":"gpt\u002d4", "stream" : true,"x": [1.0, 7e-1],
    "messages":[{"role":"user","content":"a"},{"content":"b\n","role":"user"}],
    "temperature":0.7,"max_tokens":12,"y":{"b":123456789012345678901234567890,"a":"\/"}} )");
  ASSERT_TRUE(request) << request.error().message();
  EXPECT_EQ(request->model, "gpt-4");
  EXPECT_TRUE(request->stream);
  EXPECT_EQ(request->temperature, 0.7);
  EXPECT_EQ(request->tokens, 12);
  EXPECT_EQ(request->messages, (std::vector<std::string>{"a", "b\n"}));
  const RawMembers extras = {
      {"x", Raw::trusted("[1.0, 7e-1]")},
      {"y", Raw::trusted(R"({"b":123456789012345678901234567890,"a":"\/"})")}};
  EXPECT_EQ(request->extras, extras);
}

TEST(Reader, names_the_path_of_a_value_of_the_wrong_type) {
  Reader reader;
  const auto request = decode(reader, R"({"messages":[{"content":"a"},{"content":""},{"content":[
    1,2]},{"content":5}],"stream":7})");
  ASSERT_FALSE(request);
  EXPECT_EQ(request.error().kind(), Error::Kind::bad_request);
  EXPECT_EQ(request.error().message(), "messages[2].content: expected a string");
}

TEST(Reader, says_what_it_expected) {
  const std::string_view text = R"({"a":{"b":[0,{"c d":null}]}})";
  const auto message = [&](auto read) {
    return failure(text, [&](Value root) {
      for (const Value item : root.find("a").find("b").items()) {
        if (item.kind() == Kind::object) {
          for (const Member member : item.members()) read(member.value);
        }
      }
    });
  };
  EXPECT_EQ(message([](Value v) { v.text(); }), "a.b[1].c d: expected a string");
  EXPECT_EQ(message([](Value v) { v.integer(); }), "a.b[1].c d: expected a whole number");
  EXPECT_EQ(message([](Value v) { v.number(); }), "a.b[1].c d: expected a number");
  EXPECT_EQ(message([](Value v) { v.boolean(); }), "a.b[1].c d: expected true or false");
  EXPECT_EQ(message([](Value v) { v.members(); }), "a.b[1].c d: expected an object");
  EXPECT_EQ(message([](Value v) { v.items(); }), "a.b[1].c d: expected an array");
  EXPECT_EQ(message([](Value v) { v.find("x"); }), "a.b[1].c d: expected an object");
  EXPECT_EQ(message([](Value v) { v.refuse("expected nothing"); }), "a.b[1].c d: expected nothing");
  EXPECT_EQ(failure("[]", [](Value v) { v.members(); }), "top level: expected an object");
}

TEST(Reader, keeps_the_first_failure_and_reads_nothing_after_it) {
  Reader reader;
  const Value root = reader.read(R"({"a":1,"b":"text","c":[1,2,3],"d":{"e":1}})");
  const Value b = root.find("b"), c = root.find("c"), d = root.find("d");
  const auto members = d.members();
  EXPECT_EQ(root.find("a").text(), "");
  EXPECT_TRUE(reader.failed());
  EXPECT_EQ(b.text(), "");
  EXPECT_EQ(b.slice(), "");
  EXPECT_EQ(b.raw().text(), "null");
  EXPECT_EQ(b.kind(), Kind::absent);
  EXPECT_EQ(b.integer(), 0);
  for (const Value item : c.items()) ADD_FAILURE() << item.integer();
  for (const Member member : members) ADD_FAILURE() << member.key;
  root.refuse("too late");
  EXPECT_EQ(reader.finish().error().message(), "a: expected a string");
}

TEST(Reader, ends_a_loop_when_a_read_in_it_fails) {
  Reader reader;
  int turns = 0;
  for (const Value item : reader.read("[1,\"x\",2,3]").items()) {
    item.integer();
    ++turns;
  }
  EXPECT_EQ(turns, 2);
  EXPECT_EQ(reader.finish().error().message(), "[1]: expected a whole number");
}

TEST(Reader, starts_afresh_with_each_text) {
  Reader reader;
  reader.read("{");
  EXPECT_FALSE(reader.finish());
  EXPECT_EQ(reader.read("[true]").kind(), Kind::array);
  EXPECT_TRUE(reader.finish());
}

TEST(Reader, checks_what_nobody_reads) {
  EXPECT_NE(failure(R"({"a":1,"b":[tru]})", [](Value) {}), "none");
  EXPECT_NE(failure(R"({"a":1} x)", [](Value) {}), "none");
  EXPECT_EQ(failure(R"({"a":1,"b":[true]})", [](Value) {}), "none");
}

TEST(Reader, refuses_duplicate_members_at_the_top_level_only) {
  const auto nothing = [](Value) {};
  EXPECT_EQ(failure(R"({"model":1,"x":2,"mod\u0065l":3})", nothing),
            "top level: member \"model\" appears twice");
  EXPECT_EQ(failure(R"({"":1,"":3})", nothing), "top level: member \"\" appears twice");
  EXPECT_EQ(failure(R"({"a":{"b":1,"b":2}})", nothing), "none");
  EXPECT_EQ(failure(R"([{"b":1,"b":2}])", nothing), "none");
  std::string many = "{\"model\":0";
  for (int i = 0; i < 1000; ++i) many += ",\"k" + std::to_string(i) + "\":0";
  EXPECT_EQ(failure(many + "}", nothing), "none");
  EXPECT_EQ(failure(many + ",\"k500\":0}", nothing), "top level: member \"k500\" appears twice");
}

TEST(Reader, finds_members_in_any_order_and_as_often_as_wanted) {
  Reader reader;
  const Value root = reader.read(R"({"a":{"x":1,"y":"t\tt"},"type":"z","n":null})");
  EXPECT_EQ(root.at("type").text(), "z");
  EXPECT_EQ(root.find("a").at("y").text(), "t\tt");
  EXPECT_EQ(root.find("a").at("x").integer(), 1);
  EXPECT_EQ(root.find("a").at("y").text(), "t\tt");
  EXPECT_EQ(root.at("type").text(), "z");
  EXPECT_TRUE(reader.finish());
}

TEST(Reader, takes_an_absent_or_null_member_for_empty_where_it_may_be_missing) {
  Reader reader;
  const Value root = reader.read(R"({"usage":null,"a":{}})");
  EXPECT_FALSE(root.find("usage"));
  EXPECT_EQ(root.find("usage").find("details").find("cached").integer(), 0);
  EXPECT_EQ(root.find("none").text(), "");
  EXPECT_FALSE(root.find("a").find("b").boolean());
  for (const Value item : root.find("none").items()) ADD_FAILURE() << item.integer();
  EXPECT_TRUE(root.find("a"));
  EXPECT_TRUE(reader.finish());
}

TEST(Reader, refuses_a_missing_member_that_must_be_there) {
  const auto read = [](Value root) {
    for (const Value item : root.find("list").items()) item.at("type").text();
  };
  const std::string missing = "list[1]: member \"type\" is missing";
  EXPECT_EQ(failure(R"({"list":[{"type":"a"},{}]})", read), missing);
  EXPECT_EQ(failure(R"({"list":[{"type":"a"},{"type":null}]})", read), missing);
  EXPECT_EQ(failure(R"({"list":[{"type":"a"},3]})", read), "list[1]: expected an object");
}

TEST(Reader, takes_the_last_of_equal_members_as_a_loop_would) {
  Reader reader;
  EXPECT_EQ(reader.read(R"({"a":{"b":1,"b":2}})").find("a").find("b").integer(), 2);
}

TEST(Reader, tells_kinds_apart) {
  Reader reader;
  std::vector<Kind> kinds;
  for (const Value item : reader.read(R"([null,true,false,-1,0.5,"",[],{}])").items()) {
    kinds.push_back(item.kind());
  }
  EXPECT_EQ(kinds, (std::vector{Kind::null, Kind::boolean, Kind::boolean, Kind::number,
                                Kind::number, Kind::text, Kind::array, Kind::object}));
  EXPECT_EQ(Value().kind(), Kind::absent);
}

TEST(Reader, reads_whole_numbers_in_any_spelling) {
  const auto integer = [](std::string_view text) {
    Reader reader;
    const std::int64_t value = reader.read(text).integer();
    return reader.finish() ? std::optional(value) : std::nullopt;
  };
  EXPECT_EQ(integer("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(integer("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(integer("1024.0"), 1024);
  EXPECT_EQ(integer("1e3"), 1000);
  EXPECT_EQ(integer("-0"), 0);
  EXPECT_EQ(integer(" 7 "), 7);
  for (const std::string_view text :
       {"9223372036854775808", "0.5", "1e300", "1e999", "1e17", "-1.5"}) {
    EXPECT_EQ(integer(text), std::nullopt) << text;
  }
}

TEST(Reader, reads_doubles_exactly) {
  const auto number = [](std::string_view text) {
    Reader reader;
    const double value = reader.read(text).number();
    return reader.finish() ? value : std::numeric_limits<double>::quiet_NaN();
  };
  EXPECT_EQ(number("0.1"), 0.1);
  EXPECT_EQ(number("7e-1"), 0.7);
  EXPECT_EQ(number("1.7976931348623157e308"), std::numeric_limits<double>::max());
  EXPECT_EQ(number("12345678901234567890"), 12345678901234567890.0);
  EXPECT_EQ(number("1e-999"), 0);
  EXPECT_TRUE(std::signbit(number("-0.0")));
  EXPECT_TRUE(std::isnan(number("1e999")));
}

TEST(Reader, unescapes_text) {
  const auto text = [](std::string_view quoted) {
    Reader reader;
    return std::string(reader.read(quoted).text());
  };
  EXPECT_EQ(text(R"("\"\\\/\b\f\n\r\t")"), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(text(R"("\u0041\u00e9\u65e5\ud83d\ude00")"), "Aé日😀");
  EXPECT_EQ(text(R"("a\u0000b")"), std::string_view("a\0b", 3));
  EXPECT_EQ(text(R"("\uD83D\uDE00 \uabCD")"), "😀 \xea\xaf\x8d");
}

TEST(Reader, replaces_half_of_a_surrogate_pair) {
  Reader reader;
  std::string all;
  for (const Value item :
       reader
           .read(R"(["\ud83d","\ude00","\ud83dx","\ud83d\n","\ud83d\u0041","\ud83d\ud83d\ude00"])")
           .items()) {
    all += item.text();
    all += '|';
  }
  EXPECT_EQ(all, "\ufffd|\ufffd|\ufffdx|\ufffd\n|\ufffdA|\ufffd😀|");
}

TEST(Reader, unescapes_at_every_place_in_a_block) {
  Reader reader;
  for (std::size_t before = 0; before < 40; ++before) {
    for (std::size_t after = 0; after < 40; ++after) {
      const std::string head(before, 'x'), tail(after, 'y');
      const std::string quoted = "\"" + head + "\\n\\u00e9\\\\" + tail + "\"";
      EXPECT_EQ(reader.read(quoted).text(), head + "\né\\" + tail);
    }
  }
}

TEST(Reader, keeps_texts_until_the_next_document) {
  Reader reader;
  std::string body = "[";
  for (int i = 0; i < 500; ++i) body += "\"\\t" + std::string(50, 'a') + std::to_string(i) + "\",";
  body += "0]";
  std::vector<std::string_view> texts;
  for (const Value item : reader.read(body).items()) {
    if (item.kind() == Kind::text) texts.push_back(item.text());
  }
  ASSERT_EQ(texts.size(), 500u);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    EXPECT_EQ(texts[i], "\t" + std::string(50, 'a') + std::to_string(i));
  }
}

TEST(Reader, borrows_text_without_escapes) {
  Reader reader;
  const std::string body = R"(["plain"])";
  for (const Value item : reader.read(body).items()) {
    EXPECT_EQ(item.text().data(), body.data() + 2);
    EXPECT_EQ(item.slice().data(), body.data() + 1);
  }
}

TEST(Reader, blames_whom_it_is_told_to) {
  Reader reader;
  reader.read("{", Error::Kind::upstream);
  EXPECT_EQ(reader.finish().error().kind(), Error::Kind::upstream);
  reader.read("1", Error::Kind::upstream).text();
  EXPECT_EQ(reader.finish().error().kind(), Error::Kind::upstream);
  reader.read("1").text();
  EXPECT_EQ(reader.finish().error().kind(), Error::Kind::bad_request);
}

TEST(Reader, shows_only_the_start_of_a_long_name_and_no_control_bytes) {
  const auto first_as_text = [](Value root) {
    for (const Member member : root.members()) member.value.text();
  };
  EXPECT_EQ(failure(R"({"a\u0007\"\n":1})", first_as_text), "a\\u0007\\\"\\n: expected a string");
  const std::string name = std::string(59, 'x') + "éé" + std::string(1000, 'y');
  EXPECT_EQ(failure("{\"" + name + "\":1}", first_as_text),
            std::string(59, 'x') + "…: expected a string");
}

}  // namespace
}  // namespace omni::json
