#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "chat/test_chat.h"
#include "dialect/error_body.h"
#include "dialect/openai_failure.h"
#include "dialect/test_json.h"

namespace omni::dialect::openai {
namespace {

using chat::Failure;

Failure failure(int status, std::string_view type = {}, std::string_view code = {}) {
  Failure failure;
  failure.status = status;
  failure.message = "M";
  failure.type = type;
  failure.code = code;
  return failure;
}

/// "type code" of what a client gets.
std::string words(const Failure& failure) {
  const std::string body = encode_error(failure);
  json::Reader reader;
  const json::Value error = reader.read(body).find("error");
  return std::string(error.find("type").text()) + " " + std::string(error.find("code").text());
}

TEST(OpenAiFailure, type_and_code_follow_the_status) {
  EXPECT_EQ(words(failure(400)), "invalid_request_error bad_request");
  EXPECT_EQ(words(failure(401)), "authentication_error invalid_api_key");
  EXPECT_EQ(words(failure(402)), "billing_error payment_required");
  EXPECT_EQ(words(failure(403)), "permission_error permission_denied");
  EXPECT_EQ(words(failure(404)), "invalid_request_error model_not_found");
  EXPECT_EQ(words(failure(406)), "invalid_request_error model_not_supported");
  EXPECT_EQ(words(failure(429)), "rate_limit_error rate_limit_exceeded");
  EXPECT_EQ(words(failure(500)), "server_error internal_server_error");
  EXPECT_EQ(words(failure(502)), "server_error bad_gateway");
  EXPECT_EQ(words(failure(503)), "server_error service_unavailable");
  EXPECT_EQ(words(failure(504)), "server_error gateway_timeout");
  EXPECT_EQ(words(failure(529)), "server_error internal_server_error");
  EXPECT_EQ(words(failure(405)), "invalid_request_error method_not_allowed");
  EXPECT_EQ(words(failure(413)), "invalid_request_error request_too_large");
  EXPECT_EQ(words(failure(418)), "invalid_request_error ");
}

TEST(OpenAiFailure, words_of_this_dialect_are_told_and_those_of_others_replaced) {
  EXPECT_EQ(words(failure(400, "invalid_request_error", "context_length_exceeded")),
            "invalid_request_error context_length_exceeded");
  EXPECT_EQ(words(failure(429, "insufficient_quota", "insufficient_quota")),
            "insufficient_quota insufficient_quota");
  EXPECT_EQ(words(failure(503, "overloaded_error")), "server_error service_unavailable");
  EXPECT_EQ(words(failure(429, "RESOURCE_EXHAUSTED", "429")),
            "rate_limit_error rate_limit_exceeded");
}

TEST(OpenAiFailure, an_error_has_all_members_of_the_schema) {
  Failure said = failure(400);
  EXPECT_EQ(canonical(encode_error(said)),
            canonical(R"({"error":{"message":"M","type":"invalid_request_error","param":null,
                          "code":"bad_request"}})"));
  said.param = "messages";
  EXPECT_NE(encode_error(said).find(R"("param":"messages")"), std::string::npos);
}

TEST(OpenAiFailure, errors_come_home_as_they_were) {
  const std::string body =
      R"({"error":{"message":"Too long","type":"invalid_request_error","param":"messages",
          "code":"context_length_exceeded"}})";
  EXPECT_EQ(canonical(encode_error(read_error_body(400, body))), canonical(body));
}

TEST(OpenAiFailure, errors_are_read_in_all_their_forms) {
  EXPECT_EQ(read_error_body(418, R"({"error":{"message":"a"}})").message, "a");
  EXPECT_EQ(read_error_body(418, R"({"error":"b"})").message, "b");
  EXPECT_EQ(read_error_body(418, R"({"message":"c"})").message, "c");
  EXPECT_EQ(read_error_body(418, R"({"detail":"d"})").message, "d");
  EXPECT_EQ(read_error_body(418, R"([{"error":{"message":"e"}}])").message, "e");
  EXPECT_EQ(read_error_body(418, "plain words").message, "plain words");
  EXPECT_EQ(read_error_body(418, "<html></html>").message,
            "Upstream answered 418 with an HTML page");
  EXPECT_EQ(read_error_body(418, R"({"error":{"message":"a","code":500}})").status, 418);
}

}  // namespace
}  // namespace omni::dialect::openai
