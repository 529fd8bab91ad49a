#include "base/redact.h"

#include <gtest/gtest.h>

namespace omni {
namespace {

std::string hidden(std::string_view secret, std::string text) {
  hide(Secret(std::string(secret)), text);
  return text;
}

TEST(Redact, TakesASecretOutOfATextWhereverItStands) {
  EXPECT_EQ(hidden("sk-1", "sk-1 and sk-12"), "*** and ***2");
  EXPECT_EQ(hidden("sk-1", "nothing"), "nothing");
  EXPECT_EQ(hidden("", "text"), "text");
}

TEST(Redact, EndsAlsoWhereTheSecretLooksLikeWhatHidesIt) {
  EXPECT_EQ(hidden("*", "a*b"), "a***b");
  EXPECT_EQ(hidden("***", "******"), "******");
}

}  // namespace
}  // namespace omni
