#pragma once

#include "dialect/codec.h"

namespace omni::dialect {

/// Of the wire that is spoken here; every request to Anthropic names one.
inline constexpr std::string_view anthropic_version = "2023-06-01";

const Codec& anthropic_codec();

}  // namespace omni::dialect
