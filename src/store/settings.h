#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "json/raw.h"
#include "json/shape.h"

namespace omni::store {

/// What whoever runs the gateway may change while it runs.  A default is the value that stands
/// here; what a member means, and how the API names it, is in its row.
struct Settings {
  // look
  std::string theme, language, instance_name, custom_logo_url, custom_favicon_url,
      custom_logo_base64, custom_favicon_base64;
  std::vector<std::string> hidden_sidebar_items;
  bool hide_health_check_logs = false;
  bool hide_endpoint_cloudflared_tunnel = false;
  bool hide_endpoint_ngrok_tunnel = false;
  bool hide_endpoint_tailscale_funnel = false;
  std::string combo_config_mode = "guided";

  // access
  bool require_login = true;
  bool require_api_key = false;
  bool brute_force_protection = true;
  std::string cors_origins;
  std::vector<std::string> allowed_hosts;
  bool ws_auth = false;
  bool setup_complete = false;
  std::string cloud_url, base_url, tailscale_url;
  bool cloud_enabled = false;
  bool tailscale_enabled = false;
  std::int64_t max_body_size_mb = 10;
  std::vector<std::string> blocked_providers;
  bool enable_socks5_proxy = false;
  bool debug_mode = false;
  bool routing_fields = true;

  // routing
  std::string fallback_strategy = "priority";
  json::Raw wildcard_aliases = json::Raw::trusted("[]");
  std::int64_t sticky_round_robin_limit = 3;
  json::Raw provider_strategies = json::Raw::trusted("[]");
  std::int64_t request_retry = 3;
  std::int64_t max_retry_interval_sec = 30;
  std::int64_t first_token_timeout_ms = 300'000;
  std::int64_t idempotency_window_ms = 5000;
  bool semantic_cache_enabled = true;
  bool semantic_cache_absent_as_zero = false;
  std::string semantic_cache_scope = "key";
  std::int64_t semantic_cache_ttl_ms = 3'600'000;
  std::string semantic_cache_embedding_model;
  double semantic_cache_similarity_min = 0.95;
  bool strip_model_prefix = false;
  bool lkgp_enabled = false;
  bool adaptive_volume_routing = false;
  std::string always_preserve_client_cache = "auto";
  std::int64_t usage_token_buffer = 0;
  std::vector<std::string> cli_compat_providers;
  bool background_degradation = false;

  // intent
  bool intent_detection_enabled = false;
  std::int64_t intent_simple_max_words = 60;
  std::vector<std::string> intent_extra_code_keywords, intent_extra_reasoning_keywords,
      intent_extra_simple_keywords;

  // other
  bool mcp_enabled = false;
  std::string mcp_transport = "stdio";
  bool a2a_enabled = false;
  json::Raw custom_agents = json::Raw::trusted("[]");
  std::string skills_provider, skillsmp_api_key;
  bool models_dev_sync_enabled = false;
  std::int64_t models_dev_sync_interval = 86'400'000;
  bool vision_bridge_enabled = false;
  std::string vision_bridge_model, vision_bridge_prompt;
  std::int64_t vision_bridge_timeout = 30'000;
  std::int64_t vision_bridge_max_images = 10;
  std::string antigravity_signature_cache_mode = "enabled";
  std::int64_t backup_keep_latest = 20;
  std::int64_t backup_retention_days = 0;
  std::string call_log_bodies = "off";
  std::int64_t call_log_retention_days = 7;

  // resilience
  std::int64_t oauth_cooldown_ms = 5000, key_cooldown_ms = 3000, local_cooldown_ms = 2000;
  std::int64_t oauth_backoff_steps = 8, key_backoff_steps = 5, local_backoff_steps = 3;
  bool oauth_upstream_hints = true, key_upstream_hints = true, local_upstream_hints = true;
  std::int64_t oauth_breaker_failures = 8, key_breaker_failures = 12, local_breaker_failures = 2;
  std::int64_t oauth_breaker_reset_ms = 60'000, key_breaker_reset_ms = 30'000,
               local_breaker_reset_ms = 15'000;
  bool queue_all_keys = false;
  std::int64_t queue_per_minute = 100;
  std::int64_t queue_gap_ms = 200;
  std::int64_t queue_at_once = 10;
  std::int64_t queue_wait_max_ms = 120'000;

  // ip-filter
  bool ip_filter_enabled = false;
  std::string ip_filter_mode = "blacklist";
  std::vector<std::string> ip_blacklist, ip_whitelist;
  json::Raw ip_temp_bans = json::Raw::trusted("[]");

  // thinking-budget
  std::string thinking_mode = "passthrough";
  std::int64_t thinking_custom_budget = 10'240;
  std::string thinking_effort_level = "medium";
  std::int64_t thinking_base_budget = 10'240;
  double thinking_complexity_multiplier = 1;

  // system-prompt
  bool system_prompt_enabled = false;
  std::string system_prompt;

  // combos
  std::string combo_strategy = "priority";
  std::int64_t combo_max_retries = 1;
  std::int64_t combo_retry_delay_ms = 2000;
  std::int64_t combo_concurrency_per_model = 3;
  std::int64_t combo_max_depth = 3;
  bool combo_track_metrics = true;
  std::int64_t combo_timeout_ms = 0;

  // combo-overrides
  json::Raw combo_provider_overrides = json::Raw::trusted("{}");
};

/// One setting: from its row follow validation, API, documentation and form.
struct SettingRow {
  using Member = std::variant<bool Settings::*, std::int64_t Settings::*, double Settings::*,
                              std::string Settings::*, std::vector<std::string> Settings::*,
                              json::Raw Settings::*>;

  std::string_view group;  // empty: /api/settings itself
  std::string_view name;
  json::Shape shape;
  std::string_view help;
  Member member;
  /// It decides who gets in, or what is thrown away: a file from outside does not change it, nor
  /// whoever lacks the role admin.
  bool guarded = false;

  /// "group.name", or the name alone: unique among all rows.
  std::string full_name() const;
};

/// What stands in an answer for a secret that is set.  Sent back, it leaves the secret as it is.
inline constexpr std::string_view masked = "***";

std::span<const SettingRow> setting_rows();
/// Null where there is none.
const SettingRow* find_setting(std::string_view group, std::string_view name);
const SettingRow* find_setting(std::string_view full_name);
/// An object with the rows of a group as its members, none of which must be there.
const json::Shape& group_shape(std::string_view group);

/// Takes a value over if it fits; else says why not and changes nothing.
std::vector<json::Finding> assign(Settings& settings, const SettingRow& row, json::Value value);
/// Writes a value, a secret as it is.
void write(json::Writer& writer, const Settings& settings, const SettingRow& row);
/// Writes all of a group as members of the object that the writer is in.  Secrets are masked.
void write_group(json::Writer& writer, const Settings& settings, std::string_view group);

}  // namespace omni::store
