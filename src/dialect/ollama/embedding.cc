// POST /api/embed {"model","input":[…]} → {"embeddings":[[…]],"prompt_eval_count"}
// POST /api/embeddings {"model","prompt"} → {"embedding":[…]}
#include "dialect/ollama/embedding.h"

#include "json/scratch_reader.h"
#include "json/writer.h"

namespace omni::dialect {
namespace {

/// A text, or texts.
void read_input(json::Value input, std::vector<EmbeddingRequest::Input>& inputs) {
  if (input.kind() == json::Kind::text) {
    inputs.emplace_back(std::string(input.text()));
    return;
  }
  for (const json::Value text : input.items()) inputs.emplace_back(std::string(text.text()));
}

class OllamaEmbeddingCodec final : public EmbeddingCodec {
 public:
  Result<EmbeddingRequest> decode_request(const Inbound& inbound) const override {
    EmbeddingRequest request{.source = chat::Dialect::ollama};
    request.single = inbound.path.find("/api/embeddings") != std::string_view::npos;
    json::ScratchReader reader;
    for (const auto [key, value] : reader->read(inbound.body).members()) {
      if (value.is_null()) continue;
      if (key == "model") {
        request.model = value.text();
      } else if (key == (request.single ? "prompt" : "input")) {
        read_input(value, request.inputs);
      } else if (key == "dimensions") {
        request.dimensions = read_dimensions(value);
      } else {
        request.rest.emplace_back(key, value.raw());
      }
    }
    if (Status read = reader->finish(); !read) return read.error();
    if (request.model.empty()) return Error(Error::Kind::bad_request, "Missing model");
    if (request.single && request.inputs.size() > 1) {
      return Error(Error::Kind::bad_request, "prompt is one text");
    }
    if (Status some = check_inputs(request); !some) return some.error();
    return request;
  }

  std::string encode_reply(const EmbeddingRequest& request,
                           const Embeddings& embeddings) const override {
    std::string body;
    json::Writer out(body);
    out.begin_object();
    if (request.single) {
      out.key("embedding");
      write_vector(out, embeddings.vectors.front());
      out.end_object();
      return body;
    }
    out.key("model").text(request.model).key("embeddings").begin_array();
    for (const std::vector<float>& vector : embeddings.vectors) write_vector(out, vector);
    out.end_array();
    if (embeddings.tokens) out.key("prompt_eval_count").integer(*embeddings.tokens);
    out.end_object();
    return body;
  }

  Result<Outbound> encode_request(const EmbeddingAsk& ask) const override {
    const EmbeddingRequest& request = ask.request;
    const auto texts = texts_of(ask);
    if (!texts) return texts.error();
    Outbound outbound;
    outbound.path = "/api/embed";
    json::Writer out(outbound.body);
    out.begin_object().key("model").text(ask.model).key("input").begin_array();
    for (const std::string_view text : *texts) out.text(text);
    out.end_array();
    if (request.dimensions) out.key("dimensions").integer(*request.dimensions);
    if (request.source == chat::Dialect::ollama) {
      for (const auto& [key, value] : request.rest) out.key(key).raw(value);
    }
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
