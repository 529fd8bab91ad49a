#include "identity/credential.h"

#include <gtest/gtest.h>

#include <string>

namespace omni::identity {
namespace {

std::string text(const std::optional<Secret>& secret) {
  return secret ? std::string(secret->reveal()) : "(none)";
}

std::string bearer(std::string_view authorization) {
  net::Fields fields;
  fields.add({"Authorization", authorization});
  return text(bearer_token(fields));
}

std::string key(std::string_view target, std::string_view fields) {
  net::RequestHead request;
  EXPECT_FALSE(request.parse(std::string("GET ")
                                 .append(target)
                                 .append(" HTTP/1.1\r\nhost: x\r\n")
                                 .append(fields)
                                 .append("\r\n")));
  return text(client_key(request));
}

TEST(Credential, IsABearerTokenHoweverItIsSpelled) {
  EXPECT_EQ(bearer("Bearer abc"), "abc");
  EXPECT_EQ(bearer("bEARER   abc "), "abc");
  for (const std::string_view other : {"", "Bearer", "Bearer ", "Bearerabc", "Basic abc", "abc"}) {
    EXPECT_EQ(bearer(other), "(none)") << other;
  }
  EXPECT_EQ(text(bearer_token({})), "(none)");
}

TEST(Credential, OfAClientIsTheFirstThatIsThere) {
  EXPECT_EQ(key("/", ""), "(none)");
  EXPECT_EQ(key("/?key=q", ""), "q");
  EXPECT_EQ(key("/?key=q", "x-goog-api-key: g\r\n"), "g");
  EXPECT_EQ(key("/?key=q", "x-goog-api-key: g\r\nx-api-key: x\r\n"), "x");
  EXPECT_EQ(key("/?key=q", "x-api-key: x\r\nauthorization: Bearer b\r\n"), "b");
}

TEST(Credential, ThatIsEmptyIsNone) {
  EXPECT_EQ(key("/?key=", "x-api-key: \r\n"), "(none)");
  EXPECT_EQ(key("/?key=q", "x-api-key: \r\nauthorization: Bearer \r\n"), "q");
  EXPECT_EQ(key("/?monkey=q&key", ""), "(none)");
}

}  // namespace
}  // namespace omni::identity
