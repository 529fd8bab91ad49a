// POST /embeddings {"model","input":[…]} → {"data":[{"index","embedding":[…] or base64}],"usage"}
#include "dialect/openai_chat/embedding.h"

#include <bit>
#include <cstring>

#include "base/strings.h"
#include "json/scratch_reader.h"
#include "json/writer.h"

namespace omni::dialect {
namespace {

void write_input(json::Writer& out, const EmbeddingRequest::Input& input) {
  if (const auto* text = std::get_if<std::string>(&input)) {
    out.text(*text);
    return;
  }
  out.begin_array();
  for (const std::int64_t token : std::get<EmbeddingRequest::Tokens>(input)) out.integer(token);
  out.end_array();
}

/// Floats of four bytes, the lowest first.
std::vector<float> unpack(json::Value base64) {
  static_assert(std::endian::native == std::endian::little);
  const auto bytes = base64_decode(base64.text());
  if (!bytes || bytes->size() % sizeof(float) != 0) {
    base64.refuse("expected floats in base64");
    return {};
  }
  std::vector<float> vector(bytes->size() / sizeof(float));
  if (!vector.empty()) std::memcpy(vector.data(), bytes->data(), bytes->size());
  return vector;
}

std::vector<float> read_embedding(json::Value value) {
  return value.kind() == json::Kind::text ? unpack(value) : read_vector(value);
}

/// Where it says no place, it stands in order.
void read_item(json::Value item, std::vector<std::vector<float>>& vectors, std::size_t place) {
  if (const json::Value index = item.find("index")) {
    const std::int64_t said = index.integer();
    if (said < 0 || static_cast<std::size_t>(said) >= vectors.size()) {
      index.refuse("expected the place of an input");
      return;
    }
    place = static_cast<std::size_t>(said);
  }
  vectors[place] = read_embedding(item.at("embedding"));
}

class OpenaiEmbeddingCodec final : public EmbeddingCodec {
 public:
  Result<Outbound> encode_request(const EmbeddingRequest& request) const override {
    Outbound outbound;
    outbound.path = "/embeddings";
    json::Writer out(outbound.body);
    out.begin_object().key("model").text(request.model).key("input").begin_array();
    for (const EmbeddingRequest::Input& input : request.inputs) write_input(out, input);
    out.end_array();
    if (request.dimensions) out.key("dimensions").integer(*request.dimensions);
    if (!request.user.empty()) out.key("user").text(request.user);
    for (const auto& [key, value] : request.rest) out.key(key).raw(value);
    out.end_object();
    return outbound;
  }

  Result<Embeddings> decode_reply(std::string_view body) const override {
    json::ScratchReader reader;
    const json::Value root = reader->read(body, Error::Kind::upstream);
    Embeddings embeddings;
    const json::Value data = root.at("data");
    std::size_t count = 0;
    for ([[maybe_unused]] const json::Value item : data.items()) ++count;
    embeddings.vectors.resize(count);
    std::size_t place = 0;
    for (const json::Value item : data.items()) read_item(item, embeddings.vectors, place++);
    embeddings.model = root.find("model").text();
    if (const json::Value usage = root.find("usage"); usage.kind() == json::Kind::object) {
      const json::Value prompt = usage.find("prompt_tokens");
      const json::Value tokens = prompt ? prompt : usage.find("total_tokens");
      if (tokens) embeddings.tokens = tokens.integer();
    }
    if (Status read = reader->finish(); !read) return read.error();
    return embeddings;
  }
};

}  // namespace

const EmbeddingCodec& openai_embedding_codec() {
  static const OpenaiEmbeddingCodec codec;
  return codec;
}

}  // namespace omni::dialect
