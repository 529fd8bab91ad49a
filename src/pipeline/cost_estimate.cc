#include "pipeline/cost_estimate.h"

#include <algorithm>

#include "meter/cost.h"
#include "pipeline/token_estimate.h"

namespace omni::pipeline {
namespace {

/// Of an answer of which nobody says how long it may be.
constexpr std::int64_t tokens_unsaid = 4096;
/// What clients say is not calculated with beyond that.
constexpr std::int64_t tokens_max = 1'000'000'000;

std::int64_t output_tokens(const chat::Request& request, const catalog::Target& target) {
  std::int64_t tokens = request.max_output_tokens.value_or(tokens_unsaid);
  tokens = std::min(tokens, target.output_tokens_max.value_or(tokens_max));
  if (target.model != nullptr && target.model->output_tokens > 0) {
    tokens = std::min(tokens, target.model->output_tokens);
  }
  const std::int64_t answers = std::max<std::int64_t>(request.sampling.choices.value_or(1), 1);
  tokens = std::max<std::int64_t>(tokens, 0);
  return tokens > tokens_max / answers ? tokens_max : tokens * answers;
}

/// Then all that is said may be written to a cache, which some let pay for.
bool asks_to_cache(const chat::Request& request) {
  const auto marked = [](const auto& marks) { return marks.cache_control.has_value(); };
  return std::ranges::any_of(request.tools, marked) ||
         std::ranges::any_of(request.messages, [&](const chat::Message& message) {
           return std::ranges::any_of(message.parts, marked);
         });
}

template <class UsageAt>
std::int64_t dearest(const route::Directory& directory, const route::Plan& plan, Clock::Wall now,
                     const UsageAt& usage_at) {
  std::int64_t nano = 0;
  for (const catalog::Target& target : plan.targets) {
    const catalog::Price* price = directory.price_of(*target.provider, target.model_id);
    if (price == nullptr) continue;
    const chat::Usage& usage = usage_at(target);
    nano = std::max(nano, meter::cost_of(meter::rates_for(*price, usage, now), usage));
  }
  return nano;
}

}  // namespace

std::int64_t cost_at_most(const route::Directory& directory, const chat::Usage& usage,
                          const route::Plan& plan, Clock::Wall now) {
  return dearest(directory, plan, now,
                 [&usage](const catalog::Target&) -> const chat::Usage& { return usage; });
}

std::int64_t estimate_cost(const route::Directory& directory, const chat::Request& request,
                           const route::Plan& plan, Clock::Wall now) {
  chat::Usage usage;
  std::int64_t& input = asks_to_cache(request) ? usage.input_cache_write : usage.input_fresh;
  input = estimate_tokens(request);
  return dearest(directory, plan, now, [&](const catalog::Target& target) -> const chat::Usage& {
    usage.output_text = output_tokens(request, target);
    return usage;
  });
}

}  // namespace omni::pipeline
