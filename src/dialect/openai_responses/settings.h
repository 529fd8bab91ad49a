#pragma once

#include <cstdint>

#include "chat/request.h"
#include "dialect/object_writer.h"

namespace omni::dialect::openai_responses {

/// A request says what it wants to say; an answer repeats it and has a value for everything.
enum class Saying : std::uint8_t { request, echo };

/// Members "reasoning" and "text".
void write_reasoning_settings(ObjectWriter& object, const chat::Request& request, Saying saying,
                              Losses& losses);
void write_text_settings(ObjectWriter& object, const chat::Request& request, Saying saying,
                         Losses& losses);

}  // namespace omni::dialect::openai_responses
