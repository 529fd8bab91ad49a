// POST /embeddings {"model","input":[…]} → {"data":[{"index","embedding":[…] or base64}],"usage"}
#include "dialect/openai_chat/embedding.h"

#include <algorithm>
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

EmbeddingRequest::Tokens read_tokens(json::Value array) {
  EmbeddingRequest::Tokens tokens;
  for (const json::Value token : array.items()) tokens.push_back(token.integer());
  return tokens;
}

/// A text, texts, tokens of one text, or of several.
void read_input(json::Value input, std::vector<EmbeddingRequest::Input>& inputs) {
  if (input.kind() == json::Kind::text) {
    inputs.emplace_back(std::string(input.text()));
    return;
  }
  for (const json::Value item : input.items()) {
    if (item.kind() == json::Kind::number) {
      inputs.emplace_back(read_tokens(input));
      return;
    }
    if (item.kind() == json::Kind::array) {
      inputs.emplace_back(read_tokens(item));
    } else {
      inputs.emplace_back(std::string(item.text()));
    }
  }
}

EmbeddingRequest::Format read_format(json::Value value) {
  if (value.text() == "base64") return EmbeddingRequest::Format::base64;
  if (value.text() != "float") value.refuse("expected float or base64");
  return EmbeddingRequest::Format::numbers;
}

std::string pack(std::span<const float> vector) {
  const auto bytes = std::as_bytes(vector);
  return base64_encode({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
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

const json::RawMembers none;

class OpenaiEmbeddingCodec final : public EmbeddingCodec {
 public:
  Result<EmbeddingRequest> decode_request(const Inbound& inbound) const override {
    EmbeddingRequest request{.source = chat::Dialect::openai_chat};
    json::ScratchReader reader;
    for (const auto [key, value] : reader->read(inbound.body).members()) {
      if (value.is_null()) continue;
      if (key == "model") {
        request.model = value.text();
      } else if (key == "input") {
        read_input(value, request.inputs);
      } else if (key == "dimensions") {
        request.dimensions = read_dimensions(value);
      } else if (key == "encoding_format") {
        request.format = read_format(value);
      } else if (key == "user") {
        request.user = value.text();
      } else {
        request.rest.emplace_back(key, value.raw());
      }
    }
    if (Status read = reader->finish(); !read) return read.error();
    if (request.model.empty()) return Error(Error::Kind::bad_request, "Missing model");
    if (Status some = check_inputs(request); !some) return some.error();
    return request;
  }

  std::string encode_reply(const EmbeddingRequest& request,
                           const Embeddings& embeddings) const override {
    std::string body;
    json::Writer out(body);
    out.begin_object().key("object").text("list").key("data").begin_array();
    std::int64_t place = 0;
    for (const std::vector<float>& vector : embeddings.vectors) {
      out.begin_object().key("object").text("embedding").key("index").integer(place++);
      out.key("embedding");
      if (request.format == EmbeddingRequest::Format::base64) {
        out.text(pack(vector));
      } else {
        write_vector(out, vector);
      }
      out.end_object();
    }
    const std::int64_t tokens = embeddings.tokens.value_or(0);
    out.end_array().key("model").text(embeddings.model).key("usage").begin_object();
    out.key("prompt_tokens").integer(tokens).key("total_tokens").integer(tokens);
    out.end_object().end_object();
    return body;
  }

  Result<Outbound> encode_request(const EmbeddingAsk& ask) const override {
    const EmbeddingRequest& request = ask.request;
    Outbound outbound;
    outbound.path = "/embeddings";
    json::Writer out(outbound.body);
    out.begin_object().key("model").text(ask.model).key("input").begin_array();
    for (const EmbeddingRequest::Input& input : ask.inputs()) write_input(out, input);
    out.end_array();
    if (request.dimensions) out.key("dimensions").integer(*request.dimensions);
    if (!request.user.empty()) out.key("user").text(request.user);
    const bool kin = request.source == chat::Dialect::openai_chat;
    const json::RawMembers& rest = kin ? request.rest : none;
    for (const auto& [key, value] : rest) out.key(key).raw(value);
    for (const auto& [key, value] : ask.usual == nullptr ? none : *ask.usual) {
      const bool said =
          std::ranges::any_of(rest, [&key](const auto& each) { return each.first == key; });
      if (!said) out.key(key).raw(value);
    }
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
