#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "chat/reply.h"
#include "dialect/extras.h"
#include "dialect/object_writer.h"
#include "json/reader.h"
#include "json/writer.h"

namespace omni::dialect::anthropic {

inline constexpr chat::Dialect own = chat::Dialect::anthropic;

/// Bits of Extras::spelling: what the sender wrote in another way than we would.  A known member
/// that holds nothing (null, "", []) needs no bit: it stands among the extras as it came.
enum Spelling : std::uint32_t {
  stream_said = 1U << 0,       // Request: also where it is false
  old_format = 1U << 1,        // Request: output_format beside output_config
  content_as_text = 1U << 2,   // Message, tool_result: one string for a list of one text
  content_absent = 1U << 3,    // Message, tool_result
  among_messages = 1U << 4,    // Message: of the system, but not in `system`
  signature_absent = 1U << 5,  // Part: thoughts without the member, which may be empty
  no_error_said = 1U << 6,     // Part: a result with is_error false
  input_as_it_is = 1U << 7,    // Part: the input of a call is JSON and no object
  input_absent = 1U << 8,      // Part
  type_custom = 1U << 9,       // Tool: type "custom", which is also what absence means
};

inline bool spelled(const chat::Extras& extras, Spelling bit) {
  return extras.dialect == own && (extras.spelling & bit) != 0;
}
void spell(chat::Extras& extras, Spelling bit);

/// The type of a block, a tool or a source; empty where it has none.
std::string_view type_of(json::Value object);
std::string type_of(const chat::Opaque& opaque);

/// An unknown word means that the model stopped.
chat::Finish finish_of(std::string_view stop_reason);
/// What to write: the provider's own word while it still fits the finish.
std::string_view stop_reason_of(chat::Finish finish, std::string_view word_at_home,
                                std::string_view stop_sequence);

/// The status that a word of an error means, if we know it; and the word for a status.
std::optional<int> status_of(std::string_view error_type);
std::string_view error_type_of(int status);

bool is_blank(std::string_view text);

}  // namespace omni::dialect::anthropic
