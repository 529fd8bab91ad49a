#pragma once

#include <cstdint>

#include "chat/request.h"

namespace omni::pipeline {

/// About, in any language.
inline constexpr std::int64_t characters_per_token = 4;

/// About how many tokens a request is: four characters each, of everything that the model reads,
/// and what an image mostly costs.  At least one.
std::int64_t estimate_tokens(const chat::Request& request);

}  // namespace omni::pipeline
