#pragma once

#include <cstdint>

#include "catalog/price.h"
#include "chat/reply.h"

namespace omni::meter {

/// What an answer cost, in nano-dollars, rounded to the nearest at the very end.  A kind of token
/// without a rate of its own costs as plain input or output; without those, nothing.
std::int64_t cost_of(const catalog::Price& price, const chat::Usage& usage);

}  // namespace omni::meter
