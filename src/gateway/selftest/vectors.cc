// Vectors of texts, for clients of every dialect that knows them.

#include <vector>

#include "dialect/embedding.h"
#include "gateway/selftest/check.h"
#include "gateway/selftest/stage.h"
#include "gateway/selftest/talk.h"

namespace omni::gateway::selftest {
namespace {

using chat::Dialect;
using Vectors = std::vector<std::vector<float>>;

const std::vector<dialect::EmbeddingRequest::Input> texts{std::string("Grüße"),
                                                          std::string("世界")};

/// As a client of the dialect asks for them and reads them.
Result<Vectors> vectors_for(Stage& stage, Dialect client, const dialect::EmbeddingCodec& codec) {
  dialect::EmbeddingRequest request;
  request.source = client;
  request.model = "demo/embed";
  request.inputs = texts;
  auto outbound = codec.encode_request({request, request.model, 0, texts.size()});
  if (!outbound) return outbound.error();
  Question question = post_json(target_of(client, outbound->path), std::move(outbound->body));
  const auto body = stage.get(stage.house(), question);
  if (!body) return body.error();
  auto embeddings = codec.decode_reply(*body);
  if (!embeddings) return embeddings.error();
  return std::move(embeddings->vectors);
}

Error amiss(Dialect client, std::string_view what) {
  return {Error::Kind::internal, std::string(name_of(client)).append(": ").append(what)};
}

}  // namespace

Finding check_vectors(Stage& stage) {
  Vectors first;
  std::size_t clients = 0;
  for (const Dialect client : chat::all_dialects) {
    const dialect::EmbeddingCodec* const codec = dialect::embedding_codec_for(client);
    if (codec == nullptr) continue;
    auto vectors = vectors_for(stage, client, *codec);
    if (!vectors) return amiss(client, vectors.error().message());
    if (vectors->size() != texts.size()) return amiss(client, "not a vector for each text");
    if (vectors->front().empty()) return amiss(client, "a vector of nothing");
    if (clients++ == 0) first = *vectors;
    if (*vectors != first) return amiss(client, "other vectors than in another dialect");
  }
  return "the same for clients of " + std::to_string(clients) + " dialects";
}

}  // namespace omni::gateway::selftest
