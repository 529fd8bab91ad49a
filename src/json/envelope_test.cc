#include "json/envelope.h"

#include <gtest/gtest.h>

#include "base/assert.h"

namespace omni::json {
namespace {

using Edit = Envelope::Edit;

std::string refusal(std::string_view text) {
  const auto envelope = Envelope::scan(text);
  return envelope ? "none" : envelope.error().message();
}

std::string spliced(std::string_view text, std::initializer_list<Edit> edits) {
  const auto envelope = Envelope::scan(text);
  return envelope ? envelope->splice(edits) : envelope.error().message();
}

TEST(Envelope, knows_the_bytes_of_each_member) {
  const auto envelope =
      Envelope::scan(" { \"model\" : \"m\" ,\n\"x\":[1, {\"model\":2}] , \"n\":-1e3 } ");
  ASSERT_TRUE(envelope);
  ASSERT_EQ(envelope->members().size(), 3u);
  EXPECT_EQ(envelope->members()[0].key, "model");
  EXPECT_EQ(envelope->members()[0].value, "\"m\"");
  EXPECT_EQ(envelope->members()[0].whole, "\"model\" : \"m\"");
  EXPECT_EQ(envelope->members()[1].whole, "\"x\":[1, {\"model\":2}]");
  EXPECT_EQ(envelope->members()[2].value, "-1e3");
}

TEST(Envelope, knows_what_its_arrays_begin_with) {
  const auto envelope = Envelope::scan(R"({"a":[1, {"x":[2]} ,"3"],"b":[],"c":{"d":[4]},)"
                                       R"("e":[1,2,3,4,5,6,7,8,9]})");
  ASSERT_TRUE(envelope);
  const auto beginning_of = [&](std::string_view key) {
    const auto values = envelope->beginning(*envelope->find(key));
    return std::vector<std::string_view>(values.begin(), values.end());
  };
  EXPECT_EQ(beginning_of("a"), (std::vector<std::string_view>{"1", R"({"x":[2]})", R"("3")"}));
  EXPECT_TRUE(beginning_of("b").empty());
  EXPECT_TRUE(beginning_of("c").empty());
  EXPECT_EQ(beginning_of("e").size(), Envelope::beginning_max);
  EXPECT_EQ(beginning_of("e").back(), "8");
}

TEST(Envelope, finds_members_by_their_unescaped_key) {
  auto scanned = Envelope::scan(R"({"mod\u0065l":1,"a\nb":2,"":3,"a":{"x":4}})");
  ASSERT_TRUE(scanned);
  const Envelope envelope = *std::move(scanned);
  ASSERT_NE(envelope.find("model"), nullptr);
  EXPECT_EQ(envelope.find("model")->value, "1");
  EXPECT_EQ(envelope.find("a\nb")->value, "2");
  EXPECT_EQ(envelope.find("")->value, "3");
  EXPECT_EQ(envelope.find("x"), nullptr);
  EXPECT_EQ(envelope.find("mod\\u0065l"), nullptr);
}

TEST(Envelope, splices_a_value_and_leaves_every_other_byte) {
  const Raw model = Raw::quote("gpt-4o");
  EXPECT_EQ(spliced(" {\"a\" : 1.0,\n \"model\" :\t\"x\" , \"b\":7e-1 } ", {{"model", model}}),
            " {\"a\" : 1.0,\n \"model\" :\t\"gpt-4o\" , \"b\":7e-1 } ");
  EXPECT_EQ(spliced(R"({"mod\u0065l":{"a":1}})", {{"model", model}}), R"({"mod\u0065l":"gpt-4o"})");
  EXPECT_EQ(spliced(R"({"a":{"model":1}})", {}), R"({"a":{"model":1}})");
}

TEST(Envelope, adds_members_at_the_end) {
  const Raw one = Raw::trusted("1");
  EXPECT_EQ(spliced("{}", {{"a", one}}), "{\"a\":1}");
  EXPECT_EQ(spliced("{ }", {{"a", one}, {"b", one}}), "{\"a\":1,\"b\":1 }");
  EXPECT_EQ(spliced("{\"x\":0 }\n", {{"a\"\n", one}}), "{\"x\":0,\"a\\\"\\n\":1 }\n");
}

TEST(Envelope, removes_members_with_one_comma_each) {
  const std::string_view text = "{ \"a\":1, \"b\":2 ,\"c\":3 }";
  EXPECT_EQ(spliced(text, {{"a", {}}}), "{ \"b\":2 ,\"c\":3 }");
  EXPECT_EQ(spliced(text, {{"b", {}}}), "{ \"a\":1 ,\"c\":3 }");
  EXPECT_EQ(spliced(text, {{"c", {}}}), "{ \"a\":1, \"b\":2 }");
  EXPECT_EQ(spliced(text, {{"a", {}}, {"b", {}}}), "{\"c\":3 }");
  EXPECT_EQ(spliced(text, {{"b", {}}, {"c", {}}}), "{ \"a\":1 }");
  EXPECT_EQ(spliced(text, {{"a", {}}, {"b", {}}, {"c", {}}}), "{ }");
  EXPECT_EQ(spliced(text, {{"none", {}}}), text);
}

TEST(Envelope, makes_several_edits_at_once) {
  EXPECT_EQ(spliced(R"({"a":1,"b":2,"c":3})",
                    {{"d", Raw::trusted("4")}, {"b", Raw::trusted("[]")}, {"a", {}}, {"e", {}}}),
            R"({"b":[],"c":3,"d":4})");
  EXPECT_EQ(spliced(R"({"a":1})", {{"a", {}}, {"b", Raw::trusted("2")}}), R"({"b":2})");
}

TEST(Envelope, asserts_that_edits_are_of_different_keys) {
  const auto envelope = Envelope::scan("{}");
  ASSERT_TRUE(envelope);
  EXPECT_THROW(envelope->splice({{"a", Raw::trusted("1")}, {"a", Raw::trusted("2")}}), Bug);
}

TEST(Envelope, refuses_duplicate_members_however_they_are_spelled) {
  EXPECT_EQ(refusal(R"({"model":1,"mod\u0065l":2})"), "member \"model\" appears twice");
  EXPECT_EQ(refusal(R"({"a\/b":1,"a/b":2})"), "member \"a/b\" appears twice");
  EXPECT_EQ(refusal(R"({"a":{"b":1,"b":2}})"), "none");
  std::string many = "{";
  for (int i = 0; i < 1000; ++i) many += "\"k" + std::to_string(i) + "\":0,";
  EXPECT_EQ(refusal(many + "\"x\":0}"), "none");
  EXPECT_EQ(refusal(many + "\"k7\":0}"), "member \"k7\" appears twice");
}

TEST(Envelope, refuses_what_is_not_an_object) {
  for (const std::string_view text : {"[]", "1", "\"{}\"", "null", "[{}]"}) {
    EXPECT_EQ(refusal(text), "expected a JSON object") << text;
  }
  EXPECT_EQ(refusal("{} {}"), "not valid JSON: bytes after the value at byte 3");
  EXPECT_EQ(refusal("{\"a\":\"\xff\"}"), "not valid JSON: the text is not valid UTF-8");
  EXPECT_EQ(Envelope::scan("[]").error().kind(), Error::Kind::bad_request);
}

TEST(Envelope, keeps_its_keys_when_it_moves) {
  const std::string body = R"({"\u0061":1,"\u0062":2})";
  std::vector<Envelope> envelopes;
  for (int i = 0; i < 5; ++i) envelopes.push_back(*Envelope::scan(body));
  for (const Envelope& envelope : envelopes) {
    ASSERT_NE(envelope.find("b"), nullptr);
    EXPECT_EQ(envelope.find("b")->value, "2");
  }
}

}  // namespace
}  // namespace omni::json
