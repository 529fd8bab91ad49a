#pragma once

#include "dialect/embedding.h"

namespace omni::dialect {

const EmbeddingCodec& openai_embedding_codec();

}  // namespace omni::dialect
