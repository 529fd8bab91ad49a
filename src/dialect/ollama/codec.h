#pragma once

#include "dialect/codec.h"

namespace omni::dialect {

const Codec& ollama_codec();

}  // namespace omni::dialect
