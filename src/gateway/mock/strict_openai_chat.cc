// What OpenAI refuses: api.openai.com/v1/chat/completions.

#include <algorithm>
#include <array>
#include <vector>

#include "base/strings.h"
#include "gateway/mock/strict.h"

namespace omni::gateway::mock {
namespace {

using json::Kind;
using json::Value;

constexpr std::size_t call_id_length_max = 40;
constexpr std::size_t function_name_length_max = 64;

constexpr std::array<std::string_view, 6> roles{"system",   "assistant", "user",
                                                "function", "tool",      "developer"};

constexpr std::array<std::string_view, 37> members{"messages",
                                                   "model",
                                                   "audio",
                                                   "frequency_penalty",
                                                   "function_call",
                                                   "functions",
                                                   "logit_bias",
                                                   "logprobs",
                                                   "max_completion_tokens",
                                                   "max_tokens",
                                                   "metadata",
                                                   "modalities",
                                                   "n",
                                                   "parallel_tool_calls",
                                                   "prediction",
                                                   "presence_penalty",
                                                   "prompt_cache_key",
                                                   "prompt_cache_retention",
                                                   "reasoning_effort",
                                                   "response_format",
                                                   "safety_identifier",
                                                   "seed",
                                                   "service_tier",
                                                   "stop",
                                                   "store",
                                                   "stream",
                                                   "stream_options",
                                                   "temperature",
                                                   "tool_choice",
                                                   "tools",
                                                   "top_logprobs",
                                                   "top_p",
                                                   "user",
                                                   "verbosity",
                                                   "web_search_options",
                                                   "moderation",
                                                   "prompt_cache_options"};

std::string knows_the_members(const Asked& asked) {
  const std::string_view name = first_unknown(asked.body, members);
  return name.empty() ? "" : "Unrecognized request argument supplied: " + std::string(name);
}

std::string has_messages(const Asked& asked) {
  const Value messages = asked.body.find("messages");
  if (messages.kind() != Kind::array) return "Missing required parameter: 'messages'.";
  for ([[maybe_unused]] const Value message : messages.items()) return {};
  return "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an "
         "empty array instead.";
}

std::string knows_the_roles(const Asked& asked) {
  return first_about(asked.body.find("messages"), [&](std::size_t index, Value message) {
    const std::string_view role = text_in(message, "role");
    if (std::ranges::find(roles, role) != roles.end()) return std::string();
    return "Invalid value: '" + std::string(role) +
           "'. Supported values are: 'system', 'assistant', 'user', 'function', 'tool', and "
           "'developer'. (" +
           at("messages", index) + ".role)";
  });
}

/// The calls that wait for their results while the messages are walked through.
class OpenCalls {
 public:
  std::string look_at(std::size_t index, Value message) {
    if (text_in(message, "role") == "tool") return answer(text_in(message, "tool_call_id"), index);
    if (std::string complaint = complaint_if_open(); !complaint.empty()) return complaint;
    answering_ = false;
    return first_about(member_of(message, "tool_calls"), [&](std::size_t number, Value call) {
      answering_ = true;
      open_.push_back(text_in(call, "id"));
      if (open_.back().size() <= call_id_length_max) return std::string();
      return "Invalid '" + at("messages", index) + "." + at("tool_calls", number) +
             ".id': string too long. Expected a string with maximum length 40, but got a string "
             "with length " +
             std::to_string(open_.back().size()) + " instead.";
    });
  }

  std::string complaint_if_open() const {
    if (open_.empty()) return {};
    return "An assistant message with 'tool_calls' must be followed by tool messages responding to "
           "each 'tool_call_id'. The following tool_call_ids did not have response messages: " +
           std::string(open_.front());
  }

 private:
  std::string answer(std::string_view id, std::size_t index) {
    const auto call = std::ranges::find(open_, id);
    if (call == open_.end() || !answering_) {
      return "Invalid parameter: messages with role 'tool' must be a response to a preceding "
             "message with 'tool_calls'. (" +
             at("messages", index) + ".role)";
    }
    open_.erase(call);
    return {};
  }

  std::vector<std::string_view> open_;
  bool answering_ = false;
};

std::string pairs_calls_and_results(const Asked& asked) {
  OpenCalls calls;
  std::string complaint =
      first_about(asked.body.find("messages"),
                  [&](std::size_t index, Value message) { return calls.look_at(index, message); });
  return complaint.empty() ? calls.complaint_if_open() : complaint;
}

std::string streams_its_options(const Asked& asked) {
  const Value stream = asked.body.find("stream");
  const bool streams = stream.kind() == Kind::boolean && stream.boolean();
  if (!asked.body.find("stream_options") || streams) return {};
  return "The 'stream_options' parameter is only allowed when 'stream' is enabled.";
}

/// o1, o3-mini, gpt-5.2 …: models that think.
bool is_reasoner(std::string_view model) {
  model = model.substr(model.rfind('/') + 1);
  const bool o = model.size() > 1 && model[0] == 'o' && model[1] >= '0' && model[1] <= '9';
  return o || model.starts_with("gpt-5");
}

std::string suits_the_model(const Asked& asked) {
  if (!is_reasoner(text_in(asked.body, "model"))) return {};
  if (asked.body.find("max_tokens")) {
    return "Unsupported parameter: 'max_tokens' is not supported with this model. Use "
           "'max_completion_tokens' instead.";
  }
  const Value temperature = asked.body.find("temperature");
  if (temperature.kind() != Kind::number || temperature.number() == 1) return {};
  return "Unsupported value: 'temperature' does not support " + std::string(temperature.slice()) +
         " with this model. Only the default (1) value is supported.";
}

std::string looks_at_tools(const Asked& asked) {
  const Value tools = asked.body.find("tools");
  if (!tools && !asked.body.find("functions")) {
    for (const std::string_view name : {"tool_choice", "parallel_tool_calls"}) {
      if (!asked.body.find(name)) continue;
      return "Invalid value for '" + std::string(name) + "': '" + std::string(name) +
             "' is only allowed when 'tools' are specified.";
    }
  }
  return first_about(tools, [&](std::size_t index, Value tool) {
    if (text_in(tool, "type") != "function") return std::string();
    const std::string_view name = text_in(member_of(tool, "function"), "name");
    if (is_plain_name(name, function_name_length_max)) return std::string();
    return "Invalid '" + at("tools", index) +
           ".function.name': string does not match pattern. Expected a string that matches the "
           "pattern '^[a-zA-Z0-9_-]+$'.";
  });
}

std::string says_the_word_json(const Asked& asked) {
  if (text_in(member_of(asked.body, "response_format"), "type") != "json_object") return {};
  const std::string said = to_lower(asked.body.find("messages").slice());
  if (said.find("json") != std::string::npos) return {};
  return "'messages' must contain the word 'json' in some form, to use 'response_format' of type "
         "'json_object'.";
}

constexpr std::array<Check, 8> checks{
    knows_the_members,   has_messages,    knows_the_roles, pairs_calls_and_results,
    streams_its_options, suits_the_model, looks_at_tools,  says_the_word_json,
};

}  // namespace

std::span<const Check> openai_chat_checks() { return checks; }

}  // namespace omni::gateway::mock
