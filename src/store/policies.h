#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "store/columns.h"

namespace omni::store {

/// A rule of whoever runs the gateway about requests: which of them it is for, and what becomes of
/// them.
struct Policy {
  std::string id, name;
  std::string type;  // "routing", "budget", "access", "model": for people
  bool enabled = true;
  std::int64_t priority = 0;  // a smaller one comes first

  // for which requests; empty: for all
  std::string model_pattern;  // with `*`
  std::string key_id;
  std::string provider;  // of targets

  Texts preferred_providers;  // before the others, in this order
  Texts blocked_providers, blocked_models;
  std::optional<std::int64_t> output_tokens_max;
  std::optional<std::int64_t> cost_nano_max;

  Clock::Wall created_at{}, updated_at{};
};

/// In the order in which they apply.
Result<std::vector<Policy>> load_policies(sql::Session& session);
/// In the place of the one with that id, whose time of making stays.
Status put_policy(sql::Session& session, const Policy& policy);
Status delete_policy(sql::Session& session, std::string_view id);

}  // namespace omni::store
