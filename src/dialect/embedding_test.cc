#include "dialect/embedding.h"

#include <gtest/gtest.h>

namespace omni::dialect {
namespace {

using chat::Dialect;
using Vectors = std::vector<std::vector<float>>;

EmbeddingRequest two_texts() {
  EmbeddingRequest request;
  request.model = "m";
  request.inputs = {"one", "\"two\""};
  request.dimensions = 64;
  return request;
}

Result<Outbound> try_encode(Dialect dialect, const EmbeddingRequest& request) {
  return embedding_codec_for(dialect)->encode_request(
      {.request = request, .model = request.model, .count = request.inputs.size()});
}

Outbound encode(Dialect dialect, const EmbeddingRequest& request) {
  const auto outbound = try_encode(dialect, request);
  EXPECT_TRUE(outbound) << outbound.error().message();
  return outbound ? *outbound : Outbound();
}

Result<Embeddings> decode(Dialect dialect, std::string_view body) {
  return embedding_codec_for(dialect)->decode_reply(body);
}

TEST(Embedding, IsUnknownToAnthropicAlone) {
  for (const Dialect dialect : chat::all_dialects) {
    EXPECT_EQ(embedding_codec_for(dialect) == nullptr, dialect == Dialect::anthropic);
  }
}

TEST(Embedding, IsAskedForAsOpenaiDoes) {
  EmbeddingRequest request = two_texts();
  request.user = "u";
  request.rest.emplace_back("input_type", json::Raw::quote("query"));
  for (const Dialect dialect : {Dialect::openai_chat, Dialect::openai_responses}) {
    const Outbound outbound = encode(dialect, request);
    EXPECT_EQ(outbound.path, "/embeddings");
    EXPECT_EQ(outbound.body, R"({"model":"m","input":["one","\"two\""],"dimensions":64,"user":"u",)"
                             R"("input_type":"query"})");
  }
  request = {};
  request.model = "m";
  request.inputs = {EmbeddingRequest::Tokens{1, 2}, EmbeddingRequest::Tokens{3}};
  EXPECT_EQ(encode(Dialect::openai_chat, request).body, R"({"model":"m","input":[[1,2],[3]]})");
}

TEST(Embedding, IsAskedForAsGeminiDoes) {
  const Outbound outbound = encode(Dialect::gemini, two_texts());
  EXPECT_EQ(outbound.path, "/models/m:batchEmbedContents");
  EXPECT_EQ(outbound.body,
            R"({"requests":[{"model":"models/m","content":{"parts":[{"text":"one"}]},)"
            R"("outputDimensionality":64},{"model":"models/m","content":{"parts":[{"text":)"
            R"("\"two\""}]},"outputDimensionality":64}]})");
}

TEST(Embedding, IsAskedForAsOllamaDoes) {
  const Outbound outbound = encode(Dialect::ollama, two_texts());
  EXPECT_EQ(outbound.path, "/api/embed");
  EXPECT_EQ(outbound.body, R"({"model":"m","input":["one","\"two\""],"dimensions":64})");
}

TEST(Embedding, IsNotAskedForByTokensWhereTheDialectHasNone) {
  EmbeddingRequest request = two_texts();
  request.inputs.emplace_back(EmbeddingRequest::Tokens{1});
  for (const Dialect dialect : {Dialect::gemini, Dialect::ollama}) {
    const auto outbound = try_encode(dialect, request);
    ASSERT_FALSE(outbound);
    EXPECT_EQ(outbound.error().kind(), Error::Kind::bad_request);
  }
}

TEST(Embedding, OfOpenaiStandsWhereItSays) {
  const auto embeddings = decode(Dialect::openai_chat, R"({"object":"list","data":[
      {"object":"embedding","index":1,"embedding":[0.5,-1]},
      {"object":"embedding","index":0,"embedding":[1e300,2]}],
      "model":"text-m","usage":{"prompt_tokens":7,"total_tokens":7}})");
  ASSERT_TRUE(embeddings);
  ASSERT_EQ(embeddings->vectors.size(), 2);
  EXPECT_EQ(embeddings->vectors[1], (std::vector<float>{0.5F, -1}));
  EXPECT_EQ(embeddings->vectors[0][1], 2);
  EXPECT_EQ(embeddings->model, "text-m");
  EXPECT_EQ(embeddings->tokens, 7);
}

TEST(Embedding, OfOpenaiMayBeInBase64AndSayNothingElse) {
  const auto embeddings =
      decode(Dialect::openai_chat, R"({"data":[{"embedding":"AACAPwAAAMA="},{"embedding":""}]})");
  ASSERT_TRUE(embeddings);
  EXPECT_EQ(embeddings->vectors, (Vectors{{1, -2}, {}}));
  EXPECT_EQ(embeddings->tokens, std::nullopt);
}

TEST(Embedding, OfGeminiAndOllamaStandInOrder) {
  const auto gemini = decode(Dialect::gemini, R"({"embeddings":[{"values":[1,2]},{"values":[3]}],
      "usageMetadata":{"promptTokenCount":4}})");
  ASSERT_TRUE(gemini);
  EXPECT_EQ(gemini->vectors, (Vectors{{1, 2}, {3}}));
  EXPECT_EQ(gemini->tokens, 4);
  const auto ollama =
      decode(Dialect::ollama, R"({"model":"m","embeddings":[[1,2],[3]],"prompt_eval_count":5})");
  ASSERT_TRUE(ollama);
  EXPECT_EQ(ollama->vectors, (Vectors{{1, 2}, {3}}));
  EXPECT_EQ(ollama->tokens, 5);
}

TEST(Embedding, IsRefusedWhereItIsNone) {
  constexpr std::string_view base64_of_three_bytes = R"({"data":[{"embedding":"AACA"}]})";
  for (const std::string_view body :
       {std::string_view("<html>"), std::string_view("{}"), std::string_view("[]"),
        std::string_view(R"({"data":[{}]})"),
        std::string_view(R"({"data":[{"embedding":[null]}]})"),
        std::string_view(R"({"data":[{"index":1,"embedding":[1]}]})"),
        std::string_view(R"({"data":[{"index":-1,"embedding":[1]}]})"), base64_of_three_bytes,
        std::string_view(R"({"embeddings":[1]})"), std::string_view(R"({"error":"x"})")}) {
    for (const Dialect dialect : {Dialect::openai_chat, Dialect::gemini, Dialect::ollama}) {
      const auto embeddings = decode(dialect, body);
      ASSERT_FALSE(embeddings) << body;
      EXPECT_EQ(embeddings.error().kind(), Error::Kind::upstream) << body;
    }
  }
}

}  // namespace
}  // namespace omni::dialect
