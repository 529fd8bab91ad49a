#include "base/redact.h"

#include <gtest/gtest.h>

namespace omni {
namespace {

std::string hidden(std::string_view secret, std::string text) {
  hide(Secret(std::string(secret)), text);
  return text;
}

TEST(Redact, TakesASecretOutOfATextWhereverItStands) {
  EXPECT_EQ(hidden("sk-12345", "sk-12345 and sk-123456"), "*** and ***6");
  EXPECT_EQ(hidden("sk-12345", "nothing"), "nothing");
  EXPECT_EQ(hidden("", "text"), "text");
}

TEST(Redact, EndsAlsoWhereTheSecretLooksLikeWhatHidesIt) {
  EXPECT_EQ(hidden("********", "a********b"), "a***b");
  EXPECT_EQ(hidden("********", "***********"), "******");
}

std::string without_credentials(std::string text) {
  hide_credentials(text);
  return text;
}

TEST(Redact, HidesMembersThatAreCalledLikeKeys) {
  EXPECT_EQ(without_credentials(R"({"authorization_token": "abc", "x":"y"})"),
            R"({"authorization_token": "***", "x":"y"})");
  EXPECT_EQ(without_credentials(R"({"headers":{"X-Api-Key":"a\"b","apiKey" :\n"c"}})"),
            R"({"headers":{"X-Api-Key":"***","apiKey" :\n"c"}})");
  EXPECT_EQ(without_credentials(R"({"api_key":{"type":"string"},"key":"k","password":"cut)"),
            R"({"api_key":{"type":"string"},"key":"k","password":"***)");
  EXPECT_EQ(without_credentials(R"({"arguments":"{\"password\": \"p q\",\"n\":\"v\"}"})"),
            R"({"arguments":"{\"password\": \"***\",\"n\":\"v\"}"})");
}

TEST(Redact, HidesBearerTokensAndLeavesSentences) {
  EXPECT_EQ(without_credentials("curl -H 'Authorization: Bearer abcdefghijklmnop.q' x"),
            "curl -H 'Authorization: Bearer ***' x");
  EXPECT_EQ(without_credentials("a bearer of news; Bearer authentication"),
            "a bearer of news; Bearer authentication");
  EXPECT_EQ(without_credentials(""), "");
  EXPECT_EQ(without_credentials(":\":"), ":\":");
}

TEST(Redact, LeavesWordsThatGuardNothing) {
  EXPECT_EQ(hidden("none", "Invalid value: 'none'"), "Invalid value: 'none'");
  EXPECT_EQ(hidden("k", "invalid_api_key"), "invalid_api_key");
}

}  // namespace
}  // namespace omni
