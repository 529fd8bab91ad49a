#include "dialect/anthropic/failure.h"

#include <gtest/gtest.h>

#include <utility>

#include "dialect/anthropic/codec.h"
#include "dialect/test_json.h"

namespace omni::dialect::anthropic {
namespace {

TEST(AnthropicFailure, EveryStatusHasItsWord) {
  const std::pair<int, const char*> rows[] = {{400, "invalid_request_error"},
                                              {401, "authentication_error"},
                                              {402, "billing_error"},
                                              {403, "permission_error"},
                                              {404, "not_found_error"},
                                              {413, "request_too_large"},
                                              {429, "rate_limit_error"},
                                              {500, "api_error"},
                                              {502, "api_error"},
                                              {503, "overloaded_error"},
                                              {504, "timeout_error"},
                                              {529, "overloaded_error"},
                                              {422, "invalid_request_error"},
                                              {599, "api_error"}};
  for (const auto& [status, word] : rows) {
    chat::Failure failure;
    failure.status = status;
    failure.message = "Why \"so\"\n";
    EXPECT_EQ(canonical(encode_error(failure)),
              canonical(R"({"type":"error","error":{"type":")" + std::string(word) +
                        R"(","message":"Why \"so\"\n"},"request_id":null})"));
  }
}

TEST(AnthropicFailure, OfAnErrorAnswerKeepsStatusAndWords) {
  const Codec& codec = anthropic_codec();
  const chat::Failure failure = codec.decode_error(
      429, R"({"type":"error","error":{"type":"rate_limit_error","message":"Slow down"}})");
  EXPECT_EQ(failure.status, 429);
  EXPECT_EQ(failure.message, "Slow down");
  EXPECT_EQ(failure.type, "rate_limit_error");
  EXPECT_FALSE(codec.decode_error(500, "").message.empty());
  EXPECT_EQ(codec.decode_error(502, "<html>x</html>").message.find('<'), std::string::npos);
}

TEST(AnthropicFailure, SaysWhyAThreadDoesNotGoOnInTheMemberThatClientsLookAt) {
  constexpr std::string_view body =
      R"({"type":"error","error":{"type":"invalid_request_error","message":"Gone",)"
      R"("details":{"error_code":"thread_not_found"}},"request_id":null})";
  const chat::Failure failure = anthropic_codec().decode_error(400, body);
  EXPECT_EQ(failure.code, "thread_not_found");
  EXPECT_EQ(canonical(encode_error(failure)), canonical(body));
  chat::Failure other = failure;
  other.code = "rate_limit_exceeded";
  EXPECT_EQ(encode_error(other).find("details"), std::string::npos);
}

}  // namespace
}  // namespace omni::dialect::anthropic
