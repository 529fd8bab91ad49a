#include "upstream/special/demo_services.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/strings.h"
#include "dialect/embedding.h"
#include "json/reader.h"
#include "json/writer.h"
#include "upstream/special/demo_lists.h"

namespace omni::upstream {
namespace {

using dialect::EmbeddingRequest;

constexpr std::int64_t dimensions_usual = 64, dimensions_max = 4096;
/// Of one grey point.
constexpr std::string_view image =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==";

/// A place and a direction for each word.
void add_word(std::string_view word, std::vector<float>& vector) {
  const Sha256 digest = sha256(word);
  const std::size_t place = std::size_t{digest[0]} << 8 | digest[1];
  vector[place % vector.size()] += (digest[2] & 1) == 0 ? 1.0F : -1.0F;
}

void make_one_long(std::vector<float>& vector) {
  float square = 0;
  for (const float number : vector) square += number * number;
  if (square == 0) {
    vector.front() = 1;
    return;
  }
  for (float& number : vector) number /= std::sqrt(square);
}

std::vector<float> vector_of(const EmbeddingRequest::Input& input, std::size_t dimensions) {
  std::vector<float> vector(dimensions);
  if (const auto* text = std::get_if<std::string>(&input)) {
    const std::string lower = to_lower(*text);
    std::string_view rest = lower;
    while (!rest.empty()) {
      const std::string_view word = cut(rest, ' ');
      if (!word.empty()) add_word(word, vector);
    }
  } else {
    for (const std::int64_t token : std::get<EmbeddingRequest::Tokens>(input)) {
      add_word(std::to_string(token), vector);
    }
  }
  make_one_long(vector);
  return vector;
}

std::int64_t tokens_of(const EmbeddingRequest::Input& input) {
  const auto* text = std::get_if<std::string>(&input);
  return text != nullptr ? tokens_in(*text) : std::ssize(std::get<EmbeddingRequest::Tokens>(input));
}

bool asks_for_vectors(std::string_view path) {
  constexpr std::array<std::string_view, 5> ends{"/embeddings", "/api/embed", "/api/embeddings",
                                                 ":embedContent", ":batchEmbedContents"};
  return std::ranges::any_of(ends, [path](std::string_view end) { return path.ends_with(end); });
}

Played vectors(const DemoAsk& ask) {
  const dialect::EmbeddingCodec* codec = dialect::embedding_codec_for(ask.dialect);
  if (codec == nullptr) return error_answer(ask.dialect, 404, "There are no vectors here.");
  const auto request = codec->decode_request({.path = ask.path, .body = ask.body});
  if (!request) {
    const chat::Failure failure = chat::Failure::of(request.error());
    return error_answer(ask.dialect, failure.status, failure.message);
  }
  const std::int64_t wanted = request->dimensions.value_or(dimensions_usual);
  if (wanted > dimensions_max) {
    return error_answer(ask.dialect, 400, "dimensions: 4096 at most");
  }
  const auto dimensions = static_cast<std::size_t>(wanted);
  dialect::Embeddings made{.model = request->model, .tokens = 0};
  for (const EmbeddingRequest::Input& input : request->inputs) {
    made.vectors.push_back(vector_of(input, dimensions));
    *made.tokens += tokens_of(input);
  }
  return Played::json(200, codec->encode_reply(*request, made));
}

Played picture(const DemoAsk& ask) {
  std::int64_t count = 1;
  {
    json::Reader reader;
    const json::Value root = reader.read(ask.body);
    const json::Value n = root.kind() == json::Kind::object ? root.find("n") : json::Value();
    if (n.kind() == json::Kind::number) count = std::clamp<std::int64_t>(n.integer(), 1, 10);
  }
  std::string body;
  json::Writer out(body);
  out.begin_object().key("created").integer(ask.now).key("data").begin_array();
  for (; count > 0; --count) out.begin_object().key("b64_json").text(image).end_object();
  out.end_array().end_object();
  return Played::json(200, std::move(body));
}

}  // namespace

std::optional<Played> demo_service(const DemoAsk& ask) {
  const std::string_view path = ask.path.substr(0, ask.path.find('?'));
  if (asks_for_vectors(path)) return vectors(ask);
  if (path.ends_with("/images/generations")) return picture(ask);
  return std::nullopt;
}

}  // namespace omni::upstream
