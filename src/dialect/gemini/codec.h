#pragma once

#include "dialect/codec.h"

namespace omni::dialect {

const Codec& gemini_codec();

}  // namespace omni::dialect
