#include "dialect/embedding.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
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

/// Of one request of a client's.
constexpr std::size_t inputs_max = 100'000;

Status check_inputs(const EmbeddingRequest& request) {
  const auto empty = [](const EmbeddingRequest::Input& input) {
    return std::visit([](const auto& said) { return said.empty(); }, input);
  };
  if (request.inputs.empty()) {
    return Error(Error::Kind::bad_request, "Missing required field: input");
  }
  if (request.inputs.size() > inputs_max) {
    return Error(Error::Kind::bad_request,
                 "input has more than " + std::to_string(inputs_max) + " texts");
  }
  if (std::ranges::any_of(request.inputs, empty)) {
    return Error(Error::Kind::bad_request, "input has something empty in it");
  }
  return Nothing{};
}

std::int64_t read_dimensions(json::Value value) {
  const std::int64_t dimensions = value.integer();
  if (dimensions < 1) value.refuse("expected a whole number from 1 on");
  return dimensions;
}

std::vector<float> read_vector(json::Value array) {
  constexpr double max = std::numeric_limits<float>::max();
  std::vector<float> vector;
  for (const json::Value number : array.items()) {
    vector.push_back(static_cast<float>(std::clamp(number.number(), -max, max)));
  }
  return vector;
}

/// The shortest that reads back as the same float, which is shorter than that of the same double.
void write_vector(json::Writer& out, std::span<const float> vector) {
  std::array<char, 32> digits{};
  out.begin_array();
  for (const float number : vector) {
    if (!std::isfinite(number)) {
      out.integer(0);
      continue;
    }
    const auto written = std::to_chars(digits.begin(), digits.end(), number);
    out.raw(std::string_view(digits.begin(), written.ptr));
  }
  out.end_array();
}

Result<std::vector<std::string_view>> texts_of(const EmbeddingAsk& ask) {
  std::vector<std::string_view> texts;
  for (const EmbeddingRequest::Input& input : ask.inputs()) {
    const auto* text = std::get_if<std::string>(&input);
    if (text == nullptr) {
      return Error(Error::Kind::bad_request, "This provider takes texts, not tokens");
    }
    texts.push_back(*text);
  }
  return texts;
}

}  // namespace omni::dialect
