#pragma once

#include <cstdint>

#include "account/limiter.h"
#include "base/text_map.h"
#include "catalog/provider.h"
#include "store/connections.h"
#include "store/settings.h"

namespace omni::account {

/// Which of several accounts that could be asked is.
enum class Strategy : std::uint8_t {
  fill_first,    // the most wanted, until it rests
  round_robin,   // one after the other, some requests in a row each
  p2c,           // of two by chance the healthier
  random,        // any
  least_used,    // whose last use is longest ago
  strict_random  // any, but each once before one comes again
};

/// By the names that settings have; fill_first for one that means nothing to accounts.
Strategy strategy_named(std::string_view name);

/// How patient one is with providers of a kind and their accounts.
struct Profile {
  Millis cooldown{3000};  // the first of an account whose errors are no model's alone
  int doublings_max = 5;  // of it
  bool heeds_hints = true;
  int failures_max = 12;  // requests in a row before the breaker opens
  Millis open_for{30'000};
};

/// How an account of one provider is picked.
struct Picking {
  Strategy strategy = Strategy::fill_first;
  std::int64_t in_a_row_max = 3;  // of round_robin
};

/// What the settings say about accounts.
struct Rules {
  Picking picking;
  TextMap<Picking> picking_of;  // providers for which it is another one
  Profile oauth, api_key, local;
  Limits limits;
  bool limits_all_keys = false;  // and not only those accounts whose owner wants it
  Millis queue_wait_max{120'000};

  const Picking& picking_for(std::string_view provider) const;
  const Profile& profile_of(const catalog::Provider& provider) const;
  Limits limits_of(const store::Connection& connection) const;
};

Rules rules_of(const store::Settings& settings);

}  // namespace omni::account
