#pragma once

#include <cstdint>
#include <vector>

#include "chat/request.h"
#include "json/reader.h"

namespace omni::dialect::openai_responses {

/// Whether an item is one of a request or one of an answer.
enum class Side : std::uint8_t { input, output };

/// One item as a message of its own: what the item says about itself (its id, its status) is in the
/// message's extras, what a piece of it says in the part's.  Items without a place in the model
/// become Opaque.  Failures are left to the reader of the value.
chat::Message read_item(json::Value item, Side side);

/// A piece of a message's content or of a tool's output.
chat::Part read_content_part(json::Value piece, chat::Role role);

/// An item of an answer, of which nothing but parts remains: its members go with its first part.
void append_output_item(json::Value item, std::vector<chat::Part>& parts);

}  // namespace omni::dialect::openai_responses
