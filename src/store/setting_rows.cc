// All settings, in the order in which answers and forms show them.

#include <array>

#include "store/settings.h"

namespace omni::store {
namespace {

namespace format = json::format;
namespace shape = json::shape;
using S = Settings;

template <class... Text>
constexpr auto choices(Text... text) {
  return std::array<std::string_view, sizeof...(text)>{text...};
}

constexpr std::int64_t hour_ms = 3'600'000;

constexpr json::Shape name = shape::text(1, 100).like(format::name);
constexpr json::Shape names = shape::list(name, 0, 1000);
constexpr json::Shape host = shape::text(1, 255).like(format::host);
constexpr json::Shape url = shape::text(0, 500).like(format::url);
constexpr json::Shape address_rule = shape::text(1, 100).like(format::address_rule);
constexpr json::Shape address_rules = shape::list(address_rule, 0, 10'000);
constexpr json::Shape budget = shape::integer(0, 131'072);

constexpr auto combo_modes = choices("guided", "expert");
constexpr auto strategies = choices("priority", "weighted", "fill-first", "round-robin", "p2c",
                                    "random", "least-used", "cost-optimized", "strict-random");
constexpr auto combo_strategies =
    choices("priority", "weighted", "round-robin", "random", "least-used", "cost-optimized",
            "fill-first", "p2c", "strict-random", "auto", "lkgp", "context-optimized");
constexpr auto cache_scopes = choices("key", "shared");
constexpr auto cache_modes = choices("auto", "always", "never");
constexpr auto transports = choices("stdio", "sse", "streamable-http");
constexpr auto filter_modes = choices("blacklist", "whitelist");
constexpr auto thinking_modes = choices("passthrough", "auto", "custom", "adaptive");
constexpr auto body_choices = choices("off", "errors", "all");
constexpr auto effort_levels = choices("none", "low", "medium", "high");

using json::MemberShape;
using json::Presence;
constexpr std::array alias_members{
    MemberShape{"pattern", shape::text(1, 200), Presence::required, "Model names, with *."},
    MemberShape{"target", shape::text(1, 200), Presence::required, "The model that is meant."}};
constexpr json::Shape alias = shape::object(alias_members);
constexpr std::array exception_members{
    MemberShape{"provider", shape::text(1, 100), Presence::required, "Its id."},
    MemberShape{"fallbackStrategy", shape::choice(strategies), Presence::optional,
                "How an account of this provider is picked."},
    MemberShape{"stickyRoundRobinLimit", shape::integer(0, 1000), Presence::optional,
                "Requests in a row on one account of it."}};
constexpr json::Shape strategy_exception = shape::object(exception_members).strict();
constexpr json::Shape steps = shape::integer(0, 16);
constexpr json::Shape positive = shape::integer(1, 1'000'000);
constexpr json::Shape pause_ms = shape::integer(0, hour_ms);
constexpr json::Shape reset_ms = shape::integer(1000, 24 * hour_ms);
constexpr json::Shape agent = shape::object({});
constexpr std::array ban_members{
    MemberShape{"ip", shape::text(1, 100).like(format::address), Presence::required,
                "The address that is shut out."},
    MemberShape{"until", shape::integer(0, 253'402'300'799'999), Presence::required,
                "When the ban ends, in epoch milliseconds."},
    MemberShape{"reason", shape::text(0, 200), Presence::optional, "Why it was shut out."}};
constexpr json::Shape ban = shape::object(ban_members).strict();

constexpr bool guarded = true;

constexpr std::array rows{
    // look
    SettingRow{"", "theme", shape::text(0, 50),
               "The colours of the dashboard; empty follows the browser.", &S::theme},
    SettingRow{"", "language", shape::text(0, 10),
               "The language of the dashboard; empty follows the browser.", &S::language},
    SettingRow{"", "instanceName", shape::text(0, 100),
               "What this gateway is called in the dashboard.", &S::instance_name},
    SettingRow{"", "customLogoUrl", shape::text(0, 2000).like(format::url),
               "Where the dashboard takes its logo from.", &S::custom_logo_url},
    SettingRow{"", "customFaviconUrl", shape::text(0, 2000).like(format::url),
               "Where the dashboard takes its icon from.", &S::custom_favicon_url},
    SettingRow{"", "customLogoBase64", shape::text(0, 100'000), "The logo itself, as a data URL.",
               &S::custom_logo_base64},
    SettingRow{"", "customFaviconBase64", shape::text(0, 50'000), "The icon itself, as a data URL.",
               &S::custom_favicon_base64},
    SettingRow{"", "hiddenSidebarItems", names, "Entries that the sidebar leaves out.",
               &S::hidden_sidebar_items},
    SettingRow{"", "hideHealthCheckLogs", shape::boolean(),
               "Leaves health checks out of the log page.", &S::hide_health_check_logs},
    SettingRow{"", "hideEndpointCloudflaredTunnel", shape::boolean(),
               "Hides the Cloudflare tunnel on the endpoint page.",
               &S::hide_endpoint_cloudflared_tunnel},
    SettingRow{"", "hideEndpointNgrokTunnel", shape::boolean(),
               "Hides the ngrok tunnel on the endpoint page.", &S::hide_endpoint_ngrok_tunnel},
    SettingRow{"", "hideEndpointTailscaleFunnel", shape::boolean(),
               "Hides the Tailscale funnel on the endpoint page.",
               &S::hide_endpoint_tailscale_funnel},
    SettingRow{"", "comboConfigMode", shape::choice(combo_modes),
               "How much of a combo its form shows.", &S::combo_config_mode},

    // access
    SettingRow{"", "requireLogin", shape::boolean(), "Managing the gateway needs the password.",
               &S::require_login, guarded},
    SettingRow{"", "requireApiKey", shape::boolean(),
               "Using models needs an API key of this gateway.", &S::require_api_key, guarded},
    SettingRow{"", "bruteForceProtection", shape::boolean(),
               "Locks an address out for a while after five wrong passwords.",
               &S::brute_force_protection, guarded},
    SettingRow{"", "corsOrigins", shape::text(0, 500),
               "Web origins whose pages may call the API, with commas between.", &S::cors_origins,
               guarded},
    SettingRow{"", "allowedHosts", shape::list(host, 0, 100),
               "Names under which browsers may reach the gateway besides localhost.",
               &S::allowed_hosts, guarded},
    SettingRow{"", "wsAuth", shape::boolean(), "WebSocket connections need an API key too.",
               &S::ws_auth, guarded},
    SettingRow{"", "setupComplete", shape::boolean(),
               "The first steps after the installation are done.", &S::setup_complete},
    SettingRow{"", "cloudEnabled", shape::boolean(),
               "Keeps the configuration in step with a relay.", &S::cloud_enabled},
    SettingRow{"", "cloudUrl", url, "The address of that relay.", &S::cloud_url},
    SettingRow{"", "tailscaleEnabled", shape::boolean(),
               "The gateway is also reached through Tailscale.", &S::tailscale_enabled},
    SettingRow{"", "tailscaleUrl", url, "Its address in Tailscale.", &S::tailscale_url},
    SettingRow{"", "baseUrl", url, "The address under which others reach this gateway.",
               &S::base_url, guarded},
    SettingRow{"", "maxBodySizeMb", shape::integer(1, 500),
               "The largest request that is taken, in megabytes; MAX_BODY_SIZE_BYTES wins over it.",
               &S::max_body_size_mb},
    SettingRow{"", "blockedProviders", names, "Providers that are never used.",
               &S::blocked_providers},
    SettingRow{"", "enableSocks5Proxy", shape::boolean(),
               "Allows SOCKS5 proxies towards providers.", &S::enable_socks5_proxy},
    SettingRow{"", "debugMode", shape::boolean(),
               "Logs every request and more, whatever level was asked for at the start.",
               &S::debug_mode},
    SettingRow{"", "routingHeaders", shape::boolean(),
               "Answers say which provider, model and account they come from, in X-OmniRoute-… "
               "fields.",
               &S::routing_fields},

    // routing
    SettingRow{"", "fallbackStrategy", shape::choice(strategies),
               "How an account of a provider is picked.", &S::fallback_strategy},
    SettingRow{"", "wildcardAliases", shape::list(alias, 0, 1000),
               "Model names by pattern, and the models that are meant.", &S::wildcard_aliases},
    SettingRow{"", "stickyRoundRobinLimit", shape::integer(0, 1000),
               "Requests in a row on one account before round-robin moves on.",
               &S::sticky_round_robin_limit},
    SettingRow{"", "providerStrategies", shape::list(strategy_exception, 0, 1000),
               "Providers whose accounts are picked in another way.", &S::provider_strategies},
    SettingRow{"", "requestRetry", shape::integer(0, 10),
               "How often a failed request is tried again.", &S::request_retry},
    SettingRow{"", "maxRetryIntervalSec", shape::integer(0, 300),
               "The longest wait before it is tried again, in seconds.",
               &S::max_retry_interval_sec},
    SettingRow{"", "firstTokenTimeoutMs", shape::integer(100, hour_ms),
               "How long a provider may say nothing that a client can use before it is given up, "
               "in milliseconds.",
               &S::first_token_timeout_ms},
    SettingRow{"", "idempotencyWindowMs", shape::integer(0, hour_ms),
               "How long a repeated request gets the answer of the first, in milliseconds.",
               &S::idempotency_window_ms},
    SettingRow{"", "semanticCacheEnabled", shape::boolean(),
               "Answers the same question again without asking, at temperature 0.",
               &S::semantic_cache_enabled},
    SettingRow{"", "semanticCacheTreatAbsentAsZero", shape::boolean(),
               "Also where a request says no temperature.", &S::semantic_cache_absent_as_zero},
    SettingRow{"", "semanticCacheScope", shape::choice(cache_scopes),
               "Who may get the answer: the API key that asked before, or all.",
               &S::semantic_cache_scope},
    SettingRow{"", "semanticCacheTtlMs", shape::integer(0, 24 * hour_ms),
               "For how long, in milliseconds.", &S::semantic_cache_ttl_ms},
    SettingRow{"", "semanticCacheEmbeddingModel", shape::text(0, 300),
               "Answers the same question in other words as well: the model that makes vectors of "
               "questions, whose cost the API key bears; empty: off.",
               &S::semantic_cache_embedding_model},
    SettingRow{"", "semanticCacheSimilarityMin", shape::number(0, 1),
               "How alike the vectors of two questions have to be; 0: off.",
               &S::semantic_cache_similarity_min},
    SettingRow{"", "stripModelPrefix", shape::boolean(),
               "Ignores the provider's name before a model that no such provider has.",
               &S::strip_model_prefix},
    SettingRow{"", "lkgpEnabled", shape::boolean(), "Tries the provider first that worked last.",
               &S::lkgp_enabled},
    SettingRow{"", "adaptiveVolumeRouting", shape::boolean(),
               "Spreads requests by how much each account can take.", &S::adaptive_volume_routing},
    SettingRow{"", "alwaysPreserveClientCache", shape::choice(cache_modes),
               "Whether the cache marks of clients reach the provider untouched.",
               &S::always_preserve_client_cache},
    SettingRow{"", "usageTokenBuffer", shape::integer(0, 50'000),
               "Tokens added to every reported prompt.", &S::usage_token_buffer},
    SettingRow{"", "cliCompatProviders", names,
               "Providers that see requests shaped as by their own command line tools.",
               &S::cli_compat_providers},
    SettingRow{"", "backgroundDegradation", shape::boolean(),
               "Sends background requests to cheaper models.", &S::background_degradation},

    // intent
    SettingRow{"", "intentDetectionEnabled", shape::boolean(),
               "Guesses what a prompt is about, for routing.", &S::intent_detection_enabled},
    SettingRow{"", "intentSimpleMaxWords", shape::integer(1, 500),
               "Prompts up to so many words may count as simple.", &S::intent_simple_max_words},
    SettingRow{"", "intentExtraCodeKeywords", names, "More words that mean a prompt is about code.",
               &S::intent_extra_code_keywords},
    SettingRow{"", "intentExtraReasoningKeywords", names,
               "More words that mean a prompt wants thought.", &S::intent_extra_reasoning_keywords},
    SettingRow{"", "intentExtraSimpleKeywords", names, "More words that mean a prompt is simple.",
               &S::intent_extra_simple_keywords},

    // other
    SettingRow{"", "mcpEnabled", shape::boolean(), "Serves the tools of the gateway by MCP.",
               &S::mcp_enabled},
    SettingRow{"", "mcpTransport", shape::choice(transports), "How MCP clients connect.",
               &S::mcp_transport},
    SettingRow{"", "a2aEnabled", shape::boolean(),
               "Serves the gateway as an agent to other agents.", &S::a2a_enabled},
    SettingRow{"", "customAgents", shape::list(agent, 0, 1000), "Agents of your own.",
               &S::custom_agents},
    SettingRow{"", "skillsProvider", shape::text(0, 100), "Where skills come from.",
               &S::skills_provider},
    SettingRow{"", "skillsmpApiKey", shape::text(0, 500).secret(),
               "The key for that source of skills.", &S::skillsmp_api_key},
    SettingRow{"", "modelsDevSyncEnabled", shape::boolean(),
               "Fetches models and prices from models.dev.", &S::models_dev_sync_enabled},
    SettingRow{"", "modelsDevSyncInterval", shape::integer(hour_ms, 168 * hour_ms),
               "How often they are fetched, in milliseconds.", &S::models_dev_sync_interval},
    SettingRow{"", "visionBridgeEnabled", shape::boolean(),
               "Has images described for models that cannot see.", &S::vision_bridge_enabled},
    SettingRow{"", "visionBridgeModel", shape::text(0, 200), "The model that describes them.",
               &S::vision_bridge_model},
    SettingRow{"", "visionBridgePrompt", shape::text(0, 10'000),
               "What that model is asked; empty for the usual.", &S::vision_bridge_prompt},
    SettingRow{"", "visionBridgeTimeout", shape::integer(1000, 300'000),
               "How long describing may take, in milliseconds.", &S::vision_bridge_timeout},
    SettingRow{"", "visionBridgeMaxImages", shape::integer(1, 20),
               "How many images of a request are described.", &S::vision_bridge_max_images},
    SettingRow{"", "antigravitySignatureCacheMode", shape::text(1, 50),
               "Whether thought signatures of Antigravity are kept between requests.",
               &S::antigravity_signature_cache_mode},
    SettingRow{"", "backupKeepLatest", shape::integer(1, 200), "How many backups are kept.",
               &S::backup_keep_latest, guarded},
    SettingRow{"", "backupRetentionDays", shape::integer(0, 3650),
               "After how many days a backup goes; 0 for never.", &S::backup_retention_days,
               guarded},
    SettingRow{"", "callLogBodies", shape::choice(body_choices),
               "Of which requests the log keeps what was asked and answered, in files of the data "
               "directory; keys that keep no log are left out.",
               &S::call_log_bodies, guarded},
    SettingRow{"", "callLogRetentionDays", shape::integer(1, 3650),
               "After how many days a request goes out of the log, sooner where there is too much; "
               "CALL_LOG_RETENTION_DAYS wins over it.",
               &S::call_log_retention_days, guarded},

    SettingRow{"resilience", "oauthBaseCooldownMs", pause_ms,
               "The first pause of an account after errors in a row, of accounts that log in.",
               &S::oauth_cooldown_ms},
    SettingRow{"resilience", "oauthMaxBackoffSteps", steps,
               "How often that pause doubles at most, of accounts that log in.",
               &S::oauth_backoff_steps},
    SettingRow{"resilience", "oauthUseUpstreamRetryHints", shape::boolean(),
               "A provider's own word on when to come again counts, of accounts that log in.",
               &S::oauth_upstream_hints},
    SettingRow{"resilience", "oauthFailureThreshold", positive,
               "Failed requests in a row before a provider is left alone, of accounts that log in.",
               &S::oauth_breaker_failures},
    SettingRow{"resilience", "oauthResetTimeoutMs", reset_ms,
               "How long it is left alone, of accounts that log in.", &S::oauth_breaker_reset_ms},
    SettingRow{"resilience", "apikeyBaseCooldownMs", pause_ms,
               "The first pause of an account after errors in a row, of API keys.",
               &S::key_cooldown_ms},
    SettingRow{"resilience", "apikeyMaxBackoffSteps", steps,
               "How often that pause doubles at most, of API keys.", &S::key_backoff_steps},
    SettingRow{"resilience", "apikeyUseUpstreamRetryHints", shape::boolean(),
               "A provider's own word on when to come again counts, of API keys.",
               &S::key_upstream_hints},
    SettingRow{"resilience", "apikeyFailureThreshold", positive,
               "Failed requests in a row before a provider is left alone, of API keys.",
               &S::key_breaker_failures},
    SettingRow{"resilience", "apikeyResetTimeoutMs", reset_ms,
               "How long it is left alone, of API keys.", &S::key_breaker_reset_ms},
    SettingRow{"resilience", "localBaseCooldownMs", pause_ms,
               "The first pause of an account after errors in a row, of servers of your own.",
               &S::local_cooldown_ms},
    SettingRow{"resilience", "localMaxBackoffSteps", steps,
               "How often that pause doubles at most, of servers of your own.",
               &S::local_backoff_steps},
    SettingRow{"resilience", "localUseUpstreamRetryHints", shape::boolean(),
               "A provider's own word on when to come again counts, of servers of your own.",
               &S::local_upstream_hints},
    SettingRow{"resilience", "localFailureThreshold", positive,
               "Failed requests in a row before a provider is left alone, of servers of your own.",
               &S::local_breaker_failures},
    SettingRow{"resilience", "localResetTimeoutMs", reset_ms,
               "How long it is left alone, of servers of your own.", &S::local_breaker_reset_ms},
    SettingRow{"resilience", "autoEnableApiKeyProviders", shape::boolean(),
               "The limits of requests hold for all API keys, not only where an account asks for "
               "them.",
               &S::queue_all_keys},
    SettingRow{"resilience", "requestsPerMinute", positive, "Requests in a minute on one account.",
               &S::queue_per_minute},
    SettingRow{"resilience", "minTimeBetweenRequestsMs", pause_ms,
               "The time between two requests on one account.", &S::queue_gap_ms},
    SettingRow{"resilience", "concurrentRequests", positive, "Requests at once on one account.",
               &S::queue_at_once},
    SettingRow{"resilience", "maxWaitMs", shape::integer(1, hour_ms),
               "How long a request waits for its turn before it is refused.",
               &S::queue_wait_max_ms},

    SettingRow{"ip-filter", "enabled", shape::boolean(), "The lists decide who may connect.",
               &S::ip_filter_enabled, guarded},
    SettingRow{"ip-filter", "mode", shape::choice(filter_modes),
               "Whether the blacklist shuts out or only the whitelist is let in.",
               &S::ip_filter_mode, guarded},
    SettingRow{"ip-filter", "blacklist", address_rules, "Addresses and networks that are shut out.",
               &S::ip_blacklist, guarded},
    SettingRow{"ip-filter", "whitelist", address_rules, "Addresses and networks that are let in.",
               &S::ip_whitelist, guarded},
    SettingRow{"ip-filter", "tempBans", shape::list(ban, 0, 10'000),
               "Addresses that are shut out for a while.", &S::ip_temp_bans, guarded},

    SettingRow{
        "thinking-budget", "mode", shape::choice(thinking_modes),
        "Whether clients decide how much a model thinks, or the provider, or the settings here.",
        &S::thinking_mode},
    SettingRow{"thinking-budget", "customBudget", budget,
               "Tokens of thought in mode custom; 0 switches thinking off.",
               &S::thinking_custom_budget},
    SettingRow{"thinking-budget", "effortLevel", shape::choice(effort_levels),
               "How hard a model thinks in mode adaptive.", &S::thinking_effort_level},
    SettingRow{"thinking-budget", "baseBudget", budget,
               "Tokens of thought for a simple request in mode adaptive.",
               &S::thinking_base_budget},
    SettingRow{"thinking-budget", "complexityMultiplier", shape::number(0, 1000),
               "How much more than that a hard request gets.", &S::thinking_complexity_multiplier},

    SettingRow{"system-prompt", "enabled", shape::boolean(),
               "The prompt goes before the system message of every chat.",
               &S::system_prompt_enabled},
    SettingRow{"system-prompt", "prompt", shape::text(0, 50'000), "The prompt.", &S::system_prompt},

    SettingRow{"combos", "strategy", shape::choice(combo_strategies),
               "How a combo chooses that does not say it.", &S::combo_strategy},
    SettingRow{"combos", "maxRetries", shape::integer(0, 10),
               "How often a model is asked again when nobody else is left.", &S::combo_max_retries},
    SettingRow{"combos", "retryDelayMs", shape::integer(0, 60'000),
               "How long after its failure, in milliseconds.", &S::combo_retry_delay_ms},
    SettingRow{"combos", "concurrencyPerModel", shape::integer(1, 20),
               "Requests at a time beyond which round-robin prefers another model.",
               &S::combo_concurrency_per_model},
    SettingRow{"combos", "maxComboDepth", shape::integer(1, 3),
               "How deep combos may stand in each other.", &S::combo_max_depth},
    SettingRow{"combos", "trackMetrics", shape::boolean(),
               "Counts what combos do, for whoever looks at them.", &S::combo_track_metrics},
    SettingRow{"combos", "timeoutMs", shape::integer(0, hour_ms),
               "How long a model may say nothing before the next is asked, in milliseconds; 0: as "
               "firstTokenTimeoutMs says.",
               &S::combo_timeout_ms},

    SettingRow{"combo-overrides", "providerOverrides", shape::object({}),
               "For a provider's models others of these than for all, by its id.",
               &S::combo_provider_overrides},
};

}  // namespace

std::span<const SettingRow> setting_rows() { return rows; }

}  // namespace omni::store
