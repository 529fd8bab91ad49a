// POST /models/M:batchEmbedContents {"requests":[{"model","content"}]} →
// {"embeddings":[{"values"}]}
#include "dialect/gemini/embedding.h"

#include "dialect/gemini/path.h"
#include "json/scratch_reader.h"
#include "json/writer.h"

namespace omni::dialect {
namespace {

class GeminiEmbeddingCodec final : public EmbeddingCodec {
 public:
  Result<Outbound> encode_request(const EmbeddingRequest& request) const override {
    const auto texts = texts_of(request);
    if (!texts) return texts.error();
    Outbound outbound;
    outbound.path = gemini::path_of_embeddings(request.model);
    json::Writer out(outbound.body);
    out.begin_object().key("requests").begin_array();
    for (const std::string_view text : *texts) {
      out.begin_object().key("model").text("models/" + request.model).key("content").begin_object();
      out.key("parts").begin_array().begin_object().key("text").text(text).end_object().end_array();
      out.end_object();
      if (request.dimensions) out.key("outputDimensionality").integer(*request.dimensions);
      out.end_object();
    }
    out.end_array().end_object();
    return outbound;
  }

  Result<Embeddings> decode_reply(std::string_view body) const override {
    json::ScratchReader reader;
    const json::Value root = reader->read(body, Error::Kind::upstream);
    Embeddings embeddings;
    for (const json::Value item : root.at("embeddings").items()) {
      embeddings.vectors.push_back(read_vector(item.at("values")));
    }
    if (const json::Value usage = root.find("usageMetadata"); usage.kind() == json::Kind::object) {
      if (const json::Value tokens = usage.find("promptTokenCount")) {
        embeddings.tokens = tokens.integer();
      }
    }
    if (Status read = reader->finish(); !read) return read.error();
    return embeddings;
  }
};

}  // namespace

const EmbeddingCodec& gemini_embedding_codec() {
  static const GeminiEmbeddingCodec codec;
  return codec;
}

}  // namespace omni::dialect
