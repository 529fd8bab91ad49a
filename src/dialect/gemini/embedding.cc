// POST /models/M:batchEmbedContents {"requests":[{"model","content"}]} →
//     {"embeddings":[{"values"}]}
// POST /models/M:embedContent {"content"} → {"embedding":{"values"}}
#include "dialect/gemini/embedding.h"

#include <utility>

#include "dialect/gemini/path.h"
#include "json/scratch_reader.h"
#include "json/writer.h"

namespace omni::dialect {
namespace {

/// All its texts, one after the other.
std::string read_content(json::Value content) {
  if (content.kind() == json::Kind::text) return std::string(content.text());
  std::string text;
  for (const json::Value part : content.at("parts").items()) {
    const json::Value said = part.find("text");
    if (!said) part.refuse("expected a text");
    text += said.text();
  }
  return text;
}

/// The model is the path's.
void read_one(json::Value one, EmbeddingRequest& request) {
  request.inputs.emplace_back(read_content(one.at("content")));
  json::RawMembers& rest = request.rest_of_inputs.emplace_back();
  for (const auto [key, value] : one.members()) {
    if (key == "outputDimensionality" || key == "output_dimensionality") {
      if (value.is_null()) continue;
      const std::int64_t wanted = read_dimensions(value);
      if (request.dimensions.value_or(wanted) != wanted) value.refuse("expected the same for all");
      request.dimensions = wanted;
    } else if (key != "model" && key != "content") {
      rest.emplace_back(key, value.raw());
    }
  }
}

void write_values(json::Writer& out, std::span<const float> vector) {
  out.begin_object().key("values");
  write_vector(out, vector);
  out.end_object();
}

class GeminiEmbeddingCodec final : public EmbeddingCodec {
 public:
  Result<EmbeddingRequest> decode_request(const Inbound& inbound) const override {
    Result<gemini::AskedVectors> asked = gemini::read_path_of_embeddings(inbound.path);
    if (!asked) return asked.error();
    EmbeddingRequest request{
        .source = chat::Dialect::gemini, .model = std::move(asked->model), .single = asked->single};
    json::ScratchReader reader;
    const json::Value root = reader->read(inbound.body);
    if (request.single) {
      read_one(root, request);
    } else {
      for (const json::Value one : root.at("requests").items()) read_one(one, request);
    }
    if (Status read = reader->finish(); !read) return read.error();
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
      write_values(out, embeddings.vectors.front());
    } else {
      out.key("embeddings").begin_array();
      for (const std::vector<float>& vector : embeddings.vectors) write_values(out, vector);
      out.end_array();
    }
    if (embeddings.tokens) {
      out.key("usageMetadata").begin_object().key("promptTokenCount").integer(*embeddings.tokens);
      out.end_object();
    }
    out.end_object();
    return body;
  }

  std::size_t inputs_max() const override { return 100; }

  Result<Outbound> encode_request(const EmbeddingAsk& ask) const override {
    const auto texts = texts_of(ask);
    if (!texts) return texts.error();
    Outbound outbound;
    outbound.path = gemini::path_of_embeddings(ask.model);
    json::Writer out(outbound.body);
    out.begin_object().key("requests").begin_array();
    const EmbeddingRequest& request = ask.request;
    for (std::size_t i = 0; i < texts->size(); ++i) {
      out.begin_object().key("model").text("models/" + std::string(ask.model));
      out.key("content").begin_object().key("parts").begin_array();
      out.begin_object().key("text").text((*texts)[i]).end_object().end_array().end_object();
      if (request.dimensions) out.key("outputDimensionality").integer(*request.dimensions);
      if (ask.first + i < request.rest_of_inputs.size()) {
        for (const auto& [key, value] : request.rest_of_inputs[ask.first + i]) {
          out.key(key).raw(value);
        }
      }
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
