// What Anthropic refuses: api.anthropic.com/v1/messages, version 2023-06-01.

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "gateway/mock/strict.h"

namespace omni::gateway::mock {
namespace {

using json::Kind;
using json::Value;

constexpr int cache_marks_max = 4;
constexpr std::int64_t thinking_budget_min = 1024;
constexpr std::size_t tool_name_length_max = 128;

constexpr std::array<std::string_view, 26> members{
    "cache_control",   "container",     "context_management",
    "diagnostics",     "inference_geo", "max_tokens",
    "mcp_servers",     "messages",      "metadata",
    "model",           "output_config", "output_format",
    "service_tier",    "speed",         "stop_sequences",
    "stream",          "system",        "temperature",
    "thinking",        "thread",        "tool_choice",
    "tools",           "top_k",         "top_p",
    "user_profile_id", "workspace_id"};

using Ids = std::vector<std::string_view>;

std::string place(std::size_t message, std::size_t block) {
  return "messages." + std::to_string(message) + ".content." + std::to_string(block);
}

/// The ids of a message's blocks of one type.
Ids ids_in(Value message, std::string_view type, std::string_view member) {
  Ids ids;
  first_about(member_of(message, "content"), [&](std::size_t, Value block) {
    if (text_in(block, "type") == type) ids.push_back(text_in(block, member));
    return std::string();
  });
  return ids;
}

std::string missing_from(const Ids& wanted, const Ids& there) {
  for (const std::string_view id : wanted) {
    if (std::ranges::find(there, id) == there.end()) return std::string(id);
  }
  return {};
}

bool is_count(const Asked& asked) {
  return asked.path.substr(0, asked.path.find('?')).ends_with("/count_tokens");
}

std::string knows_the_members(const Asked& asked) {
  const std::string_view name = first_unknown(asked.body, members);
  return name.empty() ? "" : std::string(name) + ": Extra inputs are not permitted";
}

std::string needs_max_tokens(const Asked& asked) {
  if (is_count(asked)) return {};
  const Value most = asked.body.find("max_tokens");
  if (!most) return "max_tokens: Field required";
  if (most.kind() != Kind::number) return "max_tokens: Input should be a valid integer";
  return most.number() < 1 ? "max_tokens: Input should be greater than or equal to 1" : "";
}

std::string begins_with_the_user(const Asked& asked) {
  bool first = true;
  std::string complaint = first_about(asked.body.find("messages"), [&](std::size_t, Value message) {
    const std::string_view role = text_in(message, "role");
    if (role == "system" || !std::exchange(first, false)) return std::string();
    return std::string(role == "user" ? "" : "messages: first message must use the \"user\" role");
  });
  if (complaint.empty() && first) return "messages: at least one message is required";
  return complaint;
}

/// Each call is answered in the next message, and each answer belongs to a call in the one before,
/// which may be among those that the provider keeps.
std::string pairs_calls_and_results(const Asked& asked) {
  if (text_in(asked.body.find("thread"), "type") == "continue") return {};
  Ids open;
  std::size_t number = 0;
  const auto unanswered = [&](const std::string& id) {
    return "messages." + std::to_string(number) +
           ": `tool_use` ids were found without `tool_result` blocks immediately after: " + id +
           ". Each `tool_use` block must have a corresponding `tool_result` block in the next "
           "message.";
  };
  std::string complaint =
      first_about(asked.body.find("messages"), [&](std::size_t index, Value message) {
        if (text_in(message, "role") == "system") return std::string();
        const Ids results = ids_in(message, "tool_result", "tool_use_id");
        if (const std::string id = missing_from(open, results); !id.empty()) return unanswered(id);
        if (const std::string id = missing_from(results, open); !id.empty()) {
          return "messages." + std::to_string(index) +
                 ".content: unexpected `tool_use_id` found in `tool_result` blocks: " + id +
                 ". Each `tool_result` block must have a corresponding `tool_use` block in the "
                 "previous message.";
        }
        open = ids_in(message, "tool_use", "id");
        number = index;
        return std::string();
      });
  if (complaint.empty() && !open.empty()) return unanswered(std::string(open.front()));
  return complaint;
}

std::size_t cache_marks_in(Value value) {
  std::size_t marks = 0;
  if (value.kind() == Kind::array) {
    for (const Value item : value.items()) marks += cache_marks_in(item);
  } else if (value.kind() == Kind::object) {
    if (value.find("cache_control")) ++marks;
    marks += cache_marks_in(value.find("content"));
  }
  return marks;
}

std::string counts_cache_marks(const Asked& asked) {
  const std::size_t marks =
      (asked.body.find("cache_control") ? 1 : 0) + cache_marks_in(asked.body.find("system")) +
      cache_marks_in(asked.body.find("messages")) + cache_marks_in(asked.body.find("tools"));
  if (marks <= cache_marks_max) return {};
  return "A maximum of 4 blocks with cache_control may be provided. Found " +
         std::to_string(marks) + ".";
}

bool thinks(const Asked& asked) {
  return text_in(member_of(asked.body, "thinking"), "type") == "enabled";
}

std::string fits_the_budget(const Asked& asked) {
  if (!thinks(asked)) return {};
  const Value budget = member_of(asked.body.find("thinking"), "budget_tokens");
  if (budget.kind() != Kind::number) return "thinking.enabled.budget_tokens: Field required";
  if (budget.integer() < thinking_budget_min) {
    return "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024";
  }
  const Value most = asked.body.find("max_tokens");
  if (most.kind() != Kind::number || most.integer() > budget.integer()) return {};
  return "`max_tokens` must be greater than `thinking.budget_tokens`.";
}

std::string leaves_thinking_alone(const Asked& asked) {
  const Value temperature = asked.body.find("temperature");
  const bool numeric = temperature.kind() == Kind::number;
  if (numeric && (temperature.number() < 0 || temperature.number() > 1)) {
    return "temperature: range: 0..1";
  }
  if (!thinks(asked)) return {};
  if (numeric && temperature.number() != 1) {
    return "`temperature` may only be set to 1 when thinking is enabled.";
  }
  if (asked.body.find("top_k")) return "`top_k` must be unset when thinking is enabled.";
  const std::string_view choice = text_in(member_of(asked.body, "tool_choice"), "type");
  if (choice != "any" && choice != "tool") return {};
  return "Thinking may not be enabled when tool_choice forces tool use.";
}

/// The turn that called the tools whose results are at the end must begin with its thoughts.
std::string keeps_thoughts_before_calls(const Asked& asked) {
  if (!thinks(asked)) return {};
  std::string_view first_type;
  std::size_t caller = 0;
  bool calls = false;
  first_about(asked.body.find("messages"), [&](std::size_t index, Value message) {
    if (text_in(message, "role") != "assistant") {
      calls = calls && !ids_in(message, "tool_result", "tool_use_id").empty();
      return std::string();
    }
    if (!calls) {
      caller = index;
      first_type = {};
      first_about(member_of(message, "content"), [&](std::size_t number, Value block) {
        if (number == 0) first_type = text_in(block, "type");
        return std::string();
      });
    }
    calls = !ids_in(message, "tool_use", "id").empty();
    return std::string();
  });
  if (!calls || first_type == "thinking" || first_type == "redacted_thinking") return {};
  return place(caller, 0) + ".type: Expected `thinking` or `redacted_thinking`, but found `" +
         std::string(first_type) +
         "`. When `thinking` is enabled, a final `assistant` message must start with a thinking "
         "block.";
}

std::string complaint_about_block(const std::string& where, Value block) {
  const std::string_view type = text_in(block, "type");
  if (type == "text" && text_in(block, "text").empty()) {
    return "messages: text content blocks must be non-empty";
  }
  if (type == "tool_use" && !is_plain_name(text_in(block, "id"), 256)) {
    return where + ".tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'";
  }
  if (type == "tool_use" && member_of(block, "input").kind() != Kind::object) {
    return where + ".tool_use.input: Input should be a valid dictionary";
  }
  if (type == "thinking" && text_in(block, "signature").empty()) {
    return where + ".thinking.signature: Field required";
  }
  return {};
}

std::string looks_at_blocks(const Asked& asked) {
  std::string_view last;
  std::string complaint = first_about(asked.body.find("messages"), [&](std::size_t index,
                                                                       Value message) {
    const Value content = member_of(message, "content");
    const bool ours = text_in(message, "role") == "assistant";
    last = ours ? text_in(content) : std::string_view();
    if (content.kind() == Kind::text && content.text().empty() && !ours) {
      return "messages." + std::to_string(index) + ": user messages must have non-empty content";
    }
    return first_about(content, [&](std::size_t number, Value block) {
      last = ours ? text_in(block, "text") : std::string_view();
      return complaint_about_block(place(index, number), block);
    });
  });
  const bool trails = !last.empty() && std::string_view(" \n\t\r").find(last.back()) != last.npos;
  if (complaint.empty() && trails) {
    return "messages: final assistant content cannot end with trailing whitespace";
  }
  return complaint;
}

std::string looks_at_tools(const Asked& asked) {
  std::set<std::string_view> names;
  return first_about(asked.body.find("tools"), [&](std::size_t index, Value tool) {
    const std::string where = "tools." + std::to_string(index);
    const std::string_view name = text_in(tool, "name");
    if (!names.insert(name).second) return std::string("tools: Tool names must be unique.");
    const std::string_view type = text_in(tool, "type");
    if (!type.empty() && type != "custom") return std::string();
    if (!is_plain_name(name, tool_name_length_max)) {
      return where + ".custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'";
    }
    const Value schema = member_of(tool, "input_schema");
    if (schema.kind() != Kind::object) return where + ".custom.input_schema: Field required";
    if (text_in(schema, "type") == "object") return std::string();
    return where + ".custom.input_schema.type: Input should be 'object'";
  });
}

constexpr std::array<Check, 10> checks{
    knows_the_members,  needs_max_tokens, begins_with_the_user,  pairs_calls_and_results,
    counts_cache_marks, fits_the_budget,  leaves_thinking_alone, keeps_thoughts_before_calls,
    looks_at_blocks,    looks_at_tools,
};

}  // namespace

std::span<const Check> anthropic_checks() { return checks; }

}  // namespace omni::gateway::mock
