#include "pipeline/cost_bound.h"

#include <algorithm>
#include <optional>

#include "meter/cost.h"
#include "pipeline/token_estimate.h"

namespace omni::pipeline {
namespace {

using catalog::Target;

constexpr std::int64_t million = 1'000'000;

/// How many tokens an answer may have; nothing where they cost nothing.
std::optional<std::int64_t> affordable(const catalog::Rates& rates, chat::Usage usage,
                                       std::int64_t nano) {
  const std::int64_t asked = meter::cost_of(rates, usage);
  usage.output_text = million;
  const std::int64_t for_million = meter::cost_of(rates, usage) - asked;
  if (asked > nano) return 0;
  if (for_million <= 0) return std::nullopt;
  const double share = static_cast<double>(nano - asked) / static_cast<double>(for_million);
  return static_cast<std::int64_t>(std::min(share, 1e9) * static_cast<double>(million));
}

void note_too_dear(const Target& target, route::Plan& plan) {
  plan.reasons.push_back(target.provider->shown_id() + "/" + target.model_id +
                         " would cost more than a policy allows");
}

Status check_left(const route::Plan& plan) {
  if (!plan.targets.empty()) return Nothing{};
  return Error(Error::Kind::forbidden, "The request would cost more than a policy allows");
}

}  // namespace

Status bound_by_cost(const route::Directory& directory, const chat::Usage& at_most, Clock::Wall now,
                     route::Plan& plan) {
  std::erase_if(plan.targets, [&](const Target& target) {
    const catalog::Price* price = directory.price_of(*target.provider, target.model_id);
    if (!target.cost_nano_max || price == nullptr) return false;
    const std::int64_t cost = meter::cost_of(meter::rates_for(*price, at_most, now), at_most);
    if (cost <= *target.cost_nano_max) return false;
    note_too_dear(target, plan);
    return true;
  });
  return check_left(plan);
}

Status bound_by_cost(const route::Directory& directory, const chat::Request& request,
                     Clock::Wall now, route::Plan& plan) {
  chat::Usage usage;
  usage.input_fresh = estimate_tokens(request);
  std::erase_if(plan.targets, [&](Target& target) {
    if (!target.cost_nano_max) return false;
    const catalog::Price* price = directory.price_of(*target.provider, target.model_id);
    if (price == nullptr) return false;
    const auto tokens =
        affordable(meter::rates_for(*price, usage, now), usage, *target.cost_nano_max);
    if (!tokens) return false;
    const std::int64_t max = std::min(*tokens, target.output_tokens_max.value_or(*tokens));
    target.output_tokens_max = max;
    if (max > 0) return false;
    note_too_dear(target, plan);
    return true;
  });
  return check_left(plan);
}

}  // namespace omni::pipeline
