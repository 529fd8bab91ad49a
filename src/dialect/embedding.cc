#include "dialect/embedding.h"

#include <algorithm>
#include <limits>

#include "dialect/gemini/embedding.h"
#include "dialect/ollama/embedding.h"
#include "dialect/openai_chat/embedding.h"

namespace omni::dialect {

const EmbeddingCodec* embedding_codec_for(chat::Dialect dialect) {
  switch (dialect) {
    case chat::Dialect::openai_chat:
    case chat::Dialect::openai_responses:
      return &openai_embedding_codec();
    case chat::Dialect::gemini:
      return &gemini_embedding_codec();
    case chat::Dialect::ollama:
      return &ollama_embedding_codec();
    case chat::Dialect::anthropic:
      break;
  }
  return nullptr;
}

std::vector<float> read_vector(json::Value array) {
  constexpr double max = std::numeric_limits<float>::max();
  std::vector<float> vector;
  for (const json::Value number : array.items()) {
    vector.push_back(static_cast<float>(std::clamp(number.number(), -max, max)));
  }
  return vector;
}

Result<std::vector<std::string_view>> texts_of(const EmbeddingRequest& request) {
  std::vector<std::string_view> texts;
  for (const EmbeddingRequest::Input& input : request.inputs) {
    const auto* text = std::get_if<std::string>(&input);
    if (text == nullptr) {
      return Error(Error::Kind::bad_request, "This provider takes texts, not tokens");
    }
    texts.push_back(*text);
  }
  return texts;
}

}  // namespace omni::dialect
