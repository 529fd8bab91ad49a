#include "meter/cost.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "base/strings.h"

namespace omni::meter {
namespace {

using catalog::Rate;
using catalog::Rates;

/// Nobody uses so much that this would overflow a wide integer.
using Pico = __int128;
/// A million dollars, beyond what one answer can cost: sums of a few such stay sums.
constexpr Pico nano_max = 1'000'000'000'000'000;

Pico of(std::int64_t tokens, const std::optional<Rate>& own, const std::optional<Rate>& plain) {
  return Pico{tokens} * (own ? *own : plain.value_or(0));
}

struct Named {
  std::string_view name;
  std::optional<Rate> Rates::*rate;
};
constexpr std::array rates_named{Named{"input", &Rates::input},
                                 Named{"output", &Rates::output},
                                 Named{"cache_read", &Rates::cache_read},
                                 Named{"cache_write", &Rates::cache_write},
                                 Named{"cache_write_1h", &Rates::cache_write_1h},
                                 Named{"reasoning", &Rates::reasoning},
                                 Named{"input_audio", &Rates::input_audio},
                                 Named{"output_audio", &Rates::output_audio},
                                 Named{"input_image", &Rates::input_image},
                                 Named{"output_image", &Rates::output_image},
                                 Named{"image", &Rates::image},
                                 Named{"minute", &Rates::minute}};

}  // namespace

const Rates& rates_for(const catalog::Price& price, const chat::Usage& usage, Clock::Wall when) {
  const std::int64_t input = usage.input();
  const Rates* rates = &price.rates;
  for (const catalog::Price::Tier& tier : price.tiers) {
    if (tier.above_tokens > 0 && input <= tier.above_tokens) continue;
    if (tier.service && *tier.service != usage.service) continue;
    if (tier.from <= when) rates = &tier.rates;
  }
  return *rates;
}

std::string describe(const Rates& rates) {
  std::string out;
  out.reserve(96);
  for (const Named& named : rates_named) {
    const std::optional<Rate>& rate = rates.*named.rate;
    if (!rate) continue;
    out.append(out.empty() ? "{\"" : ",\"").append(named.name).append("\":");
    append_number(out, static_cast<std::uint64_t>(*rate));
  }
  return out.empty() ? "{}" : out + "}";
}

std::int64_t cost_of(const Rates& rates, const chat::Usage& usage) {
  const std::optional<Rate>& write_1h =
      rates.cache_write_1h ? rates.cache_write_1h : rates.cache_write;
  Pico cost = of(usage.input_fresh, rates.input, {});
  cost += of(usage.input_cache_read, rates.cache_read, rates.input);
  cost += of(usage.input_cache_write, rates.cache_write, rates.input);
  cost += of(usage.input_cache_write_1h, write_1h, rates.input);
  cost += of(usage.input_audio, rates.input_audio, rates.input);
  cost += of(usage.input_image, rates.input_image, rates.input);
  cost += of(usage.output_text, rates.output, {});
  cost += of(usage.output_reasoning, rates.reasoning, rates.output);
  cost += of(usage.output_audio, rates.output_audio, rates.output);
  cost += of(usage.output_image, rates.output_image, rates.output);
  cost += of(usage.images, rates.image, {});
  constexpr Pico ms_per_minute = 60'000;
  cost += of(usage.audio_ms, rates.minute, {}) / ms_per_minute;
  constexpr Pico pico_per_nano = 1000;
  const Pico nano = (cost + pico_per_nano / 2) / pico_per_nano;
  return static_cast<std::int64_t>(std::min<Pico>(nano, nano_max));
}

}  // namespace omni::meter
