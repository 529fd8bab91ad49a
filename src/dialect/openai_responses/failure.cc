// Errors have the form of OpenAI Chat:
// {"error":{"message":"…","type":"…","param":null,"code":"…"}}. An answer that failed on the way
// has {"code":"…","message":"…"} in its response object, where the code says what a status would
// say.

#include <algorithm>
#include <array>

#include "dialect/openai_failure.h"
#include "dialect/openai_responses/wire.h"

namespace omni::dialect::openai_responses {
namespace {

struct CodeStatus {
  std::string_view code;
  int status;
  bool is_ours = true;  // may stand in a response object
};
/// The codes that the dialect names; those that agents know besides; those of whole answers.
constexpr std::array<CodeStatus, 31> codes{{
    {"server_error", 500},
    {"rate_limit_exceeded", 429},
    {"invalid_prompt", 400},
    {"data_residency_mismatch", 400},
    {"bio_policy", 400},
    {"vector_store_timeout", 504},
    {"invalid_image", 400},
    {"invalid_image_format", 400},
    {"invalid_base64_image", 400},
    {"invalid_image_url", 400},
    {"image_too_large", 400},
    {"image_too_small", 400},
    {"image_parse_error", 400},
    {"image_content_policy_violation", 400},
    {"invalid_image_mode", 400},
    {"image_file_too_large", 400},
    {"unsupported_image_media_type", 400},
    {"empty_image_file", 400},
    {"failed_to_download_image", 400},
    {"image_file_not_found", 400},

    {"context_length_exceeded", 400},
    {"insufficient_quota", 429},
    {"usage_not_included", 403},
    {"cyber_policy", 400},
    {"server_is_overloaded", 503},
    {"slow_down", 503},

    {"invalid_api_key", 401, false},
    {"model_not_found", 404, false},
    {"internal_server_error", 500, false},
    {"service_unavailable", 503, false},
    {"gateway_timeout", 504, false},
}};

const CodeStatus* find_code(std::string_view code) {
  const auto* const row = std::ranges::find(codes, code, &CodeStatus::code);
  return row == codes.end() ? nullptr : row;
}

}  // namespace

chat::Failure read_failure(json::Value object) {
  chat::Failure failure = openai::read_failure(object);
  for (const auto [key, value] : object.members()) {
    if (value.kind() != json::Kind::text) continue;
    if (key == "code" && failure.code.empty()) failure.code = value.text();
    if (key == "param" && failure.param.empty()) failure.param = value.text();
  }
  if (const CodeStatus* row = find_code(failure.code)) failure.status = row->status;
  return failure;
}

std::string_view failure_code(const chat::Failure& failure) {
  const CodeStatus* row = find_code(failure.code);
  if (row != nullptr && row->is_ours) return row->code;
  if (failure.status == 429) return "rate_limit_exceeded";
  return failure.status >= 400 && failure.status < 500 ? "invalid_prompt" : "server_error";
}

}  // namespace omni::dialect::openai_responses
