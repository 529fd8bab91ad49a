#pragma once

#include <cstddef>

#include "chat/request.h"
#include "dialect/codec.h"
#include "dialect/object_writer.h"
#include "json/reader.h"

namespace omni::dialect::openai_responses {

/// Members "tools" and "tool_choice" of a request, and their echo in an answer.  Gives how many
/// tools the request has got.
std::size_t read_tools(json::Value tools, chat::Request& request);
void read_tool_choice(json::Value choice, chat::Request& request);

struct ToolRules {
  const EncodeHints* hints = nullptr;  // of a request; an echo has none
  const ToolNames* names = nullptr;    // of a request
};

/// Writes the array; gives how many tools are in it.  At home those of items stay there.
std::size_t write_tools(json::Writer& out, const chat::Request& request, const ToolRules& rules,
                        Losses& losses);
/// Writes the member if there is something to say.
void write_tool_choice(ObjectWriter& object, const chat::Request& request, const ToolRules& rules);

}  // namespace omni::dialect::openai_responses
