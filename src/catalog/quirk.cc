#include "catalog/quirk.h"

#include <array>

namespace omni::catalog {
namespace {

// In the order of the enumeration.
constexpr std::array<std::string_view, 30> names{
    "developer_as_system",
    "one_system_message",
    "system_as_user",
    "text_as_string",
    "completion_token_limit",
    "no_sampling",
    "temperature_or_top_p",
    "no_stop",
    "no_metadata",
    "no_end_user",
    "no_stream_usage",
    "no_parallel_switch",
    "no_forced_tools",
    "no_strict",
    "schema_in_words",
    "json_without_schema",
    "schema_without_tools",
    "full_json_schema",
    "json_with_tools",
    "no_thinking",
    "no_thinking_history",
    "adaptive_thinking",
    "thinking_levels",
    "think_tags",
    "thought_signatures",
    "safety_filters_off",
    "cache_marks_added",
    "cache_marks_taken",
    "web_search",
    "codex_backend",
};
static_assert(names.size() == static_cast<std::size_t>(Quirk::codex_backend) + 1);

}  // namespace

std::string_view name_of(Quirk quirk) { return names[static_cast<std::size_t>(quirk)]; }

std::optional<Quirk> quirk_named(std::string_view name) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return static_cast<Quirk>(i);
  }
  return std::nullopt;
}

std::size_t quirk_count() { return names.size(); }

}  // namespace omni::catalog
