#include "route/policies.h"

#include <algorithm>

#include "base/strings.h"
#include "base/wildcard.h"

namespace omni::route {
namespace {

using catalog::Target;
using store::Policy;

bool is_provider(std::string_view name, const Target& target) {
  const auto same = [name](std::string_view other) { return equals_ignoring_case(name, other); };
  return same(target.provider->id) || std::ranges::any_of(target.provider->aliases, same);
}

/// A model by its id alone, or with its provider's before it.
bool is_model(std::string_view pattern, const Target& target) {
  const auto fits = [pattern](std::string_view name) {
    return matches_wildcard(pattern, name, LetterCase::ignored);
  };
  return fits(target.model_id) || fits(target.provider->id + "/" + target.model_id) ||
         fits(target.provider->prefix() + "/" + target.model_id);
}

bool concerns(const Policy& policy, const Asker& asker) {
  return policy.enabled && (policy.key_id.empty() || policy.key_id == asker.key_id);
}

bool concerns(const Policy& policy, const Asker& asker, const Target& target) {
  if (!policy.provider.empty() && !is_provider(policy.provider, target)) return false;
  return policy.model_pattern.empty() ||
         matches_wildcard(policy.model_pattern, asker.model, LetterCase::ignored) ||
         is_model(policy.model_pattern, target);
}

bool blocks(const Policy& policy, const Target& target) {
  return std::ranges::any_of(policy.blocked_providers,
                             [&](auto& name) { return is_provider(name, target); }) ||
         std::ranges::any_of(policy.blocked_models,
                             [&](auto& pattern) { return is_model(pattern, target); });
}

bool forbids(const Policy& policy, const Asker& asker, const Target& target) {
  return concerns(policy, asker, target) && blocks(policy, target);
}

std::size_t rank_of(const Policy& policy, const Target& target) {
  const auto& preferred = policy.preferred_providers;
  const auto found =
      std::ranges::find_if(preferred, [&](auto& name) { return is_provider(name, target); });
  return static_cast<std::size_t>(found - preferred.begin());
}

template <class Bound>
void tighten(Bound& bound, const std::optional<std::int64_t>& max) {
  if (max) bound = bound ? std::min(*bound, *max) : *max;
}

/// What one policy makes of the plan.
void apply(const Policy& policy, const Asker& asker, Plan& plan) {
  const auto note = [&](const std::string& what) {
    plan.reasons.push_back("the policy \"" + policy.name + "\" " + what);
  };
  std::erase_if(plan.targets, [&](const Target& target) {
    const bool blocked = forbids(policy, asker, target);
    if (blocked) note("blocks " + target.provider->shown_id() + "/" + target.model_id);
    return blocked;
  });
  bool bounds = false;
  for (Target& target : plan.targets) {
    if (!concerns(policy, asker, target)) continue;
    bounds = bounds || policy.output_tokens_max || policy.cost_nano_max;
    tighten(target.output_tokens_max, policy.output_tokens_max);
    tighten(target.cost_nano_max, policy.cost_nano_max);
  }
  if (bounds) note("bounds the answer");
}

/// Those that the policy does not concern stay behind the preferred ones in their order.
void prefer(const Policy& policy, const Asker& asker, Plan& plan) {
  if (policy.preferred_providers.empty()) return;
  const std::size_t last = policy.preferred_providers.size();
  const auto rank = [&](const Target& target) {
    return concerns(policy, asker, target) ? rank_of(policy, target) : last;
  };
  if (std::ranges::is_sorted(plan.targets, {}, rank)) return;
  std::ranges::stable_sort(plan.targets, {}, rank);
  plan.reasons.push_back("the policy \"" + policy.name + "\" prefers " +
                         plan.targets.front().provider->id);
}

}  // namespace

Status apply_policies(std::span<const Policy> policies, const Asker& asker, Plan& plan) {
  const bool any = !plan.targets.empty();
  for (const Policy& policy : policies) {
    if (concerns(policy, asker)) apply(policy, asker, plan);
  }
  // The last to sort decides, so that has to be the first.
  for (std::size_t i = policies.size(); i-- > 0;) {
    if (concerns(policies[i], asker)) prefer(policies[i], asker, plan);
  }
  if (!any || !plan.targets.empty()) return Nothing{};
  return Error(Error::Kind::forbidden,
               "A policy of this gateway does not allow the model " + std::string(asker.model));
}

bool is_blocked(std::span<const Policy> policies, const Asker& asker, const Target& target) {
  return std::ranges::any_of(policies, [&](const Policy& policy) {
    return concerns(policy, asker) && forbids(policy, asker, target);
  });
}

}  // namespace omni::route
