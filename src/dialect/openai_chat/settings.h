#pragma once

#include <string_view>

#include "chat/request.h"
#include "dialect/openai_chat/wire.h"

/// Settings of a request that can be said in several ways, both directions side by side.  What was
/// said in another way than ours stays among the extras as well, and is what goes back at home as
/// long as it still means the same.
namespace omni::dialect::openai_chat {

// Each tells whether the writer would say it in the same way.
bool read_tool_choice(json::Value value, chat::ToolChoice& choice);
/// The old name, whose form is {"name":…}.
bool read_function_call(json::Value value, chat::ToolChoice& choice);
bool read_format(json::Value value, chat::OutputFormat& format);

/// Members that say how much to think, in the order in which they count.
inline constexpr std::array<std::string_view, 3> thinking_names{"reasoning_effort", "reasoning",
                                                                "thinking"};
void read_thinking(std::string_view name, json::Value value, chat::Thinking& thinking);

/// Whether the extras say what the request means, so that nothing else need be written.
bool extras_say_tool_choice(const chat::Request& request);
bool extras_say_format(const chat::Request& request);
bool extras_say_thinking(const chat::Request& request);

/// `name` is the one tool's to be called, where it must be that one; else empty.
void write_tool_choice(ObjectWriter& request, chat::ToolChoice::Mode mode, std::string_view name);
void write_format(ObjectWriter& request, const chat::OutputFormat& format);
void write_thinking(ObjectWriter& request, const chat::Thinking& thinking, Losses& losses);

}  // namespace omni::dialect::openai_chat
