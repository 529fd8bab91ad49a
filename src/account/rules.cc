#include "account/rules.h"

#include <array>
#include <utility>

#include "json/scratch_reader.h"

namespace omni::account {
namespace {

/// "round-robin" of {"provider": …, "fallbackStrategy": …, "stickyRoundRobinLimit": …}.
void read_exceptions(const json::Raw& list, Rules& rules) {
  json::ScratchReader reader;
  for (const json::Value row : reader->read(list.text()).items()) {
    Picking& picking = rules.picking_of[std::string(row.find("provider").text())];
    picking = rules.picking;
    const json::Value strategy = row.find("fallbackStrategy");
    if (strategy) picking.strategy = strategy_named(strategy.text());
    const json::Value sticky = row.find("stickyRoundRobinLimit");
    if (sticky) picking.in_a_row_max = sticky.integer();
  }
}

}  // namespace

Strategy strategy_named(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, Strategy>, 6> names{{
      {"round-robin", Strategy::round_robin},
      {"p2c", Strategy::p2c},
      {"random", Strategy::random},
      {"weighted", Strategy::random},  // accounts have no weights
      {"least-used", Strategy::least_used},
      {"strict-random", Strategy::strict_random},
  }};
  for (const auto& [known, strategy] : names) {
    if (known == name) return strategy;
  }
  return Strategy::fill_first;  // also cost-optimized: what a provider asks is the same for all
}

const Picking& Rules::picking_for(std::string_view provider) const {
  if (picking_of.empty()) return picking;
  const auto found = picking_of.find(provider);
  return found == picking_of.end() ? picking : found->second;
}

const Profile& Rules::profile_of(const catalog::Provider& provider) const {
  using Category = catalog::Provider::Category;
  if (provider.category == Category::oauth) return oauth;
  return provider.category == Category::local ? local : api_key;
}

Limits Rules::limits_of(const store::Connection& connection) const {
  Limits these;
  if (connection.rate_limit_protection || (limits_all_keys && connection.auth_type == "apikey")) {
    these = limits;
  }
  if (connection.concurrent_max && *connection.concurrent_max > 0) {
    these.at_once = *connection.concurrent_max;
  }
  return these;
}

Rules rules_of(const store::Settings& settings) {
  Rules rules;
  rules.picking = {.strategy = strategy_named(settings.fallback_strategy),
                   .in_a_row_max = settings.sticky_round_robin_limit};
  read_exceptions(settings.provider_strategies, rules);
  const auto profile = [](std::int64_t cooldown, std::int64_t doublings, bool hints,
                          std::int64_t failures, std::int64_t open_for) {
    return Profile{.cooldown = Millis{cooldown},
                   .doublings_max = static_cast<int>(doublings),
                   .heeds_hints = hints,
                   .failures_max = static_cast<int>(failures),
                   .open_for = Millis{open_for}};
  };
  const store::Settings& s = settings;
  rules.oauth = profile(s.oauth_cooldown_ms, s.oauth_backoff_steps, s.oauth_upstream_hints,
                        s.oauth_breaker_failures, s.oauth_breaker_reset_ms);
  rules.api_key = profile(s.key_cooldown_ms, s.key_backoff_steps, s.key_upstream_hints,
                          s.key_breaker_failures, s.key_breaker_reset_ms);
  rules.local = profile(s.local_cooldown_ms, s.local_backoff_steps, s.local_upstream_hints,
                        s.local_breaker_failures, s.local_breaker_reset_ms);
  rules.limits = {
      .per_minute = s.queue_per_minute, .gap = Millis{s.queue_gap_ms}, .at_once = s.queue_at_once};
  rules.limits_all_keys = s.queue_all_keys;
  rules.queue_wait_max = Millis{s.queue_wait_max_ms};
  return rules;
}

}  // namespace omni::account
