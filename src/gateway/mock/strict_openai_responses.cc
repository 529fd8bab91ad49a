// What OpenAI refuses: api.openai.com/v1/responses.

#include <algorithm>
#include <array>
#include <vector>

#include "gateway/mock/strict.h"

namespace omni::gateway::mock {
namespace {

using json::Kind;
using json::Value;

constexpr std::int64_t output_tokens_min = 16;
constexpr std::size_t call_id_length_max = 64;
constexpr std::size_t function_name_length_max = 64;

constexpr std::array<std::string_view, 31> members{"background",
                                                   "context_management",
                                                   "conversation",
                                                   "include",
                                                   "input",
                                                   "instructions",
                                                   "max_output_tokens",
                                                   "max_tool_calls",
                                                   "metadata",
                                                   "model",
                                                   "parallel_tool_calls",
                                                   "previous_response_id",
                                                   "prompt",
                                                   "prompt_cache_key",
                                                   "prompt_cache_retention",
                                                   "reasoning",
                                                   "safety_identifier",
                                                   "service_tier",
                                                   "store",
                                                   "stream",
                                                   "stream_options",
                                                   "temperature",
                                                   "text",
                                                   "tool_choice",
                                                   "tools",
                                                   "top_logprobs",
                                                   "top_p",
                                                   "truncation",
                                                   "user",
                                                   "moderation",
                                                   "prompt_cache_options"};

/// What the ids of items begin with.
struct ItemKind {
  std::string_view type, prefix;
};
constexpr std::array item_kinds{
    ItemKind{"message", "msg"},
    ItemKind{"reasoning", "rs"},
    ItemKind{"function_call", "fc"},
    ItemKind{"custom_tool_call", "ctc"},
};

std::string knows_the_members(const Asked& asked) {
  const std::string_view name = first_unknown(asked.body, members);
  return name.empty() ? "" : "Unknown parameter: '" + std::string(name) + "'.";
}

bool is_call(std::string_view type) {
  return type == "function_call" || type == "custom_tool_call";
}
bool is_result(std::string_view type) {
  return type == "function_call_output" || type == "custom_tool_call_output";
}

std::string pairs_calls_and_results(const Asked& asked) {
  std::vector<std::string_view> open;
  std::string complaint = first_about(asked.body.find("input"), [&](std::size_t index, Value item) {
    const std::string_view id = text_in(item, "call_id");
    if (is_call(text_in(item, "type"))) open.push_back(id);
    if (id.size() > call_id_length_max) {
      return "Invalid '" + at("input", index) +
             ".call_id': string too long. Expected a string with maximum length 64, but got a "
             "string with length " +
             std::to_string(id.size()) + " instead.";
    }
    if (!is_result(text_in(item, "type"))) return std::string();
    const auto call = std::ranges::find(open, id);
    const bool continues =
        asked.body.find("previous_response_id") || asked.body.find("conversation");
    if (call == open.end() && !continues) {
      return "No tool call found for function call output with call_id " + std::string(id) + ".";
    }
    if (call != open.end()) open.erase(call);
    return std::string();
  });
  if (!complaint.empty() || open.empty()) return complaint;
  return "No tool output found for function call " + std::string(open.front()) + ".";
}

std::string knows_the_ids(const Asked& asked) {
  return first_about(asked.body.find("input"), [&](std::size_t index, Value item) {
    const std::string_view id = text_in(item, "id");
    const auto* const kind = std::ranges::find(item_kinds, text_in(item, "type"), &ItemKind::type);
    if (id.empty() || kind == item_kinds.end() || id.starts_with(kind->prefix))
      return std::string();
    return "Invalid '" + at("input", index) + ".id': '" + std::string(id) +
           "'. Expected an ID that begins with '" + std::string(kind->prefix) + "'.";
  });
}

std::string follows_thoughts(const Asked& asked) {
  std::string_view thought;
  first_about(asked.body.find("input"), [&](std::size_t, Value item) {
    thought = text_in(item, "type") == "reasoning" ? text_in(item, "id") : std::string_view();
    return std::string();
  });
  if (thought.empty()) return {};
  return "Item '" + std::string(thought) +
         "' of type 'reasoning' was provided without its required following item.";
}

std::string lets_it_speak(const Asked& asked) {
  const Value most = asked.body.find("max_output_tokens");
  if (most.kind() != Kind::number || most.number() >= output_tokens_min) return {};
  return "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but "
         "got " +
         std::string(most.slice()) + " instead.";
}

std::string looks_at_tools(const Asked& asked) {
  return first_about(asked.body.find("tools"), [&](std::size_t index, Value tool) {
    if (text_in(tool, "type") != "function") return std::string();
    if (is_plain_name(text_in(tool, "name"), function_name_length_max)) return std::string();
    return "Invalid '" + at("tools", index) +
           ".name': string does not match pattern. Expected a string that matches the pattern "
           "'^[a-zA-Z0-9_-]+$'.";
  });
}

constexpr std::array<Check, 6> checks{
    knows_the_members, pairs_calls_and_results, knows_the_ids,
    follows_thoughts,  lets_it_speak,           looks_at_tools,
};

}  // namespace

std::span<const Check> openai_responses_checks() { return checks; }

}  // namespace omni::gateway::mock
