// Reads response objects; see response.cc for their shape.

#include "dialect/openai_responses/response_reader.h"

#include <algorithm>
#include <array>

#include "dialect/openai_responses/response.h"
#include "dialect/openai_responses/wire.h"

namespace omni::dialect::openai_responses {

using chat::Failure;
using chat::Finish;
using json::Kind;
using json::Value;

namespace {

/// What an answer repeats of its request, whose loss would be none.
constexpr std::array<std::string_view, 23> echoed{"background",
                                                  "billing",
                                                  "conversation",
                                                  "frequency_penalty",
                                                  "instructions",
                                                  "max_output_tokens",
                                                  "max_tool_calls",
                                                  "parallel_tool_calls",
                                                  "presence_penalty",
                                                  "previous_response_id",
                                                  "prompt",
                                                  "prompt_cache_key",
                                                  "prompt_cache_retention",
                                                  "reasoning",
                                                  "safety_identifier",
                                                  "store",
                                                  "temperature",
                                                  "text",
                                                  "tool_choice",
                                                  "tools",
                                                  "top_logprobs",
                                                  "top_p",
                                                  "truncation"};

std::string_view text_of(Value value) {
  return value.kind() == Kind::text ? value.text() : std::string_view{};
}

/// What has no typed place for being null or empty.
bool is_nothing(Value value) {
  return value.is_null() || (value.kind() == Kind::text && value.text().empty());
}

/// Seconds; some say parts of them.
void read_created(Value value, ResponseParts& read) {
  constexpr double seconds_max = 1e15;
  const double seconds = value.number();
  if (seconds >= 0 && seconds < seconds_max) read.created = static_cast<std::int64_t>(seconds);
  if (static_cast<double>(read.created) != seconds || read.created == 0) {
    keep(read.extras, "created_at", value);
  }
}

}  // namespace

ResponseParts read_response(Value response) {
  ResponseParts read;
  chat::Extras echo;
  read.extras.dialect = own;
  read.whole = response;
  for (const auto [key, value] : response.members()) {
    if (key == "object") continue;
    if (key == "service_tier") read.service = chat::service_of(text_of(value));
    if (std::ranges::find(echoed, key) != echoed.end()) {
      keep(echo, key, value);
    } else if (is_nothing(value)) {
      keep(read.extras, key, value);
    } else if (key == "id") {
      read.id = value.text();
    } else if (key == "model") {
      read.model = value.text();
    } else if (key == "created_at") {
      read_created(value, read);
    } else if (key == "status") {
      read.status = value;
    } else if (key == "error") {
      read.error = value;
    } else if (key == "incomplete_details") {
      read.incomplete_details = value;
    } else if (key == "output") {
      read.output = value;
    } else if (key == "usage") {
      read.usage = value;
    } else {
      keep(read.extras, key, value);
    }
  }
  if (!echo.members.empty()) {
    read.extras.members.emplace_back(echo_members, object_of(echo.members));
  }
  return read;
}

std::optional<chat::Usage> read_usage(const ResponseParts& read) {
  std::optional<chat::Usage> usage = read_usage(read.usage);
  if (usage) usage->service = read.service;
  return usage;
}

EndingWord read_ending(const ResponseParts& read) {
  EndingWord ending;
  ending.word = text_of(read.status);
  std::string_view reason;
  if (read.incomplete_details.kind() == Kind::object) {
    for (const auto [key, value] : read.incomplete_details.members()) {
      if (key == "reason" && value.kind() == Kind::text) {
        reason = value.text();
      } else {
        ending.plain = false;
      }
    }
  }
  if (read.incomplete_details && reason.empty()) ending.plain = false;
  if (ending.word != "incomplete") {
    if (read.incomplete_details) ending.plain = false;
    return ending;
  }
  ending.finish = Finish::length;
  if (reason.empty()) return ending;
  ending.word = reason;
  for (const Ending& row : endings) {
    if (row.reason == reason) ending.finish = row.finish;
  }
  return ending;
}

std::optional<Failure> read_response_failure(const ResponseParts& read) {
  const std::string_view status = text_of(read.status);
  if (read.error || status == "failed") {
    Failure failure = read_failure(read.whole);
    if (!read.error) failure.message = "The provider's answer failed without saying why";
    return failure;
  }
  if (status != "cancelled") return std::nullopt;
  Failure failure;
  failure.status = 502;
  failure.message = "The provider cancelled the answer";
  return failure;
}

}  // namespace omni::dialect::openai_responses
