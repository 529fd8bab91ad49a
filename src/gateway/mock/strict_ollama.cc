// What Ollama refuses: localhost:11434/api/chat.  Its words are those of Go's JSON decoder.

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "gateway/mock/strict.h"

namespace omni::gateway::mock {
namespace {

using json::Kind;
using json::Value;

constexpr std::array<std::string_view, 4> roles{"system", "user", "assistant", "tool"};

std::string cannot_unmarshal(Value value, std::string_view field, std::string_view type) {
  constexpr std::array<std::string_view, 7> kinds{"nothing", "null",  "bool",  "number",
                                                  "string",  "array", "object"};
  return "json: cannot unmarshal " + std::string(kinds.at(static_cast<std::size_t>(value.kind()))) +
         " into Go struct field ChatRequest." + std::string(field) + " of type " +
         std::string(type);
}

std::string names_a_model(const Asked& asked) {
  return text_in(asked.body, "model").empty() ? "model is required" : "";
}

std::string takes_texts(const Asked& asked) {
  return first_about(asked.body.find("messages"), [&](std::size_t, Value message) {
    const std::string role(text_in(message, "role"));
    if (std::ranges::find(roles, role) == roles.end()) return "invalid role: " + role;
    const Value content = member_of(message, "content");
    if (!content || content.kind() == Kind::text) return std::string();
    return cannot_unmarshal(content, "messages.content", "string");
  });
}

std::string takes_objects_as_arguments(const Asked& asked) {
  return first_about(asked.body.find("messages"), [&](std::size_t, Value message) {
    return first_about(member_of(message, "tool_calls"), [&](std::size_t, Value call) {
      const Value arguments = member_of(member_of(call, "function"), "arguments");
      if (!arguments || arguments.kind() == Kind::object) return std::string();
      return cannot_unmarshal(arguments, "messages.tool_calls.function.arguments",
                              "api.ToolCallFunctionArguments");
    });
  });
}

std::string takes_plain_images(const Asked& asked) {
  return first_about(asked.body.find("messages"), [&](std::size_t, Value message) {
    return first_about(member_of(message, "images"), [&](std::size_t, Value image) {
      const bool plain = base64_decode(text_in(image)).has_value();
      return std::string(plain ? "" : "illegal base64 data at input byte 4");
    });
  });
}

constexpr std::array<Check, 4> checks{
    names_a_model,
    takes_texts,
    takes_objects_as_arguments,
    takes_plain_images,
};

}  // namespace

std::span<const Check> ollama_checks() { return checks; }

}  // namespace omni::gateway::mock
