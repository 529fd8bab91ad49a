// POST /api/embed {"model","input":[…]} → {"embeddings":[[…]],"prompt_eval_count"}
#include "dialect/ollama/embedding.h"

#include "json/scratch_reader.h"
#include "json/writer.h"

namespace omni::dialect {
namespace {

class OllamaEmbeddingCodec final : public EmbeddingCodec {
 public:
  Result<Outbound> encode_request(const EmbeddingRequest& request) const override {
    const auto texts = texts_of(request);
    if (!texts) return texts.error();
    Outbound outbound;
    outbound.path = "/api/embed";
    json::Writer out(outbound.body);
    out.begin_object().key("model").text(request.model).key("input").begin_array();
    for (const std::string_view text : *texts) out.text(text);
    out.end_array();
    if (request.dimensions) out.key("dimensions").integer(*request.dimensions);
    out.end_object();
    return outbound;
  }

  Result<Embeddings> decode_reply(std::string_view body) const override {
    json::ScratchReader reader;
    const json::Value root = reader->read(body, Error::Kind::upstream);
    Embeddings embeddings;
    for (const json::Value item : root.at("embeddings").items()) {
      embeddings.vectors.push_back(read_vector(item));
    }
    embeddings.model = root.find("model").text();
    if (const json::Value tokens = root.find("prompt_eval_count")) {
      embeddings.tokens = tokens.integer();
    }
    if (Status read = reader->finish(); !read) return read.error();
    return embeddings;
  }
};

}  // namespace

const EmbeddingCodec& ollama_embedding_codec() {
  static const OllamaEmbeddingCodec codec;
  return codec;
}

}  // namespace omni::dialect
