#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "chat/dialect.h"
#include "dialect/codec.h"
#include "json/reader.h"

namespace omni::dialect {

/// What is to become vectors, in no dialect.
struct EmbeddingRequest {
  using Tokens = std::vector<std::int64_t>;
  using Input = std::variant<std::string, Tokens>;  // tokens are those of the model
  enum class Format : std::uint8_t { numbers, base64 };

  std::string model;  // as the provider knows it
  std::vector<Input> inputs;
  std::optional<std::int64_t> dimensions;  // fewer than the model has
  Format format = Format::numbers;         // of the vectors in the answer to a client
  std::string user;
  /// Members for which this has no place, for a provider of the client's dialect.
  json::RawMembers rest;
};

/// One vector for each input, in their order.
struct Embeddings {
  std::vector<std::vector<float>> vectors;
  std::string model;                   // as the provider says it
  std::optional<std::int64_t> tokens;  // of the inputs, where the provider counts
};

/// How a dialect asks for vectors and answers with them.  Pure, as Codec is; what fails is told as
/// Codec::decode_error reads it.
class EmbeddingCodec {
 public:
  EmbeddingCodec() = default;
  EmbeddingCodec(const EmbeddingCodec&) = delete;
  EmbeddingCodec& operator=(const EmbeddingCodec&) = delete;
  virtual ~EmbeddingCodec() = default;

  virtual Result<Outbound> encode_request(const EmbeddingRequest& request) const = 0;
  /// Of an answer with a good status.
  virtual Result<Embeddings> decode_reply(std::string_view body) const = 0;
};

/// Null where the dialect knows no vectors.
const EmbeddingCodec* embedding_codec_for(chat::Dialect dialect);

// For the codecs.

std::vector<float> read_vector(json::Value array);
/// An array of the inputs; an error where one of them is tokens.
Result<std::vector<std::string_view>> texts_of(const EmbeddingRequest& request);

}  // namespace omni::dialect
