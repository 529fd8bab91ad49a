#include "account/token_endpoint.h"

#include <gtest/gtest.h>

namespace omni::account {
namespace {

store::Connection with(std::string data) {
  return {.id = "c", .data = json::Raw::trusted(std::move(data))};
}

TEST(TokenEndpoint, IsWhatTheConnectionSays) {
  const auto endpoint = token_endpoint_of(
      with(R"({"tokenUrl":"https://a.example/token","clientId":"me","clientSecret":"s&s"})"));
  ASSERT_TRUE(endpoint);
  EXPECT_EQ(endpoint->url.target, "/token");
  const TokenQuestion question = question_to(*endpoint, Secret("r/1"));
  EXPECT_EQ(question.type, "application/x-www-form-urlencoded");
  EXPECT_EQ(question.body,
            "grant_type=refresh_token&refresh_token=r%2F1&client_id=me&client_secret=s%26s");
}

TEST(TokenEndpoint, IsAskedInJsonWhereItWantsThat) {
  const auto endpoint = token_endpoint_of(
      with(R"({"tokenUrl":"https://a.example/token","clientId":"me","tokenBody":"json"})"));
  ASSERT_TRUE(endpoint);
  const TokenQuestion question = question_to(*endpoint, Secret("r"));
  EXPECT_EQ(question.type, "application/json");
  EXPECT_EQ(question.body,
            R"({"grant_type":"refresh_token","refresh_token":"r","client_id":"me"})");
}

TEST(TokenEndpoint, HasToBeSaid) {
  for (const char* const data : {"{}", R"({"tokenUrl":7})", R"({"tokenUrl":"no url"})"}) {
    EXPECT_FALSE(token_endpoint_of(with(data))) << data;
  }
}

TEST(Tokens, AreWhatAGoodAnswerBrings) {
  const auto tokens = read_tokens(
      {200, R"({"access_token":"a","refresh_token":"r","expires_in":3600,"id_token":"i"})"});
  ASSERT_TRUE(tokens);
  EXPECT_EQ(tokens->access.reveal(), "a");
  EXPECT_EQ(tokens->refresh.reveal(), "r");
  EXPECT_EQ(tokens->id.reveal(), "i");
  EXPECT_EQ(tokens->lifetime, std::chrono::hours(1));
  EXPECT_TRUE(read_tokens({200, R"({"access_token":"a"})"})->refresh.empty());
  for (const char* const none : {"", "{}", "[]", "<html>", R"({"access_token":""})"}) {
    EXPECT_FALSE(read_tokens({200, none})) << none;
  }
  EXPECT_FALSE(read_tokens({500, R"({"access_token":"a"})"}));
}

TEST(Tokens, LiveForAYearAtMostAndForNoTimeThatMakesNoSense) {
  const auto lifetime = [](const std::string& said) {
    return read_tokens({200, R"({"access_token":"a","expires_in":)" + said + "}"})->lifetime;
  };
  EXPECT_EQ(lifetime("1e300"), std::chrono::seconds(std::chrono::years(1)));
  for (const char* const none : {"0", "-5", "0.5", "\"60\"", "null"}) {
    EXPECT_FALSE(lifetime(none)) << none;
  }
}

TEST(Tokens, AreGoneForGoodWhereTheAnswerSaysSo) {
  EXPECT_TRUE(is_final({400, R"({"error":"invalid_grant"})"}));
  EXPECT_TRUE(is_final({401, R"({"error":{"code":"refresh_token_reused"}})"}));
  EXPECT_FALSE(is_final({500, R"({"error":"invalid_grant"})"}));
  EXPECT_FALSE(is_final({400, R"({"error":"slow_down"})"}));
  EXPECT_FALSE(is_final({400, "<html>"}));
  EXPECT_EQ(read_tokens({400, R"({"error":"invalid_grant"})"}).error().message(),
            "its token endpoint says 400, invalid_grant");
}

}  // namespace
}  // namespace omni::account
