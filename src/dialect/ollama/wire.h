#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "chat/reply.h"
#include "chat/request.h"
#include "dialect/extras.h"
#include "json/reader.h"

namespace omni::dialect::ollama {

inline constexpr chat::Dialect own = chat::Dialect::ollama;

/// Bits of Extras::spelling: what the sender left out or wrote in another way than we would.  A
/// known member that holds nothing (null, "", []) is no bit: it stands among the extras as it came.
enum Spelling : std::uint32_t {
  stream_absent = 1U << 0,        // Request: absent means true
  stop_as_text = 1U << 1,         // Request: one string for a list of one
  content_absent = 1U << 2,       // Message, Choice: or null
  role_absent = 1U << 3,          // Choice: or other than "assistant", then among the extras
  id_made = 1U << 4,              // Part: the call's or result's id is ours
  arguments_absent = 1U << 5,     // Part
  arguments_as_text = 1U << 6,    // Part: JSON in a string
  type_absent = 1U << 7,          // Tool: or other than "function", then among the extras
  model_absent = 1U << 8,         // Reply
  created_at_absent = 1U << 9,    // Reply
  done_absent = 1U << 10,         // Choice
  done_reason_absent = 1U << 11,  // Choice
};

inline bool spelled(const chat::Extras& extras, Spelling bit) {
  return extras.dialect == own && (extras.spelling & bit) != 0;
}

std::optional<chat::Role> role_of(std::string_view word);
std::string_view word_of(chat::Role role);

/// An unknown word means that the model stopped.
chat::Finish finish_of(std::string_view word);
/// Empty where Ollama has no word for it.
std::string_view word_of(chat::Finish finish);

/// `created_at` for a time in seconds.
std::string timestamp(std::int64_t seconds);
/// The way back; 0 for what is no time.
std::int64_t seconds_of(std::string_view timestamp);

}  // namespace omni::dialect::ollama
