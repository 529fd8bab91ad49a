#pragma once

#include <cstdint>
#include <string>

#include "catalog/price.h"
#include "chat/reply.h"

namespace omni::meter {

/// What an answer cost, in nano-dollars, rounded to the nearest at the very end.  A kind of token
/// without a rate of its own costs as plain input or output; without those, nothing.
std::int64_t cost_of(const catalog::Rates& rates, const chat::Usage& usage);

/// The rates for what was used at that time.
const catalog::Rates& rates_for(const catalog::Price& price, const chat::Usage& usage,
                                Clock::Wall when);

/// As JSON, in pico-dollars a token, for whoever wants to know later what a cost was made of:
/// {"input":2500000,"output":10000000}.
std::string describe(const catalog::Rates& rates);

}  // namespace omni::meter
