#pragma once

#include "dialect/embedding.h"

namespace omni::dialect {

const EmbeddingCodec& ollama_embedding_codec();

}  // namespace omni::dialect
