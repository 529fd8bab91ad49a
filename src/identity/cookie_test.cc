#include "identity/cookie.h"

#include <gtest/gtest.h>

namespace omni::identity {
namespace {

std::string read(std::string_view value) {
  net::Fields fields;
  fields.add({"Cookie", value});
  const std::optional<Secret> found = session_cookie(fields);
  return found ? std::string(found->reveal()) : "none";
}

TEST(Cookie, IsFoundAmongOthersByItsWholeName) {
  EXPECT_EQ(read("auth_token=abc"), "abc");
  EXPECT_EQ(read("a=b; auth_token=abc;c=d"), "abc");
  EXPECT_EQ(read("x=auth_token=no; auth_token = \"abc\" "), "abc");
  EXPECT_EQ(read("auth_token=a=b"), "a=b");
  for (const std::string_view value : {"", "auth_token", "auth_token=", "auth_token=;", ";;=",
                                       "Auth_Token=abc", "xauth_token=abc", "auth_token2=abc"}) {
    EXPECT_EQ(read(value), "none") << value;
  }
}

TEST(Cookie, IsFoundInAnyOfSeveralFields) {
  net::Fields fields;
  EXPECT_FALSE(session_cookie(fields));
  fields.add({"Cookie", "a=b"});
  fields.add({"cookie", "auth_token=abc"});
  EXPECT_TRUE(session_cookie(fields) == Secret("abc"));
}

TEST(Cookie, IsKeptFromScriptsAndOtherSites) {
  EXPECT_EQ(set_session_cookie(Secret("abc"), CookieWay::any),
            "auth_token=abc; Path=/; HttpOnly; SameSite=Lax");
  EXPECT_EQ(set_session_cookie(Secret("abc"), CookieWay::encrypted),
            "auth_token=abc; Path=/; HttpOnly; SameSite=Lax; Secure");
}

TEST(Cookie, IsTakenAwayByExpiring) {
  EXPECT_EQ(clear_session_cookie(CookieWay::encrypted),
            "auth_token=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/; HttpOnly; "
            "SameSite=Lax; Secure");
}

}  // namespace
}  // namespace omni::identity
