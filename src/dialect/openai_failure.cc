// {"error": {"message": "…", "type": "…", "param": null, "code": "…"}}

#include "dialect/openai_failure.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include "base/strings.h"
#include "dialect/error_body.h"
#include "json/writer.h"

namespace omni::dialect::openai {
namespace {

using json::Value;

struct StatusWords {
  int status;
  std::string_view type, code;
};
constexpr std::array<StatusWords, 16> status_words{{
    {400, "invalid_request_error", "bad_request"},
    {401, "authentication_error", "invalid_api_key"},
    {402, "billing_error", "payment_required"},
    {403, "permission_error", "permission_denied"},
    {404, "invalid_request_error", "model_not_found"},
    {405, "invalid_request_error", "method_not_allowed"},
    {406, "invalid_request_error", "model_not_supported"},
    {408, "invalid_request_error", "request_timeout"},
    {409, "invalid_request_error", "conflict"},
    {413, "invalid_request_error", "request_too_large"},
    {415, "invalid_request_error", "unsupported_media_type"},
    {429, "rate_limit_error", "rate_limit_exceeded"},
    {500, "server_error", "internal_server_error"},
    {502, "server_error", "bad_gateway"},
    {503, "server_error", "service_unavailable"},
    {504, "server_error", "gateway_timeout"},
}};

/// What a type or code means where no status says it, as in the middle of a stream.  Types are less
/// exact than codes, so they come last.
constexpr std::array<std::pair<std::string_view, int>, 18> word_statuses{{
    {"context_length_exceeded", 400},
    {"invalid_api_key", 401},
    {"payment_required", 402},
    {"model_not_found", 404},
    {"model_not_supported", 406},
    {"insufficient_quota", 429},
    {"rate_limit_exceeded", 429},
    {"internal_server_error", 500},
    {"service_unavailable", 503},
    {"gateway_timeout", 504},
    {"authentication_error", 401},
    {"billing_error", 402},
    {"permission_error", 403},
    {"not_found_error", 404},
    {"rate_limit_error", 429},
    {"overloaded_error", 503},
    {"server_error", 500},
    {"invalid_request_error", 400},
}};

/// Types that another dialect made up, which a client of this one has never heard of.
constexpr std::array<std::string_view, 5> foreign_types{
    "api_error", "overloaded_error", "not_found_error", "request_too_large", "timeout_error"};

bool is_error_status(std::uint64_t status) { return status >= 400 && status <= 599; }

StatusWords words_for(int status) {
  const auto row = std::ranges::find(status_words, status, &StatusWords::status);
  if (row != status_words.end()) return *row;
  if (status >= 500) return {status, "server_error", "internal_server_error"};
  return {status, "invalid_request_error", ""};
}

/// Gemini shouts its words: RESOURCE_EXHAUSTED.
bool is_word_of_ours(std::string_view word) {
  return !word.empty() && std::ranges::find(foreign_types, word) == foreign_types.end() &&
         std::ranges::any_of(word, [](char c) { return c >= 'a' && c <= 'z'; });
}

/// The status that a word spells as a number; 0 if it is none.
int status_in(std::string_view word) {
  const auto number = parse_unsigned(word);
  return number && is_error_status(*number) ? static_cast<int>(*number) : 0;
}

int status_of_words(const chat::Failure& failure) {
  for (const auto& [word, status] : word_statuses) {
    if (failure.code == word || failure.type == word) return status;
  }
  return 502;
}

}  // namespace

bool is_failure(Value error) {
  return error.kind() == json::Kind::object ||
         (error.kind() == json::Kind::text && !error.text().empty());
}

chat::Failure read_failure(Value object) {
  chat::Failure failure = read_error_object(0, object);
  for (const std::string_view word : {failure.code, failure.type}) {
    if (failure.status == 0) failure.status = status_in(word);
  }
  if (failure.status == 0) failure.status = status_of_words(failure);
  return failure;
}

std::string encode_error(const chat::Failure& failure) {
  const StatusWords words = words_for(failure.status);
  std::string body;
  json::Writer out(body);
  out.begin_object().key("error").begin_object().key("message").text(failure.message);
  out.key("type").text(is_word_of_ours(failure.type) ? std::string_view(failure.type) : words.type);
  if (failure.param.empty()) {
    out.key("param").null();
  } else {
    out.key("param").text(failure.param);
  }
  out.key("code").text(is_word_of_ours(failure.code) ? std::string_view(failure.code) : words.code);
  out.end_object().end_object();
  return body;
}

}  // namespace omni::dialect::openai
