#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "chat/reply.h"

namespace omni::catalog {

/// What one token costs in pico-dollars, which is micro-dollars for a million of them: $2.50 a
/// million is 2'500'000.
using Rate = std::int64_t;

/// One rate for each kind of token; a kind without one costs what `Price` says of it.
struct Rates {
  std::optional<Rate> input, output;
  std::optional<Rate> cache_read, cache_write, cache_write_1h;
  std::optional<Rate> reasoning;  // in the place of output, not on top of it
  std::optional<Rate> input_audio, output_audio;
  std::optional<Rate> input_image, output_image;
  std::optional<Rate> image;   // that was made; not of a token
  std::optional<Rate> minute;  // of a recording that was heard; not of a token either

  bool operator==(const Rates&) const = default;
};

/// What a model costs.  A kind of token without a rate costs as much as plain input or output.
struct Price {
  /// Other rates for requests that are all of this: for all of their tokens.
  struct Tier {
    std::int64_t above_tokens = 0;  // of input
    std::optional<chat::Service> service = {};
    Clock::Wall from{};
    Rates rates = {};
    bool operator==(const Tier&) const = default;
  };

  Rates rates;
  std::vector<Tier> tiers;  // the last that fits holds

  bool operator==(const Price&) const = default;
};

/// Reads a price as files of the catalogue write it, `{"input":3,"output":15}`.
Result<Price> parse_price(std::string_view json);

/// Reads dollars for a million tokens, "2.5", exactly: refuses what is negative, beyond a million
/// dollars, or finer than a pico-dollar a token.
Result<Rate> parse_rate(std::string_view dollars);
/// The same back, without needless zeros.
std::string write_rate(Rate rate);

}  // namespace omni::catalog
