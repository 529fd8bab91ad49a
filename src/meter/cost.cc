#include "meter/cost.h"

#include <optional>

namespace omni::meter {
namespace {

using catalog::Rate;
using catalog::Rates;

/// The rates for a request of that much input.
const Rates& rates_for(const catalog::Price& price, std::int64_t input) {
  const Rates* rates = &price.rates;
  for (const catalog::Price::Tier& tier : price.tiers) {
    if (input > tier.above_tokens) rates = &tier.rates;
  }
  return *rates;
}

/// Nobody uses so much that this would overflow a wide integer.
using Pico = __int128;

Pico of(std::int64_t tokens, const std::optional<Rate>& own, const std::optional<Rate>& plain) {
  return Pico{tokens} * (own ? *own : plain.value_or(0));
}

}  // namespace

std::int64_t cost_of(const catalog::Price& price, const chat::Usage& usage) {
  const Rates& rates = rates_for(price, usage.input());
  const std::optional<Rate>& write_1h =
      rates.cache_write_1h ? rates.cache_write_1h : rates.cache_write;
  Pico cost = of(usage.input_fresh, rates.input, {});
  cost += of(usage.input_cache_read, rates.cache_read, rates.input);
  cost += of(usage.input_cache_write, rates.cache_write, rates.input);
  cost += of(usage.input_cache_write_1h, write_1h, rates.input);
  cost += of(usage.input_audio, rates.input_audio, rates.input);
  cost += of(usage.output_text, rates.output, {});
  cost += of(usage.output_reasoning, rates.reasoning, rates.output);
  cost += of(usage.output_audio, rates.output_audio, rates.output);
  constexpr Pico pico_per_nano = 1000;
  return static_cast<std::int64_t>((cost + pico_per_nano / 2) / pico_per_nano);
}

}  // namespace omni::meter
