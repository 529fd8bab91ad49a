#include "dialect/error_body.h"

#include <gtest/gtest.h>

#include "json/raw.h"

namespace omni::dialect {
namespace {

TEST(ErrorBody, ReadsTheFormsOfEveryDialect) {
  const auto message = [](std::string_view body) { return read_error_body(400, body).message; };
  EXPECT_EQ(message(R"({"error":{"message":"m","type":"t","code":"c","param":"p"}})"), "m");
  EXPECT_EQ(message(R"({"type":"error","error":{"type":"api_error","message":"m"}})"), "m");
  EXPECT_EQ(message(R"([{"error":{"code":400,"message":"m","status":"S"}}])"), "m");
  EXPECT_EQ(message(R"({"error":"m"})"), "m");
  EXPECT_EQ(message(R"({"message":"m","error":"Bad Request"})"), "m");
  EXPECT_EQ(message(R"({"detail":"m"})"), "m");
  EXPECT_EQ(message(" plain words \n"), "plain words");
}

TEST(ErrorBody, KeepsTypeCodeAndParam) {
  const chat::Failure openai =
      read_error_body(429, R"({"error":{"message":"m","type":"t","code":"c","param":"p"}})");
  EXPECT_EQ(openai.status, 429);
  EXPECT_EQ(openai.type, "t");
  EXPECT_EQ(openai.code, "c");
  EXPECT_EQ(openai.param, "p");
  const chat::Failure gemini =
      read_error_body(400, R"({"error":{"code":400,"message":"m","status":"INVALID_ARGUMENT"}})");
  EXPECT_EQ(gemini.type, "INVALID_ARGUMENT");
  EXPECT_EQ(gemini.code, "400");
}

TEST(ErrorBody, NeverShowsAPageOrNothing) {
  EXPECT_EQ(read_error_body(502, "<!DOCTYPE html><p>x").message,
            "Upstream answered 502 with an HTML page");
  EXPECT_EQ(read_error_body(503, "").message, "Upstream answered 503 without a word");
}

TEST(ErrorBody, ToleratesMembersOfAnyType) {
  for (const std::string_view body :
       {R"({"error":null})", R"({"error":{"message":5,"type":[],"code":{}}})", R"({"error":[1]})",
        R"({"detail":[{"msg":"x"}]})", "{}", "[]", "5", "null", R"({"message":{}})"}) {
    EXPECT_FALSE(read_error_body(500, body).message.empty()) << body;
  }
  EXPECT_EQ(read_error_body(422, R"({"detail":[{"msg":"x"}]})").message,
            R"({"detail":[{"msg":"x"}]})");
}

TEST(ErrorBody, CutsTextsBetweenCharactersAndReplacesWhatIsNoText) {
  std::string text(2047, 'x');
  EXPECT_EQ(read_error_body(500, text + "\xC3\xA4" + text).message, text);
  EXPECT_EQ(read_error_body(500,
                            "a\xFF\xFE"
                            "b")
                .message,
            "a??b");
  EXPECT_TRUE(json::Raw::parse(json::Raw::quote(read_error_body(500, "\xE2\x82").message).text()));
}

}  // namespace
}  // namespace omni::dialect
