#pragma once

#include "dialect/codec.h"

namespace omni::dialect {

const Codec& openai_responses_codec();

}  // namespace omni::dialect
