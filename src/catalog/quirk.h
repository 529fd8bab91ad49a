#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

namespace omni::catalog {

/// The ways in which a provider or a model deviates from the dialect it speaks.  Its file names
/// them; `adapt` has one row for each, which says what it does.
enum class Quirk : std::uint8_t {
  developer_as_system,
  one_system_message,
  system_as_user,
  text_as_string,
  completion_token_limit,
  no_sampling,
  temperature_or_top_p,
  no_stop,
  no_metadata,
  no_end_user,
  no_stream_usage,
  no_parallel_switch,
  no_forced_tools,
  no_strict,
  schema_in_words,
  json_without_schema,
  schema_without_tools,
  full_json_schema,
  json_with_tools,
  no_thinking,
  no_thinking_history,
  adaptive_thinking,
  thinking_levels,
  think_tags,
  thought_signatures,
  safety_filters_off,
  cache_marks_added,
  cache_marks_taken,
  web_search,
  codex_backend,
};

inline constexpr std::size_t quirks_max = 64;

/// As a provider's file writes it: "think_tags".
std::string_view name_of(Quirk quirk);
std::optional<Quirk> quirk_named(std::string_view name);
/// How many there are.
std::size_t quirk_count();

/// A set of them.
class Quirks {
 public:
  Quirks() = default;
  Quirks(std::initializer_list<Quirk> quirks) {
    for (const Quirk quirk : quirks) add(quirk);
  }
  void add(Quirk quirk) { bits_.set(static_cast<std::size_t>(quirk)); }
  void add(const Quirks& others) { bits_ |= others.bits_; }
  bool has(Quirk quirk) const { return bits_.test(static_cast<std::size_t>(quirk)); }
  bool empty() const { return bits_.none(); }
  bool operator==(const Quirks&) const = default;

 private:
  std::bitset<quirks_max> bits_;
};

}  // namespace omni::catalog
