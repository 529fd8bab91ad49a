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

TEST(Redact, LeavesWordsThatGuardNothing) {
  EXPECT_EQ(hidden("none", "Invalid value: 'none'"), "Invalid value: 'none'");
  EXPECT_EQ(hidden("k", "invalid_api_key"), "invalid_api_key");
}

}  // namespace
}  // namespace omni
