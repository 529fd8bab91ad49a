// The words of the Messages API that both directions need.

#include "dialect/anthropic/wire.h"

#include <algorithm>
#include <array>
#include <utility>

#include "json/scratch_reader.h"

namespace omni::dialect::anthropic {
namespace {

/// The first row of a finish has the word that we write.
struct StopReason {
  std::string_view word;
  chat::Finish finish;
};
constexpr std::array stop_reasons{StopReason{"end_turn", chat::Finish::stop},
                                  StopReason{"stop_sequence", chat::Finish::stop},
                                  StopReason{"max_tokens", chat::Finish::length},
                                  StopReason{"model_context_window_exceeded", chat::Finish::length},
                                  StopReason{"tool_use", chat::Finish::tool_calls},
                                  StopReason{"refusal", chat::Finish::content_filter},
                                  StopReason{"pause_turn", chat::Finish::paused}};

/// The first row of a word has the status that it means.
struct ErrorType {
  int status;
  std::string_view word;
};
constexpr std::array error_types{
    ErrorType{400, "invalid_request_error"}, ErrorType{401, "authentication_error"},
    ErrorType{402, "billing_error"},         ErrorType{403, "permission_error"},
    ErrorType{404, "not_found_error"},       ErrorType{413, "request_too_large"},
    ErrorType{429, "rate_limit_error"},      ErrorType{500, "api_error"},
    ErrorType{504, "timeout_error"},         ErrorType{408, "timeout_error"},
    ErrorType{529, "overloaded_error"},      ErrorType{503, "overloaded_error"}};

}  // namespace

void spell(chat::Extras& extras, Spelling bit) {
  extras.dialect = own;
  extras.spelling |= bit;
}

std::string_view type_of(json::Value object) {
  json::Value type;
  for (const auto [key, value] : object.members()) {
    if (key == "type") type = value;
  }
  return type.kind() == json::Kind::text ? type.text() : std::string_view{};
}

std::string type_of(const chat::Opaque& opaque) {
  json::ScratchReader reader;
  const json::Value item = reader->read(opaque.item.text());
  return item.kind() == json::Kind::object ? std::string(type_of(item)) : std::string();
}

chat::Finish finish_of(std::string_view stop_reason) {
  const auto* const row = std::ranges::find(stop_reasons, stop_reason, &StopReason::word);
  return row == stop_reasons.end() ? chat::Finish::stop : row->finish;
}

std::string_view stop_reason_of(chat::Finish finish, std::string_view word_at_home,
                                std::string_view stop_sequence) {
  if (!word_at_home.empty() && finish_of(word_at_home) == finish) return word_at_home;
  if (finish == chat::Finish::stop && !stop_sequence.empty()) return "stop_sequence";
  return std::ranges::find(stop_reasons, finish, &StopReason::finish)->word;
}

std::optional<int> status_of(std::string_view error_type) {
  const auto* const row = std::ranges::find(error_types, error_type, &ErrorType::word);
  return row == error_types.end() ? std::nullopt : std::optional(row->status);
}

std::string_view error_type_of(int status) {
  const auto* const row = std::ranges::find(error_types, status, &ErrorType::status);
  if (row != error_types.end()) return row->word;
  return status >= 400 && status < 500 ? "invalid_request_error" : "api_error";
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n\f\v") == std::string_view::npos;
}

}  // namespace omni::dialect::anthropic
