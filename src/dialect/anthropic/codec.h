#pragma once

#include "dialect/codec.h"

namespace omni::dialect {

const Codec& anthropic_codec();

}  // namespace omni::dialect
