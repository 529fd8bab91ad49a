#pragma once

#include "dialect/embedding.h"

namespace omni::dialect {

const EmbeddingCodec& gemini_embedding_codec();

}  // namespace omni::dialect
