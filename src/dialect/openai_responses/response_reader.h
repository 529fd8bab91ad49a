#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "chat/failure.h"
#include "chat/reply.h"
#include "json/reader.h"

namespace omni::dialect::openai_responses {

/// The members of a response object, of an answer or in an event.  Borrows from the reader.
struct ResponseParts {
  std::string_view id, model;
  std::int64_t created = 0;
  json::Value whole, status, error, incomplete_details, output, usage;
  chat::Service service{};
  chat::Extras extras;  // the others, and those that are null
};
ResponseParts read_response(json::Value response);
std::optional<chat::Usage> read_usage(const ResponseParts& read);

/// How it ended and in which word: why it is incomplete, else the status.
struct EndingWord {
  chat::Finish finish{};
  std::string word;
  bool plain = true;  // incomplete_details says no more than that
};
EndingWord read_ending(const ResponseParts& read);

/// Set where the answer is none.
std::optional<chat::Failure> read_response_failure(const ResponseParts& read);

}  // namespace omni::dialect::openai_responses
