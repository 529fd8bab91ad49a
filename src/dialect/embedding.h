#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "chat/dialect.h"
#include "dialect/codec.h"
#include "json/reader.h"
#include "json/writer.h"

namespace omni::dialect {

/// What is to become vectors, in no dialect.
struct EmbeddingRequest {
  using Tokens = std::vector<std::int64_t>;
  using Input = std::variant<std::string, Tokens>;  // tokens are those of the model
  enum class Format : std::uint8_t { numbers, base64 };

  chat::Dialect source{};  // that it came in
  std::string model;       // as the client wrote it
  std::vector<Input> inputs;
  bool single = false;                     // a client that reads one vector, not a list of them
  std::optional<std::int64_t> dimensions;  // fewer than the model has
  Format format = Format::numbers;         // of the vectors in the answer to a client
  std::string user;
  /// Members for which this has no place, for a provider of the client's dialect; those of Gemini
  /// are of each input.
  json::RawMembers rest;
  std::vector<json::RawMembers> rest_of_inputs;
};

/// One call's worth of a request: some of its inputs, for a model as its provider knows it.
struct EmbeddingAsk {
  const EmbeddingRequest& request;
  std::string_view model;
  std::size_t first = 0, count = 0;  // of the inputs
  /// What the provider wants to be told where the client says nothing of it.
  const json::RawMembers* usual = nullptr;

  std::span<const EmbeddingRequest::Input> inputs() const {
    return std::span(request.inputs).subspan(first, count);
  }
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

  /// Of a client.
  virtual Result<EmbeddingRequest> decode_request(const Inbound& inbound) const = 0;
  virtual std::string encode_reply(const EmbeddingRequest& request,
                                   const Embeddings& embeddings) const = 0;

  /// To a provider.
  virtual Result<Outbound> encode_request(const EmbeddingAsk& ask) const = 0;
  /// Of an answer with a good status.
  virtual Result<Embeddings> decode_reply(std::string_view body) const = 0;
};

/// Null where the dialect knows no vectors.
const EmbeddingCodec* embedding_codec_for(chat::Dialect dialect);

// For the codecs.

/// An error that says so where there is nothing to make a vector of.
Status check_inputs(const EmbeddingRequest& request);
/// A whole number from 1 on; refused where it is none.
std::int64_t read_dimensions(json::Value value);
std::vector<float> read_vector(json::Value array);
void write_vector(json::Writer& out, std::span<const float> vector);
/// An array of the inputs; an error where one of them is tokens.
Result<std::vector<std::string_view>> texts_of(const EmbeddingAsk& ask);

}  // namespace omni::dialect
