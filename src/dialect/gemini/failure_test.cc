#include "dialect/gemini/failure.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "dialect/test_json.h"

namespace omni::dialect::gemini {
namespace {

constexpr std::string_view quota = R"({"error":{"code":429,"message":"Slow down",
    "status":"RESOURCE_EXHAUSTED","details":[5,{"@type":"x"},
      {"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"RATE_LIMIT_EXCEEDED"},
      {"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"3.5s"}]}})";

TEST(GeminiFailure, ReadsWhatWentWrongAndWhenToTryAgain) {
  const chat::Failure failure = decode_error(429, quota);
  EXPECT_EQ(failure.status, 429);
  EXPECT_EQ(failure.message, "Slow down");
  EXPECT_EQ(failure.type, "RESOURCE_EXHAUSTED");
  EXPECT_EQ(failure.code, "RATE_LIMIT_EXCEEDED");
  EXPECT_EQ(failure.retry_after_ms, 3500);
}

TEST(GeminiFailure, ReadsAnErrorInAList) {
  EXPECT_EQ(decode_error(429, "[" + std::string(quota) + "\n]").retry_after_ms, 3500);
  EXPECT_EQ(decode_error(429, "[" + std::string(quota) + "]").message, "Slow down");
}

TEST(GeminiFailure, ReadsWhatIsNoErrorOfGoogles) {
  EXPECT_EQ(decode_error(502, "<html>").message, "Upstream answered 502 with an HTML page");
  EXPECT_EQ(decode_error(500, "oops").message, "oops");
  EXPECT_EQ(decode_error(500, R"({"error":"oops"})").message, "oops");
  EXPECT_EQ(decode_error(500, R"({"error":{"message":5,"details":"x"}})").status, 500);
  EXPECT_EQ(decode_error(500, "").status, 500);
}

TEST(GeminiFailure, BelievesOnlySensibleDelays) {
  const auto delay = [](const std::string& text) {
    return decode_error(429, R"({"error":{"details":[{"@type":
        "type.googleapis.com/google.rpc.RetryInfo","retryDelay":")" +
                                 text + "\"}]}}")
        .retry_after_ms;
  };
  EXPECT_EQ(delay("34.074824224s"), 34075);
  EXPECT_EQ(delay("0s"), 0);
  for (const std::string text : {"", "s", "5", "-1s", "nans", "infs", "1e99s", "5 s", "5ms"})
    EXPECT_FALSE(delay(text)) << text;
}

int status_of(std::string_view body) {
  json::Reader reader;
  return read_failure(reader.read(body)).status;
}

TEST(GeminiFailure, FindsTheStatusOfAnErrorWithinAnAnswer) {
  EXPECT_EQ(status_of(quota), 429);
  EXPECT_EQ(status_of(R"({"error":{"status":"UNAVAILABLE"}})"), 503);
  EXPECT_EQ(status_of(R"({"error":{"code":200,"status":"NOT_FOUND"}})"), 404);
  EXPECT_EQ(status_of(R"({"error":{"code":"x"}})"), 502);
  EXPECT_EQ(status_of(R"({"error":{"code":99999999999}})"), 502);
  EXPECT_EQ(status_of(R"({"error":"oops"})"), 502);
}

std::string word_of(int status, std::string type = {}) {
  chat::Failure failure;
  failure.status = status;
  failure.type = std::move(type);
  const std::string body = encode_error(failure);
  json::Reader reader;
  return std::string(reader.read(body).at("error").at("status").text());
}

TEST(GeminiFailure, IsWrittenInGooglesWords) {
  constexpr std::array<std::pair<int, std::string_view>, 16> words{{{400, "INVALID_ARGUMENT"},
                                                                    {401, "UNAUTHENTICATED"},
                                                                    {402, "PERMISSION_DENIED"},
                                                                    {403, "PERMISSION_DENIED"},
                                                                    {404, "NOT_FOUND"},
                                                                    {409, "ABORTED"},
                                                                    {413, "INVALID_ARGUMENT"},
                                                                    {422, "INVALID_ARGUMENT"},
                                                                    {429, "RESOURCE_EXHAUSTED"},
                                                                    {499, "CANCELLED"},
                                                                    {500, "INTERNAL"},
                                                                    {502, "INTERNAL"},
                                                                    {503, "UNAVAILABLE"},
                                                                    {504, "DEADLINE_EXCEEDED"},
                                                                    {529, "UNAVAILABLE"},
                                                                    {599, "INTERNAL"}}};
  for (const auto& [status, word] : words) EXPECT_EQ(word_of(status), word) << status;
  EXPECT_EQ(word_of(400, "FAILED_PRECONDITION"), "FAILED_PRECONDITION");
  EXPECT_EQ(word_of(400, "invalid_request_error"), "INVALID_ARGUMENT");
  EXPECT_EQ(word_of(429, "FAILED_PRECONDITION"), "RESOURCE_EXHAUSTED");
}

TEST(GeminiFailure, IsWrittenWithTheDelay) {
  chat::Failure failure;
  failure.status = 429;
  failure.message = "Slow \"down\"";
  failure.retry_after_ms = 3050;
  EXPECT_EQ(canonical(encode_error(failure)), canonical(R"({"error":{"code":429,
      "message":"Slow \"down\"","status":"RESOURCE_EXHAUSTED","details":[
      {"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"3.050s"}]}})"));
  failure.retry_after_ms = 7000;
  EXPECT_NE(encode_error(failure).find("\"7s\""), std::string::npos);
  EXPECT_EQ(decode_error(429, encode_error(failure)).retry_after_ms, 7000);
}

}  // namespace
}  // namespace omni::dialect::gemini
