#pragma once

#include "dialect/codec.h"

namespace omni::dialect {

const Codec& openai_chat_codec();

}  // namespace omni::dialect
